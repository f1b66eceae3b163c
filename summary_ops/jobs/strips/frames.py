"""Choose the frames of a strip."""

from __future__ import annotations

import torch
from torch import Tensor


def choose(effect: Tensor, count: int, flip: int) -> list[int]:
    """Choose steps at equal changes of an effect: where it first reaches equidistant values.

    They begin with the first step and end with the first of the highest. There are fewer where one
    step spans several of the values, and one more for the flip. Of an effect that never rises
    the first and the last step are shown.

    Args:
        effect: the target's probability, or the unit's activation, `[T]`.
        count: of the values.
        flip: a step that is shown in any case; -1 for none.

    Examples:
        >>> choose(torch.tensor([0.0, 0.1, 0.4, 0.8, 1.0]), 3, 2)
        [0, 2, 3, 4]
    """
    risen = effect.double().nan_to_num(-torch.inf, torch.inf, -torch.inf).cummax(0).values
    low, high = risen[0], risen[-1]
    if not (high > low and (high - low).isfinite() and count > 1):
        return sorted({0, len(effect) - 1, max(flip, 0)})
    values = low + (high - low) * torch.linspace(0, 1, count, dtype=torch.float64)
    found = torch.searchsorted(risen, values.clamp_max(high)).tolist()
    return sorted({*found, max(flip, 0)})
