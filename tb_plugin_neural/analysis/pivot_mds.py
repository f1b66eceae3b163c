"""PivotMDS: a map of points of which only the distances to a few of them are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from tb_plugin_neural.analysis.maps.classical_mds import directed, largest
from tb_plugin_neural.analysis.maps.map_quality import stress

Floats = NDArray[np.float64]

AXES = 2
MOST = 6
"""Directions that are looked at first; mostly the three largest are real."""

ROWS = 64
"""Points that are multiplied at once; threads wait for each other on a busy machine."""

RANK = 1e-6
"""Singular values below this share of the largest are 0 but for rounding."""

SPAN = 1e-3
"""Eigenvalues below this share of the largest are of directions that rounded distances blur."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """A map, and how certain its second axis is.

    Attributes:
        xy: `[n, 2]`.
        spread: (λ₂ − λ₃) / λ₂ of the singular values that the axes come from. Near 0 another
            direction would have done as well as the second axis; 0 too where there is none.
    """

    xy: Floats
    spread: float


def pivot_mds(
    distances: NDArray[Any], pivots: Sequence[int] | NDArray[Any], *, metric_fix: bool = True
) -> Floats:
    """Map points by their distances to pivots.

    Squared distances are centred twice, which leaves inner products `C` with the pivots; the axes
    are `C V / sqrt(σ)`, by eigenvectors `V` of the small matrix `CᵀC` with eigenvalues `σ²`. With
    all points as pivots that is classical scaling exactly; with fewer the points of a plane come
    out stretched along some direction, which the metric fix undoes: `Y A½` with that symmetric
    positive semidefinite `A` which brings the squared distances on the map nearest to those given.

    Args:
        distances: `[n, k]`, column j the distances to point `pivots[j]`.
        pivots: `[k]`, rows of `distances`.
        metric_fix: whether to undo the stretching.

    Returns:
        `[n, 2]`, finite whatever the distances are; 0 along axes that are not needed (points on a
        line, equal points) or cannot be had (k pivots span k - 1 axes).

    Raises:
        ValueError: the shapes do not match, a pivot is no row, or a distance is not finite.

    References:
        Brandes & Pich (2006), Eigensolver methods for progressive multidimensional scaling of
        large data, section 3, whose axes `C V` exaggerate the longer one; the fix is ours.
    """
    return scale(distances, pivots, metric_fix=metric_fix).xy


def scale(
    distances: NDArray[Any], pivots: Sequence[int] | NDArray[Any], *, metric_fix: bool = True
) -> Scaling:
    """Return the same as `pivot_mds`, and how certain the second axis is."""
    d, rows = np.asarray(distances, dtype=np.float64), np.asarray(pivots, dtype=np.int64)
    if d.ndim != 2 or rows.shape != (d.shape[1],) or not np.isfinite(d).all():
        raise ValueError(
            f"distances of shape {list(d.shape)} to {rows.size} pivots, expected finite ones [n, k]"
        )
    if rows.size and not 0 <= rows.min() <= rows.max() < len(d):
        raise ValueError(f"pivots {rows.min()} to {rows.max()} of {len(d)} points")
    unit = np.abs(d).max(initial=0)
    if unit == 0:
        return Scaling(np.zeros((len(d), AXES)), 0.0)
    squares = (d / unit) ** 2
    axes, sizes = _axes(squares, rows)
    if metric_fix:
        axes = axes @ _fix(axes, squares, rows)
    second, third = sizes[1:]
    return Scaling(directed(axes) * unit, float((second - third) / second) if second else 0.0)


def alone(
    distances: NDArray[Any], pivots: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> tuple[Scaling, float]:
    """Map some points by classical scaling of their distances in the space that pivots span.

    A point's place in that space follows from its distances to the pivots; what two axes show of
    the chosen points is what varies most among these, whatever the others do.

    Args:
        distances: `[n, k]`, finite, column j the distances to point `pivots[j]`.
        pivots: `[k]`, rows of `distances`.
        chosen: `[n]`; the others are laid into the map of these.

    Returns:
        The map of all points; and its stress among the chosen ones, against that space.

    References:
        de Silva & Tenenbaum (2004), Sparse multidimensional scaling using landmark points,
        section 2.3, for the places.
    """
    squares = np.asarray(distances, dtype=np.float64) ** 2
    among = (squares[pivots] + squares[pivots].T) / 2
    middle = among.mean(axis=0)
    values, vectors = np.linalg.eigh(-(among - middle - middle[:, None] + among.mean()) / 2)
    real = values > SPAN * max(values.max(initial=0), np.finfo(float).tiny)
    coordinates = (middle - squares) / 2 @ (vectors[:, real] / np.sqrt(values[real]))
    coordinates = coordinates - coordinates[chosen].mean(axis=0) if chosen.any() else coordinates
    _, sizes, axes = np.linalg.svd(coordinates[chosen], full_matrices=False)
    second, third = np.pad(sizes**2, (0, AXES + 1))[1 : AXES + 1]
    shown = np.zeros((AXES, coordinates.shape[1]))
    shown[: min(AXES, len(axes))] = axes[:AXES]
    xy = directed(coordinates @ shown.T)
    certain = second > (RANK * sizes.max(initial=0)) ** 2
    spread = float((second - third) / second) if certain else 0.0
    return Scaling(xy, spread), stress(pdist(coordinates[chosen]), pdist(xy[chosen]))


def _axes(squares: Floats, pivots: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Both axes `[n, 2]`, and the three largest singular values, 0 where there are fewer.

    Directions in which squared lengths would be negative belong to no points, and are passed over.
    """
    middle = squares.mean(axis=1, keepdims=True)
    products = -(squares - middle - squares.mean(axis=0) + squares.mean()) / 2
    gram = np.sum([products[rows].T @ products[rows] for rows in _blocks(len(products))], axis=0)
    for count in (MOST, len(gram)):
        values, vectors = largest(gram, min(count, len(gram)))
        real = (vectors * (products[pivots] @ vectors)).sum(axis=0) > 0
        sizes = np.sqrt(np.maximum(values, 0))
        chosen = np.flatnonzero(real & (sizes > RANK * sizes[-1]))[: -AXES - 2 : -1]
        if len(chosen) > AXES:
            break
    used = chosen[:AXES]
    axes = np.zeros((len(squares), AXES))
    axes[:, : len(used)] = products @ vectors[:, used] / np.sqrt(sizes[used])
    kept = np.zeros(AXES + 1)
    kept[: len(chosen)] = sizes[chosen]
    return axes, kept


def _fix(axes: Floats, squares: Floats, pivots: NDArray[np.int64]) -> Floats:
    """Return the root `[2, 2]` of the form that fits the squared distances to the pivots best."""
    length = np.sqrt((axes**2).mean(axis=0))
    shrink = np.where(length > 0, 1 / np.where(length > 0, length, 1), 0)
    even, sums = axes * shrink, np.zeros((4, 4))
    for rows in _blocks(len(axes)):
        x, y = ((axis[rows, None] - axis[pivots]).ravel() for axis in even.T)
        terms = np.stack((x * x, 2 * x * y, y * y, squares[rows].ravel()))
        sums += terms @ terms.T
    form = _nearest_form(sums[:3, :3], sums[:3, 3]) * np.outer(shrink, shrink)
    values, vectors = np.linalg.eigh(form)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root


def _blocks(n: int) -> Iterator[slice]:
    """Rows that fit the processor's cache, too few for a product that several threads share."""
    return (slice(begin, begin + ROWS) for begin in range(0, n, ROWS))


def _nearest_form(gram: Floats, target: Floats) -> Floats:
    """Return the positive semidefinite form `[2, 2]` of least squared error.

    Where the best symmetric one is not semidefinite, the best has rank one: a squared length along
    a direction.
    """
    a, b, c = np.linalg.lstsq(gram, target, rcond=None)[0]
    if min(a, c) >= 0 and a * c >= b * b:
        return np.array([[a, b], [b, c]])
    angle, step = 0.0, np.pi / 2
    for _ in range(2):
        angles = angle + np.linspace(-step, step, 2001)
        along, across = np.cos(angles), np.sin(angles)
        forms = np.stack((along**2, along * across, across**2))
        gain, size = target @ forms, ((gram @ forms) * forms).sum(axis=0)
        at = int((gain**2 / size).argmax())
        angle, step = angles[at], 2 * np.pi / 2000
    a, b, c = forms[:, at] * gain[at] / size[at]
    return np.array([[a, b], [b, c]])
