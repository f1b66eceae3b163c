"""Choose the direction of a change: along a gradient, blurred or not, or at random."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def along(gradient: Tensor, norm: str, sigma: float) -> Tensor:
    """Return the change of norm 1 with the steepest rise, `[N, channels, height, width]`.

    Args:
        gradient: of the same shape; where an image has none it stays as it is.
        norm: `l2`, whose change is the gradient itself, or `linf`, whose change is its sign.
        sigma: the gradient is blurred so much before, in pixels.
    """
    smooth = blur(gradient, sigma)
    if norm == "linf":
        return smooth.sign()
    length = smooth.flatten(1).norm(dim=1).clamp_min(1e-30)
    change: Tensor = smooth / length.view(-1, 1, 1, 1)
    return change


def blur(pictures: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of the last two axes, reflected at the border.

    As an operator it is symmetric and positive definite: a blurred gradient still points upwards.
    """
    if not sigma:
        return pictures
    rows, columns = (_heat(size, sigma).to(pictures) for size in pictures.shape[-2:])
    return torch.matmul(torch.matmul(rows, pictures), columns)


def _heat(size: int, sigma: float) -> Tensor:
    """Blur along one axis `[size, size]`: each cosine (DCT-II) shrinks by its frequency."""
    order = torch.arange(size, dtype=torch.float64)[:, None]
    cosines = torch.cos(math.pi * order * (order.T + 0.5) / size)
    cosines = cosines / cosines.norm(dim=1, keepdim=True)
    shrunk = torch.exp(-0.5 * (math.pi * sigma / size * order) ** 2)
    return torch.matmul(cosines.T, shrunk * cosines)


def at_random(start: Tensor, sizes: Tensor, norm: str, sigma: float, seed: int) -> Tensor:
    """Change a picture along one random direction, by the given norms.

    What would leave the unit interval is cut, and the change made longer until its norm is the
    wanted one; it stays shorter only where no picture is so far away along that direction.

    Args:
        start: picture `[channels, height, width]` from 0 to 1.
        sizes: wanted norms, `[T]`.
        norm: `l2`, for a direction uniform over the sphere, or `linf`, for random signs.
        sigma: blur of the direction, in pixels.
        seed: of the direction.

    Returns:
        Pictures `[T, channels, height, width]`.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(start.shape, generator=generator, dtype=torch.float64)
    direction, origin = blur(drawn, sigma), start.double().cpu()
    if norm == "linf":
        length, direction = sizes.double(), direction.sign()
    else:
        room = torch.where(direction > 0, 1 - origin, origin)
        length = stretch(direction.abs().flatten(), room.flatten(), sizes.double())
    return (origin + length.view(-1, 1, 1, 1) * direction).clamp(0, 1).float()


def stretch(direction: Tensor, room: Tensor, sizes: Tensor) -> Tensor:
    """Return the `a` for which `min(a · direction, room)` has the L2 norms `sizes`, or nearly so.

    The norm's square is, between the points where one more component meets its bound, of the form
    `c + a² d`.

    Args:
        direction: magnitudes `[numbers]`.
        room: how far each number can go, `[numbers]`, from 0 up.
        sizes: wanted norms, `[T]`.
    """
    bound, order = (room / direction.clamp_min(1e-30)).sort()
    fixed = room[order].square().cumsum(0)
    moving = direction[order].square().flip(0).cumsum(0).flip(0)
    after = torch.cat((moving[1:], moving.new_zeros(1)))
    lengths = sizes.square()
    full = torch.searchsorted(fixed + bound.square() * after, lengths)
    known = torch.cat((fixed.new_zeros(1), fixed))[full]
    still = torch.cat((moving, moving.new_zeros(1)))[full]
    found = ((lengths - known).clamp_min(0) / still.clamp_min(1e-30)).sqrt()
    return torch.where(full == len(room), bound[-1], found)
