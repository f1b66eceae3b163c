"""The units that a strip changes most."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.network.calling import invoke
from summary_ops.network.hooks.activations import pooled
from summary_ops.network.model.recorded import RecordedNetwork


@dataclass(frozen=True, eq=False)
class Changed:
    """Units of some layers, those that change most first.

    Attributes:
        layers: names.
        unit: int64 `[layers, top]`; where a layer has fewer units, 0 beside NaN.
        activation: pooled, at each frame, float32 `[layers, top, frames]`.
    """

    layers: tuple[str, ...]
    unit: Tensor
    activation: Tensor


class Units:
    """Looks at the units of a network's layers, as a recorder does.

    Args:
        network: whose units are meant.
        top: units kept a layer.
    """

    def __init__(self, network: RecordedNetwork, top: int) -> None:
        self._network, self._top = network, top

    def changed(self, inputs: Tensor) -> Changed:
        """Return the units whose activation changes most over the inputs `[frames, …]`.

        A unit's change is the largest at any frame, in the unit of the layer's activations: all
        units of a layer are on its one scale.
        """
        with torch.no_grad():
            found = pooled(self._network, lambda: invoke(self._network.model, inputs), len(inputs))
        seen = {name: values.float().cpu() for name, values in found.items()}
        unit = torch.zeros(len(seen), self._top, dtype=torch.int64)
        activation = torch.full((len(seen), self._top, len(inputs)), torch.nan)
        for row, values in enumerate(seen.values()):
            change = (values - values[0]).abs().amax(0).nan_to_num(nan=-1)
            chosen = change.sort(descending=True, stable=True).indices[: self._top]
            unit[row, : len(chosen)] = chosen
            activation[row, : len(chosen)] = values[:, chosen].T
        return Changed(tuple(seen), unit, activation)
