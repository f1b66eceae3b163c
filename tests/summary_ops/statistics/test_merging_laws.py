"""One law for all statistics: any order, split and merge tree gives the same record."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import pkgutil
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from summary_ops import statistics
from summary_ops.statistics.activation_counts import ActivationCounts
from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.statistics.histogram import Histogram
from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.importance import Importance
from summary_ops.statistics.moments import Moments

UNITS, ROWS = 4, 3
SPECIAL = torch.tensor([0.0, torch.nan, torch.inf, -torch.inf, 1e30])


@dataclass(frozen=True)
class Batch:
    values: Tensor
    rows: Tensor
    logits: Tensor

    @property
    def labels(self) -> Tensor:
        """Of several labels, which are rightly or wrongly predicted."""
        return (self.logits.flip(1) > 0).long()

    def at(self, index: list[int]) -> Batch:
        return Batch(self.values[index], self.rows[index], self.logits[index])


@dataclass(frozen=True)
class Case:
    kind: type
    empty: Callable[[], Any]
    update: Callable[[Any, Batch], None]


CASES = {
    "histogram": Case(
        Histogram,
        lambda: Histogram.empty(
            ROWS, HistogramRange.bounded(-torch.ones(UNITS), 150 * torch.ones(UNITS))
        ),
        lambda histogram, batch: histogram.update(batch.values, batch.rows),
    ),
    "moments": Case(
        Moments,
        lambda: Moments.empty(ROWS, UNITS),
        lambda moments, batch: moments.update(
            batch.values, torch.arange(ROWS)[:, None] == batch.rows
        ),
    ),
    "activation counts": Case(
        ActivationCounts,
        lambda: ActivationCounts.empty(ROWS, UNITS, (0.3, 0.03), 100 * torch.ones(UNITS)),
        lambda counts, batch: counts.update(
            batch.values, torch.arange(ROWS)[:, None] == batch.rows
        ),
    ),
    "importance": Case(
        Importance,
        lambda: Importance.empty(ROWS, UNITS),
        lambda importance, batch: importance.update(
            batch.values[..., None].abs(),
            batch.values[..., None].abs() + 1,
            torch.arange(ROWS)[:, None] == batch.rows,
        ),
    ),
    "metrics of classes": Case(
        ClassMetrics,
        lambda: ClassMetrics.empty(ROWS, confusion=True),
        lambda metrics, batch: metrics.update_classes(batch.logits.softmax(1), batch.rows - 1),
    ),
    "metrics of labels": Case(
        ClassMetrics,
        lambda: ClassMetrics.empty(ROWS, confusion=False),
        lambda metrics, batch: metrics.update_labels(
            batch.logits.sigmoid(), torch.where(batch.rows[:, None] == 0, -1, batch.labels)
        ),
    ),
    "metrics of errors": Case(
        ClassMetrics,
        lambda: ClassMetrics.empty(ROWS, confusion=False),
        lambda metrics, batch: metrics.update_errors(
            batch.values[:, 0], batch.logits[:, 0], batch.rows
        ),
    ),
}


def draw(size: int, seed: int) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    values = 100 + torch.randn(size, UNITS, generator=generator)
    odd = torch.rand(size, UNITS, generator=generator) < 0.1
    which = torch.randint(0, len(SPECIAL), (size, UNITS), generator=generator)
    return Batch(
        torch.where(odd, SPECIAL[which], values),
        torch.randint(0, ROWS, (size,), generator=generator),
        3 * torch.randn(size, ROWS, generator=generator),
    )


def tensors(statistic: Any) -> dict[str, Tensor]:
    found = {name: value for name, value in vars(statistic).items() if isinstance(value, Tensor)}
    for part in statistic.PARTS:
        found |= {f"{part}.{name}": t for name, t in vars(getattr(statistic, part)).items()}
    return found


@pytest.mark.parametrize("name", CASES)
@given(st.integers(0, 60), st.integers(0, 2**31), st.randoms(use_true_random=False))
def test_any_order_split_and_merge_tree_gives_the_same_statistic(
    name: str, size: int, seed: int, chance: random.Random
) -> None:
    case, batch = CASES[name], draw(size, seed)
    whole = case.empty()
    case.update(whole, batch)
    order = list(range(size))
    chance.shuffle(order)
    cuts = sorted(chance.randint(0, size) for _ in range(chance.randint(0, 6)))
    parts = []
    for start, stop in itertools.pairwise([0, *cuts, size]):
        parts.append(case.empty())
        case.update(parts[-1], batch.at(order[start:stop]))
    while len(parts) > 1:
        taken = parts.pop(chance.randrange(len(parts)))
        parts[chance.randrange(len(parts))].merge(taken)
    merged = tensors(parts[0])
    for field, expected in tensors(whole).items():
        if expected.is_floating_point() and expected.dtype == torch.float64:
            torch.testing.assert_close(merged[field], expected, rtol=1e-9, atol=0, msg=field)
        else:
            assert torch.equal(merged[field], expected), field


def test_the_law_is_tried_on_every_statistic() -> None:
    modules = [
        importlib.import_module(f"{statistics.__name__}.{found.name}")
        for found in pkgutil.iter_modules(statistics.__path__)
    ]
    states = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and hasattr(value, "merge") and dataclasses.is_dataclass(value)
    }
    parts = {
        type(getattr(statistic, part))
        for statistic in (case.empty() for case in CASES.values())
        for part in statistic.PARTS
    }
    assert states - parts == {case.kind for case in CASES.values()}


@pytest.mark.parametrize("name", CASES)
def test_every_tensor_of_a_statistic_is_declared(name: str) -> None:
    statistic = CASES[name].empty()
    declared = {id(tensor) for _, tensor in statistic.tensors()}
    undeclared = {name for name, tensor in tensors(statistic).items() if id(tensor) not in declared}
    assert undeclared <= {"center"}


@pytest.mark.parametrize("name", CASES)
@given(st.integers(0, 40), st.integers(0, 2**31))
def test_rows_that_are_moved_hold_what_was_counted_in_them(name: str, size: int, seed: int) -> None:
    case, batch = CASES[name], draw(size, seed)
    statistic = case.empty()
    case.update(statistic, batch)
    moved = statistic.reindexed([3, 1], [0, 2], 5)
    for (field, before), (_, after) in zip(statistic.tensors(), moved.tensors(), strict=True):
        if field.rows is None:
            assert torch.equal(after, before)
            continue
        old, new = before.movedim(field.rows, 0), after.movedim(field.rows, 0)
        assert len(new) == 5
        assert torch.equal(new[[3, 1]], old[[0, 2]])
        assert not new[[0, 2, 4]].any()
