"""Define what a strip raises: a class's probability, or a unit's activation."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from summary_ops import tasks
from summary_ops.attacks.attack_target import as_logits, log_odds
from summary_ops.images.pixels import Pixels
from summary_ops.jobs.feature_visualization.layer_activation import LayerActivation
from summary_ops.jobs.feature_visualization.rectifiers import Redirect
from summary_ops.network.calling import invoke
from summary_ops.problems import RECOVERABLE

Wanted = int | str | tuple[str, int]
"""A class by number or name, or a layer and the number of one of its units."""


@dataclass(frozen=True)
class Target:
    """A class, or with a layer a unit of it."""

    index: int
    layer: str = ""

    @classmethod
    def of(cls, value: Wanted, classes: Sequence[str]) -> Target:
        """Read what a user asks for.

        Raises:
            ValueError: it is no class and no unit.
        """
        if isinstance(value, str):
            if value not in classes:
                known = ", ".join(classes) or "none; pass classes=[…], or the class's number"
                raise ValueError(f"target {value!r} is no class; known names: {known}")
            return cls(classes.index(value))
        layer, number = value if isinstance(value, tuple) else ("", value)
        try:
            return cls(operator.index(number), layer)
        except TypeError:
            raise ValueError(
                f"target {value!r}, expected a class (its number or name) or a unit, such as "
                '("features.3", 62)'
            ) from None

    def __str__(self) -> str:
        return f"unit:{self.index}/{self.layer}" if self.layer else f"class:{self.index}"


@dataclass(frozen=True, eq=False)
class Measure:
    """The effect of pictures, and the logits that the model gives them.

    The effect on a class is the log-odds of its probability, `logit − logsumexp(other logits)`; on
    a unit it is the mean activation over positions.

    Attributes:
        watch: of the units' layer; None for classes.
    """

    model: nn.Module
    pixels: Pixels
    output: tasks.Output
    watch: LayerActivation | None

    def watching(self) -> AbstractContextManager[None]:
        """Inside, pictures can be measured."""
        return self.watch.attached() if self.watch is not None else nullcontext()

    def __call__(self, pictures: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Effect `[batch]` and logits `[batch, classes]`; differentiable.

        Args:
            pictures: `[batch, channels, height, width]` from 0 to 1.
            index: class or unit of each, int64 `[batch]`.
        """
        inputs = self.pixels.inputs(pictures)
        if self.watch is None:
            result, seen = invoke(self.model, inputs), None
        else:
            result, seen = self.watch.both(inputs)
        scores = as_logits(tasks.prediction(result, self.output), len(inputs))
        if seen is None:
            return log_odds(scores, index), scores
        return seen[torch.arange(len(seen)), index].float().mean(1), scores

    def slope(self, pictures: Tensor, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Effect, logits, and the effect's gradient by the pictures.

        Where a silent unit leaves no gradient, it is the one that would open closed rectifiers.
        """
        effect, scores, gradient = self._slope(pictures, index)
        if self.watch is not None and bool((gradient == 0).flatten(1).all(1).any()):
            with Redirect():
                gradient = self._slope(pictures, index)[2]
        return effect, scores, gradient

    def _slope(self, pictures: Tensor, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        leaf = pictures.detach().requires_grad_()
        effect, scores = self(leaf, index)
        (gradient,) = torch.autograd.grad(-effect.sum(), leaf)
        return effect.detach(), scores.detach(), -gradient

    def check(self, picture: Tensor, targets: Sequence[Target]) -> None:
        """Check that the model has the targets.

        Args:
            picture: `[1, channels, height, width]`.
            targets: all of the measured layer.

        Raises:
            ValueError: it has not.
        """
        try:
            count = self._count(picture)
        except RECOVERABLE as error:
            of = f"units of layer {targets[0].layer}" if targets[0].layer else "classes"
            raise ValueError(
                f"no strips towards {of} for images of shape {list(picture.shape)}: {error}"
            ) from error
        for target in targets:
            if not 0 <= target.index < count:
                what = f"units of layer {target.layer}" if target.layer else "classes of the model"
                raise ValueError(f"target {target}, expected one of the {count} {what}")

    def _count(self, picture: Tensor) -> int:
        """Return the number of classes, or of the layer's units."""
        with torch.no_grad():
            inputs = self.pixels.inputs(picture)
            if self.watch is not None:
                return self.watch.both(inputs)[1].shape[1]
            return as_logits(tasks.prediction(invoke(self.model, inputs), self.output), 1).shape[1]
