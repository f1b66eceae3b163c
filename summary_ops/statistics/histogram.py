"""Histograms of every unit and subset that merge exactly, whatever the order.

Bins lie on one global lattice: their width is a power of two and their edges are multiples of
it, so that two neighbouring bins of one histogram are exactly one bin of a coarser one. The
width of a unit's bins follows from the smallest and largest value counted so far and from the
window alone, hence not from the order, the batches or the workers the values came in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.histogram_range import FEW, HistogramRange
from summary_ops.statistics.lattice import Lattice, bins_of, fit, power_of_two
from summary_ops.statistics.members import Members
from summary_ops.statistics.state import Field, How, Reduction
from summary_ops.statistics.unit_statistic import UnitStatistic
from tb_plugin_neural.contract import records

ZERO, UNDER, OVER, NAN, NEGATIVE_INFINITE, POSITIVE_INFINITE = range(6)
SPECIAL = 6
BINS = 64
PARTITION = ("class:", "target:", "unlabelled")
"""Beginnings of the keys of subsets that share no input, and hold all where `all` is no row."""

_INF = torch.inf


@dataclass
class Histogram(UnitStatistic):
    """Counts `[rows, units, bins]` with the special counts, and what places the bins.

    Row 0 takes what belongs to no subset and is never reported, so that an input can be left
    out without asking the device which ones are.

    Attributes:
        table: int32 `[rows, units, 6 + bins]`; the first six are exact zeros, under, over, NaN,
            −inf, +inf.
        sums: float64 `[2, rows, units]`, sums of what fell under and over the window.
        minimum: smallest non-zero value binned, `[units]`, +inf when none.
        maximum: largest, likewise, −inf when none.
        lowest: smallest finite value outside the window, `[units]`, +inf when none.
        highest: largest, likewise, −inf when none.
    """

    PARTS: ClassVar[tuple[str, ...]] = ("window", "lattice")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "table": Field(rows=0, units=1),
        "sums": Field(rows=1, units=2),
        "minimum": Field(How.MIN, units=0),
        "maximum": Field(How.MAX, units=0),
        "lowest": Field(How.MIN, units=0),
        "highest": Field(How.MAX, units=0),
    }
    OF_HISTOGRAMS: ClassVar[bool] = True
    window: HistogramRange
    table: Tensor
    sums: Tensor
    minimum: Tensor
    maximum: Tensor
    lowest: Tensor
    highest: Tensor
    lattice: Lattice

    @classmethod
    def empty(cls, rows: int, window: HistogramRange, bins: int = BINS) -> Self:
        """Return an empty histogram, on the device of the range."""
        units, device = len(window.lower), window.lower.device
        return cls(
            window,
            torch.zeros((rows, units, SPECIAL + bins), dtype=torch.int32, device=device),
            torch.zeros((2, rows, units), dtype=torch.float64, device=device),
            torch.full((units,), _INF, device=device),
            torch.full((units,), -_INF, device=device),
            torch.full((units,), _INF, device=device),
            torch.full((units,), -_INF, device=device),
            Lattice(window.finest.clone(), torch.zeros((units,), dtype=torch.int32, device=device)),
        )

    @classmethod
    def begin(cls, rows: int, window: HistogramRange, bins: int) -> Self:
        """See `UnitStatistic`."""
        return cls.empty(rows, window, bins)

    @property
    def bins(self) -> int:
        """Number of bins a unit."""
        return self.table.shape[2] - SPECIAL

    def count(self, values: Tensor, members: Members) -> None:
        """See `UnitStatistic`."""
        self.update(values, *members.pairs)

    def inputs_of_rows(self) -> Tensor:
        """See `UnitStatistic`."""
        return self.table[:, 0].sum(1)

    def record(self, mode: str, rows: Mapping[str, int]) -> records.Histograms:
        """See `UnitStatistic`."""
        index = list(rows.values())
        table = self.table[index].cpu().numpy().astype(np.uint32)
        sums = self.sums[:, index].cpu().numpy().astype(np.float32)
        parts = [i for i, name in enumerate(rows) if name.startswith(PARTITION)]
        return records.Histograms(
            mode=mode,
            subsets=tuple(rows),
            total=() if "all" in rows else tuple(parts),
            inputs=self.inputs_of_rows()[index].cpu().numpy().astype(np.uint32),
            counts=table[:, :, SPECIAL:],
            zero=table[:, :, ZERO],
            under=table[:, :, UNDER],
            over=table[:, :, OVER],
            nan=table[:, :, NAN],
            negative_infinite=table[:, :, NEGATIVE_INFINITE],
            positive_infinite=table[:, :, POSITIVE_INFINITE],
            under_sum=sums[0],
            over_sum=sums[1],
            exponent=self.lattice.exponent.cpu().numpy().astype(np.int16),
            offset=self.lattice.offset.cpu().numpy().astype(np.int32),
            lower=self.window.lower.cpu().numpy(),
            upper=self.window.upper.cpu().numpy(),
            finest=self.window.finest.cpu().numpy().astype(np.int16),
            minimum=torch.minimum(self.minimum, self.lowest).cpu().numpy(),
            maximum=torch.maximum(self.maximum, self.highest).cpu().numpy(),
        )

    def update(self, values: Tensor, rows: Tensor, inputs: Tensor | None = None) -> None:
        """Count pooled activations.

        Args:
            values: float32 `[batch, units]`.
            rows: int64 `[memberships]`, the row that each membership counts in.
            inputs: int64 `[memberships]`, the input it is of; by default membership i is input i.
        """
        if not len(values):
            return
        if values.device.type == "cpu":
            slots = self._slots_host(values, rows, inputs)
        else:
            slots = self._slots(values, rows, inputs, slice(None))
        if inputs is not None:
            slots = slots[inputs]
        width, units = self.table.shape[2], self.table.shape[1]
        index = slots.long()
        index += torch.arange(units, device=slots.device) * width
        index += rows[:, None] * (units * width)
        flat = self.table if self.table.is_contiguous() else self.table.contiguous()
        ones = torch.ones_like(index, dtype=torch.int32)
        flat.view(-1).scatter_add_(0, index.view(-1), ones.view(-1))
        if flat is not self.table:
            self.table.copy_(flat)

    def _slots_host(self, values: Tensor, rows: Tensor, inputs: Tensor | None) -> Tensor:
        """Slots of all units, with the costly cases only for the units in which they occur.

        Zeros are set apart by multiplication; `torch.where` takes ten times as long.
        """
        empty = self.minimum > self.maximum
        low, high = (torch.where(empty, 0.0, bound) for bound in (self.minimum, self.maximum))
        zero = values.clone().eq_(0.0)
        filled = torch.addcmul(values, zero, low)
        least, most = filled.amin(0), filled.amax(0)
        seen = (least >= low) & (most <= high)
        binned = (least >= self.window.lower) & (most <= self.window.upper) & ~empty
        wider = (binned & ~seen).nonzero()[:, 0]
        if len(wider):
            self.grow(torch.minimum(low, least)[wider], torch.maximum(high, most)[wider], wider)
        slots = bins_of(values, self.lattice, SPECIAL).mul_(zero.neg_().add_(1.0)).int()
        special = (~(binned | seen)).nonzero()[:, 0]
        if len(special):
            found = self._slots(values.index_select(1, special), rows, inputs, special)
            slots.index_copy_(1, special, found)
        return slots

    def _slots(
        self, values: Tensor, rows: Tensor, inputs: Tensor | None, columns: Tensor | slice
    ) -> Tensor:
        """Slots of values of the chosen units, growing their lattices first; no host decides."""
        lower, upper = self.window.lower[columns], self.window.upper[columns]
        infinite = torch.isinf(values)
        under = (values < lower) & ~infinite
        over = (values > upper) & ~infinite
        zero = values == 0
        inside = (values >= lower) & (values <= upper) & ~zero
        least = torch.where(inside, values, _INF).amin(0)
        most = torch.where(inside, values, -_INF).amax(0)
        self.grow(
            torch.minimum(self.minimum[columns], least),
            torch.maximum(self.maximum[columns], most),
            columns,
        )
        lattice = Lattice(self.lattice.exponent[columns], self.lattice.offset[columns])
        slots = bins_of(torch.where(inside, values, 0.0), lattice, SPECIAL).int()
        for mask, slot in (
            (zero, ZERO),
            (under, UNDER),
            (over, OVER),
            (torch.isnan(values), NAN),
            (infinite & (values < 0), NEGATIVE_INFINITE),
            (infinite & (values > 0), POSITIVE_INFINITE),
        ):
            slots = torch.where(mask, slot, slots)
        self._update_extremes(values, under | over, columns)
        self._add_sums(torch.where(under, values, 0.0), 0, rows, inputs, columns)
        self._add_sums(torch.where(over, values, 0.0), 1, rows, inputs, columns)
        return slots

    def _update_extremes(self, values: Tensor, where: Tensor, columns: Tensor | slice) -> None:
        lowest, highest = (torch.where(where, values, end) for end in (_INF, -_INF))
        self.lowest[columns] = torch.minimum(self.lowest[columns], lowest.amin(0))
        self.highest[columns] = torch.maximum(self.highest[columns], highest.amax(0))

    def _add_sums(
        self,
        outside: Tensor,
        side: int,
        rows: Tensor,
        inputs: Tensor | None,
        columns: Tensor | slice,
    ) -> None:
        if outside.device.type == "cpu" and not bool(outside.any()):
            return
        member = torch.arange(self.sums.shape[1], device=rows.device)[:, None] == rows
        chosen = outside if inputs is None else outside[inputs]
        self.sums[side][:, columns] += member.double() @ chosen.double()

    def grow(
        self,
        minimum: Tensor,
        maximum: Tensor,
        columns: Tensor | slice = slice(None),
        coarsest: Tensor | None = None,
    ) -> None:
        """Widen the lattices of the chosen units to hold `[minimum, maximum]`, merging bins.

        Widths become at least `2**coarsest`, so that histograms that are to be added agree.
        """
        exponent, offset = (part[columns] for part in self.lattice)
        blank = self.minimum[columns] > self.maximum[columns]
        finest = torch.where(blank, self.window.finest[columns], exponent)
        if coarsest is not None:
            finest = torch.maximum(finest, coarsest)
        new = fit(minimum, maximum, finest, self.bins)
        moved = ~blank & ((new.exponent != exponent) | (new.offset != offset))
        self._rebin(columns, moved, Lattice(exponent, offset), new)
        self.lattice.exponent[columns] = new.exponent
        self.lattice.offset[columns] = new.offset
        self.minimum[columns] = minimum
        self.maximum[columns] = maximum

    def _rebin(self, columns: Tensor | slice, moved: Tensor, old: Lattice, new: Lattice) -> None:
        """Carry the counts of the chosen units, where `moved`, from one lattice to another."""
        units = torch.arange(self.table.shape[1], device=moved.device)[columns]
        if moved.device.type == "cpu":
            units = units[moved]
            old, new = (Lattice(*(part[moved] for part in lattice)) for lattice in (old, new))
        shift = (new.exponent - old.exponent).clamp(min=0, max=31)
        slot = torch.arange(self.table.shape[2], dtype=torch.int32, device=moved.device)
        target = ((slot - SPECIAL + old.offset[:, None]) >> shift[:, None]) - new.offset[:, None]
        target = target.clamp(0, self.bins - 1) + SPECIAL
        target = torch.where(slot < SPECIAL, slot, target).long()
        counts = self.table.index_select(1, units)
        merged = torch.zeros_like(counts).scatter_add_(2, target.expand_as(counts), counts)
        self.table.index_copy_(1, units, merged)

    def restrict(self, window: HistogramRange, units: Tensor) -> None:
        """Narrow the windows of some units: bins not wholly inside move to under and over.

        Totals stay exact; the sums of what moves are estimated from the bins' centres.
        """
        exponent, offset = self.lattice
        width = power_of_two(exponent)
        left = (offset[:, None] + torch.arange(self.bins, device=offset.device)) * width[:, None]
        right = left + width[:, None]
        counts = self.table[:, :, SPECIAL:]
        for side, slot, moved in (
            (0, UNDER, (left < window.lower.double()[:, None]) & (right <= 0)),
            (1, OVER, (right > window.upper.double()[:, None]) & (left >= 0)),
        ):
            mass = torch.where(moved & units[:, None], counts, 0)
            self.table[:, :, slot] += mass.sum(2, dtype=torch.int32)
            self.sums[side] += (mass.double() * (left + right) / 2).sum(2)
            self.table[:, :, SPECIAL:] -= mass
        empty = ~self.table[:, :, SPECIAL:].any(2).any(0)
        below, above = self.minimum < window.lower, self.maximum > window.upper
        lowest = torch.where(below | empty, self.minimum, _INF)
        highest = torch.where(above | empty, self.maximum, -_INF)
        self.lowest.copy_(torch.minimum(self.lowest, lowest))
        self.highest.copy_(torch.maximum(self.highest, highest))
        minimum = torch.maximum(self.minimum, window.lower)
        maximum = torch.minimum(self.maximum, window.upper)
        self.minimum.copy_(torch.where(empty, _INF, minimum))
        self.maximum.copy_(torch.where(empty, -_INF, maximum))
        self.window = window

    def next_window(self) -> HistogramRange:
        """Return the range for values distributed like those counted; see `HistogramRange.of`."""
        counts = self.table[1:, :, SPECIAL:].sum(0)
        total = counts.sum(1).clamp(min=1).double()
        share = counts.cumsum(1) / total[:, None]
        width = power_of_two(self.lattice.exponent)

        def quantile(q: float) -> Tensor:
            column = (share < q).sum(1).clamp(max=self.bins - 1)
            return (self.lattice.offset + column + 0.5) * width

        low, middle, high = (quantile(q) for q in (0.01, 0.5, 0.99))
        few = (counts > 0).sum(1) < FEW
        return HistogramRange.around(low, middle, high, few)

    def align(self) -> Reduction:
        """Agree on windows and lattices, so that equal slots mean equal bins.

        With equal windows the sum is then, bit for bit in every count, that of counting all values
        in one; otherwise that holds inside the windows' intersection.
        """
        bounds = []
        for field, bound in self.window.tensors():
            bounds.append((yield bound.clone(), field.how))
        window = HistogramRange(*bounds)
        differs = (yield self.window.differs(window).int(), How.MAX).bool()
        if bool(differs.any()):
            self.restrict(window, differs)
        minimum = yield self.minimum.clone(), How.MIN
        maximum = yield self.maximum.clone(), How.MAX
        coarsest = yield self.lattice.exponent.clone(), How.MAX
        self.grow(minimum, maximum, coarsest=coarsest)
