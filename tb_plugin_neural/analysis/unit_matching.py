"""Match the units of one run with those of another.

Training twice from different weights gives similar units in another order. They are matched one to
one by the correlation of their activations on inputs that both runs have seen: the probe set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Values = NDArray[np.floating[Any]]

UNMATCHED = -1

LOWEST_CORRELATION = 0.5
"""Units that correlate less are not matched."""

CHANCE = 0.01
"""Share of unrelated units that may find a partner."""

ROUNDING = 1e-9
SHUFFLES = 4
MOST_SHUFFLED = 1024
"""Units of either run that chance is judged by: that of more is nearly the same."""


@dataclass(frozen=True, eq=False)
class Matching:
    """The partner in the second run of every unit of the first.

    Attributes:
        index: `[units_a]`, a unit of the second run, each at most once, or -1 where unmatched.
        correlation: `[units_a]`, with the unit that the assignment gave, also where that was too
            low for a match; 0 where it gave none, and for constant units.
        threshold: units that correlate less are unmatched.
    """

    index: NDArray[np.int64]
    correlation: Floats
    threshold: float


def match(a: Values, b: Values) -> Matching:
    """Match units one to one so that the sum of their correlations is largest.

    A unit that is constant over the instances correlates with nothing and remains unmatched. So
    does one that correlates less than chance would have it: with few instances and many units the
    best of all partners is good by chance alone, as `chance` tells. Values that are not finite
    count as the unit's mean.

    Args:
        a: activations `[instances, units_a]`.
        b: activations `[instances, units_b]` on the same instances, in the same order.

    Raises:
        ValueError: the numbers of instances differ.

    References:
        Li, Yosinski, Clune, Lipson & Hopcroft (2016), Convergent learning: do different neural
        networks learn the same representations?, section 3.1 (bipartite matching).
    """
    if len(a) != len(b):
        raise ValueError(f"activations on {len(a)} and on {len(b)} instances; give the same ones")
    one, other = _standardized(a), _standardized(b)
    threshold = max(LOWEST_CORRELATION, chance(one, other) + ROUNDING)
    correlations = one.T @ other
    units, partners = linear_sum_assignment(correlations, maximize=True)
    index = np.full(a.shape[1], UNMATCHED, np.int64)
    correlation = np.zeros(a.shape[1])
    correlation[units] = correlations[units, partners]
    index[units] = np.where(correlation[units] >= threshold, partners, UNMATCHED)
    return Matching(index, correlation, threshold)


def chance(a: Values, b: Values) -> float:
    """Return the correlation that a best partner among unrelated units exceeds in 1 % of cases.

    Units are made unrelated by taking the instances of one side in another order; whatever their
    distributions are, they stay.

    Args:
        a: units of mean 0 and length 1, `[instances, units_a]`; all 0 where constant.
        b: likewise `[instances, units_b]`.

    Returns:
        0 to 1; 0 without units that vary.
    """
    random = np.random.default_rng(0)
    a, b = (side[:, side.any(axis=0)] for side in (a, b))
    if not a.size or not b.size:
        return 0.0
    best = []
    for _ in range(SHUFFLES):
        one, other = (_some(side, random) for side in (a, b))
        best.append((one.T @ other[random.permutation(len(other))]).max(axis=1))
    return float(np.quantile(np.concatenate(best), 1 - CHANCE))


def _some(values: Values, random: np.random.Generator) -> Values:
    units = values.shape[1]
    if units <= MOST_SHUFFLED:
        return values
    return values[:, random.choice(units, MOST_SHUFFLED, replace=False)]


def _standardized(values: Values) -> Floats:
    """Units `[instances, units]` with mean 0 and length 1; all 0 where constant."""
    x = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    varies = np.fmax.reduce(x) > np.fmin.reduce(x)
    x = np.where(varies, x, 0)
    x = np.nan_to_num(x - np.nanmean(x, axis=0))
    standardized: Floats = x / np.where(varies, np.linalg.norm(x, axis=0), 1)
    return standardized
