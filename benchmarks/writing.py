"""Measure the time of writing one step's records, and their size."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, models, report
from benchmarks.report import Figure, Section
from summary_ops import Recorder
from summary_ops.session import events
from summary_ops.streaming import writing
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import Record

COMMAND = "python -m benchmarks.writing"
LAYERS = (nn.Conv2d, nn.ReLU, nn.Linear)
INPUTS, CLASSES, UNITS = 10_000, 10, 10_000
MEGABYTE = 1e6
REPEATS = 3


@dataclass(frozen=True)
class Packed:
    """A record that was packed before."""

    kind: str
    blobs: list[bytes]

    def pack(self) -> list[bytes]:
        """Return the blobs of one value in an event file."""
        return self.blobs


Rows = Sequence[tuple[Series, Any]]


def record() -> list[tuple[Series, Record]]:
    """Return one step's records of VGG16: convolutions, non-linearities and dense layers."""
    torch.manual_seed(0)
    inputs, labels = images.crops(INPUTS, 32, CLASSES).tensors
    model = models.calibrated(models.vgg16(CLASSES), inputs[:256])
    recorder = Recorder(
        model, classes=[str(index) for index in range(CLASSES)], layers=LAYERS, verbose=False
    )
    order = torch.randperm(INPUTS)
    batches = zip(inputs[order].split(64), labels[order].split(64), strict=True)
    recorder.run(batches, progress=False)
    rows = writing.to_records(recorder.pipeline.accumulator)
    return [(Series("0" * 8, made.kind, layer), made) for layer, made in rows]


def ours(writer: SummaryWriter, rows: Rows) -> None:
    """Write as a recorder does."""
    events.write(writer, rows, 0)
    writer.flush()


def stock(writer: SummaryWriter, rows: Rows) -> None:
    """Write the same values as TensorBoard's own writer does."""
    values = [
        summary_pb2.Summary.Value(
            tag=series.tag,
            metadata=series.summary_metadata(),
            tensor=tensor_pb2.TensorProto(
                dtype=types_pb2.DT_STRING,
                string_val=made.pack(),
                tensor_shape=tensor_shape_pb2.TensorShapeProto(
                    dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=len(made.pack()))]
                ),
            ),
        )
        for series, made in rows
    ]
    writer._get_file_writer().add_summary(summary_pb2.Summary(value=values), 0)  # noqa: SLF001
    writer.flush()


def seconds_and_bytes(
    write: Callable[[SummaryWriter, Rows], None], rows: Rows
) -> tuple[float, int]:
    """Processor seconds of all threads until the file is flushed, and the file's size."""
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            write(writer, rows[:1])
            taken = report.seconds(
                lambda: write(writer, rows), clock=time.process_time, repeats=REPEATS
            )
        return taken, sum(path.stat().st_size for path in Path(folder).iterdir())


def as_float32(made: Record) -> int:
    """Bytes of a record's arrays as float32."""
    arrays = [getattr(made, spec.name) for spec in fields(made) if "axes" in spec.metadata]
    return 4 * sum(array.size for array in arrays)


def measure() -> Section:
    """Write one step's records both ways, and weigh them."""
    torch.set_num_threads(1)
    rows = record()
    packed = [(series, Packed(made.kind, made.pack())) for series, made in rows]
    size = sum(len(blob) for _, made in packed for blob in made.blobs)
    peer, peer_size = seconds_and_bytes(stock, packed)
    fast, fast_size = seconds_and_bytes(ours, packed)
    whole, _ = seconds_and_bytes(ours, rows)
    if peer_size != fast_size:
        raise RuntimeError(f"the same records took {fast_size} and {peer_size} bytes")
    per = UNITS / sum(made.exponent.size for _, made in rows if made.kind == "histograms")
    rest, floats = Counter[str](), Counter[str]()
    for (series, made), (_, small) in zip(rows, packed, strict=True):
        scale = per if series.layer else 1.0
        rest[series.kind] += round(scale * len(small.blobs[0]))
        floats[series.kind] += round(scale * as_float32(made))
    note = f"{1e3 * peer:.0f} ms over {{:.0f}} ms for {size / MEGABYTE:.1f} MB"
    figures = [
        Figure(
            "the stock writer over ours, packed records",
            peer / fast,
            least=20,
            note=note.format(1e3 * fast),
        ),
        Figure(
            "the stock writer over ours, which packs (deflates) as well",
            peer / whole,
            note=note.format(1e3 * whole),
        ),
        Figure(
            f"event file, {CLASSES} classes and {UNITS:,} units, one step",
            rest.total() / MEGABYTE,
            "MB",
            most=4.0,
            note=", ".join(f"{kind} {count / MEGABYTE:.2f}" for kind, count in rest.items()),
        ),
        Figure("the same arrays as float32, over it", floats.total() / rest.total()),
    ]
    return Section("Writing one step, and its size", COMMAND, METHOD, figures)


METHOD = (
    "Records of VGG16's convolutions, non-linearities and dense layers after a pass over "
    f"{INPUTS:,} images of 32 px in {CLASSES} classes. Processor seconds of all threads until the "
    "event file is flushed; the peer is `SummaryWriter` as it comes, given the same values, and "
    "the two files have the same size. Packing is deflate; the stock writer has none, so that the "
    "first figure leaves it out on both sides. Sizes of the layers' records are scaled to "
    f"{UNITS:,} units."
)


if __name__ == "__main__":
    print(measure().markdown())
