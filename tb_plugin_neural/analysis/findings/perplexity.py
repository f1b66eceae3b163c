"""Count the units of a layer that answer to an input, and see whether that has settled.

As DeepEyes does.

References:
    Pezzotti et al. (2018), DeepEyes: Progressive visual analytics for designing deep neural
    networks, section 5: perplexity histograms, and layers that are stable.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def perplexities(activations: Array) -> Array:
    """Return the perplexity of each instance's activation: about how many units share it.

    Two to the power of the entropy, in bits, of the units' shares of the absolute activation.

    Args:
        activations: `[instances, units]`.

    Returns:
        `[instances]`, 1 where one unit has it all, the number of units where all have as much; NaN
        where no unit is active, or one is not finite.
    """
    size = np.abs(activations.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = size / size.sum(1, keepdims=True)
        terms = np.where(share > 0, share * np.log2(share), share)
    return np.asarray(np.exp2(-terms.sum(1)))


def distance_to_noise(before: Array, after: Array) -> float:
    """Return the Wasserstein distance of two samples as a multiple of what noise alone gives.

    Where both come from one distribution the distance is √(2 (1/n + 1/m) / π) · ∫ √(F (1 − F)) on
    average, F being their common distribution, so that the ratio is about 1; its deviation is a
    third to a half of that, whatever the distribution.

    Args:
        before: `[n]`; NaN is left out.
        after: `[m]`, likewise.

    Returns:
        0 where no value differs; NaN where a sample is empty.
    """
    a, b = (np.sort(sample[np.isfinite(sample)]) for sample in (before, after))
    if not a.size or not b.size:
        return math.nan
    values = np.sort(np.concatenate((a, b)))
    width = np.diff(values)
    below = [np.searchsorted(x, values[:-1], "right") for x in (a, b)]
    pooled = (below[0] + below[1]) / len(values)
    distance = float((np.abs(below[0] / len(a) - below[1] / len(b)) * width).sum())
    spread = float((np.sqrt(pooled * (1 - pooled)) * width).sum())
    noise = math.sqrt(2 * (1 / len(a) + 1 / len(b)) / math.pi) * spread
    return distance / noise if noise > 0 else 0.0
