"""Measure how well a map shows distances: neighbours kept, and stress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]

NEIGHBOURS = 15
ROWS = 256
"""Points whose distances to all others are held at once."""


@dataclass(frozen=True)
class Quality:
    """The share of neighbours that a map keeps; None where it is undefined.

    Attributes:
        trustworthiness: 1 where those near on the map are near; lower, the farther they really are.
        continuity: 1 where those near are near on the map; lower, the farther they lie there.
        preservation: share of the nearest neighbours that are so on the map too.
    """

    trustworthiness: float | None
    continuity: float | None
    preservation: float | None


def quality(distances: NDArray[Any], xy: NDArray[Any], k: int = NEIGHBOURS) -> Quality:
    """Compare each point's `k` nearest ones with its `k` nearest ones on a map.

    By ranks alone; equal distances have the lowest of their ranks, which is in the map's favour.

    Args:
        distances: `[n, n]` that the map is to show.
        xy: `[n, axes]`, the map.
        k: neighbours of a point, at least 1.

    Returns:
        None for all three where there are `2 k` points or fewer, or where a number is not finite.

    Raises:
        ValueError: the shapes do not match, or `k` is below 1.

    References:
        Venna & Kaski (2001), Neighborhood preservation in nonlinear projection methods,
        equations 1 and 2.
    """
    n = len(xy)
    if np.shape(distances) != (n, n) or k < 1:
        raise ValueError(f"distances of shape {list(np.shape(distances))}, {n} points, k = {k}")
    if 2 * k >= n or not (np.isfinite(distances).all() and np.isfinite(xy).all()):
        return Quality(None, None, None)
    intruding = missing = shared = 0
    for begin in range(0, n, ROWS):
        rows = np.arange(begin, min(n, begin + ROWS))
        full = np.array(distances[rows], dtype=np.float64)
        flat = cdist(xy[rows], xy)
        full[np.arange(len(rows)), rows] = flat[np.arange(len(rows)), rows] = np.inf
        near, drawn = (np.argpartition(values, k - 1)[:, :k] for values in (full, flat))
        intruding += _beyond(full, drawn, k)
        missing += _beyond(flat, near, k)
        shared += int((near[:, :, None] == drawn[:, None]).sum())
    worst = n * k * (2 * n - 3 * k - 1) / 2
    return Quality(1 - intruding / worst, 1 - missing / worst, shared / (n * k))


def _beyond(distances: Floats, chosen: NDArray[np.intp], k: int) -> int:
    """Sum the ranks by which the chosen of each row exceed the `k` nearest."""
    own = np.take_along_axis(distances, chosen, 1)
    rows = zip(np.sort(distances), own, strict=True)
    ranks = np.stack([np.searchsorted(row, values) for row, values in rows])
    return int(np.maximum(0, ranks + 1 - k).sum())


def stress(distances: NDArray[Any], shown: NDArray[Any]) -> float:
    """Return the distance of a map from the distances it shows, at the scale that fits best.

    Args:
        distances: of any shape; pairs with one that is not finite are left out.
        shown: of the same pairs on the map.

    Returns:
        Stress-1: the root of the squared differences by the squared distances on the map, 0 where
        all are right; NaN where all points of the map lie at one place.

    References:
        Kruskal (1964), Multidimensional scaling by optimizing goodness of fit to a nonmetric
        hypothesis; Borg & Groenen (2005), section 3.2 (ratio scaling).
    """
    known = np.isfinite(distances) & np.isfinite(shown)
    expected, found = (np.asarray(values, np.float64)[known] for values in (distances, shown))
    expected /= max(expected.max(initial=0), np.finfo(float).tiny)
    whole, size = (found**2).sum(), (expected**2).sum()
    if whole == 0:
        return float("nan")
    scale = (found * expected).sum() / size if size > 0 else 0.0
    return float(np.sqrt(((found - scale * expected) ** 2).sum() / whole))
