"""Noise that changes images as much as an attack does."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.jobs.strips.directions import stretch


def gaussian(pixels: Tensor, norms: Tensor, value_range: tuple[float, float], seed: int) -> Tensor:
    """Add Gaussian noise whose L2 norm, after clipping, is the given one.

    Args:
        pixels: `[N, channels, height, width]`.
        norms: of each image's change, `[N]`.
        value_range: what a pixel may hold.
        seed: of the noise.

    Returns:
        As `pixels`; the norm is smaller only where no noise in this direction reaches it.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(pixels.shape, generator=generator).double()
    low, high = value_range
    origin, sizes = pixels.cpu().double(), norms.cpu().double()[:, None]
    room = torch.where(drawn > 0, high - origin, origin - low).clamp_min(0)
    rows = zip(drawn.abs().flatten(1), room.flatten(1), sizes, strict=True)
    factors = origin.new_tensor([float(stretch(*row)) for row in rows])
    changed = origin + factors[:, None, None, None] * drawn
    return changed.clamp(low, high).to(pixels)


def l2(change: Tensor) -> Tensor:
    """Norms `[N]`."""
    return change.flatten(1).square().sum(1).sqrt()
