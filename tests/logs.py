"""Event files for tests of the reader, written with torch's writer and none of our own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from torch.utils.tensorboard import SummaryWriter

from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import Layer

BINS = 8
WIDTH_EXPONENT = -1
CLASSES = ("cat", "dog", "frog")
SUBSETS = ("class:0", "class:1", "class:2")


def value(series: Series, blobs: Sequence[bytes]) -> summary_pb2.Summary.Value:
    """A value of ours, of any blobs."""
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=len(blobs))]
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        string_val=blobs,
        tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=dims),
    )
    return summary_pb2.Summary.Value(
        tag=series.tag, metadata=series.summary_metadata(), tensor=tensor
    )


@dataclasses.dataclass
class Log:
    """A session in a run; `clock` is the wall time of its next event."""

    path: Path
    session: str = "00000001"
    clock: float = 1000.0
    purge_step: int | None = None

    def __enter__(self) -> Self:
        self.writer = SummaryWriter(str(self.path), purge_step=self.purge_step)
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def blobs(self, kind: str, layer: str, step: int, blobs: Sequence[bytes]) -> None:
        """Write any blobs as a record."""
        self.values(step, [value(Series(self.session, kind, layer), blobs)])

    def values(self, step: int, values: Sequence[summary_pb2.Summary.Value]) -> None:
        """Write values as one event."""
        self.clock += 1
        self.writer._get_file_writer().add_summary(
            summary_pb2.Summary(value=values), step, walltime=self.clock
        )

    def write(self, step: int, found: Mapping[str, Any] | Sequence[records.Record]) -> None:
        """Write records as one event: a list, or by layer."""
        rows = found.items() if isinstance(found, Mapping) else (("", one) for one in found)
        pairs = [
            (layer, one) for layer, group in rows for one in (group if _many(group) else [group])
        ]
        self.values(
            step, [value(Series(self.session, one.kind, at), one.pack()) for at, one in pairs]
        )


def _many(group: Any) -> bool:
    return isinstance(group, (list, tuple))


def session(**changes: Any) -> records.Session:
    """A session of a small classifier with the layers `fc` and `logits`."""
    about = records.Session(
        name="model",
        task="multiclass",
        classes=CLASSES,
        subset_names=(),
        layers=(Layer("fc", "ReLU", 4, "none"), Layer("logits", "Linear", 3, "none", output=True)),
        probe=None,
        weights="",
        left_out=(),
    )
    return dataclasses.replace(about, **changes)


def histograms(values: Mapping[str, Any], *, exponent: int = WIDTH_EXPONENT) -> records.Histograms:
    """Histograms of activations `[inputs, units]` by subset, in bins of 2**exponent from -2 on."""
    arrays = [np.asarray(x, dtype=np.float32) for x in values.values()]
    units = arrays[0].shape[1]
    offset = round(-2 / 2.0**exponent)
    bins = 2 * BINS
    edges = (offset + np.arange(bins + 1)) * 2.0**exponent
    empty = np.zeros((len(arrays), units), np.uint32)
    none = empty.astype(np.float32)
    everything = np.concatenate(arrays)
    counts = [[np.histogram(x[:, u][x[:, u] != 0], edges)[0] for u in range(units)] for x in arrays]
    over = np.array([(x >= edges[-1]).sum(0) for x in arrays], np.uint32)
    whole = np.array([len(x) for x in arrays], np.uint32)
    return records.Histograms(
        mode="eval",
        subsets=tuple(values),
        total=tuple(range(len(arrays))) if "all" not in values else (),
        inputs=whole,
        counts=np.array(counts, np.uint32),
        zero=np.array([(x == 0).sum(0) for x in arrays], np.uint32),
        under=empty,
        over=over,
        nan=empty,
        negative_infinite=empty,
        positive_infinite=empty,
        under_sum=none,
        over_sum=np.array([np.where(x >= edges[-1], x, 0).sum(0) for x in arrays], np.float32),
        exponent=np.full(units, exponent, np.int16),
        offset=np.full(units, offset, np.int32),
        lower=np.full(units, edges[0], np.float32),
        upper=np.full(units, edges[-1], np.float32),
        finest=np.full(units, exponent, np.int16),
        minimum=everything.min(0),
        maximum=everything.max(0),
    )


def moments(values: Mapping[str, Any]) -> records.Moments:
    """Moments of activations `[inputs, units]` by subset."""
    arrays = [np.asarray(x, dtype=np.float32) for x in values.values()]
    return records.Moments(
        mode="eval",
        subsets=tuple(values),
        inputs=np.array([len(x) for x in arrays], np.uint32),
        missing=np.zeros((len(arrays), arrays[0].shape[1]), np.uint32),
        mean=np.stack([x.mean(0) for x in arrays]),
        std=np.stack([x.std(0) for x in arrays]),
    )


def class_metrics(confusion: Any) -> records.ClassMetrics:
    """Class metrics of a confusion matrix, true class by predicted class."""
    table = np.asarray(confusion, np.uint32)
    rows = len(table)
    return records.ClassMetrics(
        mode="eval",
        rows=tuple(f"class:{row}" for row in range(rows)),
        total=int(table.sum()),
        unlabelled=0,
        inputs=table.sum(1, dtype=np.uint32),
        correct=np.diag(table).copy(),
        predicted=table.sum(0, dtype=np.uint32),
        confusion=table,
        probability=np.zeros((rows, 10), np.uint32),
        absolute_error=np.full(rows, np.nan),
        squared_error=np.full(rows, np.nan),
    )


def probe(size: int, *, pictures: Sequence[bytes] = ()) -> records.Probe:
    """A probe set of labelled instances."""
    return records.Probe(
        hash="probe-1",
        names=tuple(f"image {at}" for at in range(size)),
        labels=tuple(at % len(CLASSES) for at in range(size)),
        pairs=(-1,) * size,
        notes=("",) * size,
        texts=("",) * size,
        pictured=bool(pictures),
        lossless=bool(pictures),
        pictures=tuple(pictures),
    )


def predictions(probabilities: Any, labels: Sequence[int]) -> records.ProbePredictions:
    """Predictions from class probabilities `[instances, classes]`."""
    p = np.asarray(probabilities, np.float32)
    top = np.argsort(-p, axis=1).astype(np.uint8)
    logits = np.log(p)
    ranked = np.sort(logits, axis=1)
    return records.ProbePredictions(
        top=top,
        probability=np.take_along_axis(p, top.astype(int), 1),
        label_probability=p[np.arange(len(p)), list(labels)],
        energy=np.zeros(len(p), np.float32),
        margin=ranked[:, -1] - ranked[:, -2],
        outputs=np.zeros((len(p), 0), np.float32),
    )


def activations(seed: int, *, inputs: int = 40, units: int = 4) -> dict[str, np.ndarray]:
    """Rectified activations `[inputs, units]` of three classes that differ."""
    random = np.random.default_rng(seed)
    return {
        subset: np.maximum(0, random.normal(at, 1, (inputs, units))).astype(np.float32)
        for at, subset in enumerate(SUBSETS)
    }


def step_of(seed: int) -> dict[str, Any]:
    """The records of one step by layer."""
    hidden, logits = activations(seed), activations(1000 + seed, units=3)
    return {
        "fc": [histograms(hidden), moments(hidden)],
        "logits": [histograms(logits), moments(logits)],
        "": class_metrics([[30, 9, 1], [8, 31, 1], [0, 2, 38]]),
    }


def subject(run: str, step: int, subset: str = "all", model: str = "model") -> str:
    """A subject as the page writes it."""
    return json.dumps([run, model, step, subset])


def half(values: Any) -> records.ProbeActivationsHalf:
    """Activations of the probe set `[instances, units]`."""
    return records.ProbeActivationsHalf(np.asarray(values, np.float16))


def assert_counts(arrays: Mapping[str, Any], row: int, values: Any) -> None:
    """A subject's counts are those of values `[inputs, units]`, counted anew in its bins."""
    for unit, x in enumerate(np.asarray(values).T):
        edges = np.arange(arrays["counts"].shape[-1] + 1) * arrays["width"][unit]
        counts = np.histogram(x[x != 0], arrays["start"][unit] + edges)[0]
        np.testing.assert_array_equal(arrays["counts"][row, unit], counts)
        assert arrays["zero"][row, unit] == (x == 0).sum()
