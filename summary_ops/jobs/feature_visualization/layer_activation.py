"""The whole output of one layer, with its gradient."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network.calling import invoke
from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput, StopForward
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.layers import choose, named_layers, split_output
from summary_ops.problems import Problems


class LayerActivation:
    """Finds one layer of a model, and its units, as a recorder does.

    Args:
        model: an unwrapped model.
        layer: its name, also of a later call (`"conv:1"`) or another output (`"lstm[1]"`).
        unit_axis: of the layer, where it cannot be known.

    Raises:
        ValueError: the model has no such layer.
    """

    def __init__(self, model: nn.Module, layer: str, unit_axis: int | None) -> None:
        name = _without_call(layer, model)
        network = RecordedNetwork(
            model,
            layers=choose(model, [name]),
            unit_axes={} if unit_axis is None else {name: unit_axis},
            problems=Problems(strict=True),
        )
        self.model, self.layer = model, layer
        self._hooks = LayerHooks(network, self._keep)
        self._output: Tensor | None = None
        self._stop = True

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        """Keep the hooks on for a while, which is faster than for each `see` anew."""
        with self._hooks.attached():
            yield

    def output(self, inputs: Tensor) -> Tensor:
        """Return the layer's output, `[batch, units, positions]`; the forward pass stops there.

        Raises:
            ValueError: the layer does not run.
            RuntimeError: its units cannot be told apart.
        """
        return self._run(inputs, stop=True)[1]

    def both(self, inputs: Tensor) -> tuple[Any, Tensor]:
        """Return what the model returns, and the layer's output as in `of`.

        Raises:
            ValueError: the layer does not run.
            RuntimeError: its units cannot be told apart.
        """
        return self._run(inputs, stop=False)

    def _run(self, inputs: Tensor, *, stop: bool) -> tuple[Any, Tensor]:
        self._output, self._stop, result = None, stop, None
        with (
            self._hooks.listening(len(inputs), only=(self.layer,)),
            contextlib.suppress(StopForward),
        ):
            result = invoke(self.model, inputs)
        output, self._output = self._output, None
        if output is None:
            raise ValueError(f"layer {self.layer} does not run when the model is called")
        return result, output

    def _keep(self, output: LayerOutput) -> None:
        with torch.enable_grad():
            view = output.view
            ordered = view.tensor.movedim((view.batch, view.unit), (0, 1))
            self._output = ordered.reshape(*ordered.shape[:2], -1).clone()
        if self._stop:
            raise StopForward


def _without_call(layer: str, model: nn.Module) -> str:
    modules = named_layers(model)
    name, colon, call = layer.rpartition(":")
    known = split_output(layer, modules)[0] in modules
    return name if colon and call.isdigit() and not known else layer
