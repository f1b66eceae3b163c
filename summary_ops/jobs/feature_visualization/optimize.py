"""Climb from noise to pictures that excite units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypedDict

import torch
from torch import Tensor, nn
from tqdm import tqdm

from summary_ops.images.pixels import Channels, Pixels, example
from summary_ops.jobs.feature_visualization import spectrum, transforms
from summary_ops.jobs.feature_visualization.layer_activation import LayerActivation
from summary_ops.jobs.feature_visualization.objective import objective
from summary_ops.jobs.feature_visualization.rectifiers import Redirect
from summary_ops.network.isolation import isolation
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.network.modules import layers
from summary_ops.problems import RECOVERABLE

RATE = 0.05
AT_ONCE = 32
"""Pictures that climb together."""

REDIRECTED = 16
"""Steps that a picture without a gradient is helped for."""


class PictureOptions(TypedDict, total=False):
    """The keyword arguments of `feature_visualization`."""

    mean: Channels
    std: Channels
    value_range: tuple[float, float]
    facets: int
    steps: int
    diversity: float
    seed: int
    device: torch.device | str | None
    progress: bool


@own_defaults()
def feature_visualization(
    model: nn.Module,
    layer: str,
    units: Sequence[int],
    *,
    input_shape: Sequence[int],
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    facets: int = 4,
    steps: int = 128,
    diversity: float = 0.5,
    unit_axis: int | None = None,
    seed: int = 0,
    device: torch.device | str | None = None,
    progress: bool = True,
) -> Tensor:
    """Find pictures that excite units of a layer, by gradient ascent (Olah et al. 2017).

    What rises is the mean of the unit over positions, while the pictures are turned, scaled and
    shifted a little. The model is in evaluation mode meanwhile, and left as it was.

    Args:
        model: takes images `[batch, channels, height, width]`.
        layer: a name, as a `Recorder` names layers.
        units: numbers of units of the layer.
        input_shape: channels, height and width of the pictures.
        mean: how the model's inputs are normalized, `(pixel - mean) / std`: a number, or one a
            channel.
        std: likewise.
        value_range: what pixels may hold before that, (0, 255) say.
        facets: pictures a unit, made to differ.
        steps: of the ascent.
        diversity: how much their difference weighs, in parts of the activation.
        unit_axis: of the layer's output, where it cannot be known.
        seed: the same gives the same pictures, on one machine.
        device: of the inputs; by default that of the model's parameters.
        progress: show a progress bar.

    Returns:
        Pictures with values from 0 to 1, float32 `[units, facets, channels, height, width]`, on the
        CPU.

    Raises:
        ValueError: the model takes no such images, has no such layer or unit, or the arguments
            contradict each other.

    Example:
        >>> pictures = feature_visualization(
        ...     model, "conv", [0, 2], input_shape=(1, 8, 8), facets=1, steps=2, progress=False
        ... )
        >>> pictures.shape
        torch.Size([2, 1, 1, 8, 8])
    """
    if facets < 1 or steps < 1:
        raise ValueError(f"facets={facets}, steps={steps}: expected positive numbers")
    model = layers.unwrap(model)
    like = example(model, device)
    ascent = _Ascent(
        LayerActivation(model, layer, unit_axis),
        Pixels.of(input_shape, mean, std, value_range, like),
        facets,
        steps,
        diversity,
    )
    with isolation.differentiating(model, seed), ascent.watch.attached():
        _check_units(ascent, units)
        bar = tqdm(
            total=len(units) * steps,
            desc=f"Neural: pictures of {layer}",
            disable=not progress,
            leave=False,
        )
        with bar:
            size = max(1, AT_ONCE // facets)
            groups = [units[start : start + size] for start in range(0, len(units), size)]
            found = [ascent.climb(group, seed, bar.update) for group in groups]
    return torch.cat([torch.empty(0, facets, *ascent.pixels.shape), *found])


def excitation(watch: LayerActivation, inputs: Tensor) -> Tensor:
    """Return the mean over positions of a layer's units, float32 `[inputs, units]`, on the CPU."""
    with isolation.differentiating(watch.model, 0), torch.no_grad(), watch.attached():
        parts = [watch.output(part).float().mean(2).cpu() for part in torch.split(inputs, AT_ONCE)]
    return torch.cat(parts)


@dataclass(frozen=True, eq=False)
class _Ascent:
    """The optimization of pictures; see `feature_visualization`."""

    watch: LayerActivation
    pixels: Pixels
    facets: int
    steps: int
    diversity: float

    def climb(self, units: Sequence[int], seed: int, done: Callable[[int], object]) -> Tensor:
        """Pictures of some units, `[units, facets, channels, height, width]`.

        What is drawn for a unit does not depend on the others.
        """
        shape, device = self.pixels.shape, self.pixels.mean.device
        generators = [torch.Generator().manual_seed(_mix(seed, unit)) for unit in units]
        start = torch.cat([spectrum.draw(shape, self.facets, g) for g in generators])
        moves = torch.cat([transforms.draw(self.steps, self.facets, g) for g in generators], 1)
        spectra, chosen = start.to(device).requires_grad_(), torch.tensor(units, device=device)
        adam = torch.optim.Adam([spectra], RATE)
        redirected = 0
        for move in moves.to(device):
            moved = transforms.move(spectrum.pictures(spectra, shape), move)
            with Redirect() if redirected > 0 else nullcontext():
                output = self.watch.output(self.pixels.inputs(moved)).float()
            height = objective(output, chosen, self.diversity)
            (spectra.grad,) = torch.autograd.grad(-height, spectra)
            silent = bool((spectra.grad == 0).flatten(1).all(1).any())
            redirected = REDIRECTED if silent else redirected - 1
            adam.step()
            done(len(units))
        with torch.no_grad():
            pictures = spectrum.pictures(spectra, shape)
        return pictures.cpu().view(len(units), self.facets, *shape)


def _mix(seed: int, unit: int) -> int:
    return (seed * 1_000_003 + unit) % 2**63


def _check_units(ascent: _Ascent, units: Sequence[int]) -> None:
    """Put a grey picture through the model."""
    shape, watch = ascent.pixels.shape, ascent.watch
    try:
        with torch.no_grad():
            output = watch.output(ascent.pixels.inputs(torch.full((1, *shape), 0.5)))
    except RECOVERABLE as error:
        raise ValueError(
            f"no pictures of layer {watch.layer}: the model takes no images of shape "
            f"{[1, *shape]}, or its units are not known: {error}"
        ) from error
    count = output.shape[1]
    if wrong := [unit for unit in units if not 0 <= unit < count]:
        raise ValueError(f"unit {wrong[0]} of layer {watch.layer}, expected 0 to {count - 1}")
