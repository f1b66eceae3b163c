"""Activations of recorded layers, and the gradients of an output with respect to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.layouts.layout import View
from summary_ops.network.model.recorded import RecordedNetwork

STEP = 0.3
"""Part of the way to the mean that units are moved by, see `LayerGradients.bent`."""


@dataclass(frozen=True)
class Gradients:
    """One layer's activations and gradients, `[batch, units, positions]`; positions may be 1.

    Attributes:
        activation: the layer's output.
        gradient: of the sum of all inputs' outputs; 0 where it does not depend on the layer.
        mask: bool `[batch, positions]`, the positions that count; None when all do.
        bend: `[batch, units]`, by how much the fall without a unit exceeds what the gradient
            foretells, see `LayerGradients.bent`; None where that was not measured.
    """

    activation: Tensor
    gradient: Tensor
    mask: Tensor | None = None
    bend: Tensor | None = None

    def summed(self, values: Tensor) -> Tensor:
        """Sum over the positions that count, `[batch, units]`."""
        counted = values if self.mask is None else values.where(self.mask[:, None], 0)
        return counted.sum(2)


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
        self._moved: Mapping[str, Tensor] = {}
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

    def means(
        self, forward: Callable[[], Any], batch: int, mask: Tensor | None
    ) -> dict[str, tuple[Tensor, int]]:
        """Return sums of the layers' units over inputs and positions, and the number of these.

        Args:
            forward: calls the model.
            batch: number of inputs.
            mask: as of `measure`.
        """
        try:
            with self._hooks.listening(batch, mask):
                forward()
            kept = [
                (output.layer, _by_unit(output, tensor, None)) for output, tensor in self._outputs
            ]
        finally:
            self._outputs = []
        found = {}
        for layer, one in kept:
            count = one.activation[:, 0].numel() if one.mask is None else int(one.mask.sum())
            found[layer] = one.summed(one.activation.double()).sum(0), count
        return found

    def bent(
        self,
        forward: Callable[[], Any],
        target: Callable[[Any], Tensor],
        batch: int,
        mask: Tensor | None,
        *,
        means: Mapping[str, Tensor],
        passes: int,
        draws: int = 1,
        signs: torch.Generator,
    ) -> dict[str, Gradients]:
        """Measure like `measure`, with `Gradients.bend`: half of the gradients' change.

        How much the gradient of a unit changes while the unit alone goes to its mean would take a
        pass a unit. Here all units of some layers go a part of the way, or away, by signs drawn at
        random: what a unit's gradient changes by, times its own sign, is what its own way does to
        it, and what the others' do to it cancels out over inputs.

        Args:
            forward: calls the model.
            target: from what it returns to the number to differentiate.
            batch: number of inputs.
            mask: as of `measure`.
            means: of the units, by layer.
            passes: over which layers are distributed, so that those that are moved at once lie
                apart.
            draws: of signs, over which each pass is repeated, for a mean of less noise.
            signs: draws them.

        References:
            Hutchinson (1990), A stochastic estimator of the trace of the influence matrix, for the
            signs.
        """
        found = self.measure(forward, target, batch, mask)
        known = [layer for layer in found if layer in means]
        for index in [*range(min(passes, len(known)))] * draws:
            away = {}
            for layer in known[index::passes]:
                values = found[layer].activation
                drawn = torch.randint(0, 2, values.shape[:2], generator=signs) * 2 - 1
                sign = drawn.to(values)[..., None]
                away[layer] = STEP * sign * (means[layer].to(values)[:, None] - values)
            self._moved = away
            try:
                after = self.measure(forward, target, batch, mask)
            finally:
                self._moved = {}
            for layer, way in away.items():
                one = found[layer]
                if layer in after and after[layer].gradient.shape == one.gradient.shape:
                    change = (after[layer].gradient - one.gradient) * way
                    bend = -one.summed(change.double()) / (2 * STEP**2) / draws
                    bend = bend if one.bend is None else bend + one.bend
                    found[layer] = replace(one, bend=bend)
        return found

    def _keep(self, output: LayerOutput) -> Tensor | None:
        tensor = output.tensor
        if tensor.is_nested:
            return None
        if not torch.is_grad_enabled():
            self._outputs.append((output, tensor.clone()))
            return None
        if not (tensor.requires_grad or output.replaceable):
            return None
        if not tensor.requires_grad:
            tensor = tensor.detach().requires_grad_()
        self._outputs.append((output, tensor))
        if not output.replaceable:
            return None
        going = tensor.clone()
        way = self._moved.get(output.layer)
        if way is not None and output.layout.groups is None:
            view = output.layout.view(going)
            part = view.tensor.movedim((view.batch, view.unit), (0, 1))
            part.add_(way.to(part).reshape(part.shape))
        return going


def _recurrent_gradients(model: nn.Module) -> AbstractContextManager[None]:
    """Run recurrent layers without cuDNN, which has no gradients in evaluation mode."""
    if any(isinstance(module, nn.RNNBase) for module in model.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return nullcontext()


def _by_unit(output: LayerOutput, tensor: Tensor, gradient: Tensor | None) -> Gradients:
    gradient = torch.zeros_like(tensor) if gradient is None else gradient
    device = "cpu" if tensor.device.type == "mps" else tensor.device  # which has no float64
    values, slopes = (output.layout.view(part.detach().to(device)) for part in (tensor, gradient))
    return Gradients(_ordered(values), _ordered(slopes), values.mask)


def _ordered(view: View) -> Tensor:
    """Return the view as `[inputs, units, positions]`."""
    return view.tensor.movedim((view.batch, view.unit), (0, 1))[..., None].flatten(2)
