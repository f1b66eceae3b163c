"""Small random movements: a picture has to excite its unit wherever it lies."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 224  # that the shift is meant for
SHIFT = 8.0  # pixels of such an input
ANGLE = 10.0  # degrees
SCALE = 0.1


def draw(steps: int, count: int, generator: torch.Generator) -> Tensor:
    """Draw the movements of `count` pictures at every step, `[steps, count, 4]` from -1 to 1.

    These are turned and scaled, then moved down and to the right.
    """
    return 2 * torch.rand((steps, count, 4), generator=generator) - 1


def move(pictures: Tensor, how: Tensor) -> Tensor:
    """Turn, scale and shift pictures `[count, channels, height, width]` over mirrored edges.

    By at most 10°, a tenth, and 8 of 224 pixels; smaller pictures are shifted by less.

    Args:
        pictures: with values between 0 and 1.
        how: of one step, as `draw` returns it, `[count, 4]`.
    """
    height, width = pictures.shape[2:]
    angle = how[:, 0] * (ANGLE * torch.pi / 180)
    scale = 1 + SCALE * how[:, 1]
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    pixels = (SHIFT * min(1, min(height, width) / SIDE) * how[:, 2:]).round()
    rows = (
        torch.stack((cosine, -sine * height / width, 2 * pixels[:, 1] / width), 1),
        torch.stack((sine * width / height, cosine, 2 * pixels[:, 0] / height), 1),
    )
    grid = F.affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
