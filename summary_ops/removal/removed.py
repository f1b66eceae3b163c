"""Forward hooks that take one unit out of a layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network import trees
from summary_ops.problems import Problems
from summary_ops.taps import Taps


class Removed(Taps):
    """Taps that put a number in the place of a unit, at all positions, for what follows.

    The layer's own output stays as it is: what follows gets a copy.
    """

    def __init__(
        self, model: nn.Module, chosen: Mapping[str, nn.Module], unit_axis: Mapping[str, int]
    ) -> None:
        super().__init__(model, chosen, unit_axis=unit_axis, problems=Problems(strict=True))
        self._layer, self._unit, self._value = "", -1, 0.0
        self._copies: list[Any] = []

    @contextmanager
    def without(self, layer: str, unit: int, value: float, batch: int) -> Iterator[None]:
        """Run the model on batches of so many inputs with a number in the place of a unit."""
        self._layer, self._unit, self._value = layer, unit, value
        try:
            with self.collecting(batch):
                yield
        finally:
            self._layer, self._copies = "", []

    def _see(self, module: nn.Module, _args: Any, output: Any) -> Any:
        call = self._calls.get(module, 0)
        suffix = f":{call}" if call else ""
        if all(name + suffix != self._layer for name, _ in self._names[module]):
            return super()._see(module, _args, output)
        changed = trees.map_tensors(torch.clone, output)
        self._copies = list(trees.tensors(changed))
        super()._see(module, _args, changed)
        return changed

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if layer != self._layer:
            return
        if all(output is not copy for copy in self._copies):
            raise ValueError(
                "its output holds the units in a type that cannot be copied; leave the layer out "
                "with layers=[…]"
            )
        unit, _ = self._place(layer, name, module, output, selector)
        output.select(unit, self._unit).fill_(self._value)
