"""The facts about a recorded network that never change."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops import tasks
from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.network.model.output_scale import OutputScale
from summary_ops.network.modules.calls import CallNumbers
from summary_ops.problems import Problems

MAX_BYTES = 256 * 2**20

FEW_UNITS = 1024
"""Layers of so many units are recorded whatever the budget is."""

UNIT_BYTES = 1300
"""Of a unit's histograms, moments and counts, for all inputs and the fewest subsets."""


@dataclass(frozen=True, eq=False)
class RecordedNetwork:
    """A model, its recorded layers, and how its outputs are read.

    Attributes:
        model: the user's own module, without wrappers.
        layers: recorded modules by name, as `layers.choose` returns them.
        unit_axes: unit axes by layer name, where they are given.
        reduction: of positions, `max` or `mean`.
        output: selects the prediction in what the model returns, see `Recorder`.
        task: what the outputs mean, see `Recorder`.
        max_bytes: memory budget of statistics and samples.
        problems: where dropped data is reported.
        scale: whether predictions hold logits or probabilities.
        layouts: what is known of the axes of layers' outputs.
        calls: the numbers of repeated calls of one module.
        averaged: layers whose positions are averaged in any case: signed sums, whose largest value
            says nothing of negative features.
    """

    model: nn.Module
    layers: Mapping[str, nn.Module]
    unit_axes: Mapping[str, int] = field(default_factory=dict)
    reduction: str = "max"
    output: tasks.Output = None
    task: tasks.Task = field(default_factory=lambda: tasks.of(None))
    max_bytes: int = MAX_BYTES
    problems: Problems = field(default_factory=Problems)
    calls: CallNumbers = field(default_factory=CallNumbers)
    scale: OutputScale = field(default_factory=OutputScale)
    layouts: KnownLayouts = field(default_factory=KnownLayouts)
    averaged: frozenset[str] = frozenset()

    def reduction_of(self, layer: str) -> str:
        """Return how the positions of a layer are reduced, `max` or `mean`."""
        return "mean" if layer in self.averaged else self.reduction

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names by index; empty where they are unknown."""
        return self.task.classes

    def prediction(self, output: Any) -> Tensor:
        """Return the prediction in what the model returned, unchanged.

        Raises:
            ValueError: there is none.
        """
        found = tasks.prediction(output, self.output, self.task)
        self.scale.look(found, training=self.model.training)
        return found

    def logits(self, output: Any, batch: int) -> Tensor:
        """Return the prediction as float32 logits in the task's own shape, see `Task.check_output`.

        Raises:
            AmbiguousOutput: it may hold logits or probabilities.
            ValueError: its shape contradicts the task, the batch size or the classes.
        """
        if self.task.name is None:
            return torch.zeros(batch, 0)
        return self.as_logits(self.prediction(output), batch)

    def class_scores(self, output: Any) -> Tensor:
        """Logits `[batch, classes]` of classes that exclude each other; of two 0 and the logit.

        Raises:
            ValueError: see `logits`.
        """
        prediction = self.prediction(output)
        logits = self.as_logits(prediction, len(prediction))
        return torch.stack((0 * logits, logits), 1) if logits.ndim == 1 else logits

    def as_logits(self, prediction: Tensor, batch: int) -> Tensor:
        """Return a prediction as logits in the task's own shape, see `logits`."""
        found = self.task.check_output(prediction.float(), batch)
        return self.scale.logits(found, self.task, training=self.model.training)

    def labels(self, given: Any, batch: int | None, device: torch.device) -> Tensor:
        """Labels as the task has them, see `Task.check_labels`.

        Of a dict for several tasks those that are named as the output is.

        Raises:
            TypeError: they are in a dict without such a name.
            ValueError: they contradict the task or the batch size.
        """
        if isinstance(given, Mapping) and isinstance(self.output, str) and self.output in given:
            given = given[self.output]
        return self.task.check_labels(given, batch, device)

    @property
    def most_units(self) -> int:
        """The most units of a layer whose statistics fit the budget."""
        return max(self.max_bytes // UNIT_BYTES, FEW_UNITS)

    def too_many(self, units: int) -> str:
        """Explain why a layer with `units` units is left out, and what changes that."""
        needed, budget = units * UNIT_BYTES / 2**20, self.max_bytes / 2**20
        return (
            f"{units:,} units: their statistics take {needed:,.0f} MB at least, and max_bytes is "
            f"{budget:,.0f} MB; pass a larger max_bytes, or layers=[…] without it"
        )

    def device(self, requested: torch.device | str | None = None) -> torch.device:
        """Return the device for inputs: `requested`, by default that of the parameters."""
        if requested is not None:
            return torch.device(requested)
        tensors = itertools.chain(self.model.parameters(), self.model.buffers())
        first = next((tensor for tensor in tensors if not tensor.is_meta), None)
        return first.device if first is not None else torch.device("cpu")
