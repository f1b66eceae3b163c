"""Place single activations in a subset's distribution, read from its histogram.

All functions take a histogram of one subject and values `[instances, units]`. As everywhere, the
values of a bin are spread evenly over it, exact zeros are an atom, and those outside the window
stand at their mean.

An instance that is itself among the subject's inputs looks more typical of them than it is: it has
always at least one value at its own place. `own` says how often each is among them, and these
values are left out; all others stay, and their mean outside the window with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tb_plugin_neural.analysis.histogram import (
    Histogram,
    atoms,
    check_one_subject,
    filled_range,
    outside,
    quantiles,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Values = NDArray[np.floating[Any]]
Own = NDArray[np.integer[Any]] | None
Spread = tuple[Floats, Floats]
"""Median and robust standard deviation, `[units]` each."""

Z_LIMIT = 20.0
"""Robust z scores are clipped here, so that a mean over units is not that of one unit."""

NORMAL_MAD = 1.4826
"""Standard deviations of a normal distribution in one median absolute deviation."""

NORMAL_MEAN_DEVIATION = 1.2533
"""Standard deviations of a normal distribution in one mean absolute deviation."""

BISECTIONS = 50


def percentile(h: Histogram, values: Values, own: Own = None) -> Floats:
    """Mid-rank percentile: `(rank + 1/2) / (n + 1)`, `rank` counting equal values half.

    It is never 0 or 1: a value beyond all `n` that were seen stands half a rank from the end.

    Args:
        h: one subject.
        values: activations `[instances, units]`.
        own: `[instances]`, how many of the subject's inputs each instance is, which `n` and `rank`
            leave out; None for none.

    Returns:
        `[instances, units]`, within the share of one bin of that of the raw values; NaN where the
        subject is empty or the value NaN.

    Raises:
        ValueError: `h` has not exactly one subject, or `values` another number of units.
    """
    _check(h, values)
    others = _others(h, values, own)
    share = (others.below + others.equal / 2 + 0.5) / (others.total + 1)
    return np.where((others.total > 0) & ~np.isnan(values), share, np.nan)


def surprisal(h: Histogram, values: Values, own: Own = None) -> Floats:
    """Surprisal of so extreme a value: `-ln t` with the two-sided tail `t = 2 min(p, 1 - p)`.

    Args:
        h: one subject.
        values: activations `[instances, units]`.
        own: as in `percentile`.

    Returns:
        `[instances, units]` in nats, from 0 at the median to `ln(n + 1)` beyond all `n` values that
        were seen; NaN where the subject is empty or the value NaN.

    Raises:
        ValueError: `h` has not exactly one subject, or `values` another number of units.
    """
    p = percentile(h, values, own)
    nats: Floats = -np.log(2 * np.minimum(p, 1 - p))
    return nats


def tail(h: Histogram, values: Values, own: Own = None) -> NDArray[np.bool_]:
    """Return whether values lie outside the range of the subject's values.

    The range ends with the outermost filled bins and exact zeros; where values are known to lie
    outside the window, with the smallest or largest value of the unit.

    Args:
        h: one subject.
        values: activations `[instances, units]`.
        own: as in `percentile`; a value that the range ends with alone lies outside that of others.

    Returns:
        `[instances, units]`; true for what is not finite, false where the subject is empty.

    Raises:
        ValueError: `h` has not exactly one subject, or `values` another number of units.
    """
    _check(h, values)
    low, high = (ends[0] for ends in filled_range(h))
    low = np.where(h.under[0] > 0, h.minimum, low)
    high = np.where(h.over[0] > 0, h.maximum, high)
    others = _others(h, values, own)
    between = others.beside | ((others.below > 0) & (others.above > 0))
    seen = (values >= low) & (values <= high) & (between | ~others.left_out)
    beyond: NDArray[np.bool_] = ~seen & (others.total > 0)
    return beyond


def robust_z(h: Histogram, values: Values, spread: Spread | None = None) -> Floats:
    """Distance from the median in robust standard deviations, at most 20.

    The deviation is 1.4826 median absolute deviations. Where more than half of the values are equal
    (a unit that is mostly off) that is 0, and 1.2533 mean absolute deviations from the median take
    its place; where all are equal, whatever differs from them is at 20.

    Args:
        h: one subject.
        values: activations `[instances, units]`.
        spread: of the subject, where it is known already.

    Returns:
        `[instances, units]`, 0 to 20; NaN where the subject is empty or the value NaN.

    Raises:
        ValueError: `h` has not exactly one subject, or `values` another number of units.

    References:
        Iglewicz & Hoaglin (1993), How to detect and handle outliers: the modified z-score.
    """
    _check(h, values)
    median, deviation = robust_spread(h) if spread is None else spread
    distance = np.abs(values - median)
    z = np.divide(distance, deviation, out=np.full(distance.shape, np.inf), where=deviation > 0)
    z = np.where(distance > 0, np.minimum(z, Z_LIMIT), 0)
    return np.where(np.isnan(distance), np.nan, z)


def robust_spread(h: Histogram) -> Spread:
    """Return the scale of `robust_z`; it takes longer to compute than the distances.

    Args:
        h: one subject.

    Raises:
        ValueError: `h` has not exactly one subject.
    """
    check_one_subject(h)
    median = quantiles(h, [0.5])[0, :, 0]
    deviation = NORMAL_MAD * _median_deviation(h, median)
    beside = NORMAL_MEAN_DEVIATION * _mean_deviation(h, median)
    return median, np.where(deviation > 0, deviation, beside)


def _check(h: Histogram, values: Values) -> None:
    check_one_subject(h)
    if values.ndim != 2 or values.shape[1] != h.counts.shape[1]:
        raise ValueError(
            f"values of shape {list(values.shape)}, expected [instances, {h.counts.shape[1]} units]"
        )


@dataclass(frozen=True, eq=False)
class _Others:
    """The subject's values but the instances' own, `[instances, units]` each.

    Attributes:
        below: number of values below an instance's; so `equal`.
        total: number of values.
        beside: whether any lies in the same bin or atom.
        left_out: whether any of the instance's own is left out.
    """

    below: Floats
    equal: Floats
    total: Integers
    beside: NDArray[np.bool_]
    left_out: NDArray[np.bool_]

    @property
    def above(self) -> Floats:
        """Number of values above an instance's."""
        return self.total - self.below - self.equal


def _others(h: Histogram, values: Values, own: Own) -> _Others:
    x = values.astype(np.float64)
    below, equal = _rank_function(h)(x)
    total = np.broadcast_to(h.total[0], x.shape)
    if own is None or not own.any():
        nothing = np.zeros(x.shape, bool)
        return _Others(below, equal, total, nothing, nothing)
    times = np.where(np.isfinite(x), own[:, None], 0)
    place = np.nan_to_num(np.ldexp(x, -h.exponent) - h.offset)
    bin_ = np.clip(np.floor(place), 0, h.bins - 1).astype(np.int64)
    inside = (x != 0) & (place >= 0) & (place < h.bins)
    here = np.where(inside, h.counts[0][np.arange(x.shape[1]), bin_], 0)
    under, over = (at[0] for at in outside(h))
    for count, at, is_here in (
        (h.zero[0], np.zeros(x.shape[1]), x == 0),
        (h.under[0], under, (place < 0) & (x != 0)),
        (h.over[0], over, (place >= h.bins) & (x != 0)),
    ):
        here = np.where(is_here, count, here)
        taken = np.where(is_here, np.minimum(times, count), 0)
        below, equal = below - taken * (x > at), equal - taken * (x == at)
    taken = np.minimum(times, here)
    below = below - np.where(inside, taken * (place - bin_), 0)
    # An activation is recorded in 8 bits, which may put it into a bin beside its own: half of it is
    # then taken off either side.
    below = np.clip(below - (times - taken) / 2, 0, None)
    total = np.maximum(total - times, 0)
    return _Others(np.minimum(below, total), equal, total, here > taken, times > 0)


def _rank_function(h: Histogram) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Return a function that counts the subject's values below, and equal to, `[..., units]`."""
    units = np.arange(h.counts.shape[1])
    counts = h.counts[0]
    before = counts.cumsum(axis=-1) - counts
    under, over = (at[0] for at in outside(h))
    beside = [(h.under[0], under), (h.zero[0], np.zeros(len(units))), (h.over[0], over)]

    def ranks(x: Floats) -> tuple[Floats, Floats]:
        bins_below = np.nan_to_num(np.clip(np.ldexp(x, -h.exponent) - h.offset, 0, h.bins))
        bin_ = np.minimum(bins_below.astype(np.int64), h.bins - 1)
        below = before[units, bin_] + (bins_below - bin_) * counts[units, bin_]
        equal = np.zeros(x.shape)
        for count, at in beside:
            below += count * (x > at)
            equal += count * (x == at)
        return below, equal

    return ranks


def _median_deviation(h: Histogram, median: Floats) -> Floats:
    """Median absolute deviation `[units]`: the radius around the median that holds half.

    Found by bisection, as the number of values within a radius grows with it.
    """
    ranks = _rank_function(h)
    half = h.total[0] / 2

    def enough(radius: Floats) -> NDArray[np.bool_]:
        low, high = np.stack([median - radius, median + radius])
        (below, _), (under, equal) = ranks(low), ranks(high)
        held: NDArray[np.bool_] = under + equal - below >= half
        return held

    ends = np.stack([*filled_range(h), *outside(h)])[:, 0]
    low, high = np.zeros(len(median)), np.fmax.reduce(np.abs(ends - median))
    at_once = enough(low)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        held = enough(middle)
        low, high = np.where(held, low, middle), np.where(held, middle, high)
    return np.where(at_once, 0, high)


def _mean_deviation(h: Histogram, median: Floats) -> Floats:
    """Mean absolute deviation from the median `[units]`."""
    position, counts = atoms(h)
    distances = (counts[0] * np.abs(position - median[:, None])).sum(axis=-1)
    mean: Floats = distances / np.maximum(h.total[0], 1)
    return mean
