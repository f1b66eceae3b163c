"""A layer's map out of its records, of the whole probe set or of some instances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from tb_plugin_neural.analysis.maps import map_quality
from tb_plugin_neural.analysis.pivot_mds import alone, scale
from tb_plugin_neural.contract.projection_records import PivotDistances, ProjectionMap

Floats = NDArray[np.float64]
Instances = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerMap:
    """A map of the probe set by a layer's activations.

    Attributes:
        xy: `[instances, 2]`, NaN where an instance has no place.
        stress: of the distances to the pivots; NaN where there are none.
        spread: see `pivot_mds.Scaling`; NaN of other methods.
        pivot: instances `[pivots]`.
        metric: of the distances, empty where there are none.
    """

    xy: Floats
    stress: float
    spread: float
    pivot: Instances
    metric: str


def solve(record: PivotDistances, chosen: Instances | None = None) -> LayerMap:
    """PivotMDS of all instances, or a map of some alone.

    Some are mapped by classical scaling: where all of them are in focus or pivots, of their own
    distances; else of those in the space that the pivots span, in which distances to the pivots
    place every instance exactly as far as it lies in it. Pivots beside them are laid into that map.
    Instances with distances that are not finite have no place, and are no pivots.

    Args:
        record: distances of the probe set.
        chosen: instances; by default all.
    """
    pivot, level = _sound(record)
    chosen = None if chosen is not None and len(chosen) == len(level) else chosen
    rows = np.arange(len(level)) if chosen is None else np.union1d(chosen, pivot)
    rows = rows[np.isfinite(level[rows]).all(axis=1) & bool(len(pivot))]
    distances, columns = level[rows], pivot
    if chosen is not None:
        distances, columns = _with_mutual(record, rows, distances, pivot)
    xy = np.full((len(level), 2), np.nan)
    if chosen is None or len(columns) > len(pivot) or not len(pivot):
        found = scale(distances, np.searchsorted(rows, columns))
        xy[rows] = found.xy
        stress = map_quality.stress(distances, cdist(xy[rows], xy[columns]))
    else:
        found, stress = alone(distances, np.searchsorted(rows, pivot), np.isin(rows, chosen))
        xy[rows] = found.xy
    return LayerMap(xy, stress, found.spread, record.pivot.astype(np.int64), record.metric)


def beforehand(
    record: ProjectionMap, distances: PivotDistances | None, chosen: Instances | None = None
) -> LayerMap:
    """Return a map made beforehand, with its stress for all or for some instances.

    Args:
        record: the map.
        distances: of the same layer and step, where they are recorded.
        chosen: instances; by default all.
    """
    xy = record.xy.astype(np.float64)
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    if distances is None:
        return LayerMap(xy, np.nan, np.nan, np.zeros(0, np.int64), "")
    rows = np.arange(len(xy)) if chosen is None else chosen
    pivot = distances.pivot.astype(np.int64)
    stress = map_quality.stress(_distances(distances)[rows], cdist(xy[rows], xy[pivot]))
    return LayerMap(xy, stress, np.nan, pivot, distances.metric)


def _distances(record: PivotDistances) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        return record.distances().astype(np.float64)


def _sound(record: PivotDistances) -> tuple[Instances, Floats]:
    """Return the pivots with finite distances to each other, and all distances to those."""
    pivot, level = record.pivot.astype(np.int64), _distances(record)
    sound = np.isfinite(np.diagonal(level[pivot]))
    sound &= np.isfinite(level[pivot][:, sound]).all(axis=1)
    return pivot[sound], level[:, sound]


def _with_mutual(
    record: PivotDistances, rows: Instances, distances: Floats, pivot: Instances
) -> tuple[Floats, Instances]:
    """Distances of rows to all rows, where all that are no pivots are in focus."""
    focus = record.focus.astype(np.int64)
    others = np.setdiff1d(rows, pivot)
    if not (len(others) and np.isin(others, focus).all()):
        return distances, pivot
    order = np.argsort(focus, kind="stable")
    index = order[np.searchsorted(focus, others, sorter=order)]
    with np.errstate(over="ignore", invalid="ignore"):
        among = record.among()[np.ix_(index, index)]
    if not np.isfinite(among).all():
        return distances, pivot
    added = np.empty((len(rows), len(others)))
    added[np.searchsorted(rows, pivot)] = distances[np.searchsorted(rows, others)].T
    added[np.searchsorted(rows, others)] = among
    return np.hstack((distances, added)), np.concatenate((pivot, others))
