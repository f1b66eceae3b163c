"""Causes of a confusion: the nearest correct inputs, and the units that push to the other class.

Shapes: `N` instances, `U` units of the last hidden layer. The margin of an instance is the logit of
the class it is predicted as less that of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

RIDGE = 1e-4
"""Penalty of the readout, in the mean squared length of an instance: what 8 bits round off."""


@dataclass(frozen=True, eq=False)
class Drive:
    """Compare the confused instances of a class with its correct ones, unit by unit.

    Attributes:
        push: `[U]`, by how much a unit raises the margin: its weight times the difference of its
            mean activations.
        weight: `[U]`, how the margin changes with the unit's activation.
        margins: mean margin of the confused and of the correct instances; NaN without logits.
    """

    push: Array
    weight: Array
    margins: tuple[float, float]

    @property
    def explained(self) -> float:
        """The sum of the pushes over the difference of the margins; NaN where that is not known."""
        gap = self.margins[0] - self.margins[1]
        return float(self.push.sum() / gap) if np.isfinite(gap) and gap else float("nan")


def drive(
    activations: Array,
    confused: Array,
    correct: Array,
    prior: Array,
    margin: Array | None = None,
) -> Drive:
    """Split the difference of the margins of confused and correct instances into units.

    The margin is linear in the last hidden layer of most networks. Then the pushes sum to the
    difference, and they are exact as far as the weights are.

    Args:
        activations: `[N, U]`.
        confused: `[N]`, which instances are predicted as the other class.
        correct: `[N]`, which ones are of the same class, and are predicted rightly.
        prior: `[U]`, weights as far as they are known, else 0.
        margin: `[N]`, where logits are recorded; the weights are mended to fit it.
    """
    weight = np.asarray(prior, np.float64)
    margins = (float("nan"), float("nan"))
    if margin is not None:
        weight = readout(activations, margin, weight)
        margins = (float(margin[confused].mean()), float(margin[correct].mean()))
    shift = activations[confused].mean(0) - activations[correct].mean(0)
    return Drive(weight * shift, weight, margins)


def readout(activations: Array, margin: Array, prior: Array) -> Array:
    """Find the weights `[U]` nearest to `prior` with which units make up a margin `[N]`.

    Ridge regression of what the prior leaves over, with a free constant.

    References:
        Hoerl & Kennard (1970), Ridge regression; in its dual form, for few instances.
    """
    x = activations.astype(np.float64)
    x = x - x.mean(0)
    rest = margin - margin.mean() - x @ prior
    if len(x) <= x.shape[1]:
        gram = x @ x.T
        gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(x) + 1e-12
        return np.asarray(prior + x.T @ np.linalg.solve(gram, rest))
    gram = x.T @ x
    gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(x) + 1e-12
    return np.asarray(prior + np.linalg.solve(gram, x.T @ rest))


def weights_of(contribution: Array, mean: Array) -> Array:
    """Find weights `[U]` of which mean contributions `[subsets, U]` to a logit are made.

    A contribution is weight times mean activation, so that every subset in which it is known (not
    NaN) measures the weight; they are averaged by least squares. 0 where nothing is known.
    """
    known = np.isfinite(contribution) & np.isfinite(mean)
    c, m = np.where(known, contribution, 0.0), np.where(known, mean, 0.0)
    square = (m * m).sum(0)
    return np.asarray(
        np.divide((c * m).sum(0), square, out=np.zeros_like(square), where=square > 0)
    )


def nearest(activations: Array, instance: int, among: Array) -> tuple[int, float] | None:
    """Find the instance of a mask that is nearest to another, and its Euclidean distance."""
    indices = np.flatnonzero(among)
    indices = indices[indices != instance]
    if not len(indices):
        return None
    away = activations[indices].astype(np.float64) - activations[instance]
    distance = np.sqrt((away**2).sum(1))
    at = int(distance.argmin())
    return (int(indices[at]), float(distance[at])) if np.isfinite(distance[at]) else None
