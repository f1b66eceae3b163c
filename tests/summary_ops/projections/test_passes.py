"""Layers share passes over the probe set so that what is kept fits in memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from summary_ops.projections.passes import PassPlan, bytes_of, plan_passes

SIZES = st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 500), max_size=8)


@given(
    numbers=SIZES,
    size=st.integers(2, 40),
    fewest=st.integers(1, 2),
    room=st.integers(1, 60_000),
    every=st.booleans(),
)
def test_every_row_is_kept_once_and_no_pass_keeps_more_than_fits(
    numbers: dict[str, int], size: int, fewest: int, room: int, *, every: bool
) -> None:
    plan = plan_passes(numbers, size, fewest, room, every=every)
    assert len(plan.passes) <= 8
    kept: dict[str, list[int]] = {}
    for pieces in plan.passes:
        used = 0
        for piece in pieces:
            count = piece.last - piece.first
            kept.setdefault(piece.layer, []).extend(range(piece.first, piece.last))
            used += bytes_of(count, numbers[piece.layer], size)
        assert used <= room or sum(piece.last - piece.first for piece in pieces) == 1
    assert kept == {layer: list(range(count)) for layer, count in plan.rows.items()}
    assert set(plan.rows) | set(plan.dropped) == set(numbers)
    for layer, count in plan.rows.items():
        expected = fewest if layer in plan.pivots_only or not every else size
        assert count == expected


def test_the_largest_layers_lose_their_neighbours_first_and_then_their_pivots() -> None:
    numbers = {"small": 10, "large": 5000}

    def plan(rows: int, pivots: int) -> PassPlan:
        return plan_passes(numbers, 64, pivots, bytes_of(rows, 5000, 64), every=True)

    assert not plan(10, 8).pivots_only
    assert plan(2, 8).pivots_only == ("large",)
    assert plan(2, 8).rows == {"small": 64, "large": 8}
    assert plan(1, 40).dropped == ("large",)
    assert plan(1, 40).rows.keys() == {"small"}
