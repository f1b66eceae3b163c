"""Count, sum and sum of squares of every unit and subset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.members import Members
from summary_ops.statistics.state import Field
from summary_ops.statistics.unit_statistic import UnitStatistic
from summary_ops.statistics.window import Window
from tb_plugin_neural import records


@dataclass
class Moments(UnitStatistic):
    """Sums over the finite pooled activations; float64, and integer counts.

    Attributes:
        inputs: int64 `[rows, units]`, inputs on which the unit was seen.
        missing: int64 `[rows, units]`, inputs whose value was NaN or infinite.
        sums: float64 `[2, rows, units]`, of the values and of their squares.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "inputs": Field(rows=0, units=1),
        "missing": Field(rows=0, units=1),
        "sums": Field(rows=1, units=2),
    }
    OF_HISTOGRAMS: ClassVar[bool] = False
    inputs: Tensor
    missing: Tensor
    sums: Tensor

    @classmethod
    def empty(cls, rows: int, units: int, device: torch.device | None = None) -> Self:
        """Moments of nothing."""
        return cls(
            torch.zeros((rows, units), dtype=torch.int64, device=device),
            torch.zeros((rows, units), dtype=torch.int64, device=device),
            torch.zeros((2, rows, units), dtype=torch.float64, device=device),
        )

    @classmethod
    def begin(cls, rows: int, window: Window, bins: int) -> Self:
        """See `UnitStatistic`."""
        del bins
        return cls.empty(rows, len(window.lower), window.lower.device)

    def count(self, values: Tensor, members: Members) -> None:
        """See `UnitStatistic`."""
        self.update(values, members.matrix)

    def inputs_of_rows(self) -> Tensor:
        """See `UnitStatistic`."""
        return self.inputs[:, 0]

    def record(self, mode: str, rows: Mapping[str, int]) -> records.Moments:
        """See `UnitStatistic`."""
        index = list(rows.values())
        mean, std = self.mean_std()
        return records.Moments(
            mode=mode,
            subsets=tuple(rows),
            inputs=self.inputs_of_rows()[index].cpu().numpy().astype(np.uint32),
            missing=self.missing[index].cpu().numpy().astype(np.uint32),
            mean=mean[index].cpu().numpy().astype(np.float32),
            std=std[index].cpu().numpy().astype(np.float32),
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

    def mean_std(self) -> tuple[Tensor, Tensor]:
        """Mean and population standard deviation `[rows, units]`, float64; NaN of nothing."""
        count = (self.inputs - self.missing).double()
        mean = self.sums[0] / count
        variance = (self.sums[1] / count - mean.square()).clamp(min=0.0)
        return mean, torch.where(count > 0, variance.sqrt(), torch.nan)
