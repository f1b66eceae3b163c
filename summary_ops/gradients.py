"""Activations of recorded layers, and the gradients of an output with respect to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network.hooks import LayerHooks, LayerOutput
from summary_ops.network.layouts.layout import View
from summary_ops.network.recorded import RecordedNetwork


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


class LayerGradients:
    """Measures gradients with respect to layers' outputs.

    What follows a layer gets a copy of its output, so that an operation in place leaves the output
    alone; where nothing before needs a gradient (frozen parameters), the output itself begins to.

    Args:
        network: its layers are meant.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._model = network.model
        self._outputs: list[tuple[LayerOutput, Tensor]] = []
        self._hooks = LayerHooks(network, self._keep)

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
        try:
            with self._hooks.listening(batch, mask), _recurrent_gradients(self._model):
                value = target(forward())
                kept = self._outputs
                tensors = [tensor for _, tensor in kept]
                found = torch.autograd.grad(value, tensors, allow_unused=True)
        finally:
            self._outputs = []
        return {
            output.layer: _by_unit(output, tensor, gradient)
            for (output, tensor), gradient in zip(kept, found, strict=True)
        }

    def _keep(self, output: LayerOutput) -> Tensor | None:
        tensor = output.tensor
        if not torch.is_grad_enabled() or tensor.is_nested:
            return None
        if not (tensor.requires_grad or output.replaceable):
            return None
        if not tensor.requires_grad:
            tensor = tensor.detach().requires_grad_()
        self._outputs.append((output, tensor))
        return tensor.clone() if output.replaceable else None


def _recurrent_gradients(model: nn.Module) -> AbstractContextManager[None]:
    """In evaluation mode only torch itself, not cuDNN, computes gradients of recurrent layers."""
    if any(isinstance(module, nn.RNNBase) for module in model.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return nullcontext()


def _by_unit(output: LayerOutput, tensor: Tensor, gradient: Tensor | None) -> Gradients:
    gradient = torch.zeros_like(tensor) if gradient is None else gradient
    device = "cpu" if tensor.device.type == "mps" else tensor.device  # which has no float64
    values, slopes = (output.layout.view(part.detach().to(device)) for part in (tensor, gradient))
    return Gradients(_ordered(values), _ordered(slopes), values.mask)


def _ordered(view: View) -> Tensor:
    """`[inputs, units, positions]`."""
    return view.tensor.movedim((view.batch, view.unit), (0, 1))[..., None].flatten(2)
