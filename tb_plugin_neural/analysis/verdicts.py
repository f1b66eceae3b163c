"""Put many intervals, taken together, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, ndtr, ndtri

Floats = NDArray[np.float64]

ROUNDING = 1e-6
"""By how much a p value is to be below its bound: an interval that touches chance shows nothing."""


def verdicts(low: NDArray[Any], high: NDArray[Any], level: float) -> list[list[str]]:
    """Return verdicts on the intervals of areas under ROC curves, corrected for their number.

    `detects` where an area is above chance, `reversed` where it is below, else `none`: no detection
    shown. Of those that are shown at most a share of `1 - level` is wrong on average, whatever the
    number of intervals; so an interval that barely leaves out chance may be given as `none`.

    Args:
        low: lower ends `[groups, scores]`, NaN where nothing is known.
        high: upper ends.
        level: of the intervals, which are even on the scale of logits.

    Returns:
        A word for each.

    References:
        Benjamini & Hochberg (1995), Controlling the false discovery rate; it holds for scores that
        depend on each other positively (Benjamini & Yekutieli 2001).
    """
    ends = np.stack((low, high)).astype(np.float64)
    least = np.finfo(np.float32).eps
    odds = logit(np.clip(ends, least, 1 - least))
    with np.errstate(invalid="ignore", divide="ignore"):
        deviation = (odds[1] - odds[0]) / 2 / ndtri((1 + level) / 2)
        z = odds.mean(axis=0) / deviation
    significant = _discoveries(2 * ndtr(-np.abs(z)), 1 - level)
    words = np.where(
        significant & (z > 0), "detects", np.where(significant & (z < 0), "reversed", "none")
    )
    found: list[list[str]] = words.tolist()
    return found


def _discoveries(p: Floats, share: float) -> NDArray[np.bool_]:
    """Return the discoveries of the Benjamini–Hochberg procedure."""
    known = np.sort(p[np.isfinite(p)])
    bounds = share * np.arange(1, len(known) + 1) / max(len(known), 1)
    below = np.flatnonzero(known < bounds * (1 - ROUNDING))
    bound = known[below[-1]] if below.size else -1.0
    found: NDArray[np.bool_] = p <= bound
    return found
