"""Areas under ROC curves, and how far they would move with other inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

Floats = NDArray[np.float64]
Seed = int | tuple[int, ...]

AT_ONCE = 2**22
"""Weights that are held at once."""


class Areas(NamedTuple):
    """The area under the ROC curve and the ends of its interval, for several scores `[scores]`."""

    value: Floats
    low: Floats
    high: Floats


def areas(positive: Floats, negative: Floats, *, resamples: int, level: float, seed: Seed) -> Areas:
    """Areas with normal intervals of their logits, whose deviations are the bootstrap's.

    An area is the share of pairs of a positive and a negative in which the positive's score is
    larger, equal scores counting half (the Mann-Whitney statistic). A resample draws positives and
    negatives apart, each as many as there are, with replacement; all scores have the same ones.
    Near 1 areas crowd, and the quantiles of resampled ones lie too high; their logits do not. The
    deviation is not taken smaller than DeLong's, nor, where a score tells all apart and no resample
    differs, than that of Hanley and McNeil.

    Args:
        positive: scores `[positives, scores]`.
        negative: scores `[negatives, scores]`.
        resamples: how many.
        level: how often the interval is to hold the area of all inputs that there might be.
        seed: of the resamples.

    Returns:
        NaN where a side is empty or has a score that is NaN.

    References:
        Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13; DeLong, DeLong &
        Clarke-Pearson (1988), Comparing the areas under two or more correlated ROC curves; Hanley
        & McNeil (1982), The meaning and use of the area under a ROC curve; Pepe (2003), The
        statistical evaluation of medical tests, section 5.2.5, for the logits.
    """
    sizes = len(positive), len(negative)
    scores = positive.shape[1]
    if 0 in sizes:
        return Areas(*np.full((3, scores), np.nan))
    ones = [np.ones((1, size)) for size in sizes]
    value = np.array([_area(positive[:, s], negative[:, s], *ones)[0] for s in range(scores)])
    drawn = np.concatenate(list(_resampled(positive, negative, resamples, seed)), axis=1)
    least = 1 / (2 * sizes[0] * sizes[1])
    centre = logit(np.clip(value, least, 1 - least))
    spread = logit(np.clip(drawn, least, 1 - least)).std(axis=1)
    known = [_deviation(positive[:, s], negative[:, s], least) for s in range(scores)]
    width = norm.ppf((1 + level) / 2) * np.maximum(spread, known)
    return Areas(value, expit(centre - width), expit(centre + width))


def _deviation(positive: Floats, negative: Floats, least: float) -> float:
    """Return the standard deviation of an area's logit, in closed form."""
    ours, theirs = np.sort(positive), np.sort(negative)
    above = _below(positive, theirs) / len(theirs)
    under = 1 - _below(negative, ours) / len(ours)
    area = float(np.clip(above.mean(), least, 1 - least))
    parts = [one.var(ddof=1) / len(one) for one in (above, under) if len(one) > 1]
    variance = sum(parts)
    if not variance > 0:
        n, m = len(ours), len(theirs)
        same = area * (1 - area)
        twice = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
        variance = (same + (n - 1) * twice[0] + (m - 1) * twice[1]) / (n * m)
    return float(np.sqrt(variance) / (area * (1 - area)))


def _below(values: Floats, ranked: Floats) -> Floats:
    """Count the sorted numbers below each value; equal ones count half."""
    first, last = (np.searchsorted(ranked, values, side) for side in ("left", "right"))
    below: Floats = (first + last) / 2
    return below


def _resampled(positive: Floats, negative: Floats, resamples: int, seed: Seed) -> Iterator[Floats]:
    """Areas `[scores, resamples]`, a block of resamples at a time."""
    random = np.random.default_rng(seed)
    sizes = len(positive), len(negative)
    block = max(1, AT_ONCE // sum(sizes))
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        weights = [random.multinomial(n, np.full(n, 1 / n), count).astype(float) for n in sizes]
        yield np.stack(
            [_area(positive[:, s], negative[:, s], *weights) for s in range(positive.shape[1])]
        )


def _area(positive: Floats, negative: Floats, ours: Floats, theirs: Floats) -> Floats:
    """Areas `[resamples]` of one score, for weights of inputs `[resamples, inputs]`."""
    if np.isnan(positive).any() or np.isnan(negative).any():
        return np.full(len(ours), np.nan)
    order = np.argsort(negative)
    ranked = negative[order]
    below = np.pad(theirs[:, order].cumsum(axis=1), ((0, 0), (1, 0)))
    first, last = (np.searchsorted(ranked, positive, side) for side in ("left", "right"))
    pairs = (ours * (below[:, first] + below[:, last])).sum(axis=1) / 2
    area: Floats = pairs / (len(positive) * len(negative))
    return area
