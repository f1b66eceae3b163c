"""Measure a model and its recorded layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from tb_plugin_neural.contract.graph_records import VARIES, Architecture, LayerShape

Shape = tuple[int, ...]


@dataclass
class Sizes:
    """The shapes of the recorded layers' outputs, as far as observed.

    Attributes:
        shapes: for one input, by layer in the order of execution; an axis whose length differs is
            `VARIES` long, and of outputs that differ in their number of axes None is known.
    """

    shapes: dict[str, Shape | None] = field(default_factory=dict)

    def add(self, layer: str, output: Tensor, batch: int) -> None:
        """Take note of an output.

        Args:
            layer: the layer's name.
            output: of any shape; nested is a batch of sequences of different lengths.
            batch: its batch axis.
        """
        if output.is_nested:
            for part in output.unbind():
                self.join({layer: tuple(part.shape)})
        else:
            self.join({layer: (*output.shape[:batch], *output.shape[batch + 1 :])})

    def join(self, others: Mapping[str, Shape | None]) -> None:
        """Take in what was seen elsewhere."""
        for layer, shape in others.items():
            self.shapes[layer] = _common(self.shapes.get(layer, shape), shape)

    def record(self, model: nn.Module, chosen: Mapping[str, nn.Module]) -> Architecture:
        """Make the record of a model and its layers with a known shape.

        Args:
            model: the model.
            chosen: its recorded modules, by the names of layers without the number of the call.
        """
        return Architecture(
            layers=tuple(
                LayerShape(name, shape, _count(_module(chosen, name).parameters()))
                for name, shape in self.shapes.items()
                if shape is not None
            ),
            parameters=_count(model.parameters()),
        )


def _module(chosen: Mapping[str, nn.Module], layer: str) -> nn.Module:
    return chosen[layer if layer in chosen else layer.rpartition(":")[0]]


def _common(one: Shape | None, other: Shape | None) -> Shape | None:
    """Return what two shapes have in common; None where they differ in the number of axes."""
    if one is None or other is None or len(one) != len(other):
        return None
    return tuple(a if a == b else VARIES for a, b in zip(one, other, strict=True))


def _count(parameters: Iterable[nn.Parameter]) -> int:
    """Numbers in parameters, without those that have no shape yet."""
    return sum(math.prod(one.shape) for one in parameters if not is_lazy(one))
