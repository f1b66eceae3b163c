"""Pictures of a strip, as files."""

from __future__ import annotations

import math

import torch
from PIL import Image
from torch import Tensor

from summary_ops.images import thumbnails
from summary_ops.jobs.strips.strip import Strip

MOST = 0.995
"""Share of the values that are drawn as they are; beyond, they are drawn black or white."""


def factors(strip: Strip) -> Tensor:
    """Return the factors that stretch each frame's difference from black to white, `[F]`.

    1 where there is none.
    """
    low, high = strip.value_range
    largest = _large(strip.difference)
    return torch.where(largest > 0, (high - low) / 2 / largest, 1.0)


def draw(strip: Strip) -> tuple[bytes, ...]:
    """Images, differences, saliencies and random changes, `F` of each.

    A difference is drawn around grey, multiplied by its factor (see `factors`); a saliency from
    black, nothing, to white, what its own largest pixels have. See `thumbnails.encode` for size
    and format.
    """
    low, high = strip.value_range
    factor = factors(strip).view(-1, 1, 1, 1)
    most = _large(strip.saliency).clamp_min(torch.finfo(torch.float32).tiny)
    rows = (
        (strip.images - low) / (high - low),
        0.5 + factor * strip.difference / (high - low),
        (strip.saliency / most.view(-1, 1, 1))[:, None],
        (strip.control - low) / (high - low),
    )
    return thumbnails.encode([_image(picture) for row in rows for picture in row])[0]


def _large(values: Tensor) -> Tensor:
    """Return a bound on all but the largest magnitudes of each frame `[F, …]`, `[F]`."""
    size = values.flatten(1).abs()
    rank = math.ceil(MOST * size.shape[1])
    found = size.kthvalue(rank, 1).values
    return torch.where(found > 0, found, size.amax(1))


def _image(picture: Tensor) -> Image.Image:
    """Convert values from 0 to 1, `[1 or 3, height, width]`."""
    levels = (picture.nan_to_num() * 255).round().clamp(0, 255).to(torch.uint8)
    return thumbnails.image_of(levels.numpy())
