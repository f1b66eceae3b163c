"""Distances as records, and how well the map that is drawn of them shows neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from summary_ops.projections.options import Projection
from tb_plugin_neural.analysis.maps.map_quality import Quality, quality
from tb_plugin_neural.analysis.pivot_mds import pivot_mds
from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances
from tb_plugin_neural.contract.record import Array, Record

LARGEST = 14
"""The largest level is below two to this power; float16 ends a little above 2**15."""

TINIEST = -126
"""The smallest power of two that readers multiply levels by."""


ROWS = 256
"""Instances whose distances to all others are looked through at once."""


@dataclass(frozen=True)
class Distances:
    """The distances between a layer's activations, by instance.

    Attributes:
        rows: the instances that all are compared with.
        found: float32 `[rows, n]`; of all to all, rows and columns are in the order of instances.
        scale: what they are in units of.
    """

    rows: tuple[int, ...]
    found: Array
    scale: float

    @property
    def whole(self) -> bool:
        """Return whether all instances are compared with all."""
        return bool(self.found.shape[0] == self.found.shape[1])

    def to(self, instances: Sequence[int]) -> Array:
        """Distances of these to all, `[instances, n]`."""
        row_of = {instance: row for row, instance in enumerate(self.rows)}
        return np.asarray(self.found[[row_of[instance] for instance in instances]])


def to_records(
    probe: str,
    options: Projection,
    pivots: Sequence[int],
    focus: Sequence[int],
    distances: Distances,
) -> Iterator[Record]:
    """Distances to the pivots, and the nearest neighbours where all are compared with all.

    Raises:
        ValueError: a distance is beyond what float32 holds.
    """
    of_pivots, of_focus = distances.to(pivots), distances.to(focus)[:, list(focus)]
    level, scale = levels(of_pivots.T, distances.scale, of_focus)
    record = PivotDistances(
        probe=probe,
        metric=options.metric,
        scale=scale,
        pivot=np.array(pivots, np.uint32),
        level=level,
        focus=np.array(focus, np.uint32),
        mutual=_halves(of_focus, distances.scale, scale),
    )
    yield record
    count = min(options.neighbours, distances.found.shape[1] - 1)
    if not (distances.whole and count > 0):
        return
    instance, near = nearest(distances.found, count)
    level, scale = levels(near, distances.scale)
    how_good = _quality(distances.found, record, count)
    yield Neighbours(
        probe=probe,
        metric=options.metric,
        scale=scale,
        trustworthiness=how_good.trustworthiness,
        continuity=how_good.continuity,
        preservation=how_good.preservation,
        instance=instance.astype(np.uint32),
        level=level,
    )


def nearest(distances: Array, count: int) -> tuple[Array, Array]:
    """Each one's nearest others, nearest first.

    Args:
        distances: `[n, n]`.
        count: of neighbours, below n.

    Returns:
        Indices `[n, count]` and distances `[n, count]`.
    """
    size = len(distances)
    instance = np.empty((size, count), np.int64)
    for begin in range(0, size, ROWS):
        rows = np.arange(begin, min(size, begin + ROWS))
        others = distances[rows]
        others[np.arange(len(rows)), rows] = np.inf
        near = np.sort(np.argpartition(others, count - 1)[:, :count])
        order = np.argsort(np.take_along_axis(others, near, 1), axis=1, kind="stable")
        instance[rows] = np.take_along_axis(near, order, 1)
    return instance, np.take_along_axis(distances, instance, 1)


def levels(distances: Array, unit: float, others: Array | None = None) -> tuple[Array, float]:
    """Distances in float16, and what they are in units of; the largest is well inside float16.

    Args:
        distances: in units of `unit`.
        unit: a power of two.
        others: distances that shall have the same unit.

    Raises:
        ValueError: a distance is beyond what float32 holds.
    """
    largest = [float(part.max(initial=0)) for part in (distances, others) if part is not None]
    peak = max(largest) * unit
    if peak > np.finfo(np.float32).max:
        raise ValueError(f"distances up to {peak:.3g}, beyond what float32 holds")
    power = math.frexp(peak)[1] - LARGEST if peak > 0 else 0
    scale = math.ldexp(1.0, max(power, TINIEST))
    return _halves(distances, unit, scale), scale


def _halves(distances: Array, unit: float, scale: float) -> Array:
    return np.ascontiguousarray((distances.astype(np.float64) * (unit / scale)).astype(np.float16))


def _quality(distances: Array, record: PivotDistances, count: int) -> Quality:
    """Measure the quality of the map that is drawn from the record."""
    return quality(distances, pivot_mds(record.distances(), record.pivot), count)
