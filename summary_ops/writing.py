"""From statistics on the device to the records of `tb_plugin_neural.records`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from summary_ops.accumulator import Accumulator
from summary_ops.statistics import histogram as slots
from tb_plugin_neural import graph_records, records


def to_records(accumulator: Accumulator) -> Iterator[tuple[str, records.Record]]:
    """The records of everything counted, each with the layer it is about (empty: the model)."""
    accumulator.flush()
    mode = accumulator.modes.pop() if len(accumulator.modes) == 1 else "mixed"
    accumulator.modes.add(mode)
    for layer in accumulator.spans:
        yield layer, _histograms(accumulator, layer, mode)
        yield layer, _moments(accumulator, layer, mode)
        if layer in accumulator.counts.of_layer:
            yield layer, _counts(accumulator, layer, mode)
    metrics = _metrics(accumulator, mode)
    if metrics is not None:
        yield "", metrics


def _rows(accumulator: Accumulator, row_of: Sequence[int], inputs: Tensor) -> dict[str, int]:
    """Row numbers of the subsets to write: what has at least one input.

    Classes are written all, if there are inputs other than of slices alone.
    """
    seen = inputs.cpu().tolist()
    rows = {n: row for n, row in zip(accumulator.keys.names, row_of, strict=True) if row}
    whole = any(seen[row] for name, row in rows.items() if not name.startswith("slice:"))
    return {n: row for n, row in rows.items() if seen[row] or (whole and n.startswith("class:"))}


def _histograms(accumulator: Accumulator, layer: str, mode: str) -> records.Histograms:
    if accumulator.histogram is None:
        raise AssertionError
    part = accumulator.histogram.units(*accumulator.spans[layer])
    inputs = part.table[:, 0].sum(1)
    rows = _rows(accumulator, accumulator.histogram_rows, inputs)
    index = list(rows.values())
    table = part.table[index].cpu().numpy().astype(np.uint32)
    sums = part.sums[:, index].cpu().numpy().astype(np.float32)
    partition = ("class:", "target:", "unlabelled")
    total = [i for i, name in enumerate(rows) if name.startswith(partition)]
    return records.Histograms(
        mode=mode,
        subsets=tuple(rows),
        total=() if "all" in rows else tuple(total),
        inputs=inputs[index].cpu().numpy().astype(np.uint32),
        counts=table[:, :, slots.SPECIAL :],
        zero=table[:, :, slots.ZERO],
        under=table[:, :, slots.UNDER],
        over=table[:, :, slots.OVER],
        nan=table[:, :, slots.NAN],
        negative_infinite=table[:, :, slots.NEGATIVE_INFINITE],
        positive_infinite=table[:, :, slots.POSITIVE_INFINITE],
        under_sum=sums[0],
        over_sum=sums[1],
        exponent=part.lattice.exponent.cpu().numpy().astype(np.int16),
        offset=part.lattice.offset.cpu().numpy().astype(np.int32),
        lower=part.window.lower.cpu().numpy(),
        upper=part.window.upper.cpu().numpy(),
        finest=part.window.finest.cpu().numpy().astype(np.int16),
        minimum=part.minimum.cpu().numpy(),
        maximum=part.maximum.cpu().numpy(),
    )


def _moments(accumulator: Accumulator, layer: str, mode: str) -> records.Moments:
    if accumulator.moments is None:
        raise AssertionError
    part = accumulator.moments.units(*accumulator.spans[layer])
    inputs = part.inputs[:, 0]
    rows = _rows(accumulator, accumulator.moment_rows, inputs)
    index = list(rows.values())
    mean, std = part.mean_std()
    return records.Moments(
        mode=mode,
        subsets=tuple(rows),
        inputs=inputs[index].cpu().numpy().astype(np.uint32),
        missing=part.missing[index].cpu().numpy().astype(np.uint32),
        mean=mean[index].cpu().numpy().astype(np.float32),
        std=std[index].cpu().numpy().astype(np.float32),
    )


def _counts(accumulator: Accumulator, layer: str, mode: str) -> graph_records.ActivationCounts:
    if accumulator.moments is None:
        raise AssertionError
    inputs = accumulator.moments.units(*accumulator.spans[layer]).inputs[:, 0]
    rows = _rows(accumulator, accumulator.moment_rows, inputs)
    part = accumulator.counts.of_layer[layer]
    index = list(rows.values())
    center = torch.zeros(part.counts.shape[2]) if part.center is None else part.center.cpu()
    return graph_records.ActivationCounts(
        mode=mode,
        subsets=tuple(rows),
        masses=part.masses * (len(part.of) // len(part.masses)),
        of=part.of,
        negative=part.negative,
        inputs=inputs[index].cpu().numpy().astype(np.uint32),
        counts=part.counts[:, index].cpu().numpy().astype(np.uint32),
        center=center.numpy(),
    )


def _metrics(accumulator: Accumulator, mode: str) -> records.ClassMetrics | None:
    metrics = accumulator.metrics
    if metrics is None or not metrics.inputs.any():
        return None
    regression = accumulator.settings.task.quantiles
    kind = "target" if regression else "class"
    total, unlabelled = metrics.total.tolist()

    def counts(tensor: Tensor) -> records.Array:
        return tensor.cpu().numpy().astype(np.uint32)

    errors = metrics.errors.cpu().numpy()
    if not regression:
        errors = np.full_like(errors, np.nan)
    return records.ClassMetrics(
        mode=mode,
        rows=tuple(f"{kind}:{index}" for index in range(len(metrics.inputs))),
        total=total,
        unlabelled=unlabelled,
        inputs=counts(metrics.inputs),
        correct=counts(metrics.correct),
        predicted=counts(metrics.predicted),
        confusion=counts(metrics.confusion),
        probability=counts(metrics.probability),
        absolute_error=errors[0],
        squared_error=errors[1],
    )
