"""The facts about a recorded network that never change."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops import tasks
from summary_ops.network.calls import CallNumbers
from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.problems import Problems

MAX_BYTES = 256 * 2**20


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
        classes: class names by index; empty where they are unknown.
        max_bytes: memory budget of statistics and samples.
        problems: where dropped data is reported.
        layouts: what is known of the axes of layers' outputs.
        calls: the numbers of repeated calls of one module.
    """

    model: nn.Module
    layers: Mapping[str, nn.Module]
    unit_axes: Mapping[str, int] = field(default_factory=dict)
    reduction: str = "max"
    output: tasks.Output = None
    task: tasks.Task = field(default_factory=lambda: tasks.of(None))
    classes: tuple[str, ...] = ()
    max_bytes: int = MAX_BYTES
    problems: Problems = field(default_factory=Problems)
    calls: CallNumbers = field(default_factory=CallNumbers)
    layouts: KnownLayouts = field(default_factory=KnownLayouts)

    def prediction(self, output: Any) -> Tensor:
        """The prediction in what the model returned.

        Raises:
            ValueError: there is none.
        """
        return tasks.prediction(output, self.output)

    def logits(self, output: Any, batch: int) -> Tensor:
        """The prediction as float32 in the task's own shape, see `Task.check_output`.

        Raises:
            ValueError: its shape contradicts the task, the batch size or the classes.
        """
        return self.task.check_output(self.prediction(output).float(), batch)

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

    def device(self, wanted: torch.device | str | None = None) -> torch.device:
        """The device that inputs are sent to: as wanted, by default that of the parameters."""
        if wanted is not None:
            return torch.device(wanted)
        tensors = itertools.chain(self.model.parameters(), self.model.buffers())
        first = next((tensor for tensor in tensors if not tensor.is_meta), None)
        return first.device if first is not None else torch.device("cpu")
