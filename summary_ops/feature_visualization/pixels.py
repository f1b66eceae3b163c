"""From pictures to what a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from summary_ops import guard

Channels = float | Sequence[float] | Tensor | None


@dataclass(frozen=True, eq=False)
class Pixels:
    """How a model's inputs are made of pictures with values from 0 to 1.

    Attributes:
        shape: channels, height and width.
        mean, std: of the normalisation, `[channels, 1, 1]`, in the inputs' type, on their device.
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
        low, high = (float(value) for value in value_range)
        if not low < high:
            raise ValueError(f"value_range=({low}, {high}), expected low < high")
        channels, height, width = shape
        with guard.plain_mode():
            offset = _channels("mean", mean, 0.0, channels, like)
            factor = _channels("std", std, 1.0, channels, like)
        return cls((channels, height, width), offset, factor, low, high)

    def inputs(self, pictures: Tensor) -> Tensor:
        """What the model takes, from pictures `[batch, channels, height, width]`."""
        pixels = self.low + (self.high - self.low) * pictures.to(self.mean.device)
        return ((pixels - self.mean.float()) / self.std.float()).to(self.mean.dtype)

    def pictures(self, inputs: Tensor) -> Tensor:
        """What the model takes as pictures again, float32."""
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
        pixels = inputs.float() * self.std.float() + self.mean.float()
        least, most = float(pixels.min()), float(pixels.max())
        slack = 1e-3 * (self.high - self.low)
        if not (self.low - slack <= least and most <= self.high + slack):
            raise ValueError(
                f"pixels from {least:.4g} to {most:.4g}, expected {self.low:.4g} to "
                f"{self.high:.4g}; say how the inputs were normalised with mean= and std=, or what "
                "they may hold with value_range="
            )


def example(model: nn.Module, device: torch.device | str | None) -> Tensor:
    """A tensor of the type and on the device of a model's inputs."""
    floating = (p.detach() for p in model.parameters() if p.is_floating_point())
    found = next(floating, torch.empty(0))
    return found if device is None else found.to(device)


def _channels(name: str, value: Channels, default: float, count: int, like: Tensor) -> Tensor:
    given = torch.as_tensor(default if value is None else value, dtype=torch.float32).flatten()
    if len(given) not in (1, count):
        raise ValueError(f"{name} has {len(given)} values, the pictures have {count} channels")
    if name == "std" and bool((given <= 0).any()):
        raise ValueError(f"std={given.tolist()}, expected positive numbers")
    return given.expand(count).reshape(count, 1, 1).to(like)
