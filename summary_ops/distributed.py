"""The statistics of all processes in one; every process calls these in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor

from summary_ops import layer_counts, subsets
from summary_ops.architecture import Sizes
from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.statistics.histogram import Histogram
from summary_ops.statistics.moments import Moments
from summary_ops.statistics.window import Window

if TYPE_CHECKING:
    from summary_ops.accumulator import Accumulator
    from tb_plugin_neural.records import Layer


_alone: ContextVar[bool] = ContextVar("_alone", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process records by itself, whatever the others do meanwhile."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def active() -> bool:
    """Whether there are several processes to merge."""
    if _alone.get() or not (dist.is_available() and dist.is_initialized()):
        return False
    return dist.get_world_size() > 1


def rank() -> int:
    """This process's number; only number 0 writes."""
    return dist.get_rank() if active() else 0


def share_windows(accumulator: Accumulator) -> None:
    """Give every process the windows and centers of process 0, so that counts merge exactly."""
    mine: list[Any] = [None]
    if rank() == 0:
        accumulator.learn_edges(accumulator.waiting)
        accumulator.flush()
        edges, centers = _host(accumulator.edges), _centers_of(accumulator)
        mine = [(_windows_of(accumulator), centers, edges, accumulator.classes)]
    dist.broadcast_object_list(mine, src=0)
    if rank() != 0:
        windows, centers, accumulator.edges, accumulator.classes = mine[0]
        accumulator.windows.update(windows)
        accumulator.counts.centers |= centers


def share_edges(accumulator: Accumulator) -> None:
    """Agree on quantile edges before targets are counted in them: the first process's that has any.

    Every process calls this before each `merge`.
    """
    if not accumulator.settings.task.quantiles:
        return
    accumulator.learn_edges(accumulator.waiting)
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(everyone, _host(accumulator.edges))
    for edges in reversed(everyone):
        accumulator.edges |= edges


def _windows_of(accumulator: Accumulator) -> dict[str, Window]:
    known = {name: window.to(torch.device("cpu")) for name, window in accumulator.windows.items()}
    if accumulator.histogram is not None:
        for name, span in accumulator.spans.items():
            known[name] = accumulator.histogram.units(*span).window.to(torch.device("cpu"))
    return known


def _host(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in tensors.items()}


def _centers_of(accumulator: Accumulator) -> layer_counts.Centers:
    centers = accumulator.counts.centers.items()
    return {name: None if center is None else center.cpu() for name, center in centers}


def merge(accumulator: Accumulator, layers: dict[str, Layer], sizes: Sizes) -> None:
    """Sum all processes' statistics into every process; one without inputs adds zeros.

    `share_edges` goes before.

    Args:
        accumulator: this process's.
        layers: the layers that this process has seen; those of the others are added.
        sizes: their sizes, likewise.
    """
    accumulator.flush()
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(
        everyone, {**_describe(accumulator), "about": layers, "shapes": sizes.shapes}
    )
    spans: dict[str, int] = {}
    keys: dict[str, tuple[bool, bool]] = {}
    for description in everyone:
        for name, units in description["layers"].items():
            spans.setdefault(name, units)
        for key, kept in description["keys"].items():
            before = keys.get(key, (True, True))
            keys[key] = (before[0] and kept[0], before[1] and kept[1])
        accumulator.modes.update(description["modes"])
        for name, layer in description["about"].items():
            layers.setdefault(name, layer)
        sizes.join(description["shapes"])
    accumulator.classes = max(description["classes"] for description in everyone)
    accumulator.plan = next((d["plan"] for d in everyone if d["plan"]), None)
    accumulator.inputs = sum(description["inputs"] for description in everyone)
    if "all" in keys and accumulator.whole:
        accumulator.start_total()
    if spans:
        centers, torn = layer_counts.agree([d["centers"] for d in everyone])
        accumulator.counts.centers = centers
        if torn and accumulator.plan is not None:
            accumulator.plan = accumulator.plan.without(layer_counts.TORN)
        _align(accumulator, spans, keys, torn)
        _reduce(accumulator)
    if any(description["metrics"] for description in everyone):
        _reduce_metrics(accumulator, next(d["metrics"] for d in everyone if d["metrics"]))


def _describe(accumulator: Accumulator) -> dict[str, Any]:
    kept = zip(accumulator.histogram_rows, accumulator.moment_rows, strict=True)
    metrics = accumulator.metrics
    return {
        "layers": {name: stop - start for name, (start, stop) in accumulator.spans.items()},
        "keys": dict(
            zip(accumulator.keys.names, ((bool(h), bool(m)) for h, m in kept), strict=False)
        ),
        "modes": accumulator.modes,
        "centers": _centers_of(accumulator),
        "plan": accumulator.plan,
        "classes": accumulator.classes,
        "inputs": accumulator.inputs,
        "metrics": None if metrics is None else (len(metrics.inputs), metrics.confusion.shape[1]),
    }


def _device() -> torch.device:
    if dist.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def _align(
    accumulator: Accumulator,
    spans: dict[str, int],
    keys: dict[str, tuple[bool, bool]],
    torn: set[str],
) -> None:
    """Bring this process's tables into the common order of layers and subsets."""
    device = _device()
    old_keys, old_spans = accumulator.keys.number, accumulator.spans
    old_rows = accumulator.histogram_rows, accumulator.moment_rows
    old_histogram, old_moments = accumulator.histogram, accumulator.moments
    accumulator.keys = subsets.Keys(list(keys), {name: number for number, name in enumerate(keys)})
    accumulator.histogram_rows = _number(kept[0] for kept in keys.values())
    accumulator.moment_rows = _number(kept[1] for kept in keys.values())
    accumulator.spans = {}
    histogram: Histogram | None = None
    moments: Moments | None = None
    start = 0
    for name, units in spans.items():
        h, m = _blank(accumulator, name, units, device)
        if name in old_spans and old_histogram is not None and old_moments is not None:
            _fill(
                h, old_histogram.units(*old_spans[name]), _pairs(accumulator, old_keys, old_rows, 0)
            )
            _fill_moments(
                m, old_moments.units(*old_spans[name]), _pairs(accumulator, old_keys, old_rows, 1)
            )
        histogram = h if histogram is None else histogram.join(h)
        moments = m if moments is None else moments.join(m)
        accumulator.spans[name] = (start, start + units)
        start += units
    accumulator.histogram, accumulator.moments = histogram, moments
    rows = max(accumulator.moment_rows, default=0) + 1
    pairs = _pairs(accumulator, old_keys, old_rows, 1)
    accumulator.counts.align(spans, rows, pairs, device, torn=torn)


def _number(kept: Any) -> list[int]:
    rows, last = [], 0
    for keep in kept:
        last += bool(keep)
        rows.append(last if keep else 0)
    return rows


def _blank(
    accumulator: Accumulator, name: str, units: int, device: torch.device
) -> tuple[Histogram, Moments]:
    window = accumulator.windows.get(name, Window.unbounded(units)).to(device)
    rows = max(accumulator.histogram_rows, default=0) + 1
    moment_rows = max(accumulator.moment_rows, default=0) + 1
    histogram = Histogram.empty(rows, window, accumulator.settings.bins)
    return histogram, Moments.empty(moment_rows, units, device)


def _pairs(
    accumulator: Accumulator,
    old_keys: dict[str, int],
    old_rows: tuple[list[int], list[int]],
    which: int,
) -> tuple[list[int], list[int]]:
    """New and old row numbers of the subsets that this process had."""
    new = (accumulator.histogram_rows, accumulator.moment_rows)[which]
    both = [
        (new[accumulator.keys.number[name]], old_rows[which][number])
        for name, number in old_keys.items()
        if old_rows[which][number] and new[accumulator.keys.number[name]]
    ]
    return [a for a, _ in both], [b for _, b in both]


def _fill(blank: Histogram, old: Histogram, rows: tuple[list[int], list[int]]) -> None:
    device = blank.table.device
    blank.table[rows[0]] = old.table[rows[1]].to(device)
    blank.sums[:, rows[0]] = old.sums[:, rows[1]].to(device)
    blank.window = old.window.to(device)
    for mine, theirs in (
        (blank.minimum, old.minimum),
        (blank.maximum, old.maximum),
        *zip(blank.lattice, old.lattice, strict=True),
    ):
        mine.copy_(theirs)


def _fill_moments(blank: Moments, old: Moments, rows: tuple[list[int], list[int]]) -> None:
    device = blank.sums.device
    for mine, theirs in ((blank.inputs, old.inputs), (blank.missing, old.missing)):
        mine[rows[0]] = theirs[rows[1]].to(device)
    blank.sums[:, rows[0]] = old.sums[:, rows[1]].to(device)


def _reduce(accumulator: Accumulator) -> None:
    histogram, moments = accumulator.histogram, accumulator.moments
    if histogram is None or moments is None:
        raise AssertionError
    lower, upper, finest = (part.clone() for part in _bounds(histogram.window))
    for tensor, how in (
        (lower, dist.ReduceOp.MAX),
        (upper, dist.ReduceOp.MIN),
        (finest, dist.ReduceOp.MAX),
    ):
        dist.all_reduce(tensor, how)
    common = Window(lower, upper, finest)
    if not histogram.window.equals(common):
        histogram.restrict(common)
    minimum, maximum = histogram.minimum.clone(), histogram.maximum.clone()
    exponent = histogram.lattice.exponent.clone()
    dist.all_reduce(minimum, dist.ReduceOp.MIN)
    dist.all_reduce(maximum, dist.ReduceOp.MAX)
    dist.all_reduce(exponent, dist.ReduceOp.MAX)
    histogram.grow(minimum, maximum, coarsest=exponent)
    for tensor in (histogram.table, histogram.sums, moments.inputs, moments.missing, moments.sums):
        dist.all_reduce(tensor)
    for counts in accumulator.counts.of_layer.values():
        dist.all_reduce(counts.counts)
        dist.all_reduce(counts.sums)


def _bounds(window: Window) -> tuple[Tensor, Tensor, Tensor]:
    return window.lower, window.upper, window.finest


def _reduce_metrics(accumulator: Accumulator, shape: tuple[int, int]) -> None:
    device = _device()
    mine = accumulator.metrics
    metrics = ClassMetrics.empty(shape[0], confusion=shape[1] > 0, device=device)
    if mine is not None:
        metrics.merge(ClassMetrics(**{k: v.to(device) for k, v in vars(mine).items()}))
    for tensor in vars(metrics).values():
        dist.all_reduce(tensor)
    accumulator.metrics = metrics
