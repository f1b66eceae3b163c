"""Count, mean and deviation of every unit and subset.

Squares are summed about each row's own mean, and moved when rows or batches are joined (Chan,
Golub, LeVeque 1983): sums of the squares themselves lose all digits where a mean is millions of
times the deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.members import Members
from summary_ops.statistics.state import Field, How, Reduction
from summary_ops.statistics.unit_statistic import UnitStatistic
from tb_plugin_neural.contract import records

LOSS = 1e-6
"""Share of a sum of squares, an input, below which its deviations are computed one by one."""

AT_ONCE = 2**22
"""Deviations that are held at once on an accelerator."""

Pairs = tuple[Tensor, Tensor | None]


@dataclass
class Moments(UnitStatistic):
    """Sums over the finite pooled activations; float64, and integer counts.

    Attributes:
        inputs: int64 `[rows, units]`, inputs on which the unit was seen.
        missing: int64 `[rows, units]`, inputs whose value was NaN or infinite.
        sums: float64 `[2, rows, units]`, of the values, and of their squared deviations from the
            mean of the row.
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
    def begin(cls, rows: int, window: HistogramRange, bins: int) -> Self:
        """See `UnitStatistic`."""
        del bins
        return cls.empty(rows, len(window.lower), window.lower.device)

    def count(self, values: Tensor, members: Members) -> None:
        """See `UnitStatistic`."""
        pairs = None if values.device.type == "cpu" else members.pairs
        self.update(values, members.matrix, pairs)

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

    def update(self, values: Tensor, member: Tensor, pairs: Pairs | None = None) -> None:
        """Add pooled activations.

        Args:
            values: float32 `[batch, units]`.
            member: bool `[rows, batch]`, which inputs belong to which row.
            pairs: the same as row and input of each membership, row 0 for none; with these the
                host need not ask an accelerator.
        """
        rows = torch.arange(len(member), device=member.device)
        exact, finite = values.double(), None
        on_host = values.device.type == "cpu"
        if on_host:
            rows = member.any(1).nonzero()[:, 0]
            member = member[rows]
        weight = member.double()
        inputs = counts = member.sum(1)[:, None]
        known = self.inputs[rows].sub_(self.missing[rows]).double()
        if not (on_host and bool(torch.isfinite(exact.sum()))):
            finite = torch.isfinite(exact)
            missing = (weight @ (~finite).double()).round().long()
            self.missing.index_add_(0, rows, missing)
            counts = counts - missing
            exact = torch.where(finite, exact, 0.0)
        totals = weight @ exact
        batch = _Batch(values, finite, member, pairs, counts, totals / counts.clamp(min=1))
        squares = (
            batch.squares_on_host(weight @ exact.square_(), totals) if on_host else batch.squares()
        )
        apart = self.sums[0][rows].div_(known.clamp(min=1)).sub_(batch.means).square_()
        squares.addcmul_(apart, known.div_((known + counts).clamp_(min=1)).mul_(counts))
        self.inputs.index_add_(0, rows, inputs.expand_as(totals))
        self.sums[0].index_add_(0, rows, totals)
        self.sums[1].index_add_(0, rows, squares)

    def align(self) -> Reduction:
        """Measure deviations from the mean of all inputs."""
        count = self.inputs - self.missing
        inputs = yield count.clone(), How.SUM
        totals = yield self.sums[0].clone(), How.SUM
        self.sums[1] += _moved(count, self.sums[0], totals / inputs.clamp(min=1))

    def sum_rows(self, into: int, rows: Sequence[int]) -> None:
        """Set a row to what other rows are together."""
        chosen = [*rows]
        count, totals = (self.inputs - self.missing)[chosen], self.sums[0, chosen]
        moved = _moved(count, totals, totals.sum(0) / count.sum(0).clamp(min=1))
        super().sum_rows(into, rows)
        self.sums[1, into] += moved.sum(0)

    def mean_std(self) -> tuple[Tensor, Tensor]:
        """Mean and population standard deviation `[rows, units]`, float64; NaN of nothing."""
        count = (self.inputs - self.missing).double()
        return self.sums[0] / count, (self.sums[1] / count).sqrt()


def _moved(count: Tensor, totals: Tensor, mean: Tensor) -> Tensor:
    """Return the growth of squared deviations when they are measured from another mean."""
    return count * (totals / count.clamp(min=1) - mean).square()


@dataclass(frozen=True)
class _Batch:
    """The values of a batch, and their means by row.

    Attributes:
        values: `[batch, units]`.
        finite: which are; None when all are.
        member: bool `[rows, batch]`.
        pairs: the same as row and input of each membership.
        counts: int64 `[rows, units]` or `[rows, 1]`, finite values.
        means: float64 `[rows, units]`, of these.
    """

    values: Tensor
    finite: Tensor | None
    member: Tensor
    pairs: Pairs | None
    counts: Tensor
    means: Tensor

    def squares_on_host(self, squares: Tensor, totals: Tensor) -> Tensor:
        """Squared deviations from each row's mean `[rows, units]`, given sums of squares.

        The difference of two sums costs a third of the time; it is taken where few digits are lost.
        """
        found = squares - totals * self.means
        lost = found < squares.mul_(LOSS * (self.counts - 1))
        columns = lost.any(0).nonzero()[:, 0]
        if len(columns):
            found[:, columns] = self._exactly(columns)
        return found.clamp_(min=0)

    def squares(self) -> Tensor:
        """Compute the squares on an accelerator, some columns at a time."""
        rows, _ = self._pairs()
        columns = torch.arange(self.values.shape[1], device=self.values.device)
        parts = torch.split(columns, max(AT_ONCE // max(len(rows), 1), 1))
        return torch.cat([self._exactly(part) for part in parts], 1)

    def _exactly(self, columns: Tensor) -> Tensor:
        rows, inputs = self._pairs()
        apart = self.values[:, columns].double()[inputs].sub_(self.means[:, columns][rows])
        if self.finite is not None:
            apart = torch.where(self.finite[:, columns][inputs], apart, 0.0)
        one = torch.arange(len(self.member), device=rows.device)[:, None] == rows
        if self.pairs is not None:
            one = one & (rows > 0)
        return one.double() @ apart.square_()

    def _pairs(self) -> tuple[Tensor, Tensor]:
        rows, inputs = self.pairs or self.member.nonzero(as_tuple=True)
        return rows, torch.arange(len(rows), device=rows.device) if inputs is None else inputs
