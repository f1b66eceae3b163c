"""Classical scaling: points of which only the distances are known."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse.linalg import ArpackError, eigsh

Floats = NDArray[np.float64]

LANCZOS = 64
"""Points beyond which eigenvectors are found by iteration: a thousand's 5 times faster."""


def classical_mds(distances: NDArray[Any], axes: int = 2) -> Floats:
    """Points whose distances are as near as can be to those given.

    Args:
        distances: `[n, n]`, symmetric.
        axes: of the map.

    Returns:
        `[n, axes]` with mean 0, the axis of largest spread first; 0 along axes that are not
        needed. Of both directions of an axis the one is taken in which the farthest point is
        positive.

    Raises:
        ValueError: the distances are no square matrix, or not finite.

    References:
        Torgerson (1952), Multidimensional scaling: I; Borg & Groenen (2005), section 12.1.
    """
    d = np.asarray(distances, dtype=np.float64)
    if d.ndim != 2 or d.shape[0] != d.shape[1] or not np.isfinite(d).all():
        raise ValueError(f"distances of shape {list(d.shape)}, expected finite ones [n, n]")
    points = len(d)
    found = np.zeros((points, axes))
    if points < 2:
        return found
    squares = d**2
    middle = squares.mean(axis=0)
    products = -(squares - middle - middle[:, None] + squares.mean()) / 2
    used = min(axes, points)
    values, vectors = largest(products, used)
    spread = np.where(values > values.max() * 1e-12, np.sqrt(np.maximum(values, 0)), 0)
    found[:, :used] = (vectors * spread)[:, ::-1]
    return directed(found)


def directed(points: Floats) -> Floats:
    """Points with each axis in that direction in which the farthest one is positive."""
    farthest = points[np.abs(points).argmax(axis=0), np.arange(points.shape[1])]
    return points * np.where(farthest < 0, -1, 1)


def largest(matrix: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the largest eigenvalues of a symmetric matrix, ascending, and their vectors.

    Not by the whole decomposition, whose threads wait for each other on a busy machine.
    """
    size = len(matrix)
    if size > LANCZOS:
        begin = np.random.default_rng(0).normal(size=size)
        with contextlib.suppress(ArpackError):
            values, vectors = eigsh(matrix, count, which="LA", v0=begin)
            order = np.argsort(values)
            return values[order], vectors[:, order]
    values, vectors = linalg.eigh(matrix, subset_by_index=[size - count, size - 1])
    return values, vectors
