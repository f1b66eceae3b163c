"""The one-pixel attack, for one pixel or a few."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from summary_ops.attacks import differential_evolution
from summary_ops.attacks.attack import Attack, found
from summary_ops.attacks.attack_target import BATCH, AttackTarget, Classes, attacking, logits
from summary_ops.images.pixels import Channels

LEVELS = 255
"""Steps between the darkest and the brightest value of an 8-bit image."""


def one_pixel(
    model: nn.Module,
    images: Tensor,
    labels: Classes,
    *,
    pixels: int = 1,
    targets: Classes | int | None = None,
    population: int = 100,
    generations: int = 30,
    seed: int = 0,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Attack:
    """Change `pixels` pixels of each image so that its predicted class changes.

    Differential evolution over the pixels' places and colours, for all images and the whole
    population at once; an image is done as soon as one candidate leads the model astray. Colours
    are those of an 8-bit image, so that an attacked image survives being saved as one. Images
    that the model gets wrong anyway are left as they are. At most
    `population * (generations + 1)` candidates are tried an image; the paper's own budget is
    400 and 100.

    Args:
        model: a classifier; it is attacked in evaluation mode and left as it was.
        images: what the model takes, `[N, channels, height, width]`.
        labels: true classes.
        pixels: how many pixels change, exactly.
        targets: classes to be reached; by default any but the true one will do.
        population: candidates a generation, at least 4.
        generations: most generations after the first.
        seed: of the search; the same seed finds the same attacks.
        mean: how the images were normalized, a number or one a channel.
        std: likewise.
        value_range: what a pixel may hold before normalization.

    Returns:
        The images with their altered copies; see `Attack`.

    Raises:
        ValueError: an argument does not fit the images or the model.

    Source:
        Su, Vargas and Sakurai (2019), One pixel attack for fooling deep neural networks.

    Example:
        >>> attack = one_pixel(model, images[:2], labels[:2], population=4, generations=1)
        >>> bool((attack.changed.flatten(1).sum(1) <= 1).all())
        True
    """
    if population < 4 or generations < 0:
        raise ValueError(
            f"population={population}, generations={generations}, expected at least 4 and 0"
        )
    with attacking(
        model, images, labels, targets=targets, mean=mean, std=std, value_range=value_range
    ) as attack_target:
        if not 1 <= pixels <= (area := images[0, 0].numel()):
            raise ValueError(f"pixels={pixels}, expected 1 to {area}, the size of the images")
        rows = torch.arange(len(images), device=attack_target.images.device)
        rows = rows[~attack_target.is_adversarial(attack_target.before, rows)]
        generator = torch.Generator().manual_seed(seed)
        solutions = differential_evolution.minimize(
            lambda chosen, genes: _try(attack_target, rows[chosen], genes),
            _first(attack_target, (len(rows), population, pixels), generator),
            generations=generations,
            generator=generator,
        )
        attacked = attack_target.images.clone()
        attacked[rows] = _altered(attack_target, rows, solutions.genes)
        queries = torch.ones(len(images), dtype=torch.int64, device=rows.device)
        queries[rows] += solutions.evaluations
        note = f"one-pixel attack, {pixels} pixel{'s' if pixels > 1 else ''}"
        return found(attack_target, attacked, queries, note)


def _first(
    attack_target: AttackTarget, shape: tuple[int, int, int], generator: torch.Generator
) -> Tensor:
    """Places uniform, colours normal around grey: genes of `[row, column, *colour]` a pixel."""
    positions = torch.rand(*shape, 2, generator=generator)
    channels = attack_target.images.shape[1]
    colours = 0.5 + 0.5 * torch.randn(*shape, channels, generator=generator)
    genes = torch.cat((positions, colours.clamp(0, 1)), -1).flatten(2)
    return genes.to(attack_target.images.device)


def _read(attack_target: AttackTarget, genes: Tensor) -> tuple[Tensor, Tensor]:
    """Places `[batch, pixels]` as flat indices and 8-bit levels `[batch, pixels, channels]`."""
    channels, height, width = attack_target.images.shape[1:]
    genes = genes.reshape(len(genes), genes.shape[1] // (2 + channels), 2 + channels)
    row = (genes[..., 0] * height).long().clamp_max(height - 1)
    column = (genes[..., 1] * width).long().clamp_max(width - 1)
    return row * width + column, (genes[..., 2:] * LEVELS).round()


def _altered(attack_target: AttackTarget, rows: Tensor, genes: Tensor) -> Tensor:
    """Set the pixels that the genes `[batch, genes]` describe in the images `rows`."""
    positions, levels = _read(attack_target, genes)
    pixels = attack_target.low + levels * ((attack_target.high - attack_target.low) / LEVELS)
    colours = attack_target.normalized(pixels.mT[..., None])[..., 0]
    images = attack_target.images[rows]
    index = positions[:, None].expand(-1, images.shape[1], -1)
    return images.flatten(2).scatter(2, index, colours.to(images.dtype)).reshape(images.shape)


def _changes_all(attack_target: AttackTarget, rows: Tensor, genes: Tensor) -> Tensor:
    """Return whether the genes name different pixels and change the colour of each."""
    positions, levels = _read(attack_target, genes)
    index = positions[:, None].expand(-1, attack_target.images.shape[1], -1)
    own = attack_target.pixels(attack_target.images[rows]).flatten(2).gather(2, index).mT
    own = (own - attack_target.low) * (LEVELS / (attack_target.high - attack_target.low))
    ordered = positions.sort(1).values
    distinct = (ordered[:, 1:] != ordered[:, :-1]).all(1)
    return distinct & ((levels - own).abs() > 0.5).any(2).all(1)


def _try(attack_target: AttackTarget, rows: Tensor, genes: Tensor) -> tuple[Tensor, Tensor]:
    """Cost and success of the candidates `[images, population, genes]`."""
    size = genes.shape[1]
    flat = genes.flatten(0, 1)
    every = rows.repeat_interleave(size)
    costs, solving = [], []
    for part, chosen in zip(torch.split(flat, BATCH), torch.split(every, BATCH), strict=True):
        scores = logits(attack_target.model, _altered(attack_target, chosen, part))
        valid = _changes_all(attack_target, chosen, part)
        costs.append(torch.where(valid, attack_target.cost(scores, chosen), torch.inf))
        solving.append(valid & attack_target.is_adversarial(scores.argmax(1), chosen))
    shape = (len(rows), size)
    return torch.cat(costs).reshape(shape), torch.cat(solving).reshape(shape)
