"""Maps turned, moved and mirrored to lie as another map of the same points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-9
"""Extent of a map across, as a share of that along it, that is due to rounding alone."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """A map as it lies nearest to another one.

    Attributes:
        points: `[n, axes]`, about the other one's centre.
        mirrored: whether it was mirrored, which it is where that fits better than turning alone.
        residual: root mean square distance between the points of both then.
        matrix: `[axes, axes]`, orthogonal, times the change of size where there is one.
        centre: of the map's points before.
        goal: of the other one's.
    """

    points: Floats
    mirrored: bool
    residual: float
    matrix: Floats
    centre: Floats
    goal: Floats

    def apply(self, points: NDArray[Any]) -> Floats:
        """Apply the alignment to further points of the map, `[m, axes]`."""
        moved: Floats = (points - self.centre) @ self.matrix + self.goal
        return moved


def align(points: NDArray[Any], reference: NDArray[Any], *, scale: bool = False) -> Alignment:
    """Lay a map as another one, by the least sum of squared distances between the points.

    Args:
        points: `[n, axes]`, at least one.
        reference: `[n, axes]`, the same points on the other map.
        scale: whether to change its size too; sizes say how far apart the points are.

    Raises:
        ValueError: the shapes differ, there are no points, or a number is not finite.

    References:
        Schönemann (1966), A generalized solution of the orthogonal Procrustes problem; Schönemann
        & Carroll (1970) for the size; Kabsch (1978) for turning without mirroring.
    """
    own, other = (np.asarray(values, dtype=np.float64) for values in (points, reference))
    if own.ndim != 2 or own.shape != other.shape or not len(own):
        raise ValueError(
            f"maps of shapes {list(own.shape)} and {list(other.shape)}, expected the same points"
        )
    if not (np.isfinite(own).all() and np.isfinite(other).all()):
        raise ValueError("a map with numbers that are not finite; leave those points out")
    centre, goal = own.mean(axis=0), other.mean(axis=0)
    own, other = own - centre, other - goal
    u, extent, vt = np.linalg.svd(own.T @ other)
    proper = np.linalg.det(u @ vt) > 0
    mirrored = not proper and bool(extent[-1] > ROUNDING * extent[0])
    if not proper and not mirrored:
        vt[-1] = -vt[-1]
    matrix = u @ vt
    if scale:
        size = (own**2).sum()
        matrix = matrix * (extent.sum() / size if size > 0 else 1)
    laid = own @ matrix
    residual = float(np.sqrt(((laid - other) ** 2).sum(axis=1).mean()))
    return Alignment(laid + goal, mirrored, residual, matrix, centre, goal)


def chain(maps: Iterable[NDArray[Any]]) -> list[Floats]:
    """Align maps of the same points, each to the one before it."""
    found: list[Floats] = []
    for points in maps:
        xy = np.asarray(points, dtype=np.float64)
        found.append(align(xy, found[-1]).points if found else xy)
    return found
