"""Count, sum and sum of squares of every unit and subset."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Moments:
    """Sums over the finite pooled activations; float64, and integer counts.

    Attributes:
        inputs: int64 `[rows, units]`, inputs on which the unit was seen.
        missing: int64 `[rows, units]`, inputs whose value was NaN or infinite.
        sums: float64 `[2, rows, units]`, of the values and of their squares.
    """

    inputs: Tensor
    missing: Tensor
    sums: Tensor

    @classmethod
    def empty(cls, rows: int, units: int, device: torch.device | None = None) -> Moments:
        """Moments of nothing."""
        return cls(
            torch.zeros((rows, units), dtype=torch.int64, device=device),
            torch.zeros((rows, units), dtype=torch.int64, device=device),
            torch.zeros((2, rows, units), dtype=torch.float64, device=device),
        )

    def with_rows(self, rows: int) -> Moments:
        """The same with at least so many rows; new ones are empty."""
        more = rows - len(self.inputs)
        if more <= 0:
            return self
        return Moments(
            torch.cat((self.inputs, self.inputs.new_zeros(more, self.inputs.shape[1]))),
            torch.cat((self.missing, self.missing.new_zeros(more, self.missing.shape[1]))),
            torch.cat((self.sums, self.sums.new_zeros(2, more, self.sums.shape[2])), dim=1),
        )

    def join(self, other: Moments) -> Moments:
        """The same rows over different units, side by side."""
        return Moments(
            torch.cat((self.inputs, other.inputs), dim=1),
            torch.cat((self.missing, other.missing), dim=1),
            torch.cat((self.sums, other.sums), dim=2),
        )

    def units(self, start: int, stop: int) -> Moments:
        """A view of some of the units; updating it updates the whole."""
        return Moments(
            self.inputs[:, start:stop], self.missing[:, start:stop], self.sums[:, :, start:stop]
        )

    def update(self, values: Tensor, member: Tensor) -> None:
        """Add pooled activations.

        Args:
            values: float32 `[batch, units]`.
            member: bool `[rows, batch]`, which inputs belong to which row.
        """
        rows = torch.arange(len(member), device=member.device)
        exact = values.double()
        on_host = values.device.type == "cpu"
        if on_host:
            rows = member.any(1).nonzero()[:, 0]
            member = member[rows]
        weight = member.double()
        self.inputs.index_add_(0, rows, member.sum(1)[:, None].expand(-1, values.shape[1]))
        if not (on_host and bool(torch.isfinite(exact.sum()))):
            finite = torch.isfinite(exact)
            self.missing.index_add_(0, rows, (weight @ (~finite).double()).round().long())
            exact = torch.where(finite, exact, 0.0)
        self.sums[0].index_add_(0, rows, weight @ exact)
        self.sums[1].index_add_(0, rows, weight @ exact.square_())

    def merge(self, other: Moments) -> None:
        """Add the moments of other inputs."""
        self.inputs += other.inputs
        self.missing += other.missing
        self.sums += other.sums

    def mean_std(self) -> tuple[Tensor, Tensor]:
        """Mean and population standard deviation `[rows, units]`, float64; NaN of nothing."""
        count = (self.inputs - self.missing).double()
        mean = self.sums[0] / count
        variance = (self.sums[1] / count - mean.square()).clamp(min=0.0)
        return mean, torch.where(count > 0, variance.sqrt(), torch.nan)
