"""Intervals of numbers that counts of inputs are estimates of, at 95 % or more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z = 1.959964
"""Standard errors of a normal distribution that hold 95 %, on either side."""


def share(count: NDArray[Any], inputs: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return both ends of the interval of a share of inputs; NaN without inputs.

    Args:
        count: inputs with a property.
        inputs: all inputs, broadcasts to it.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    n = np.where(np.asarray(inputs) > 0, inputs, np.nan).astype(np.float64)
    p = np.clip(np.asarray(count, np.float64) / n, 0, 1)
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def lift(count: NDArray[Any], inputs: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return both ends of the intervals of shares over their mean, `[classes]` each.

    With the share p of a class and the sum S of all others the lift of K classes is K p / (p + S).
    The ends are those of p against the opposite ones of S, which holds 95 % and somewhat more.

    Args:
        count: of each class the inputs with a property, `[classes]`.
        inputs: all inputs of each, `[classes]`.

    References:
        Zou & Donner (2008), Construction of confidence limits about effect measures, for S.
    """
    p = np.asarray(count, np.float64) / inputs
    low, high = share(count, inputs)
    under, over = (p - low) ** 2, (high - p) ** 2
    others = p.sum() - p
    least = np.maximum(others - np.sqrt(under.sum() - under), 0)
    most = others + np.sqrt(over.sum() - over)
    classes = len(p)
    if classes == 1:
        return np.ones(1), np.ones(1)
    with np.errstate(invalid="ignore"):
        return classes * low / (low + most), classes * high / (high + least)


def similarity(
    count: NDArray[Any], inputs: int, counts: NDArray[Any], of: NDArray[Any]
) -> tuple[Floats, Floats]:
    """Return both ends of the intervals of the cosines of a class's counts with those of others.

    To first order, on the scale of Fisher's z. Which units an input counts for together is not
    recorded, so the variance is its bound: the number of units that an input counts for, times
    what it were if each counted in another input.

    Args:
        count: of one class, `[units]`.
        inputs: of that class.
        counts: of classes, `[classes, units]`.
        of: inputs of each, `[classes]`.

    Returns:
        `[classes]` each; NaN where there are no counts.
    """
    one = np.asarray(count, np.float64) / max(inputs, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        others = np.asarray(counts, np.float64) / np.asarray(of)[:, None]
        lengths = np.linalg.norm(others, axis=1), np.linalg.norm(one)
        cosine = others @ one / lengths[0] / lengths[1]
        variance = _variance(one, others, cosine, lengths[1], lengths[0]) / max(inputs, 1)
        variance += _variance(others, one, cosine, lengths[0], lengths[1]) / np.asarray(of)
        inside = np.clip(cosine, 0, 1 - 1e-12)
        half = Z * np.sqrt(variance) / (1 - inside**2)
        half = np.where(variance > 1e-24, half, 0)
        z = np.arctanh(inside)
        return np.tanh(np.maximum(z - half, 0)), np.tanh(z + half)


def _variance(moved: Floats, fixed: Floats, cosine: Floats, own: Any, other: Any) -> Floats:
    """Return what one input of a class adds to the variance of its cosines, `[classes]`."""
    scale = np.reshape(own, (-1, 1)), np.reshape(other, (-1, 1))
    slope = fixed / (scale[0] * scale[1]) - cosine[:, None] * moved / scale[0] ** 2
    together = np.sum(moved, axis=-1)
    found: Floats = together * (slope**2 * moved).sum(1)
    return found
