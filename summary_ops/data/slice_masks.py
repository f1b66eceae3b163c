"""The slices that a user names."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def slice_masks(
    slices: Mapping[str, Tensor | bool] | None, batch: int, device: torch.device
) -> dict[str, Tensor]:
    """Boolean masks `[batch]` of the user's slices.

    Raises:
        ValueError: a mask has another length than the batch, or a slice has no name.
    """
    masks = {}
    for name, mask in (slices or {}).items():
        if not name or "/" in name:
            raise ValueError(f"slice {name!r}: a slice needs a name without '/'")
        tensor = torch.as_tensor(mask, device=device).bool()
        tensor = tensor.expand(batch) if tensor.ndim == 0 else tensor
        if tensor.shape != (batch,):
            raise ValueError(
                f"slice {name!r}: mask of shape {list(tensor.shape)}, batch of {batch}"
            )
        masks[name] = tensor
    return masks
