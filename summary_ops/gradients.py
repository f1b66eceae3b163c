"""Activations of recorded layers, and the gradients of an output with respect to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.problems import Problems
from summary_ops.taps import Taps


@dataclass(frozen=True)
class Gradients:
    """Of one layer, both `[batch, units, positions]`; positions is 1 where there are none.

    Attributes:
        activation: the layer's output.
        gradient: of the sum of all inputs' outputs; 0 where it does not depend on the layer.
    """

    activation: Tensor
    gradient: Tensor


class Leaves(Taps):
    """Taps that keep outputs to differentiate by.

    What follows gets a copy, so that an operation in place leaves the kept output alone; where
    nothing before needs a gradient (frozen parameters), the output itself begins to.
    """

    def __init__(
        self,
        model: nn.Module,
        chosen: Mapping[str, nn.Module],
        unit_axis: Mapping[str, int],
        problems: Problems,
    ) -> None:
        super().__init__(
            model,
            chosen,
            reduction="max",
            unit_axis=unit_axis,
            problems=problems,
            predict=lambda _: torch.empty(0),
            on_forward=lambda: None,
        )
        self.outputs: dict[str, tuple[Tensor, int, int]] = {}

    def _see(self, module: nn.Module, _args: Any, output: Any) -> Tensor | None:
        if not isinstance(output, Tensor) or not torch.is_grad_enabled():
            super()._see(module, _args, output)
            return None
        kept = output if output.requires_grad else output.detach().requires_grad_()
        super()._see(module, _args, kept)
        return kept.clone()

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if output.ndim < 2 or output.is_nested or not output.requires_grad:
            return
        unit, batch = self._place(layer, name, module, output, selector)
        if output.shape[batch] == self.batch:
            self.outputs[layer] = (output, unit, batch)

    def measure(
        self, forward: Callable[[], Any], target: Callable[[Any], Tensor], batch: int
    ) -> dict[str, Gradients]:
        """Activations and gradients by layer, of one forward pass and one backward pass.

        Args:
            forward: calls the model.
            target: from what it returns to the number to differentiate.
            batch: number of inputs.
        """
        self.outputs = {}
        self.attach()
        self.begin(batch)
        try:
            value = target(forward())
            kept = self.outputs
            tensors = [output for output, _, _ in kept.values()]
            found = torch.autograd.grad(value, tensors, allow_unused=True)
        finally:
            self.end()
            self.detach()
            self.outputs = {}
        return {
            layer: _by_unit(output, gradient, axes)
            for (layer, (output, *axes)), gradient in zip(kept.items(), found, strict=True)
        }


def _by_unit(output: Tensor, gradient: Tensor | None, axes: list[int]) -> Gradients:
    unit, batch = axes
    rest = [place for place in range(output.ndim) if place not in (unit, batch)]
    gradient = torch.zeros_like(output) if gradient is None else gradient
    order = batch, unit, *rest
    first, second = (part.detach().permute(order)[..., None] for part in (output, gradient))
    return Gradients(first.flatten(2), second.flatten(2))
