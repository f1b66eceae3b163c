"""Compare two distributions of activations, and tell differences from noise.

The functions of counts take two histograms on one lattice, `[..., bins]`, each of any number of
values; the values of a bin stand at its centre. `compare` takes two subjects as they were recorded,
with their exact zeros and the values outside their windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr

from tb_plugin_neural.analysis.histogram import (
    Histogram,
    atoms,
    check_one_subject,
    common_lattice,
    outside,
)

Floats = NDArray[np.float64]
Counts = NDArray[np.integer[Any]]

COARSE_BINS = 16
"""Bins that `compare` takes the Jensen-Shannon divergence on: its bias grows with their number."""


def wasserstein(p: Counts, q: Counts, width: ArrayLike) -> Floats:
    """Wasserstein distance of order 1: the area between the two distribution functions.

    Args:
        p: counts `[..., bins]`.
        q: counts `[..., bins]` on the same lattice.
        width: bin width, a number or `[...]`, in units of the activation.

    Returns:
        `[...]` in units of the activation, NaN where a side is empty.

    References:
        Vallender (1974), Calculation of the Wasserstein distance between probability distributions
        on the line.
    """
    return _wasserstein(p, q, np.asarray(width)[..., None])


def noise_floor(p: Counts, q: Counts, width: ArrayLike) -> Floats:
    """Wasserstein distance to expect of two samples of these sizes from one distribution.

    For samples of `n` and `m` values the difference of the empirical distribution functions at `x`
    is nearly normal with variance `F(x) (1 - F(x)) (1/n + 1/m)`, and the mean absolute value of a
    normal variable is `sqrt(2 / pi)` standard deviations. `F` is that of both samples together.

    Args:
        p: counts `[..., bins]`.
        q: counts `[..., bins]` on the same lattice.
        width: bin width, a number or `[...]`, in units of the activation.

    Returns:
        `[...]` in units of the activation, NaN where a side is empty. A distance of three times
        that is rarely due to the choice of the samples.

    References:
        Donsker (1952), Justification and extension of Doob's heuristic approach to the
        Kolmogorov-Smirnov theorems: the limit process whose mean absolute value is integrated.
    """
    return _noise_floor(p, q, np.asarray(width)[..., None])


def jensen_shannon(p: Counts, q: Counts) -> Floats:
    """Jensen-Shannon divergence of two histograms, from 0 (equal) to 1 bit (disjoint).

    Args:
        p: counts `[..., bins]`.
        q: counts `[..., bins]` of the same outcomes.

    Returns:
        `[...]` in bits, NaN where a side is empty; see `jensen_shannon_bias`.

    References:
        Lin (1991), Divergence measures based on the Shannon entropy, section IV with equal weights.
    """
    f, g = _shares(p), _shares(q)
    middle = (f + g) / 2
    bits: Floats = (rel_entr(f, middle) + rel_entr(g, middle)).sum(axis=-1) / (2 * np.log(2))
    return bits


def jensen_shannon_bias(p: Counts, q: Counts) -> Floats:
    """Jensen-Shannon divergence to expect of two samples of these sizes from one distribution.

    Args:
        p: counts `[..., bins]`.
        q: counts `[..., bins]` of the same outcomes.

    Returns:
        `[...]` in bits: `(k - 1) / (8 ln 2) * (1/n + 1/m)` for `k` outcomes that occur.

    References:
        Miller (1955), Note on the bias of information estimates, applied to the three entropies.
    """
    occupied = np.count_nonzero(p + q, axis=-1)
    bits: Floats = (occupied - 1) / (8 * np.log(2)) * _inverse_sizes(p, q)
    return bits


def kolmogorov_smirnov(p: Counts, q: Counts) -> Floats:
    """Kolmogorov-Smirnov statistic: the largest difference of the distribution functions.

    Args:
        p: counts `[..., bins]`.
        q: counts `[..., bins]` on the same lattice.

    Returns:
        `[...]` from 0 to 1, exact for the samples at the bins' edges; NaN where a side is empty.

    References:
        Smirnov (1939), On the estimation of the discrepancy between empirical curves of
        distribution for two independent samples.
    """
    largest: Floats = np.abs(_distribution(p) - _distribution(q)).max(axis=-1)
    return largest


@dataclass(frozen=True, eq=False)
class Divergence:
    """The difference of two subjects in every unit; NaN where either has no finite values.

    Attributes:
        wasserstein: `[units]`, in pooled standard deviations, which are not taken smaller than
            that of the values within one bin.
        ratio: `[units]`, the distance over its noise floor: about 1 for two samples of one
            distribution, 0 for equal histograms; above 3 the two can be told from noise.
        jensen_shannon: `[units]`, in bits, on at most 16 bins, without its bias and not below 0.
        kolmogorov_smirnov: `[units]`, 0 to 1.
    """

    wasserstein: Floats
    ratio: Floats
    jensen_shannon: Floats
    kolmogorov_smirnov: Floats


def compare(a: Histogram, b: Histogram) -> Divergence:
    """Compare two subjects of one layer unit by unit.

    Exact zeros are an atom at 0, the values below and above a subject's window an atom at their
    mean, and those of a bin stand at its centre. For the Jensen-Shannon divergence, zero is an
    outcome of its own and such a mean counts in the bin that it falls in.

    Args:
        a: one subject.
        b: one subject, of as many units.

    Raises:
        ValueError: a histogram has not exactly one subject, or their numbers of units differ.
    """
    check_one_subject(a)
    check_one_subject(b)
    joint = common_lattice([a, b])
    position, (p, q) = atoms(joint)
    gap = np.diff(position)
    distance, floor = _wasserstein(p, q, gap), _noise_floor(p, q, gap)
    outcomes = _outcomes(common_lattice([joint], COARSE_BINS))
    excess = jensen_shannon(*outcomes) - jensen_shannon_bias(*outcomes)
    step = np.abs(_distribution(p) - _distribution(q))[..., :-1]
    return Divergence(
        wasserstein=distance
        / np.maximum(_pooled_deviation(p, q, position), joint.width / np.sqrt(12)),
        ratio=np.divide(distance, floor, out=distance * 0, where=floor > 0),
        jensen_shannon=np.maximum(excess, 0),
        kolmogorov_smirnov=np.where(gap > 0, step, 0).max(axis=-1),
    )


def _shares(counts: Counts) -> Floats:
    """Return counts `[..., bins]` as shares of their total; NaN where it is 0."""
    total = counts.sum(axis=-1, keepdims=True)
    nothing = np.full(counts.shape, np.nan)
    shares: Floats = np.divide(counts, total, out=nothing, where=total > 0)
    return shares


def _distribution(counts: Counts) -> Floats:
    """Distribution function `[..., bins]` at the bins' right edges; NaN where there is no value."""
    cumulative = counts.cumsum(axis=-1)
    total = cumulative[..., -1:]
    nothing = np.full(counts.shape, np.nan)
    shares: Floats = np.divide(cumulative, total, out=nothing, where=total > 0)
    return shares


def _inverse_sizes(p: Counts, q: Counts) -> Floats:
    """`1/n + 1/m` for the sizes of both samples; NaN where a side is empty."""
    n, m = p.sum(axis=-1), q.sum(axis=-1)
    nothing = np.full(n.shape, np.nan)
    sizes: Floats = np.divide(n + m, n * m.astype(np.float64), out=nothing, where=(n > 0) & (m > 0))
    return sizes


def _wasserstein(p: Counts, q: Counts, gap: Floats) -> Floats:
    """See `wasserstein`, with the distances `gap[..., bins - 1 or 1]` from value to next value."""
    difference = np.abs(_distribution(p) - _distribution(q))[..., :-1]
    area: Floats = (difference * gap).sum(axis=-1)
    return area


def _noise_floor(p: Counts, q: Counts, gap: Floats) -> Floats:
    """See `noise_floor`, with the distances `gap[..., bins - 1 or 1]` from value to next value."""
    f = _distribution(p + q)[..., :-1]
    spread = (np.sqrt(f * (1 - f)) * gap).sum(axis=-1)
    floor: Floats = np.sqrt(2 / np.pi * _inverse_sizes(p, q)) * spread
    return floor


def _outcomes(h: Histogram) -> Counts:
    """Return counts `[subjects, units, bins + 3]`: bins, zero, below and above all bins."""
    counts = np.zeros((*h.zero.shape, h.bins + 3), np.int64)
    counts[..., : h.bins], counts[..., h.bins] = h.counts, h.zero
    subject, unit = np.indices(h.zero.shape)
    for outcome, count, at in zip((-2, -1), (h.under, h.over), outside(h), strict=True):
        bin_ = np.floor(np.ldexp(at, -h.exponent)) - h.offset
        inside = (bin_ >= 0) & (bin_ < h.bins)
        counts[subject, unit, np.where(inside, bin_, outcome).astype(np.int64)] += count
    return counts


def _pooled_deviation(p: Counts, q: Counts, position: Floats) -> Floats:
    """Root mean square deviation `[units]` of all values from the mean of their own sample."""
    squares = sum(_squares(counts, position) for counts in (p, q))
    total = (p + q).sum(axis=-1)
    deviation: Floats = np.sqrt(squares / np.maximum(total, 1))
    return deviation


def _squares(counts: Counts, position: Floats) -> Floats:
    """Sum of squared deviations from the mean `[units]`."""
    total = np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    mean = (counts * position).sum(axis=-1, keepdims=True) / total
    squares: Floats = (counts * (position - mean) ** 2).sum(axis=-1)
    return squares
