"""Summarize the health of a layer in one number, from the moments of its units.

Shapes: `K` classes, `U` units. Counts are of finite activations, deviations the population's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

EPSILON = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, eq=False)
class Spread:
    """Moments of units over some inputs.

    Attributes:
        count: inputs with a finite activation.
        mean: of these.
        std: of these, NaN where there are none.
    """

    count: Array
    mean: Array
    std: Array


def dead_units(of: Spread, inputs: int) -> Array:
    """Return which units are 0 on every input.

    Args:
        of: `[U]`, over all inputs.
        inputs: how many there are, those without a finite activation included.

    Returns:
        `[U]` of booleans; no unit is dead where there are no inputs.
    """
    found: Array = (of.count == inputs) & (of.mean == 0) & (of.std == 0) & (inputs > 0)
    return found


def dead_share(of: Spread, inputs: int) -> float:
    """Share of the units that are 0 on every input; NaN without inputs or units.

    Args:
        of: `[U]`, over all inputs.
        inputs: as of `dead_units`.
    """
    if not inputs or not of.mean.size:
        return float("nan")
    return float(dead_units(of, inputs).mean())


def separability(of: Spread) -> float:
    """Mean over units of η², the share of a unit's variance that lies between the classes.

    Units that do not vary are left out: to the rounding of float32 their variance is 0. Without
    any relation to the classes η² is (K - 1) / (N - 1) on average, see `chance`.

    Args:
        of: `[K, U]`, of disjoint classes.

    Returns:
        0 to 1; NaN with fewer than two classes, and where no unit varies.

    Source: Fisher (1925), correlation ratio; F = η² / (1 - η²) · (N - K) / (K - 1).
    """
    count = of.count.astype(np.float64)
    there = count > 0
    mean = np.where(there, of.mean, 0).astype(np.float64)
    std = np.where(there, of.std, 0).astype(np.float64)
    total = count.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (count * mean).sum(0) / total
        between = (count * (mean - middle) ** 2).sum(0) / total
        whole = between + (count * std**2).sum(0) / total
        varies = np.sqrt(whole) > 2 * EPSILON * np.abs(mean).max(0, initial=0)
        ratio = between / whole
    return mean_of(ratio[varies & (there.sum(0) > 1)])


def chance(classes: int, inputs: int) -> float:
    """Return the average of `separability` for random classes; NaN below two."""
    return (classes - 1) / (inputs - 1) if 1 < classes < inputs else float("nan")


def change(before: Spread, after: Spread) -> float:
    """Mean over units of the distance of their means, in pooled standard deviations.

    Units that vary in neither are unchanged where their means agree, else left out.

    Args:
        before: `[U]`, over all inputs at one step.
        after: the same at another.

    Returns:
        NaN where the layers differ in units, and where no unit has both means.

    Source: Cohen (1988), d, with the population's deviations.
    """
    if before.mean.shape != after.mean.shape:
        return float("nan")
    distance = np.abs(after.mean.astype(np.float64) - before.mean)
    squares = sum(one.count * one.std.astype(np.float64) ** 2 for one in (before, after))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = np.sqrt(squares / (before.count + after.count))
        steps = np.where(distance == 0, 0, distance / pooled)
    known = np.isfinite(steps) & np.isfinite(distance)
    return mean_of(steps[known])


def change_of_samples(before: Spread, after: Spread) -> float:
    """Return the average of `change` between two samples of one normal distribution.

    Units that vary in neither sample do not change: the more of a layer is dead, the less noise
    there is in its mean.

    Args:
        before: `[U]`, as of `change`.
        after: likewise.

    Returns:
        NaN where `change` is.
    """
    if before.mean.shape != after.mean.shape:
        return float("nan")
    known = np.isfinite(before.mean) & np.isfinite(after.mean)
    varies = (before.std > 0) | (after.std > 0)
    with np.errstate(divide="ignore"):
        noise = np.sqrt(2 / math.pi * (1 / before.count + 1 / after.count))
    return mean_of(np.where(varies, noise, 0)[known])


def mean_of(values: Array) -> float:
    """Return the mean, or NaN of nothing."""
    return float(values.mean()) if values.size else float("nan")
