"""A map of the classes by what they activate, and maps turned to lie as one another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse.linalg import ArpackError, eigsh

Floats = NDArray[np.float64]

LANCZOS = 64
"""Points beyond which eigenvectors are found by iteration: a thousand's 5 times faster."""


def cosine_similarity(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    """Cosine of the angle between rows, `[rows of a, rows of b]`; 0 where a row is all 0."""
    one, two = (_unit_rows(np.asarray(values, dtype=np.float64)) for values in (a, b))
    return np.clip(one @ two.T, -1, 1)


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
    values, vectors = _largest(products, used)
    spread = np.where(values > values.max() * 1e-12, np.sqrt(np.maximum(values, 0)), 0)
    found[:, :used] = (vectors * spread)[:, ::-1]
    farthest = found[np.abs(found).argmax(axis=0), np.arange(axes)]
    return found * np.where(farthest < 0, -1, 1)


def _largest(matrix: Floats, count: int) -> tuple[Floats, Floats]:
    """The largest eigenvalues of a symmetric matrix, ascending, and their vectors."""
    size = len(matrix)
    if size > LANCZOS:
        begin = np.random.default_rng(0).normal(size=size)
        with contextlib.suppress(ArpackError):
            values, vectors = eigsh(matrix, count, which="LA", v0=begin)
            order = np.argsort(values)
            return values[order], vectors[:, order]
    values, vectors = linalg.eigh(matrix, subset_by_index=[size - count, size - 1])
    return values, vectors


def map_of(counts: NDArray[Any]) -> Floats:
    """Classical scaling of the cosine distances between rows of counts, `[rows, 2]`."""
    return classical_mds(1 - cosine_similarity(counts, counts))


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a map is turned and moved to lie as another one.

    Attributes:
        rotation: `[axes, axes]`, orthogonal.
        centre: of the map's points; `goal`, of the other one's.
        mirrored: whether it mirrors, which it does where that fits better.
        residual: sum of squared distances between the points then.
        unmirrored: the same for the best rotation alone.
    """

    rotation: Floats
    centre: Floats
    goal: Floats
    mirrored: bool
    residual: float
    unmirrored: float

    def apply(self, points: NDArray[Any]) -> Floats:
        """Points of the map where they lie then, `[n, axes]`."""
        moved: Floats = (points - self.centre) @ self.rotation + self.goal
        return moved


def align(points: NDArray[Any], reference: NDArray[Any]) -> Alignment:
    """Find how a map lies nearest to another map of the same points.

    Sizes are kept: they say how far apart the points are.

    Args:
        points: `[n, axes]`, at least one.
        reference: `[n, axes]`.

    Raises:
        ValueError: the shapes differ, or there are no points.

    References:
        Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.
    """
    own, other = (np.asarray(values, dtype=np.float64) for values in (points, reference))
    if own.shape != other.shape or not len(own):
        raise ValueError(f"maps of shapes {list(own.shape)} and {list(other.shape)}")
    centre, goal = own.mean(axis=0), other.mean(axis=0)
    u, _, vt = np.linalg.svd((own - centre).T @ (other - goal))
    proper = np.ones(own.shape[1])
    proper[-1] = np.linalg.det(u @ vt)
    turns = ((u * proper) @ vt, u @ vt)
    rotated, mirrored = (
        float((((own - centre) @ turn - (other - goal)) ** 2).sum()) for turn in turns
    )
    flip = bool(proper[-1] < 0) and mirrored < rotated
    residual = mirrored if flip else rotated
    return Alignment(turns[flip], centre, goal, flip, residual, rotated)


def chain(maps: Iterable[NDArray[Any]]) -> list[Floats]:
    """Maps of the same points, at least one each, aligned each to the one before it."""
    found: list[Floats] = []
    for points in maps:
        xy = np.asarray(points, dtype=np.float64)
        found.append(align(xy, found[-1]).apply(xy) if found else xy)
    return found


def _unit_rows(values: Floats) -> Floats:
    largest = np.abs(values).max(axis=1, initial=0, keepdims=True)
    values = values / np.where(largest > 0, largest, 1)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    rows: Floats = values / np.where(length > 0, length, 1)
    return rows
