"""Hooks that see all of a layer's output, with its gradient, and stop the model there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from summary_ops import axes
from summary_ops.layers import choose, named_layers, split_output
from summary_ops.problems import Problems
from summary_ops.taps import Taps


class Seen(Exception):
    """The layer has run; what comes after it is of no interest."""


class Watch(Taps):
    """Finds one layer of a model, and its units, as the hooks of a recorder do.

    Args:
        model: an unwrapped model.
        layer: its name, also of a later call (`"conv:1"`) or another output (`"lstm[1]"`).
        unit_axis: of the layer, where it cannot be known.

    Raises:
        ValueError: the model has no such layer.
    """

    def __init__(self, model: nn.Module, layer: str, unit_axis: int | None) -> None:
        name = _without_call(layer, model)
        super().__init__(
            model,
            choose(model, [name]),
            reduction="mean",
            unit_axis={} if unit_axis is None else {name: unit_axis},
            problems=Problems(strict=True),
        )
        self.layer = layer
        self._output = torch.empty(0)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Inside, the hooks are on."""
        self.attach()
        try:
            yield
        finally:
            self.detach()

    def see(self, inputs: Tensor) -> Tensor:
        """The layer's output for some inputs, `[batch, units, positions]`.

        Raises:
            ValueError: the layer does not run.
            RuntimeError: its units cannot be told apart.
        """
        self.begin(len(inputs))
        try:
            self.model(inputs)
        except Seen:
            return self._output
        finally:
            self.end()
        raise ValueError(f"layer {self.layer} does not run when the model is called")

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if layer != self.layer:
            return
        units = self._axis(layer, name, module, output)
        known = axes.part_batch_axis(module, selector, self._batch_axes.get(module))
        batch = axes.batch_axis(output, units, known, self._near(output), self.batch)
        with torch.enable_grad():
            ordered = output.movedim((batch, units), (0, 1))
            self._output = ordered.reshape(*ordered.shape[:2], -1).clone()
        raise Seen


def _without_call(layer: str, model: nn.Module) -> str:
    modules = named_layers(model)
    name, colon, call = layer.rpartition(":")
    known = split_output(layer, modules)[0] in modules
    return name if colon and call.isdigit() and not known else layer
