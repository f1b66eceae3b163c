"""Estimate how much an output falls if a unit is replaced by its mean.

Gradient × (activation − mean), summed over positions: the linear estimate of a mean ablation. For
a layer that the output is linear in, the last one before the logits, it is the ablation itself; for
others it is better with half of what the gradient changes by on the way to the mean.
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
        squares: `[3, rows, units]`, over inputs, of the products' squares, the products times the
            gradients, and the gradients' squares.
        activations: `[units]`, of the activation over the positions of all inputs.
        positions: int64 `[1]`, how many these were.
        varied: `[units]`, over inputs, of the squares of their activations' sums over positions.
        seen: int64 `[1]`, all inputs.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "inputs": Field(rows=0),
        "products": Field(rows=0, units=1),
        "gradients": Field(rows=0, units=1),
        "squares": Field(rows=1, units=2),
        "activations": Field(units=0),
        "positions": Field(),
        "varied": Field(units=0),
        "seen": Field(),
    }
    inputs: Tensor
    products: Tensor
    gradients: Tensor
    squares: Tensor
    activations: Tensor
    positions: Tensor
    varied: Tensor
    seen: Tensor

    @classmethod
    def empty(cls, rows: int, units: int, device: torch.device | None = None) -> Importance:
        """Return the importance of no inputs."""

        def sums(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64, device=device)

        def counts(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.int64, device=device)

        tables = sums(rows, units), sums(rows, units), sums(3, rows, units)
        return cls(counts(rows), *tables, sums(units), counts(1), sums(units), counts(1))

    def update(
        self,
        activation: Tensor,
        gradient: Tensor,
        member: Tensor,
        mask: Tensor | None = None,
        bend: Tensor | None = None,
    ) -> None:
        """Add inputs.

        An input with a NaN or an infinity in the layer, or in its gradient, is left out.

        Args:
            activation: `[batch, units, *positions]`.
            gradient: of each input's own output with respect to it, in the same shape.
            member: bool `[rows, batch]`, which inputs belong to which row.
            mask: bool `[batch, positions]`, which positions count; by default all do.
            bend: `[batch, units]`, what is to be added to gradient × (activation − mean).
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
        products = products if bend is None else products + bend
        finite = torch.isfinite(products + gradients + activations).all(1)
        weight = (member & finite).double()
        products, gradients, activations = (
            torch.where(finite[:, None], part, 0.0) for part in (products, gradients, activations)
        )
        self.inputs += weight.sum(1).long()
        self.products += weight @ products
        self.gradients += weight @ gradients
        pairs = products * products, products * gradients, gradients * gradients
        self.squares += torch.stack([weight @ pair for pair in pairs])
        self.activations += activations.sum(0)
        self.positions += mask[finite].sum()
        self.varied += (activations**2).sum(0)
        self.seen += finite.sum()

    def values(self) -> Tensor:
        """Return importance `[rows, units]`, a mean over inputs, float64; NaN for no input.

        The mean that a unit is replaced by is that over the positions of all inputs in all rows.
        """
        mean = self.activations / self.positions.clamp(min=1)
        return (self.products - mean * self.gradients) / self.inputs[:, None]

    def errors(self) -> Tensor:
        """Return standard errors of `values`, `[rows, units]`; NaN for fewer than two inputs.

        They come from the row's inputs, and from all that the mean is of.
        """
        mean = self.activations / self.positions.clamp(min=1)
        products, both, gradients = self.squares
        inputs = self.inputs[:, None].double()
        total = products - 2 * mean * both + mean**2 * gradients
        spread = (total / inputs - self.values() ** 2).clamp(min=0)
        around = (self.varied - self.activations**2 / self.seen.clamp(min=1)).clamp(min=0)
        shared = (self.gradients / inputs) ** 2 * around / self.positions.clamp(min=1) ** 2
        total = spread / (inputs - 1).clamp(min=1) + shared
        return torch.where(inputs > 1, total.sqrt(), torch.nan)
