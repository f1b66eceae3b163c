"""Tests and intervals of findings, vectorized; and many tests taken together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

LEVEL = 0.05
"""Share of the findings with a p-value that may be false, and probability outside an interval."""

Z = float(special.ndtri(1 - LEVEL / 2))
POWER = 0.8
PRIMARY = 0.25
"""Weight of the primary hypotheses among all."""

ENOUGH = 1e-12
"""Part of a sum below which further terms, which fall geometrically, are left out."""


def mcnemar(lost: ArrayLike, won: ArrayLike) -> Floats:
    """Probability that as uneven a split arises where losing and winning are equally likely.

    Null hypothesis: an input that one of two predictions has right is as likely to be right in
    the first as in the second.

    Args:
        lost: inputs that were right before only.
        won: inputs that are right after only.

    References:
        McNemar (1947); exact, as in Fay (2010), Two-sided exact tests and matching confidence
        intervals for discrete data.
    """
    lost, won = np.asarray(lost), np.asarray(won)
    tail = special.bdtr(np.minimum(lost, won), lost + won, 0.5)
    return np.asarray(np.minimum(1.0, 2 * tail), np.float64)


def paired_interval(lost: ArrayLike, won: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Interval of a difference of two shares of the same inputs.

    References:
        Agresti & Min (2005), Simple improved confidence intervals for comparing matched
        proportions: Wald's interval with half an input added to each of four cells.
    """
    b, c, total = (np.asarray(x, np.float64) for x in (lost, won, n))
    b, c, total = b + 0.5, c + 0.5, total + 2
    middle = (c - b) / total
    half = Z * np.sqrt(np.maximum((b + c) - (c - b) ** 2 / total, 0)) / total
    return np.maximum(middle - half, -1), np.minimum(middle + half, 1)


def fisher(k: ArrayLike, n: ArrayLike, k2: ArrayLike, n2: ArrayLike) -> Floats:
    """Probability of as unequal shares `k/n` and `k2/n2` where the true ones are the same.

    Twice the smaller tail, which is never less than the sum over all less likely tables; 1 where a
    side is empty.

    References:
        Fisher (1935), The logic of inductive inference.
    """
    k, n, k2, n2 = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (k, n, k2, n2)))
    marked, nothing = k + k2, (n == 0) | (n2 == 0)
    n, n2 = (np.where(nothing, np.maximum(1, marked), size) for size in (n, n2))
    low = k * n2 <= k2 * n
    # the lower tail of the first sample's count, or of the second's: the smaller one of the two
    x, size, other = np.where(low, (k, n, n2), (k2, n2, n))
    point = _hypergeometric(x, marked, size, other)
    tail, term, at = point.copy(), point.copy(), x.copy()
    while (going := (at > 0) & (term > tail * ENOUGH)).any():
        ratio = at * (other - marked + at) / ((marked - at + 1) * (size - at + 1))
        term = np.where(going, term * ratio, 0)
        tail += term
        at = at - 1
    p = np.clip(2 * np.minimum(tail, 1 + point - tail), 0, 1)
    return np.asarray(np.where(nothing, 1.0, p), np.float64)


def _hypergeometric(x: Floats, marked: Floats, size: Floats, other: Floats) -> Floats:
    """Probability of `x` marked ones in a sample of `size`, of `marked` in `size + other`."""

    def choose(n: Floats, k: Floats) -> Floats:
        found: Floats = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        return found

    total = size + other
    exponent = choose(size, x) + choose(other, marked - x) - choose(total, marked)
    return np.asarray(np.exp(exponent), np.float64)


def difference_interval(
    k: ArrayLike, n: ArrayLike, k2: ArrayLike, n2: ArrayLike
) -> tuple[Floats, Floats]:
    """Interval of `k2/n2 - k/n`, shares of different inputs.

    References:
        Newcombe (1998), Interval estimation for the difference between independent proportions,
        method 10.
    """
    k, n, k2, n2 = (np.asarray(x, np.float64) for x in (k, n, k2, n2))
    (low, high), (low2, high2) = wilson(k, n), wilson(k2, n2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, p2 = k / n, k2 / n2
    down = p2 - p - np.hypot(p2 - low2, high - p)
    up = p2 - p + np.hypot(high2 - p2, p - low)
    return np.asarray(down), np.asarray(up)


def wilson(k: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Interval of a share (Wilson 1927); 0 to 1 of nothing."""
    k, n = (np.asarray(x, np.float64) for x in (k, n))
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (k + Z**2 / 2) / (n + Z**2)
        half = Z * np.sqrt(np.maximum(k * (n - k) / n, 0) + Z**2 / 4) / (n + Z**2)
    none = n == 0
    low, high = np.where(none, 0, middle - half), np.where(none, 1, middle + half)
    return np.maximum(low, 0), np.minimum(high, 1)


def z_test(shift: Floats, error: Floats, freedom: ArrayLike) -> Floats:
    """Two-sided p of shifts with standard errors, by Student's t; 1 where nothing varies."""
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(shift) / error
    p = 2 * special.stdtr(np.maximum(freedom, 1), -np.where(np.isfinite(t), t, 0))
    plain = (error == 0) & (shift != 0)
    return np.asarray(np.where(plain, 0.0, np.where(np.isfinite(t), p, 1.0)), np.float64)


def simes(p: NDArray[Any]) -> float:
    """Combine p-values into one for the hypothesis that none of several holds; 1 without any.

    References:
        Simes (1986), An improved Bonferroni procedure for multiple tests of significance; valid for
        tests that depend on each other positively (Sarkar 1998).
    """
    known = np.sort(p[np.isfinite(p)])
    if not known.size:
        return 1.0
    return float(min(1.0, (known * len(known) / np.arange(1, len(known) + 1)).min()))


def q_values(p: ArrayLike, tested: int) -> Floats:
    """p-values given how many hypotheses were tested: `q <= .05` holds FDR to 5 %.

    Args:
        p: those that are small enough to matter.
        tested: how many there were with the others, whose p is taken to be 1.

    References:
        Benjamini & Hochberg (1995), Controlling the false discovery rate.
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, kind="stable")
    raw = p[order] * max(tested, len(p)) / np.arange(1, len(p) + 1)
    found = np.empty_like(p)
    found[order] = np.minimum(1, np.minimum.accumulate(raw[::-1])[::-1])
    return found


def weighted(p: ArrayLike, primary: ArrayLike, tested: int, tested_primary: int) -> Floats:
    """q-values where a few primary hypotheses share a quarter of the weight.

    So that whether the model got better is not lost among hundreds of details. Weights are chosen
    before the data are seen and are 1 on average, so that FDR is held over all as without them.

    Args:
        p: those that are small enough to matter.
        primary: which of these are of primary hypotheses.
        tested: how many hypotheses there were in all.
        tested_primary: how many of them are primary.

    References:
        Genovese, Roeder & Wasserman (2006), False discovery control with p-value weighting.
    """
    p, first = np.asarray(p, np.float64), np.asarray(primary, bool)
    others = tested - tested_primary
    if not tested_primary or not others:
        return q_values(p, tested)
    weight = np.where(first, PRIMARY * tested / tested_primary, (1 - PRIMARY) * tested / others)
    return q_values(np.minimum(1, p / weight), tested)


def discoveries(p: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of many hypotheses are rejected, with FDR held to 5 %."""
    return np.asarray(q_values(p, len(p)) <= LEVEL, np.bool_)


def detectable_share(share: float, n: float, tested: int = 1) -> float:
    """Return the change of a share that is found four times in five, by samples of `n` each."""
    if n < 1:
        return float("nan")
    z = special.ndtri(1 - LEVEL / 2 / max(tested, 1)) + special.ndtri(POWER)
    spread = max(share * (1 - share), 1 / (4 * n))
    return float(min(1.0, z * np.sqrt(2 * spread / n)))


def detectable_shift(n: float, tested: int = 1) -> float:
    """Return the shift of a mean, in standard deviations, that is found four times in five."""
    if n < 1:
        return float("nan")
    z = special.ndtri(1 - LEVEL / 2 / max(tested, 1)) + special.ndtri(POWER)
    return float(z * np.sqrt(2 / n))
