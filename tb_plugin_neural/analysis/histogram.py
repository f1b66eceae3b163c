"""Histograms of activations on one global dyadic lattice, and what is read from them.

Bin `b` of unit `u` holds the values `x` with `floor(x / 2**exponent[u]) == offset[u] + b`. Widths
are powers of two and edges are multiples of them, so that two bins of one width make exactly one
of twice the width, and any two histograms meet on a common lattice without a count being split.

Values of exactly zero are an atom beside the bins; values outside the window that a histogram was
recorded with are known by their number and sum, and stand at their mean. NaN and infinities are
counted but are part of no distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.contract.records import Histograms

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CELLS_AT_ONCE = 2**20
"""Bins of units that are merged at once: what that takes on the way is many times their size."""

PER_SUBJECT = ("zero", "under", "over", "nan", "infinite", "under_sum", "over_sum")


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of several subjects over the units of one layer, on one lattice a unit.

    Attributes:
        counts: `[subjects, units, bins]`, without zeros.
        zero: `[subjects, units]`, values of exactly zero; so `under`, `over` (outside the recorded
            window), `nan` and `infinite`.
        under_sum: `[subjects, units]`, sum of the values counted in `under`; so `over_sum`.
        exponent: `[units]`, the bin width is `2**exponent`.
        offset: `[units]`, the left edge of bin 0 in bin widths.
        minimum: `[units]`, of the finite values seen by any subject, or NaN; so `maximum`.
    """

    counts: Integers
    zero: Integers
    under: Integers
    over: Integers
    nan: Integers
    infinite: Integers
    under_sum: Floats
    over_sum: Floats
    exponent: Integers
    offset: Integers
    minimum: Floats
    maximum: Floats

    @property
    def bins(self) -> int:
        """Number of bins."""
        return int(self.counts.shape[-1])

    @property
    def width(self) -> Floats:
        """Bin width `[units]`, in units of the activation."""
        return np.ldexp(1.0, self.exponent)

    @property
    def start(self) -> Floats:
        """Left edge of bin 0 `[units]`, in units of the activation."""
        return np.ldexp(self.offset.astype(np.float64), self.exponent)

    @property
    def total(self) -> Integers:
        """Number of finite values `[subjects, units]`."""
        total: Integers = self.counts.sum(axis=-1) + self.zero + self.under + self.over
        return total


def check_one_subject(h: Histogram) -> None:
    """Refuse what has not exactly one subject.

    Raises:
        ValueError: no or several subjects.
    """
    if len(h.counts) != 1:
        raise ValueError(f"a histogram of {len(h.counts)} subjects, expected exactly one")


def from_record(record: Histograms, subset_rows: Sequence[int | Sequence[int]]) -> Histogram:
    """Read subjects out of a record.

    Args:
        record: one layer at one step.
        subset_rows: for every subject a row of the record, or several rows to be summed.

    Returns:
        A histogram with the record's own lattice.
    """

    def rows(values: NDArray[Any], dtype: type = np.int64) -> NDArray[Any]:
        return np.stack(
            [values[np.atleast_1d(row)].sum(axis=0, dtype=dtype) for row in subset_rows]
        )

    return Histogram(
        counts=rows(record.counts),
        zero=rows(record.zero),
        under=rows(record.under),
        over=rows(record.over),
        nan=rows(record.nan),
        infinite=rows(record.negative_infinite) + rows(record.positive_infinite),
        under_sum=rows(record.under_sum, np.float64),
        over_sum=rows(record.over_sum, np.float64),
        exponent=record.exponent.astype(np.int64),
        offset=record.offset.astype(np.int64),
        minimum=record.minimum.astype(np.float64),
        maximum=record.maximum.astype(np.float64),
    )


def common_lattice(histograms: Sequence[Histogram], bins: int | None = None) -> Histogram:
    """Join histograms of the same units, subject after subject, on the finest lattice they share.

    The lattice of a unit is the finest that is no finer than any histogram with values in bins and
    whose `bins` bins hold all of them; bins are merged in whole pairs, so no count is lost.
    Joining in several steps gives what joining at once gives.

    Args:
        histograms: at least one, all of the same number of units.
        bins: number of bins of the result, at least 2; by default the largest among the inputs.

    Raises:
        ValueError: no histogram is given, their numbers of units differ, or `bins` is below 2.
    """
    units = {h.counts.shape[1] for h in histograms}
    if len(units) != 1:
        raise ValueError(f"cannot join histograms of {sorted(units)} units; give one layer's")
    bins = max(2, *(h.bins for h in histograms)) if bins is None else bins
    if bins < 2:
        raise ValueError(f"{bins} bins cannot hold values on both sides of zero; give at least 2")
    exponent, offset = _finest_shared(histograms, bins)
    return Histogram(
        counts=np.concatenate([_coarsen(h, exponent, offset, bins) for h in histograms]),
        exponent=exponent,
        offset=offset,
        minimum=np.fmin.reduce([h.minimum for h in histograms]),
        maximum=np.fmax.reduce([h.maximum for h in histograms]),
        **{name: np.concatenate([getattr(h, name) for h in histograms]) for name in PER_SUBJECT},
    )


def _finest_shared(histograms: Sequence[Histogram], bins: int) -> tuple[Integers, Integers]:
    """Exponent and offset `[units]` of the common lattice; any, where bins are empty."""
    exponents = np.stack([h.exponent for h in histograms])
    first, last, used = map(np.stack, zip(*map(_span, histograms), strict=True))
    exponent = np.where(used, exponents, exponents.min(axis=0)).max(axis=0)
    shift = np.clip(exponent - exponents, 0, 63)
    far = np.iinfo(np.int64).max
    low = np.where(used, first >> shift, far).min(axis=0)
    high = np.where(used, last >> shift, -far).max(axis=0)
    low, high = np.where(used.any(axis=0), [low, high], 0)
    while (wide := (high - low >= bins).astype(np.int64)).any():
        exponent, low, high = exponent + wide, low >> wide, high >> wide
    return exponent, low


def _span(h: Histogram) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """First and last filled bin `[units]` in bin widths from zero, and whether there is any."""
    filled: NDArray[np.bool_] = np.logical_or.reduce(h.counts > 0, axis=0)
    last = h.bins - 1 - filled[:, ::-1].argmax(axis=-1)
    return h.offset + filled.argmax(axis=-1), h.offset + last, np.logical_or.reduce(filled, axis=-1)


def _coarsen(h: Histogram, exponent: Integers, offset: Integers, bins: int) -> Integers:
    """Return counts `[subjects, units, bins]` on a coarser lattice that holds all filled bins."""
    units = len(exponent)
    counts = np.empty((len(h.counts), units, bins), np.int64)
    some = max(1, CELLS_AT_ONCE // max(bins, h.bins))
    for first in range(0, units, some):
        at = slice(first, min(first + some, units))
        shift = np.clip(exponent[at] - h.exponent[at], 0, 63)
        source = h.offset[at, None] + np.arange(h.bins)
        target = np.clip((source >> shift[:, None]) - offset[at, None], 0, bins - 1)
        flat = (target + bins * np.arange(len(shift))[:, None]).ravel()
        for subject, values in enumerate(h.counts[:, at]):
            found = np.bincount(flat, values.ravel(), len(shift) * bins)
            counts[subject, at] = found.reshape(len(shift), bins)
    return counts


def take_units(h: Histogram, index: NDArray[np.integer[Any]]) -> Histogram:
    """Pick and reorder units; -1 stands for a unit that is absent and has no counts at all.

    Args:
        h: the histogram to pick from.
        index: `[units]`, indices of `h`'s units or -1.

    Raises:
        IndexError: an index is neither -1 nor a unit of `h`.
    """
    units = h.counts.shape[1]
    if len(index) and not -1 <= index.min() <= index.max() < units:
        raise IndexError(f"units {index.min()} to {index.max()} of a layer with {units}")

    def take(values: NDArray[Any], fill: float = 0) -> NDArray[Any]:
        axis = 0 if values.ndim == 1 else 1
        padding = [(0, int(axis == at)) for at in range(values.ndim)]
        return np.pad(values, padding, constant_values=fill).take(index, axis)

    return Histogram(
        counts=take(h.counts),
        exponent=take(h.exponent),
        offset=take(h.offset),
        minimum=take(h.minimum, np.nan),
        maximum=take(h.maximum, np.nan),
        **{name: take(getattr(h, name)) for name in PER_SUBJECT},
    )


def filled_range(h: Histogram) -> tuple[Floats, Floats]:
    """Return the ends of the range of zeros and filled bins, `[subjects, units]` each, or NaN."""
    filled = h.counts > 0
    first, last = filled.argmax(axis=-1), h.bins - filled[..., ::-1].argmax(axis=-1)
    edges = h.offset + np.stack([first, last])
    edges = np.ldexp(edges.astype(np.float64), h.exponent)
    low, high = np.where(filled.any(axis=-1), edges, np.nan)
    zero = np.where(h.zero > 0, 0, np.nan)
    return np.fmin(low, zero), np.fmax(high, zero)


def outside(h: Histogram) -> tuple[Floats, Floats]:
    """Return where values below and above the window stand, `[subjects, units]` each, or NaN.

    They stand at their mean; rounding and unequal windows cannot put them beyond the extremes that
    were seen nor among the subject's own bins, as it is moved to these limits. Extremes within the
    bins are those of a log that does not have those beyond, and limit nothing.
    """
    low, high = filled_range(h)
    under = np.divide(h.under_sum, h.under, where=h.under > 0, out=np.zeros(low.shape))
    over = np.divide(h.over_sum, h.over, where=h.over > 0, out=np.zeros(low.shape))
    least = np.where(h.minimum < h.start, h.minimum, -np.inf)
    most = np.where(h.maximum >= h.start + h.bins * h.width, h.maximum, np.inf)
    under = np.fmin(np.fmax(under, least), low)
    over = np.fmax(np.fmin(over, most), high)
    return np.where(h.under > 0, under, np.nan), np.where(h.over > 0, over, np.nan)


def atoms(h: Histogram) -> tuple[Floats, Integers]:
    """Return all values as atoms from low to high, those of a bin at its centre.

    Returns:
        Positions `[units, atoms]`, shared by all subjects, and counts `[subjects, units, atoms]`.
        Positions may repeat.
    """
    subjects, units, bins = h.counts.shape
    centre = np.ldexp(h.offset[:, None] + np.arange(bins) + 0.5, h.exponent[:, None])
    under, over = (np.nan_to_num(at.T) for at in outside(h))
    position = np.concatenate([centre, np.zeros((units, 1)), under, over], axis=-1)
    own = np.eye(subjects, dtype=np.int64)[:, None]
    beyond = [own * h.under[..., None], own * h.over[..., None]]
    counts = np.concatenate([h.counts, h.zero[..., None], *beyond], axis=-1)
    order = position.argsort(axis=-1)
    counts = np.take_along_axis(counts, np.broadcast_to(order, counts.shape), axis=-1)
    return np.take_along_axis(position, order, axis=-1), counts


def ordered(h: Histogram) -> tuple[Integers, Floats, Floats]:
    """Return the distribution as intervals from low to high: under, bins and zero, over.

    Returns:
        Counts `[subjects, units, bins + 3]`, left and right ends `[units, bins + 3]`. Zero is an
        interval of no length; the ends of the first and the last are NaN, see `outside`.
    """
    column = np.arange(h.bins + 1)
    zero = np.clip(-h.offset, 0, h.bins)[:, None]
    at_zero, bin_ = column == zero, column - (column > zero)
    middle = np.concatenate([h.counts, h.zero[..., None]], axis=-1)
    source = np.broadcast_to(np.where(at_zero, h.bins, bin_), middle.shape)
    middle = np.take_along_axis(middle, source, axis=-1)
    counts = np.concatenate([h.under[..., None], middle, h.over[..., None]], axis=-1)
    edge = np.ldexp((h.offset[:, None] + bin_).astype(np.float64), h.exponent[:, None])
    unknown = np.full((len(edge), 1), np.nan)
    left, right = np.where(at_zero, 0, [edge, edge + h.width[:, None]])
    return (
        counts,
        np.concatenate([unknown, left, unknown], axis=-1),
        np.concatenate([unknown, right, unknown], axis=-1),
    )


def quantiles(h: Histogram, q: Sequence[float]) -> Floats:
    """Quantiles, by inverting the distribution function that is linear within each bin.

    Zeros are an atom at 0, values outside the window an atom at their mean. Where all values are in
    the window, a quantile is within one bin width of the exact one (Hyndman & Fan 1996, type 1).

    Args:
        h: any histogram.
        q: probabilities from 0 to 1.

    Returns:
        `[subjects, units, len(q)]` in units of the activation, NaN where there are no values.

    Raises:
        ValueError: a probability is outside `[0, 1]`.
    """
    if not all(0 <= p <= 1 for p in q):
        raise ValueError(f"quantiles {list(q)}: expected probabilities from 0 to 1")
    counts, left, right = ordered(h)
    under, over = outside(h)
    cumulative = counts.cumsum(axis=-1)
    total = cumulative[..., -1]
    top = counts.shape[-1] - 1
    units = np.arange(counts.shape[1])
    out = np.full((*total.shape, len(q)), np.nan)
    for column, p in enumerate(q):
        rank = p * total
        at = (cumulative >= np.maximum(rank, 0.5)[..., None]).argmax(axis=-1)
        count, end = (
            np.take_along_axis(x, at[..., None], -1)[..., 0] for x in (counts, cumulative)
        )
        share = np.clip(1 - (end - rank) / np.maximum(count, 1), 0, 1)
        inside = left[units, at] + share * (right - left)[units, at]
        value = np.where(at == 0, under, np.where(at == top, over, inside))
        out[..., column] = np.where(total > 0, value, np.nan)
    return out
