"""The sample that influence is measured on: which inputs, and how many."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from summary_ops.data import batches
from summary_ops.influence.reservoir import Reservoir

ROOM = 2**30
INPUTS, LABELS = torch.arange(400).float()[:, None], np.arange(400) % 3


def fed(
    reservoir: Reservoir, inputs: Any, labels: Any, sizes: tuple[int, ...] = (400,)
) -> Reservoir:
    """Feed a pass in batches whose sizes repeat."""
    reservoir.begin()
    start = 0
    for size in itertools.cycle(sizes):
        part = labels[start : start + size]
        if not len(part):
            break
        members = {f"class:{c}": (part == c).nonzero()[0] for c in np.unique(part)}
        reservoir.offer(inputs[start : start + size], len(part), members, part)
        start += size
    reservoir.settle()
    return reservoir


def places(reservoir: Reservoir) -> dict[str, list[int]]:
    return {subset: [one.index for one in drawn] for subset, drawn in reservoir.kept.items()}


@pytest.mark.parametrize("sizes", [(1,), (7, 50), (64,), (399, 1)], ids=str)
def test_the_sample_does_not_depend_on_batches(sizes: tuple[int, ...]) -> None:
    whole = fed(Reservoir(20, 0, ROOM), INPUTS, LABELS)
    split = fed(Reservoir(20, 0, ROOM), INPUTS, LABELS, sizes)
    assert places(split) == places(whole)


def test_inputs_are_those_at_their_places_with_their_classes() -> None:
    reservoir = fed(Reservoir(20, 0, ROOM), INPUTS, LABELS, (33,))
    for subset, drawn in reservoir.kept.items():
        assert len({one.index for one in drawn}) == 20
        for one in drawn:
            assert one.inputs.item() == one.index
            assert subset == f"class:{one.label}" == f"class:{LABELS[one.index]}"
    record = reservoir.record
    assert record is not None
    named = [record.subsets[row] for row in record.subset]
    expected = [(subset, place) for subset, part in places(reservoir).items() for place in part]
    assert list(zip(named, record.input.tolist(), strict=True)) == expected


def test_seeds_and_subsets_draw_independently() -> None:
    same = np.zeros(400, dtype=int)
    drawn = [
        set(places(fed(Reservoir(40, seed, ROOM), INPUTS, same))["class:0"]) for seed in (0, 1)
    ]
    other = set(places(fed(Reservoir(40, 0, ROOM), INPUTS, same + 1))["class:1"])
    for first, second in itertools.combinations([*drawn, other], 2):
        assert len(first & second) < 16  # 4 are expected of 40 in 400


def test_every_input_is_drawn_as_often() -> None:
    counts = np.zeros(40)
    for seed in range(500):
        reservoir = fed(Reservoir(10, seed, ROOM), INPUTS[:40], np.zeros(40, dtype=int))
        counts[places(reservoir)["class:0"]] += 1
    expected, spread = 500 / 4, (500 * 3 / 16) ** 0.5
    assert np.abs(counts - expected).max() < 5 * spread


def test_what_was_drawn_once_stays_and_only_new_subsets_are_drawn() -> None:
    reservoir = fed(Reservoir(20, 0, ROOM), INPUTS[:50], LABELS[:50])
    before, record = places(reservoir), reservoir.record
    fed(reservoir, INPUTS, LABELS)
    assert places(reservoir) == before
    assert reservoir.record is record
    fed(reservoir, INPUTS, LABELS + 1)
    assert {subset: places(reservoir)[subset] for subset in before} == before
    assert reservoir.record is not record
    assert set(reservoir.kept) == {f"class:{c}" for c in range(4)}


def test_inputs_that_are_not_finite_are_passed_over() -> None:
    inputs = INPUTS.clone()
    inputs[::2] = torch.nan
    inputs[1] = torch.inf
    drawn = places(fed(Reservoir(500, 0, ROOM), inputs, LABELS, (64,)))
    assert sorted(itertools.chain(*drawn.values())) == list(range(3, 400, 2))


def test_half_of_the_budget_is_filled_with_as_many_of_each_and_the_argument_is_named() -> None:
    inputs = torch.zeros(300, 1000)
    reservoir = fed(Reservoir(64, 0, 200 * 4000), inputs, LABELS[:300], (32,))
    assert {len(drawn) for drawn in reservoir.kept.values()} == {33}
    assert len(reservoir.left_out) == 1
    assert "33 of 64" in reservoir.left_out[0]
    assert "max_bytes" in reservoir.left_out[0]
    unbounded = places(fed(Reservoir(33, 0, ROOM), inputs, LABELS[:300]))
    assert places(reservoir) == unbounded
    fed(reservoir, inputs, np.full(300, 9))
    assert len(reservoir.kept["class:9"]) == 50  # of the 101 that are left


def test_a_batch_is_copied() -> None:
    inputs = INPUTS.clone()
    reservoir = fed(Reservoir(5, 0, ROOM), inputs, LABELS)
    inputs.zero_()
    assert all(one.inputs.item() == one.index for part in reservoir.kept.values() for one in part)


def joined(reservoir: Reservoir, size: int) -> list[Any]:
    return [batch for batch, _ in reservoir.batches("class:0", size)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda x: x,
        lambda x: (x, x[:, 0].long()),
        lambda x: [x, 2 * x],
        lambda x: {"x": x, "mask": x > 5, "more": (x, None), "flag": True},
    ],
)
def test_inputs_of_every_form_come_back_in_batches(wrap: Any) -> None:
    reservoir = fed(Reservoir(9, 0, ROOM), _Sliced(wrap(INPUTS)), np.zeros(400, dtype=int), (50,))
    (batch,) = joined(reservoir, 32)
    order = [one.index for _, part in reservoir.batches("class:0", 32) for one in part]
    expected = wrap(INPUTS[order])
    assert str(batch) == str(expected)
    assert batches.form(batch) == batches.form(expected)
    assert [_len(part) for part in joined(reservoir, 4)] == [4, 4, 1]


def _len(batch: Any) -> int:
    if isinstance(batch, Tensor):
        return len(batch)
    return _len(next(iter(batch.values() if isinstance(batch, dict) else batch)))


class _Sliced:
    """Slices of all tensors of something nested."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs

    def __getitem__(self, rows: slice) -> Any:
        return self._of(self.inputs, rows)

    def _of(self, value: Any, rows: slice) -> Any:
        if isinstance(value, dict):
            return {key: self._of(item, rows) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)(self._of(item, rows) for item in value)
        return value[rows] if isinstance(value, Tensor) else value


def test_sequences_of_different_lengths_are_in_batches_of_one_length() -> None:
    reservoir = Reservoir(60, 0, ROOM)
    reservoir.begin()
    for length in (3, 5, 3):
        labels = np.zeros(10, dtype=int)
        reservoir.offer(torch.ones(10, length), 10, {"class:0": np.arange(10)}, labels)
    reservoir.settle()
    assert sorted(tuple(batch.shape) for batch in joined(reservoir, 32)) == [(10, 5), (20, 3)]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (torch.zeros(5, 4), r"4 inputs holds a tensor of shape \[5, 4\]"),
        (torch.tensor(3.0), r"shape \[\]"),
        ({"x": torch.zeros(4), "y": object()}, "holds a object"),
        (torch.nested.nested_tensor([torch.zeros(2)] * 3, layout=torch.jagged), "shape nested"),
        (torch.eye(4).to_sparse(), r"shape \[4, 4\]"),
    ],
    ids=["another length", "no axis", "an object", "nested", "sparse"],
)
def test_a_batch_that_cannot_be_taken_apart_is_described(batch: Any, message: str) -> None:
    reservoir = Reservoir(5, 0, ROOM)
    with pytest.raises(ValueError, match=message):
        reservoir.offer(batch, 4, {"all": np.arange(4)}, np.zeros(4, dtype=int))
