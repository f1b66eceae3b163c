"""What follows from a declaration alone: a statistic that is new is counted, merged and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from summary_ops import Recorder
from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.members import Members
from summary_ops.statistics.state import Field, How
from summary_ops.statistics.unit_statistic import UnitStatistic
from summary_ops.streaming import tables
from tb_plugin_neural.contract.records import Moments, Record
from tests.summary_ops.networks import digits
from tests.summary_ops.written import counted


@dataclass
class Range(UnitStatistic):
    """Smallest and largest activation; its record borrows the moments' fields."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "inputs": Field(rows=0),
        "smallest": Field(How.MIN, rows=0, units=1),
        "largest": Field(How.MAX, rows=0, units=1),
    }
    OF_HISTOGRAMS: ClassVar[bool] = False
    inputs: Tensor
    smallest: Tensor
    largest: Tensor

    @classmethod
    def begin(cls, rows: int, window: HistogramRange, bins: int) -> Self:
        del bins
        shape, device = (rows, len(window.lower)), window.lower.device
        return cls(
            torch.zeros(rows, dtype=torch.int64, device=device),
            torch.full(shape, torch.inf, device=device),
            torch.full(shape, -torch.inf, device=device),
        )

    def count(self, values: Tensor, members: Members) -> None:
        inside = members.matrix
        self.inputs += inside.sum(1)
        for row in range(len(inside)):
            own = values[inside[row]]
            if len(own):
                torch.minimum(self.smallest[row], own.amin(0), out=self.smallest[row])
                torch.maximum(self.largest[row], own.amax(0), out=self.largest[row])

    def inputs_of_rows(self) -> Tensor:
        return self.inputs

    def record(self, mode: str, rows: Mapping[str, int]) -> Record:
        index = list(rows.values())
        inputs = self.inputs[index].numpy().astype(np.uint32)
        smallest, largest = self.smallest[index].numpy(), self.largest[index].numpy()
        missing = np.zeros(smallest.shape, np.uint32)
        return Moments(mode, tuple(rows), inputs, missing, smallest, largest)


IMAGES, LABELS = (part[:300] for part in digits())


def test_a_new_statistic_is_counted_and_written_by_its_declaration_and_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "STATISTICS", (tables.Histogram, tables.Moments, Range))
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)).eval()
    recorder = Recorder(model, verbose=False, strict=True, graph=None)
    order = LABELS.argsort()
    recorder.run([(IMAGES[part], LABELS[part]) for part in order.split(70)], progress=False)
    record = counted(recorder)["moments", "1"]
    with torch.no_grad():
        values = model(IMAGES)
    for label in range(10):
        row = record.subsets.index(f"class:{label}")
        own = values[label == LABELS].numpy()
        np.testing.assert_allclose(record.mean[row], own.min(0), rtol=1e-6)
        np.testing.assert_allclose(record.std[row], own.max(0), rtol=1e-6)


def ranges(values: Tensor, rows: Tensor) -> Range:
    window = HistogramRange.unbounded(values.shape[1])
    found = Range.begin(4, window, 0)
    for row in range(4):
        own = values[rows == row]
        found.inputs[row] = len(own)
        found.smallest[row] = own.amin(0)
        found.largest[row] = own.amax(0)
    return found


def test_smallest_and_largest_merge_move_and_join_as_they_are_declared() -> None:
    values, rows = torch.randn(80, 5), torch.arange(80) % 4
    whole, first, second = (
        ranges(values[part], rows[part]) for part in (slice(None), slice(40), slice(40, None))
    )
    first.merge(second)
    moved = first.with_rows(6).reindexed([2, 0], [1, 3], 4)
    for name in Range.FIELDS:
        assert torch.equal(getattr(first, name), getattr(whole, name))
        assert torch.equal(getattr(moved, name)[[2, 0]], getattr(whole, name)[[1, 3]])
    assert moved.smallest[[1, 3]].eq(torch.inf).all()
    assert moved.largest[[1, 3]].eq(-torch.inf).all()
    moved.sum_rows(3, [0, 1, 2])
    assert torch.equal(moved.smallest[3], whole.smallest[[1, 3]].amin(0))
    assert torch.equal(moved.largest[3], whole.largest[[1, 3]].amax(0))
    assert moved.inputs.tolist() == [20, 0, 20, 40]
    assert whole.row_bytes() == 8 + 2 * 5 * 4
