"""Draw many pictures as the tiles of one."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LARGEST_TILE = 96
LOSSLESS_TILE = 64
LARGEST_SIDE = 4096
WEBP_QUALITY = 85
GREY = 128


def tile_of(shape: tuple[int, ...]) -> int:
    """Side of the tiles for pictures `[…, height, width]`, in pixels."""
    return min(LARGEST_TILE, max(shape[-2:]))


def most_tiles(tile: int) -> int:
    """Return how many tiles fit one atlas."""
    return (LARGEST_SIDE // tile) ** 2


def draw(pictures: Tensor) -> tuple[bytes, int]:
    """Draw a nearly square atlas, as PNG for small tiles and WebP for others.

    Three channels or more are shown by the first three as colours, others by the first one.

    Args:
        pictures: with values from 0 to 1, `[count, channels, height, width]`.

    Returns:
        The file, and how many tiles a row has.
    """
    tile = tile_of(tuple(pictures.shape))
    shown = pictures[:, : 3 if pictures.shape[1] >= 3 else 1]
    pixels = (shown * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    columns = math.ceil(math.sqrt(len(pixels)))
    size = (columns * tile, math.ceil(len(pixels) / columns) * tile)
    mode = "RGB" if pixels.shape[3] == 3 else "L"
    atlas = Image.new(mode, size, (GREY,) * 3 if mode == "RGB" else GREY)
    for index, picture in enumerate(pixels):
        image = Image.fromarray(np.ascontiguousarray(picture if mode == "RGB" else picture[..., 0]))
        image.thumbnail((tile, tile), Image.Resampling.LANCZOS)
        margin = (tile - image.width) // 2, (tile - image.height) // 2
        row, column = divmod(index, columns)
        atlas.paste(image, (column * tile + margin[0], row * tile + margin[1]))
    file = io.BytesIO()
    if tile <= LOSSLESS_TILE:
        atlas.save(file, "PNG", optimize=True)
    else:
        atlas.save(file, "WEBP", quality=WEBP_QUALITY)
    return file.getvalue(), columns
