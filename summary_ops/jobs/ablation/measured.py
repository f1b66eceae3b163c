"""Measure what ablating a unit does to a class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.jobs.ablation.sample import Batch, Sample
from summary_ops.jobs.ablation.unit_ablation import UnitAblation
from summary_ops.network.isolation import isolation

Removal = tuple[UnitAblation, str, int, float]
"""Hooks, a layer, a unit of it, and what it is replaced with."""


@dataclass(frozen=True)
class Outcome:
    """The model's output on a class's inputs.

    Attributes:
        inputs: how many.
        logit: mean of their own class's.
        predicted: inputs by predicted class `[classes + 1]`, the last for none.
    """

    inputs: int
    logit: float
    predicted: Tensor


@dataclass(frozen=True)
class Effect:
    """The change of the output.

    Attributes:
        fall: of the mean own logit.
        correct: inputs predicted rightly without the unit.
        taken_for: the class that gains the most predictions, or the number of classes.
    """

    fall: float
    correct: int
    taken_for: int


class ClassInputs:
    """A class's inputs, with all units in place and without one.

    Args:
        sample: inputs.
        label: the class.
    """

    def __init__(self, sample: Sample, label: int) -> None:
        self._sample, self.label = sample, label
        self._batches = list(sample.batches(label))
        self.whole = self._outcome(None)

    @property
    def correct(self) -> int:
        """Inputs predicted rightly with all units in place."""
        return int(self.whole.predicted[self.label])

    def without(self, ablation: UnitAblation, layer: str, unit: int, value: float) -> Effect:
        """Replace a unit by a value everywhere, and see."""
        found = self._outcome((ablation, layer, unit, value))
        more = (found.predicted - self.whole.predicted)[:-1]
        more[self.label] = 0
        most = int(more.argmax())
        return Effect(
            fall=self.whole.logit - found.logit,
            correct=int(found.predicted[self.label]),
            taken_for=most if more[most] > 0 else len(more),
        )

    def _outcome(self, removal: Removal | None) -> Outcome:
        total, inputs = 0.0, 0
        predicted = torch.zeros(0, dtype=torch.int64)
        for batch in self._batches:
            logits = self._logits(batch, removal)
            guess = self._sample.guess(logits, self.label)
            counts = guess.bincount(minlength=logits.shape[1] + 1).cpu()
            predicted = counts if not inputs else predicted + counts
            total += float(self._sample.own(logits, self.label).cpu().double().sum())
            inputs += batch.size
        return Outcome(inputs, total / inputs, predicted)

    def _logits(self, batch: Batch, removal: Removal | None) -> Tensor:
        with isolation.without_autocast_or_grad():
            if removal is None:
                return self._sample.logits(batch.forward(), batch.size)
            ablation, layer, unit, value = removal
            with ablation.without(layer, unit, value, batch.size):
                return self._sample.logits(batch.forward(), batch.size)
