"""Noise that changes images as much as an attack does."""

from __future__ import annotations

import torch
from torch import Tensor

DOUBLINGS, BISECTIONS = 20, 40


def gaussian(pixels: Tensor, norms: Tensor, value_range: tuple[float, float], seed: int) -> Tensor:
    """Images with Gaussian noise whose L2 norm, once it is clipped, is as told.

    Args:
        pixels: `[N, channels, height, width]`.
        norms: of each image's change, `[N]`.
        value_range: what a pixel may hold.
        seed: of the noise.

    Returns:
        As `pixels`; the norm is smaller only where no noise in this direction reaches it.
    """
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(pixels.shape, generator=generator).to(pixels)
    low, high = value_range

    def changed(factor: Tensor) -> Tensor:
        return (pixels + factor[:, None, None, None] * direction).clamp(low, high)

    def norm(factor: Tensor) -> Tensor:
        return l2(changed(factor) - pixels)

    most = norms / l2(direction).clamp_min(1e-30)
    for _ in range(DOUBLINGS):
        most = torch.where(norm(most) < norms, 2 * most, most)
    least = torch.zeros_like(most)
    for _ in range(BISECTIONS):
        middle = (least + most) / 2
        short = norm(middle) < norms
        least, most = torch.where(short, middle, least), torch.where(short, most, middle)
    return changed(most)


def l2(change: Tensor) -> Tensor:
    """Norms `[N]`."""
    return change.flatten(1).square().sum(1).sqrt()
