"""FGSM and PGD: attacks along the gradient, within a ball around each image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from summary_ops.attacks.attack import Attack, found
from summary_ops.attacks.attack_target import BATCH, AttackTarget, Classes, attacking, logits
from summary_ops.images.pixels import Channels


def fgsm(
    model: nn.Module,
    images: Tensor,
    labels: Classes,
    *,
    eps: float | None = None,
    norm: str = "linf",
    targets: Classes | int | None = None,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Attack:
    """Take one step of size `eps` along the gradient, in pixels before normalization.

    Args:
        model: a classifier; it is attacked in evaluation mode and left as it was.
        images: what the model takes, `[N, channels, height, width]`.
        labels: true classes.
        eps: length of the step, in the unit of pixels; by default 8/255 of the value range for
            `linf`, half of it for `l2`.
        norm: `linf` or `l2`.
        targets: classes to be reached; by default any but the true one will do.
        mean: how the images were normalized, a number or one a channel.
        std: likewise.
        value_range: what a pixel may hold before normalization.

    Returns:
        The images with their altered copies; see `Attack`.

    Raises:
        ValueError: an argument does not fit the images or the model.

    Source:
        Goodfellow, Shlens and Szegedy (2015).

    Example:
        >>> attack = fgsm(model, images, labels, eps=0.1)
        >>> attack.images.shape == images.shape
        True
    """
    with attacking(
        model, images, labels, targets=targets, mean=mean, std=std, value_range=value_range
    ) as attack_target:
        eps = _radius(eps, norm, attack_target)
        attacked = _descend(
            attack_target,
            attack_target.pixels(attack_target.images),
            eps,
            norm,
            steps=1,
            step_size=eps,
        )
        return found(attack_target, attacked, 2, f"FGSM, {norm} {eps:.4g}")


def pgd(
    model: nn.Module,
    images: Tensor,
    labels: Classes,
    *,
    eps: float | None = None,
    norm: str = "linf",
    steps: int = 40,
    step_size: float | None = None,
    random_start: bool = True,
    targets: Classes | int | None = None,
    seed: int = 0,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Attack:
    """Attack by projected gradient descent, in pixels before normalization.

    Args:
        model: a classifier; it is attacked in evaluation mode and left as it was.
        images: what the model takes, `[N, channels, height, width]`.
        labels: true classes.
        eps: radius of the ball around each image, in the unit of its pixels; by default 8/255 of
            the value range for `linf`, half of it for `l2`.
        norm: `linf` or `l2`.
        steps: how many steps are taken.
        step_size: length of a step; by default `2.5 * eps / steps`.
        random_start: begin at a random point of the ball.
        targets: classes to be reached; by default any but the true one will do.
        seed: of the random start.
        mean: how the images were normalized, a number or one a channel.
        std: likewise.
        value_range: what a pixel may hold before normalization.

    Returns:
        The images with their altered copies; see `Attack`.

    Raises:
        ValueError: an argument does not fit the images or the model.

    Source:
        Madry et al. (2018).

    Example:
        >>> attack = pgd(model, images, labels, eps=0.1, steps=5)
        >>> float((attack.images - attack.benign).abs().max()) <= 0.1001
        True
    """
    if steps < 1:
        raise ValueError(f"steps={steps}, expected at least 1")
    with attacking(
        model, images, labels, targets=targets, mean=mean, std=std, value_range=value_range
    ) as attack_target:
        eps = _radius(eps, norm, attack_target)
        start = attack_target.pixels(attack_target.images)
        if random_start:
            start = start + _random_point(start, eps, norm, torch.Generator().manual_seed(seed))
        size = 2.5 * eps / steps if step_size is None else step_size
        attacked = _descend(attack_target, start, eps, norm, steps=steps, step_size=size)
        return found(attack_target, attacked, steps + 1, f"PGD, {norm} {eps:.4g}, {steps} steps")


def _radius(eps: float | None, norm: str, attack_target: AttackTarget) -> float:
    shares = {"linf": 8 / 255, "l2": 0.5}
    if norm not in shares:
        raise ValueError(f"norm={norm!r}, expected 'linf' or 'l2'")
    eps = shares[norm] * (attack_target.high - attack_target.low) if eps is None else float(eps)
    if not eps > 0:
        raise ValueError(f"eps={eps}, expected a positive radius")
    return eps


def _descend(
    attack_target: AttackTarget,
    start: Tensor,
    eps: float,
    norm: str,
    *,
    steps: int,
    step_size: float,
) -> Tensor:
    """Step against the cost from `start`; the result is normalized for the model."""
    attacked = []
    for rows in torch.split(torch.arange(len(start), device=start.device), BATCH):
        benign = attack_target.pixels(attack_target.images[rows])
        pixels = start[rows].clamp(attack_target.low, attack_target.high)
        for _ in range(steps):
            step = step_size * _unit(_slope(attack_target, pixels, rows), norm)
            pixels = benign + _project(pixels - step - benign, eps, norm)
            pixels = pixels.clamp(attack_target.low, attack_target.high)
        attacked.append(attack_target.normalized(pixels))
    return torch.cat(attacked)


def _slope(attack_target: AttackTarget, pixels: Tensor, rows: Tensor) -> Tensor:
    with torch.enable_grad():
        leaf = pixels.detach().requires_grad_()
        cost = attack_target.cost(logits(attack_target.model, attack_target.normalized(leaf)), rows)
        (slope,) = torch.autograd.grad(cost.sum(), leaf)
    return slope


def _length(vectors: Tensor) -> Tensor:
    """L2 norms, never zero, `[N, 1, 1, 1]`."""
    return vectors.square().sum((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-30)


def _unit(slope: Tensor, norm: str) -> Tensor:
    return slope.sign() if norm == "linf" else slope / _length(slope)


def _project(change: Tensor, eps: float, norm: str) -> Tensor:
    if norm == "linf":
        return change.clamp(-eps, eps)
    return change * (eps / _length(change)).clamp_max(1)


def _random_point(like: Tensor, eps: float, norm: str, generator: torch.Generator) -> Tensor:
    """Uniform in the ball of radius `eps`."""
    if norm == "linf":
        return ((2 * torch.rand(like.shape, generator=generator) - 1) * eps).to(like)
    direction = torch.randn(like.shape, generator=generator)
    radius = torch.rand(len(like), 1, 1, 1, generator=generator) ** (1 / like[0].numel())
    return (eps * radius * direction / _length(direction)).to(like)
