"""Guess from shapes which axes of a layer's output hold units, inputs and positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from summary_ops import axes
from summary_ops.network import trees
from summary_ops.network.recorded import RecordedNetwork


@dataclass(frozen=True, eq=False)
class Layout:
    """The axes of a layer's output.

    Attributes:
        unit: the axis of the units.
        batch: the axis of the inputs.
        inputs: their number, as announced or as the first layer has it.
        mask: bool `[inputs, positions]`, the positions that count; None when all do.
    """

    unit: int
    batch: int
    inputs: int
    mask: Tensor | None = None


class GuessedLayouts:
    """Layouts that follow from module types, from what came before, and from equal lengths.

    Args:
        network: whose outputs are meant.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._network = network
        self._batch_axes = axes.batch_axes(network.model)
        self._units: dict[tuple[str, int], int] = {}
        self.begin(None, None)

    def begin(self, inputs: int | None, mask: Tensor | None) -> None:
        """Begin a forward pass of so many inputs; None for as many as the first tensor has."""
        self._inputs, self._mask = inputs, mask
        self._origin: axes.Origin | None = None
        self._origins: dict[int, axes.Origin] = {}

    def called(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Learn from what the whole model is called with."""
        if self._inputs is None:
            first = next(trees.tensors((args, kwargs)), None)
            self._inputs = first.size(0) if first is not None and first.ndim else None
        mask = kwargs.get("attention_mask")
        if self._mask is None and isinstance(mask, Tensor) and mask.ndim == 2:
            self._mask = mask

    @property
    def mask(self) -> Tensor | None:
        """The token mask of the present pass."""
        return self._mask

    def passed(self, module: nn.Module, output: Any) -> None:
        """Learn from the output of a module whose unit axis is known."""
        axis, tensor = axes.own_axis(module), trees.floating(output)
        if axis is None or tensor is None or tensor.is_nested or not tensor.ndim:
            return
        batch = axes.batch_axis(
            tensor,
            axis % tensor.ndim,
            self._batch_axes.get(module),
            self._near(tensor),
            self._inputs,
        )
        self._origin = axes.Origin(tuple(tensor.shape), axis, batch)
        self._origins[tensor.ndim] = self._origin

    def of(self, layer: str, name: str, module: nn.Module, selector: str, tensor: Tensor) -> Layout:
        """The layout of a layer's output.

        Raises:
            ValueError: it cannot be told.
        """
        if tensor.ndim < 2:
            raise ValueError(f"output of shape {list(tensor.shape)} has no batch and unit axes")
        if tensor.is_nested:
            self._inputs = tensor.size(0) if self._inputs is None else self._inputs
            return Layout(-1, 0, self._inputs)
        unit = self._unit(layer, name, module, tensor)
        known = axes.part_batch_axis(module, selector, self._batch_axes.get(module))
        batch = axes.batch_axis(tensor, unit, known, self._near(tensor), self._inputs)
        if self._inputs is None:
            self._inputs = tensor.shape[batch]
        return Layout(unit, batch, self._inputs, self._mask_of(layer, tensor, unit, batch))

    def _near(self, output: Tensor) -> axes.Origin | None:
        """The last layer that mixed units in an output with as many axes, else the last one."""
        return self._origins.get(output.ndim, self._origin)

    def _unit(self, layer: str, name: str, module: nn.Module, output: Tensor) -> int:
        if name in self._network.unit_axes:
            return self._network.unit_axes[name] % output.ndim
        key = (layer, output.ndim)
        if key not in self._units:
            self._units[key] = axes.unit_axis(output, module, self._near(output))
        return self._units[key]

    def _mask_of(self, layer: str, output: Tensor, unit: int, batch: int) -> Tensor | None:
        """The token mask, where the output has its positions."""
        if self._mask is None or output.ndim != 3:
            return None
        positions = output.shape[3 - unit - batch]
        if self._mask.shape[1:] == (positions,):
            return self._mask
        self._network.problems.tell(
            f"mask in layer {layer}",
            f"mask of shape {list(self._mask.shape)}, output of shape {list(output.shape)}: all "
            "of the layer's positions count",
        )
        return None
