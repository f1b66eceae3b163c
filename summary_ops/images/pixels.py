"""Images as a model takes them, as pixels, and as pictures with values from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor, nn

from summary_ops.network.isolation import isolation

Channels = float | Sequence[float] | Tensor | None


class PixelOptions(TypedDict):
    """The normalization of a model's inputs: `(pixel - mean) / std`, pixels in `value_range`."""

    mean: Channels
    std: Channels
    value_range: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Pixels:
    """The conversion between a model's inputs and pictures with values from 0 to 1.

    Attributes:
        shape: channels, height and width.
        mean, std: of the normalization, `[channels, 1, 1]`, in the inputs' type, on their device.
        low, high: the pixels that 0 and 1 stand for.
    """

    shape: tuple[int, int, int]
    mean: Tensor
    std: Tensor
    low: float
    high: float

    @classmethod
    def of(
        cls,
        shape: Sequence[int],
        mean: Channels,
        std: Channels,
        value_range: tuple[float, float],
        like: Tensor,
    ) -> Pixels:
        """Check what a user says of a model's inputs.

        Raises:
            ValueError: the parts contradict each other.
        """
        if len(shape) != 3 or not all(isinstance(n, int) and n > 0 for n in shape):
            raise ValueError(
                f"input_shape={tuple(shape)}, expected (channels, height, width): pictures are "
                "made for models that take images [batch, channels, height, width]"
            )
        low, high = bounds(value_range)
        channels, height, width = shape
        with isolation.without_autocast_or_grad():
            offset, factor = normalization(mean, std, channels, like)
        return cls((channels, height, width), offset, factor, low, high)

    def inputs(self, pictures: Tensor) -> Tensor:
        """Convert pictures `[batch, channels, height, width]` to the model's inputs."""
        pixels = self.low + (self.high - self.low) * pictures.to(self.mean.device)
        return ((pixels - self.mean.float()) / self.std.float()).to(self.mean.dtype)

    def pictures(self, inputs: Tensor) -> Tensor:
        """Convert the model's inputs to pictures, float32."""
        pixels = inputs.to(self.mean.device).float() * self.std.float() + self.mean.float()
        return (pixels - self.low) / (self.high - self.low)

    def check(self, inputs: Tensor) -> None:
        """Check that a model's inputs are such pixels.

        Raises:
            ValueError: another number of channels, or pixels that are darker or brighter.
        """
        if inputs.ndim != 4 or inputs.shape[1] != self.shape[0]:
            raise ValueError(
                f"pictures of {self.shape[0]} channels for a model whose probe set has the shape "
                f"{list(inputs.shape)}; expected input_shape=(channels, height, width) alike"
            )
        check_pixels(inputs.float() * self.std.float() + self.mean.float(), self.low, self.high)


def example(model: nn.Module, device: torch.device | str | None) -> Tensor:
    """Return a tensor of the type and on the device of a model's inputs."""
    floating = (p.detach() for p in model.parameters() if p.is_floating_point())
    found = next(floating, torch.empty(0))
    return found if device is None else found.to(device)


def normalization(
    mean: Channels, std: Channels, channels: int, like: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and deviation a channel, `[channels, 1, 1]`, in a tensor's type and on its device.

    Raises:
        ValueError: they are of another number of channels, or a deviation is not above 0.
    """
    offset = by_channel("mean", 0.0 if mean is None else mean, channels, like)
    factor = by_channel("std", 1.0 if std is None else std, channels, like)
    if bool((factor <= 0).any()):
        raise ValueError(f"std={factor.flatten().tolist()}, expected positive numbers")
    return offset, factor


def by_channel(
    name: str, value: float | Sequence[float] | Tensor, channels: int, like: Tensor
) -> Tensor:
    """Broadcast a number per channel to `[channels, 1, 1]`, in a tensor's type and on its device.

    Raises:
        ValueError: there are neither as many as channels, nor one.
    """
    given = torch.as_tensor(value, dtype=like.dtype).flatten()
    if len(given) not in (1, channels):
        raise ValueError(f"{name} has {len(given)} values, the images have {channels} channels")
    return given.expand(channels).reshape(channels, 1, 1).to(like.device)


def bounds(value_range: tuple[float, float]) -> tuple[float, float]:
    """Return the smallest and the largest pixel value.

    Raises:
        ValueError: the lower bound is not below the upper one.
    """
    low, high = (float(value) for value in value_range)
    if not low < high:
        raise ValueError(f"value_range=({low}, {high}), expected low < high")
    return low, high


def check_pixels(pixels: Tensor, low: float, high: float) -> None:
    """Check that pixels are within their bounds.

    Raises:
        ValueError: one is darker or brighter.
    """
    least, most = float(pixels.min()), float(pixels.max())
    slack = 1e-3 * (high - low)
    if not (low - slack <= least and most <= high + slack):
        raise ValueError(
            f"pixels from {least:.4g} to {most:.4g}, expected {low:.4g} to {high:.4g}; say how the "
            "inputs were normalized with mean= and std=, or what they may hold with value_range="
        )
