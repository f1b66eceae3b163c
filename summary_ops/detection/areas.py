"""Areas under ROC curves, and how far they would move with other inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Seed = int | tuple[int, ...]

AT_ONCE = 2**22
"""Weights that are held at once."""


class Areas(NamedTuple):
    """Of several scores `[scores]`, the area under the ROC curve and the ends of its interval."""

    value: Floats
    low: Floats
    high: Floats


def areas(positive: Floats, negative: Floats, *, resamples: int, level: float, seed: Seed) -> Areas:
    """Areas with percentile intervals of the stratified bootstrap.

    An area is the share of pairs of a positive and a negative in which the positive's score is
    larger, equal scores counting half (the Mann-Whitney statistic). A resample draws positives and
    negatives apart, each as many as there are, with replacement; all scores have the same ones.

    Args:
        positive: scores `[positives, scores]`.
        negative: scores `[negatives, scores]`.
        resamples: how many.
        level: share of the resamples' areas that lie in the interval.
        seed: of the resamples.

    Returns:
        NaN where a side is empty or has a score that is NaN.

    References:
        Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13.
    """
    sizes = len(positive), len(negative)
    scores = positive.shape[1]
    if 0 in sizes:
        return Areas(*np.full((3, scores), np.nan))
    ones = [np.ones((1, size)) for size in sizes]
    value = np.array([_area(positive[:, s], negative[:, s], *ones)[0] for s in range(scores)])
    drawn = np.concatenate(list(_resampled(positive, negative, resamples, seed)), axis=1)
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = np.quantile(drawn, tails, axis=1)
    return Areas(value, low, high)


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
