"""Activations of recorded layers, and the gradients of an output with respect to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network import trees
from summary_ops.problems import Problems
from summary_ops.taps import Taps


@dataclass(frozen=True)
class Gradients:
    """Of one layer, both `[batch, units, positions]`; positions is 1 where there are none.

    Attributes:
        activation: the layer's output.
        gradient: of the sum of all inputs' outputs; 0 where it does not depend on the layer.
        mask: bool `[batch, positions]`, the positions that count; None when all do.
    """

    activation: Tensor
    gradient: Tensor
    mask: Tensor | None = None


@dataclass(frozen=True)
class _Output:
    """A layer's output, its unit axis and batch axis, and its token mask."""

    tensor: Tensor
    unit: int
    batch: int
    mask: Tensor | None


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
        super().__init__(model, chosen, unit_axis=unit_axis, problems=problems)
        self._outputs: dict[str, _Output] = {}

    def _see(self, module: nn.Module, _args: Any, output: Any) -> Any:
        if not torch.is_grad_enabled():
            return super()._see(module, _args, output)
        kept = trees.map_tensors(_differentiable, output)
        super()._see(module, _args, kept)
        return trees.map_tensors(torch.clone, kept)

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if output.ndim < 2 or output.is_nested or not output.requires_grad:
            return
        unit, batch = self._place(layer, name, module, output, selector)
        if output.shape[batch] == self.batch:
            mask = self._mask_of(layer, output, unit, batch)
            self._outputs[layer] = _Output(output, unit, batch, mask)

    def measure(
        self,
        forward: Callable[[], Any],
        target: Callable[[Any], Tensor],
        batch: int,
        mask: Tensor | None = None,
    ) -> dict[str, Gradients]:
        """Activations and gradients by layer, of one forward pass and one backward pass.

        Args:
            forward: calls the model.
            target: from what it returns to the number to differentiate.
            batch: number of inputs.
            mask: bool `[batch, positions]`, which tokens count; by default all do.

        Raises:
            RuntimeError: the number does not depend on the recorded layers by differentiable
                operations.
        """
        self._outputs = {}
        try:
            with self.collecting(batch, mask), _recurrent_gradients(self.model):
                value = target(forward())
                kept = self._outputs
                tensors = [output.tensor for output in kept.values()]
                found = torch.autograd.grad(value, tensors, allow_unused=True)
        finally:
            self._outputs = {}
        return {
            layer: _by_unit(output, gradient)
            for (layer, output), gradient in zip(kept.items(), found, strict=True)
        }


def _differentiable(tensor: Tensor) -> Tensor:
    if tensor.requires_grad or not tensor.is_floating_point():
        return tensor
    return tensor.detach().requires_grad_()


def _recurrent_gradients(model: nn.Module) -> AbstractContextManager[None]:
    """In evaluation mode only torch itself, not cuDNN, computes gradients of recurrent layers."""
    if any(isinstance(module, nn.RNNBase) for module in model.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return nullcontext()


def _by_unit(output: _Output, gradient: Tensor | None) -> Gradients:
    tensor = output.tensor
    rest = [place for place in range(tensor.ndim) if place not in (output.unit, output.batch)]
    gradient = torch.zeros_like(tensor) if gradient is None else gradient
    order = output.batch, output.unit, *rest
    device = "cpu" if tensor.device.type == "mps" else tensor.device  # which has no float64
    first, second = (
        part.detach().to(device).permute(order)[..., None] for part in (tensor, gradient)
    )
    return Gradients(first.flatten(2), second.flatten(2), output.mask)
