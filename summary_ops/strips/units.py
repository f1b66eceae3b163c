"""The units that a strip changes most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from summary_ops.layers import Layers, choose
from summary_ops.problems import Problems
from summary_ops.taps import Taps


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
    """Looks at the units of a model's layers, as a recorder does.

    Args:
        model: an unwrapped model.
        layers: whose units; `"auto"` or names, as for a `Recorder`.
        reduction: of positions, `max` or `mean`.
        unit_axis: by layer, where it cannot be known.
        top: units kept a layer.
    """

    def __init__(
        self,
        model: nn.Module,
        layers: Layers,
        *,
        reduction: str,
        unit_axis: Mapping[str, int],
        top: int,
    ) -> None:
        self._top = top
        self._taps = Taps(
            model,
            choose(model, layers),
            reduction=reduction,
            unit_axis=unit_axis,
            problems=Problems(),
        )

    def changed(self, inputs: Tensor) -> Changed:
        """The units whose activation changes most from the first of some inputs `[frames, …]`.

        A unit's change is the largest at any frame, in the unit of the layer's activations: all
        units of a layer are on its one scale.
        """
        taps = self._taps
        with torch.no_grad(), taps.collecting(len(inputs)):
            taps.model(inputs)
            seen = {
                name: values.float().cpu()
                for name, values in taps.pooled.items()
                if len(values) == len(inputs)
            }
        unit = torch.zeros(len(seen), self._top, dtype=torch.int64)
        activation = torch.full((len(seen), self._top, len(inputs)), torch.nan)
        for row, values in enumerate(seen.values()):
            change = (values - values[0]).abs().amax(0).nan_to_num(nan=-1)
            chosen = change.sort(descending=True, stable=True).indices[: self._top]
            unit[row, : len(chosen)] = chosen
            activation[row, : len(chosen)] = values[:, chosen].T
        return Changed(tuple(seen), unit, activation)
