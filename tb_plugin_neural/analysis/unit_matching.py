"""Which unit of one run does what a unit of another run does.

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


@dataclass(frozen=True, eq=False)
class Matching:
    """For every unit of the first run its partner in the second.

    Attributes:
        index: `[units_a]`, a unit of the second run, each at most once, or -1 where unmatched.
        correlation: `[units_a]`, with the unit that the assignment gave, also where that was too
            low for a match; 0 where it gave none, and for constant units.
    """

    index: NDArray[np.int64]
    correlation: Floats


def match(a: Values, b: Values) -> Matching:
    """Match units one to one so that the sum of their correlations is largest.

    A unit that is constant over the instances correlates with nothing and remains unmatched. Values
    that are not finite count as the unit's mean.

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
    correlations = _standardised(a).T @ _standardised(b)
    units, partners = linear_sum_assignment(correlations, maximize=True)
    index = np.full(a.shape[1], UNMATCHED, np.int64)
    correlation = np.zeros(a.shape[1])
    correlation[units] = correlations[units, partners]
    index[units] = np.where(correlation[units] >= LOWEST_CORRELATION, partners, UNMATCHED)
    return Matching(index, correlation)


def _standardised(values: Values) -> Floats:
    """Units `[instances, units]` with mean 0 and length 1; all 0 where constant."""
    x = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    varies = np.fmax.reduce(x) > np.fmin.reduce(x)
    x = np.where(varies, x, 0)
    x = np.nan_to_num(x - np.nanmean(x, axis=0))
    standardised: Floats = x / np.where(varies, np.linalg.norm(x, axis=0), 1)
    return standardised
