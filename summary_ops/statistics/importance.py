"""How much an output would fall if a unit were replaced by its mean, to first order.

Gradient × (activation − mean), summed over positions: the linear estimate of a mean ablation. For
a layer that the output is linear in, the last one before the logits, it is the ablation itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.state import Field, State


@dataclass
class Importance(State):
    """Sums over inputs, for every unit and subset, float64; the mean comes in at the end.

    Attributes:
        inputs: int64 `[rows]`, inputs measured.
        products: `[rows, units]`, of gradient × activation over all positions.
        gradients: `[rows, units]`, of the gradient.
        activations: `[units]`, of the activation over the positions of all inputs.
        positions: int64 `[1]`, how many these were.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "inputs": Field(rows=0),
        "products": Field(rows=0, units=1),
        "gradients": Field(rows=0, units=1),
        "activations": Field(units=0),
        "positions": Field(),
    }
    inputs: Tensor
    products: Tensor
    gradients: Tensor
    activations: Tensor
    positions: Tensor

    @classmethod
    def empty(cls, rows: int, units: int, device: torch.device | None = None) -> Importance:
        """Importance on no inputs."""

        def sums(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64, device=device)

        def counts(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.int64, device=device)

        return cls(counts(rows), sums(rows, units), sums(rows, units), sums(units), counts(1))

    def update(
        self, activation: Tensor, gradient: Tensor, member: Tensor, mask: Tensor | None = None
    ) -> None:
        """Add inputs.

        An input with a NaN or an infinity in the layer, or in its gradient, is left out.

        Args:
            activation: `[batch, units, *positions]`.
            gradient: of each input's own output with respect to it, in the same shape.
            member: bool `[rows, batch]`, which inputs belong to which row.
            mask: bool `[batch, positions]`, which positions count; by default all do.
        """
        values, slopes = (
            part.detach()[..., None].double().flatten(2) for part in (activation, gradient)
        )
        if mask is None:
            mask = torch.ones_like(values[:, 0], dtype=torch.bool)
        else:
            mask = mask.bool().to(values.device)
            values, slopes = (torch.where(mask[:, None], part, 0) for part in (values, slopes))
        products, gradients, activations = (
            part.sum(2) for part in (values * slopes, slopes, values)
        )
        finite = torch.isfinite(products + gradients + activations).all(1)
        weight = (member & finite).double()
        products, gradients, activations = (
            torch.where(finite[:, None], part, 0.0) for part in (products, gradients, activations)
        )
        self.inputs += weight.sum(1).long()
        self.products += weight @ products
        self.gradients += weight @ gradients
        self.activations += activations.sum(0)
        self.positions += mask[finite].sum()

    def values(self) -> Tensor:
        """Importance `[rows, units]`, a mean over inputs, float64; NaN of none.

        The mean that a unit is replaced by is that over the positions of all inputs in all rows.
        """
        mean = self.activations / self.positions.clamp(min=1)
        return (self.products - mean * self.gradients) / self.inputs[:, None]
