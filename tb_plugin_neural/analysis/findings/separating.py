"""Measure how well one unit separates a class from all others, from histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_plugin_neural.analysis.histogram import Histogram

Floats = NDArray[np.float64]


def areas(classes: Histogram) -> Floats:
    """Area under the ROC curve of each class against the others together, by each unit.

    Exact but for values in one bin, which count as ties; as the Mann-Whitney statistic.

    Args:
        classes: histograms of disjoint classes on one lattice, a subject each.

    Returns:
        `[classes, units]`, above .5 where the class has the larger activations; NaN where a side
        is empty.

    References:
        Hanley & McNeil (1982), The meaning and use of the area under a ROC curve.
    """
    counts = _in_order(classes)
    total = counts.sum(0, keepdims=True)
    rest = total - counts
    below = np.cumsum(rest, -1) - rest
    wins = (counts * (below + rest / 2)).sum(-1)
    sizes = counts.sum(-1) * rest.sum(-1)
    nothing: Any = np.full(sizes.shape, np.nan)
    found: Floats = np.divide(wins, sizes, out=nothing, where=sizes > 0)
    return found


def _in_order(of: Histogram) -> Floats:
    """Return counts `[classes, units, bins + 3]` from the smallest values to the largest."""
    bins = of.counts.shape[-1]
    zero_bin = np.clip(-of.offset, 0, bins)  # bins below zero come before it
    at = np.arange(bins + 1)
    source = np.where(at < zero_bin[:, None], at, at - 1)
    counts = of.counts.astype(np.float64)
    padded = np.take_along_axis(counts, np.clip(source, 0, bins - 1)[None], -1)
    zero = at == zero_bin[:, None]
    padded = np.where(zero[None], of.zero[..., None], padded)
    under, over = of.under[..., None], of.over[..., None]
    found: Floats = np.concatenate((under, padded, over), -1).astype(np.float64)
    return found
