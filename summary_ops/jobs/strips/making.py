"""Adversarial strips of images, for whoever has a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict, Unpack

import torch
from torch import Tensor, nn
from tqdm import tqdm

from summary_ops import tasks
from summary_ops.images.pixels import Channels, Pixels, example
from summary_ops.jobs.feature_visualization.layer_activation import LayerActivation
from summary_ops.jobs.strips.assemble import assemble
from summary_ops.jobs.strips.measure import Measure, Target, Wanted
from summary_ops.jobs.strips.optimize import Ascent, climb, reach
from summary_ops.jobs.strips.strip import Strip
from summary_ops.jobs.strips.units import Units
from summary_ops.network.isolation import isolation
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers as layers_
from tb_plugin_neural.contract.what_if_records import NORMS

SMOOTHED = 32
"""Blurs of the first gradient along the longer side of an image, by default."""

AT_ONCE = 32
"""Most pictures that are changed together."""

LARGEST = 2**26
"""Most numbers that all their steps have, together."""


class StripOptions(TypedDict, total=False):
    """The keyword arguments of `adversarial_strips`."""

    radius: float | None
    steps: int
    frames: int
    norm: str
    smoothing: float | None
    seed: int
    mean: Channels
    std: Channels
    value_range: tuple[float, float]
    classes: Sequence[str]
    layers: layers_.Layers
    reduction: str
    unit_axis: Mapping[str, int] | None
    top: int
    output: tasks.Output
    device: torch.device | str | None
    progress: bool


def adversarial_strip(
    model: nn.Module,
    image: Tensor,
    target: Wanted,
    *,
    label: int | None = None,
    **options: Unpack[StripOptions],
) -> Strip:
    """Change one image `[channels, height, width]`; see `adversarial_strips`.

    Args:
        model: a classifier.
        image: as the model takes it.
        target: a class by number or name, or a layer's unit such as `("features.3", 62)`.
        label: its true class.
        options: of `adversarial_strips`.

    Returns:
        The strip; see `Strip`.

    Raises:
        ValueError: an argument does not fit the image or the model.

    Example:
        >>> strip = adversarial_strip(model, images[0], 1, steps=4, frames=3, progress=False)
        >>> strip.target
        'class:1'
    """
    if not isinstance(image, Tensor) or image.ndim != 3:
        shape = list(image.shape) if isinstance(image, Tensor) else type(image).__name__
        raise ValueError(f"an image of shape {shape}, expected [channels, height, width]")
    labels = None if label is None else [label]
    return adversarial_strips(model, image[None], [target], labels=labels, **options)[0]


def adversarial_strips(
    model: nn.Module,
    images: Tensor,
    targets: Sequence[Wanted],
    *,
    labels: Sequence[int] | Tensor | None = None,
    radius: float | None = None,
    steps: int = 64,
    frames: int = 8,
    norm: str = "l2",
    smoothing: float | None = None,
    seed: int = 0,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    classes: Sequence[str] = (),
    layers: layers_.Layers = "auto",
    reduction: str = "max",
    unit_axis: Mapping[str, int] | None = None,
    top: int = 5,
    output: tasks.Output = None,
    device: torch.device | str | None = None,
    progress: bool = True,
) -> tuple[Strip, ...]:
    """Change images gradually towards classes, or towards the activation of units.

    Every step goes the same length along the gradient of the effect (see `Strip.effect`), in pixels
    before normalization. Frames are at equal changes of what a person reads: of the target's
    probability, or of the unit's activation. Beside each step stands a change of the same norm in a
    random direction: what it does is what any change of that size would do. The model is in
    evaluation mode meanwhile, and left as it was.

    Args:
        model: a classifier.
        images: as the model takes them, `[N, channels, height, width]`, 1 or 3 channels.
        targets: of each image a class by number or name, or a layer's unit: `("features.3", 62)`.
        labels: true classes, -1 where unknown.
        radius: the norm that all steps add up to, in the unit of pixels. By default as far as the
            class needs for a probability of 99 % (and log-odds that rise by 4), at most a root mean
            square change of 25 % of the value range a pixel; for units 5 %.
        steps: number of steps.
        frames: how many of them are shown; the one at which the target is predicted first comes on
            top.
        norm: `l2` or `linf`.
        smoothing: for changes of low frequency, which a person can read: the gradient is blurred,
            by a Gaussian of this width in pixels at the first step, falling to 0 at the last;
            0 for none. By default 1/32 of the image's longer side.
        seed: of the random direction.
        mean: how the model's inputs are normalized, `(pixel - mean) / std`: a number, or one a
            channel.
        std: likewise.
        value_range: what pixels may hold before that, (0, 255) say.
        classes: names that targets may have.
        layers: whose units are recorded, as for a `Recorder`.
        reduction: of their positions, `max` or `mean`.
        unit_axis: by layer, where it cannot be known.
        top: units reported of a layer.
        output: the prediction in what the model returns, as for a `Recorder`.
        device: of the inputs; by default that of the model's parameters.
        progress: show a progress bar.

    Returns:
        A strip per image; see `Strip`.

    Raises:
        ValueError: an argument does not fit the images or the model.

    Source:
        Deepling's adversarial strips; the steps are those of Madry et al. (2018).

    Example:
        >>> few = images[:2]
        >>> strips = adversarial_strips(model, few, [0, 1], steps=4, frames=3, progress=False)
        >>> [strip.target for strip in strips]
        ['class:0', 'class:1']
    """
    parsed = [Target.of(target, classes) for target in targets]
    truth = [-1] * len(parsed) if labels is None else [int(label) for label in labels]
    if not len(images) == len(parsed) == len(truth):
        raise ValueError(
            f"{len(images)} images, {len(parsed)} targets and {len(truth)} labels, expected alike"
        )
    model, axes = layers_.unwrap(model), dict(unit_axis or {})
    pixels, start = as_pictures(model, images, mean, std, value_range, device)
    width = max(start.shape[2:]) / SMOOTHED if smoothing is None else float(smoothing)
    ascent = _ascent(norm, steps, width, radius, frames=frames, top=top)
    network = RecordedNetwork(
        model, layers_.choose(model, layers), unit_axes=axes, reduction=reduction
    )
    units = Units(network, top)
    found: dict[int, Strip] = {}
    bar = tqdm(
        total=len(images), desc="Neural: adversarial strips", disable=not progress, leave=False
    )
    with bar, isolation.differentiating(model, seed):
        for layer, rows in _groups(parsed, (steps + 1) * start[0].numel()):
            watch = LayerActivation(model, layer, axes.get(layer)) if layer else None
            measure = Measure(model, pixels, output, watch)
            with measure.watching():
                measure.check(start[rows[:1]], [parsed[row] for row in rows])
                index = torch.tensor([parsed[row].index for row in rows], device=start.device)
                if radius is None:
                    length = reach(measure, start[rows], index, ascent)
                else:
                    length = start.new_full((len(rows),), radius / (pixels.high - pixels.low))
                path = climb(measure, start[rows], index, length, ascent)
                for at, row in enumerate(rows):
                    found[row] = assemble(
                        measure, path.of(at), parsed[row], units, label=truth[row],
                        radius=float(length[at]), ascent=ascent, frames=frames, seed=seed,
                    )  # fmt: skip
                    bar.update()
    return tuple(found[row] for row in range(len(images)))


def as_pictures(
    model: nn.Module,
    images: Tensor,
    mean: Channels,
    std: Channels,
    value_range: tuple[float, float],
    device: torch.device | str | None,
) -> tuple[Pixels, Tensor]:
    """Return the conversion of a model's images, and the images as pictures from 0 to 1.

    Raises:
        ValueError: they are no images of 1 or 3 channels, or their pixels are not in the range.
    """
    shape = list(images.shape) if isinstance(images, Tensor) else type(images).__name__
    if not isinstance(images, Tensor) or images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"images of shape {shape}, expected [N, channels, height, width] with 1 or 3 channels: "
            "only what is a picture can be changed pixel by pixel"
        )
    if not images.numel():
        raise ValueError(f"images of shape {shape}: there are none")
    with isolation.without_autocast_or_grad():
        like = example(model, device)
        pixels = Pixels.of(images.shape[1:], mean, std, value_range, like)
        inputs = images.detach().to(like.device)
        pixels.check(inputs)
        return pixels, pixels.pictures(inputs).clamp(0, 1)


def _ascent(
    norm: str, steps: int, smoothing: float, radius: float | None, *, frames: int, top: int
) -> Ascent:
    if norm not in NORMS:
        raise ValueError(f"norm={norm!r}, expected 'l2' or 'linf'")
    if radius is not None and not 0 < radius < float("inf"):
        raise ValueError(f"radius={radius}, expected a positive number, or None")
    if steps < 1 or frames < 2 or top < 1:
        raise ValueError(
            f"steps={steps}, frames={frames}, top={top}: expected at least 1 step, 2 frames and "
            "1 unit a layer"
        )
    if not 0 <= smoothing < float("inf"):
        raise ValueError(f"smoothing={smoothing}, expected pixels, 0 for none")
    return Ascent(norm, steps, smoothing)


def _groups(targets: Sequence[Target], numbers: int) -> Iterator[tuple[str, list[int]]]:
    """Yield the strips that are made together: those of one layer's units, and those of classes."""
    size = max(1, min(AT_ONCE, LARGEST // numbers))
    for layer in dict.fromkeys(target.layer for target in targets):
        rows = [row for row, target in enumerate(targets) if target.layer == layer]
        for start in range(0, len(rows), size):
            yield layer, rows[start : start + size]
