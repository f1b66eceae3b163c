"""Small faithful pictures of a model's inputs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from summary_ops.images.pixels import by_channel

LOSSLESS_SIDE = 64
"""Images up to this many pixels on their longer side are kept exactly."""

LARGEST_SIDE = 160
WEBP_QUALITY = 85
SMALLEST_SIDE = 8
WIDEST = 4

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures.

    Attributes:
        files: PNG or WebP, one an instance.
        lossless: whether they show exact 8-bit pixels at native size.
        note: what they do not show as it is, or empty.
    """

    files: tuple[bytes, ...]
    lossless: bool
    note: str = ""


@dataclass(frozen=True)
class Scale:
    """The map from values to 8 bits: `255 * (value * std + mean - low) / (high - low)`.

    Attributes:
        mean, std: number a channel, `[channels, 1, 1]`.
        low: what is drawn black.
        high: what is drawn white.
        exact: whether these are the bounds of the pixels, not of the values found in the inputs.
    """

    mean: Tensor
    std: Tensor
    low: float
    high: float
    exact: bool

    def __call__(self, image: Tensor) -> Pixels:
        """8-bit pixels of one image `[channels, height, width]`."""
        pixels = image.double() * self.std + self.mean
        pixels = pixels.nan_to_num(nan=self.low, posinf=self.high, neginf=self.low)
        levels = (pixels - self.low) * (255 / (self.high - self.low))
        return np.asarray(levels.round().clamp(0, 255).to(torch.uint8).numpy())


def is_picture(inputs: Tensor) -> bool:
    """Return whether a batch looks like images.

    `[N, channels, height, width]` (or channels last) does, and `[N, height, width]` unless it is
    so narrow that it is rather sound, a table or a series.
    """
    if inputs.ndim == 4:
        return inputs.numel() > 0
    if inputs.ndim != 3 or not (inputs.is_floating_point() or inputs.element_size() == 1):
        return False
    short, long = sorted(inputs.shape[1:])
    return short >= SMALLEST_SIDE and long <= WIDEST * short


def are_pictures(inputs: Tensor | Sequence[Tensor]) -> bool:
    """Return whether a batch, or a list of tensors of a size each, looks like images."""
    if isinstance(inputs, Tensor):
        return is_picture(inputs)
    if not all(is_picture(image[None]) for image in inputs):
        return False
    return len({(image.dtype, len(_channels_first(image[None])[0])) for image in inputs}) == 1


def draw(inputs: Tensor | Sequence[Tensor], mean: Any = None, std: Any = None) -> Pictures:
    """Pictures of a batch of images, or of a list of images of a size each.

    Args:
        inputs: see `are_pictures`; values 0 to 1, or 0 to 255, or anything else, which is drawn
            from the least value of all (black) to the greatest (white).
        mean: how the inputs were normalized, a number or one a channel.
        std: likewise.

    Raises:
        ValueError: `mean` or `std` have another number of channels than the images.
    """
    if isinstance(inputs, Tensor):
        images = list(_channels_first(inputs))
    else:
        images = [_channels_first(image[None])[0] for image in inputs]
    channels = len(images[0])
    scale = _scale(images, mean, std)
    shown = 1 if channels < 3 else 3  # a fourth channel is a band or a depth, no transparency
    drawn = [scale(image)[:shown] for image in images]
    notes = []
    if shown < channels:
        which = "channel 1" if shown == 1 else f"channels 1 to {shown}"
        notes.append(f"picture of {which} of {channels}")
    if not scale.exact:
        notes.append(f"picture drawn from {scale.low:.3g} (black) to {scale.high:.3g} (white)")
    files, lossless = encode([image_of(pixels) for pixels in drawn])
    return Pictures(files, lossless and not notes, "; ".join(notes))


def encode(images: Sequence[Image.Image]) -> tuple[tuple[bytes, ...], bool]:
    """Files of pictures, and whether all are lossless and of native size."""
    files, lossless = [], True
    for image in images:
        buffer = io.BytesIO()
        if max(image.size) <= LOSSLESS_SIDE:
            image.save(buffer, "PNG")
        else:
            lossless = False
            small = image.copy()
            small.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
            small.save(buffer, "WEBP", quality=WEBP_QUALITY)
        files.append(buffer.getvalue())
    return tuple(files), lossless


def as_image(value: Any) -> Image.Image:
    """Convert a picture that a user's `render` made.

    Raises:
        ValueError: it is neither a Pillow image nor uint8 `[height, width(, 3 or 4)]`.
    """
    if isinstance(value, Image.Image):
        return value if value.mode in ("L", "RGB", "RGBA") else value.convert("RGBA")
    array = np.asarray(value)
    fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if array.dtype != np.uint8 or not fits:
        raise ValueError(
            f"render returned a {type(value).__name__} of dtype {array.dtype} and shape "
            f"{list(array.shape)}, expected text for every input, or for every input a Pillow "
            "image or uint8 [height, width(, 3 or 4)]"
        )
    return Image.fromarray(array[..., 0] if array.shape[2:] == (1,) else array)


def _channels_first(inputs: Tensor) -> Tensor:
    if inputs.ndim == 3:
        return inputs[:, None]
    last = inputs.shape[3] in (1, 3, 4) and inputs.shape[1] not in (1, 3, 4)
    return inputs.permute(0, 3, 1, 2) if last else inputs


def image_of(pixels: Pixels) -> Image.Image:
    """Convert 8-bit pixels `[1, 3 or 4, height, width]` to a picture."""
    grey = len(pixels) == 1
    return Image.fromarray(pixels[0] if grey else np.ascontiguousarray(pixels.transpose(1, 2, 0)))


def _scale(images: Sequence[Tensor], mean: Any, std: Any) -> Scale:
    normalized = mean is not None or std is not None
    exact, channels = torch.empty(0, dtype=torch.float64), len(images[0])
    offset = by_channel("mean", 0.0 if mean is None else mean, channels, exact)
    factor = by_channel("std", 1.0 if std is None else std, channels, exact)

    def scale(low: float, high: float, *, exact: bool = True) -> Scale:
        return Scale(offset, factor, low, high, exact)

    kind = images[0].dtype
    if kind in (torch.bool, torch.uint8):
        return scale(0.0, 1.0 if kind == torch.bool else 255.0)
    low, high, whole = np.inf, -np.inf, True
    for image in images:
        pixels = image.double() * factor + offset
        pixels = pixels[pixels.isfinite()]
        if len(pixels):
            low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
            whole = whole and bool((pixels == pixels.round()).all())
    slack = 1 / 510  # half a level
    if low > high or (low >= -slack and high <= 1 + slack):
        return scale(0.0, 1.0)
    bytes_ = low >= -0.5 and 128 <= high <= 255.5
    if bytes_ and (whole or normalized):
        return scale(0.0, 255.0)
    return scale(low, high if high > low else low + 1, exact=False)
