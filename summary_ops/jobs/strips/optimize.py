"""Gradual optimization of pictures, with a record of every step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.jobs.strips.directions import along
from summary_ops.jobs.strips.measure import Measure

SURE = math.log(0.99 / 0.01)
"""Log-odds of a class that a strip goes on to, by default."""

LEAST = 4.0
"""By how much log-odds rise at least, then."""

FARTHEST = 0.25
"""Root mean square change of a pixel at which a strip gives up, by default, of the value range."""

UNIT = 0.05
"""Root mean square change of a pixel for units, by default, likewise."""

ROUGH, ROUNDS = 32, 8
"""Steps, and number, of the ascents that look how far that is."""


@dataclass(frozen=True)
class Ascent:
    """The optimization of strips: `steps` equal steps, the first ones smooth.

    Attributes:
        norm: `l2` or `linf`, of each step and of all of them.
        smoothing: blur of the first gradient in pixels; falls in equal steps to 0 at the last.
    """

    norm: str
    steps: int
    smoothing: float

    def move(self, pictures: Tensor, gradient: Tensor, length: Tensor, step: int) -> Tensor:
        """Pictures after a step of some length `[N]`, cut at 0 and 1."""
        left = (self.steps - 1 - step) / max(1, self.steps - 1)
        change = along(gradient, self.norm, self.smoothing * left)
        return (pictures + length.view(-1, 1, 1, 1) * change).clamp(0, 1)

    def needed(self, measure: Measure, start: Tensor, index: Tensor, radius: Tensor) -> Tensor:
        """Return how many steps it takes to reach the classes `index`, `[N]`; at most all."""
        needed = torch.full_like(radius, self.steps)
        pictures, enough = start, torch.full_like(radius, torch.inf)
        for step in range(self.steps):
            effect, _, gradient = measure.slope(pictures, index)
            if not step:
                enough = (effect + LEAST).clamp_min(SURE)
            needed = torch.where(effect >= enough, needed.clamp_max(step), needed)
            if bool((needed < self.steps).all()):
                break
            pictures = self.move(pictures, gradient, radius / self.steps, step)
        return needed

    def far(self, picture: Tensor, change: float) -> float:
        """Return the norm of a change by the same amount in every pixel."""
        return change * (math.sqrt(picture.numel()) if self.norm == "l2" else 1)


@dataclass(frozen=True, eq=False)
class Path:
    """The pictures at each of `T` steps, the first one unchanged; on the CPU.

    Attributes:
        pictures: `[T, N, channels, height, width]`.
        effect: `[T, N]`.
        scores: logits `[T, N, classes]`.
    """

    pictures: Tensor
    effect: Tensor
    scores: Tensor

    def of(self, row: int) -> Path:
        """Return the path of one picture, without the axis of pictures."""
        return Path(self.pictures[:, row], self.effect[:, row], self.scores[:, row])


def climb(measure: Measure, start: Tensor, index: Tensor, radius: Tensor, ascent: Ascent) -> Path:
    """Raise the effect of pictures `[N, …]`: `x ← clip(x + η g/‖g‖₂)`, for L∞ `η sign(g)`.

    With `η = radius / steps` the change never leaves the ball of that radius.
    """
    seen, pictures = [], start
    for step in range(ascent.steps):
        effect, scores, gradient = measure.slope(pictures, index)
        seen.append((pictures.cpu(), effect.cpu(), scores.cpu()))
        pictures = ascent.move(pictures, gradient, radius / ascent.steps, step)
    with torch.no_grad():
        effect, scores = measure(pictures, index)
    seen.append((pictures.cpu(), effect.cpu(), scores.cpu()))
    return Path(*(torch.stack(column) for column in zip(*seen, strict=True)))


def reach(measure: Measure, start: Tensor, index: Tensor, ascent: Ascent) -> Tensor:
    """Return the radius that makes the model confident, `[N]`; for a unit a visible one.

    Rough ascents, each as far as the one before had to go, become finer until one takes more than
    half of its steps. An image whose class is not sure at `FARTHEST` has that radius.
    """
    if measure.watch is not None:
        return start.new_full((len(start),), ascent.far(start[0], UNIT))
    radius = start.new_full((len(start),), ascent.far(start[0], FARTHEST))
    waiting = torch.ones_like(radius, dtype=torch.bool)
    rough = Ascent(ascent.norm, ROUGH, ascent.smoothing)
    for _ in range(ROUNDS):
        part = rough.needed(measure, start, index, radius) / ROUGH
        radius = torch.where(waiting, radius * part, radius)
        waiting &= part <= 0.5
        if not bool(waiting.any()):
            break
    return radius
