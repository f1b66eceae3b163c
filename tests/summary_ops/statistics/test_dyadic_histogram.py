from __future__ import annotations

import functools
import itertools
import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy_counts import table
from torch import Tensor

from summary_ops.statistics.histogram import NAN, SPECIAL, ZERO, Histogram, fit
from summary_ops.statistics.histogram_range import FINEST, LARGEST, MANTISSA, HistogramRange

UNITS, ROWS, BINS = 3, 3, 16
TINY = float(np.float32(1e-45))
EDGES = [s * 2.0**e for s in (-1, 1) for e in (-126, -20, -3, -1, 0, 1, 4, 10, 100)]
AWKWARD = [
    *(0.0, -0.0, TINY, -TINY, 1e-40, LARGEST, -LARGEST, math.inf, -math.inf, math.nan),
    *EDGES,
    *(float(np.nextafter(np.float32(x), np.float32(to))) for x in EDGES for to in (-9e9, 9e9)),
]
single = st.floats(width=32) | st.sampled_from(AWKWARD) | st.floats(-8, 8, width=32)
many = st.integers(0, 40).flatmap(lambda n: arrays.arrays(np.float32, (n, UNITS), elements=single))
bounds = st.tuples(
    st.sampled_from([0.0, -1.0, -3.7, -100.0, -LARGEST]),
    st.sampled_from([0.0, 0.5, 2.0, 6.1, 1e4, LARGEST]),
)


def window(*pairs: tuple[float, float]) -> HistogramRange:
    low, high = (torch.tensor(side, dtype=torch.float32) for side in zip(*pairs, strict=True))
    return HistogramRange.bounded(low, high)


def counted(values: Tensor, rows: Tensor, where: HistogramRange) -> Histogram:
    histogram = Histogram.empty(ROWS, where, BINS)
    histogram.update(values, rows)
    return histogram


def parts_of(histogram: Histogram) -> list[Tensor]:
    extremes = "minimum", "maximum", "lowest", "highest"
    ends = [getattr(histogram, name) for name in extremes]
    return [histogram.table, *ends, *histogram.lattice]


def assert_same_bits(mine: Histogram, other: Histogram) -> None:
    for a, b in zip(parts_of(mine), parts_of(other), strict=True):
        assert torch.equal(a, b)


def rows_for(values: np.ndarray[Any, Any], seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.from_numpy(values), torch.randint(0, ROWS, (len(values),), generator=generator)


@given(many, st.lists(bounds, min_size=UNITS, max_size=UNITS), st.randoms(use_true_random=False))
def test_any_order_split_and_merge_tree_counts_the_same_bits(
    data: np.ndarray[Any, Any], limits: list[tuple[float, float]], chance: random.Random
) -> None:
    where = window(*limits)
    values, rows = rows_for(data, chance.randint(0, 2**31))
    whole = counted(values, rows, where)
    order = list(range(len(values)))
    chance.shuffle(order)
    cuts = sorted(chance.randint(0, len(order)) for _ in range(chance.randint(0, 5)))
    pieces = [order[a:b] for a, b in itertools.pairwise([0, *cuts, len(order)])]
    trees = [counted(values[piece], rows[piece], where) for piece in pieces]
    while len(trees) > 1:
        taken = trees.pop(chance.randrange(len(trees)))
        trees[chance.randrange(len(trees))].merge(taken)
    assert_same_bits(trees[0], whole)
    torch.testing.assert_close(trees[0].sums, whole.sums, rtol=1e-9, atol=0)


@given(many, st.lists(bounds, min_size=UNITS, max_size=UNITS), st.integers(0, 2**31))
def test_batches_counted_one_after_the_other_count_the_same_bits(
    data: np.ndarray[Any, Any], limits: list[tuple[float, float]], seed: int
) -> None:
    where = window(*limits)
    values, rows = rows_for(data, seed)
    streamed = Histogram.empty(ROWS, where, BINS)
    for batch in torch.arange(len(values)).split(7):
        streamed.update(values[batch], rows[batch])
    assert_same_bits(streamed, counted(values, rows, where))


@given(many, st.lists(bounds, min_size=UNITS, max_size=UNITS), st.integers(0, 2**31))
def test_counts_are_those_of_numpy_on_the_final_edges(
    data: np.ndarray[Any, Any], limits: list[tuple[float, float]], seed: int
) -> None:
    values, rows = rows_for(data, seed)
    histogram = counted(values, rows, window(*limits))
    np.testing.assert_array_equal(histogram.table.numpy(), table(histogram, values, rows))
    w = histogram.window
    x = values.double()
    for row in range(ROWS):
        mine = x[rows == row]
        finite = torch.isfinite(mine)
        for side, outside in enumerate((mine < w.lower, mine > w.upper)):
            want = torch.where(outside & finite, mine, 0.0)
            size = float(want.abs().sum())
            torch.testing.assert_close(
                histogram.sums[side, row], want.sum(0), rtol=1e-9, atol=1e-9 * size
            )


@given(many, st.lists(bounds, min_size=UNITS, max_size=UNITS), st.integers(0, 2**31))
def test_a_tensor_path_without_host_decisions_counts_the_same_bits(
    data: np.ndarray[Any, Any], limits: list[tuple[float, float]], seed: int
) -> None:
    values, rows = rows_for(data, seed)
    host, device = (Histogram.empty(ROWS, window(*limits), BINS) for _ in range(2))
    assert callable(device._slots_host)
    device._slots_host = functools.partial(device._slots, columns=slice(None))  # as on CUDA
    for batch in torch.arange(len(values)).split(9):
        host.update(values[batch], rows[batch])
        device.update(values[batch], rows[batch])
    assert_same_bits(device, host)


@given(many, st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**31))
def test_windows_of_different_first_batches_change_bins_and_outside_but_never_the_total(
    data: np.ndarray[Any, Any], first: int, second: int, seed: int
) -> None:
    values, rows = rows_for(data, seed)
    mine = counted(values, rows, HistogramRange.of(values[:first]))
    other = counted(values, rows, HistogramRange.of(values[second:]))
    fixed = [ZERO, *range(NAN, SPECIAL)]
    assert torch.equal(mine.table[:, :, fixed], other.table[:, :, fixed])
    assert torch.equal(mine.table.sum(2), other.table.sum(2))
    twice = mine.table.sum(2) + other.table.sum(2)
    mine.merge(other)
    assert torch.equal(mine.table.sum(2), twice)
    assert torch.equal(mine.table[:, :, fixed], 2 * other.table[:, :, fixed])


@given(many, bounds, bounds, st.integers(0, 2**31))
def test_histograms_of_different_windows_merge_exactly_inside_both(
    data: np.ndarray[Any, Any], one: tuple[float, float], two: tuple[float, float], seed: int
) -> None:
    values, rows = rows_for(data, seed)
    half = len(values) // 2
    mine = counted(values[:half], rows[:half], window(*[one] * UNITS))
    mine.merge(counted(values[half:], rows[half:], window(*[two] * UNITS)))
    exponent, offset = mine.lattice
    low, high = max(one[0], two[0]), min(one[1], two[1])
    for unit in range(UNITS):
        left = np.ldexp(float(offset[unit]) + np.arange(BINS), int(exponent[unit]))
        right = left + 2.0 ** int(exponent[unit])
        inside = torch.tensor((left >= low) & (right <= high))
        for row in range(ROWS):
            x = values[rows == row, unit].double().numpy()
            x = x[np.isfinite(x) & (x != 0)]
            want = [((x >= a) & (x < b)).sum() for a, b in zip(left, right, strict=True)]
            got = mine.table[row, unit, SPECIAL:]
            assert torch.equal(got[inside].long(), torch.tensor(want).long()[inside])


@given(single, single, st.integers(FINEST, 20), st.sampled_from([8, 16, 64]))
def test_the_lattice_is_the_finest_one_that_holds_the_range(
    a: float, b: float, finest: int, bins: int
) -> None:
    low, high = sorted((a, b))
    assume(math.isfinite(low) and math.isfinite(high) and (low or high))
    found = fit(
        torch.tensor([low]), torch.tensor([high]), torch.tensor([finest], dtype=torch.int32), bins
    )

    def place(x: float, exponent: int) -> int:
        return math.floor(Fraction(x) / Fraction(2) ** exponent)

    def holds(exponent: int) -> bool:
        return place(high, exponent) - place(low, exponent) < bins

    largest = max(abs(low), abs(high))
    least = max(finest, math.frexp(largest)[1] - MANTISSA)
    exponent = int(found.exponent)
    assert holds(exponent)
    assert int(found.offset) == place(low, exponent)
    assert exponent == least or (exponent > least and not holds(exponent - 1))


@given(many, bounds)
def test_bins_are_never_narrower_than_a_millionth_of_the_largest_bound(
    data: np.ndarray[Any, Any], limits: tuple[float, float]
) -> None:
    histogram = counted(*rows_for(data, 0), window(*[limits] * UNITS))
    largest = max(abs(limits[0]), abs(limits[1]))
    if 0 < largest < LARGEST:
        assert bool((torch.exp2(histogram.lattice.exponent.double()) * 2**20 >= largest / 2).all())


@pytest.mark.parametrize("constant", [0.0, -0.0, 1.0, -1.0, TINY, 1e-40, 3.3e38, -7.25])
def test_a_constant_unit_lies_in_one_bin_or_counts_as_zero(constant: float) -> None:
    values = torch.full((5, 1), constant)
    histogram = counted(values, torch.ones(5, dtype=torch.long), HistogramRange.of(values))
    counts = histogram.table[1, 0]
    if constant == 0:
        assert counts[ZERO] == 5
        assert counts.sum() == 5
    else:
        assert counts[SPECIAL:].max() == 5
        assert counts.sum() == 5


def test_a_power_of_two_on_an_edge_belongs_to_the_bin_above_it() -> None:
    below = float(np.nextafter(np.float32(1), np.float32(0)))
    histogram = counted(
        torch.tensor([[below], [1.0], [0.01], [3.9]]),
        torch.ones(4, dtype=torch.long),
        window((-4.0, 4.0)),
    )
    exponent, offset = (int(part) for part in histogram.lattice)
    at = SPECIAL + round(1 / 2**exponent) - offset
    assert histogram.table[1, 0, at - 1] == 1
    assert histogram.table[1, 0, at] == 1


def test_memberships_count_an_input_in_several_rows() -> None:
    values = torch.tensor([[1.0], [2.0], [3.0]])
    rows, inputs = torch.tensor([1, 2, 2]), torch.tensor([0, 0, 2])
    histogram = Histogram.empty(ROWS, window((-4.0, 4.0)), BINS)
    histogram.update(values, rows, inputs)
    assert histogram.table.sum(2).flatten().tolist() == [0, 1, 2]
    direct = counted(values[inputs], rows, window((-4.0, 4.0)))
    assert torch.equal(histogram.table, _coarsened_like(direct, histogram))


def _coarsened_like(histogram: Histogram, other: Histogram) -> Tensor:
    histogram.grow(other.minimum, other.maximum, coarsest=other.lattice.exponent)
    return histogram.table


@given(many, st.integers(0, 2**31))
def test_updating_a_view_of_some_units_updates_the_whole(
    data: np.ndarray[Any, Any], seed: int
) -> None:
    values, rows = rows_for(data, seed)
    where = window(*[(-5.0, 5.0)] * UNITS)
    whole = Histogram.empty(ROWS, where, BINS)
    for start, stop in ((0, 1), (1, UNITS)):
        whole.units(start, stop).update(values[:, start:stop], rows)
    assert_same_bits(whole, counted(values, rows, where))


@given(many, st.integers(0, 2**31))
def test_adding_rows_or_units_leaves_what_was_counted(
    data: np.ndarray[Any, Any], seed: int
) -> None:
    values, rows = rows_for(data, seed)
    where = window(*[(-5.0, 5.0)] * UNITS)
    histogram = counted(values, rows, where)
    larger = histogram.with_rows(ROWS + 2)
    assert torch.equal(larger.table[:ROWS], histogram.table)
    assert not larger.table[ROWS:].any()
    joined = histogram.join(histogram)
    assert_same_bits(joined.units(0, UNITS), histogram)
    assert_same_bits(joined.units(UNITS, 2 * UNITS), histogram)


def test_the_window_after_a_record_covers_what_the_record_saw() -> None:
    values = torch.randn(5000, UNITS, generator=torch.Generator().manual_seed(0)) * 3 + 100
    histogram = counted(values, torch.ones(5000, dtype=torch.long), HistogramRange.of(values[:256]))
    following, direct = histogram.next_window(), HistogramRange.of(values)
    spread = direct.upper - values.median(0).values
    assert bool(((following.upper - direct.upper).abs() < spread / 2).all())
    assert bool((following.upper >= values.amax(0)).all())
    assert bool((following.lower <= 0).all())


@given(many, st.lists(bounds, min_size=UNITS, max_size=UNITS))
def test_extremes_are_those_of_all_finite_values_also_outside_the_window(
    values: np.ndarray[Any, Any], where: list[tuple[float, float]]
) -> None:
    """But for exact zeros, which are counted apart."""
    record = counted(*rows_for(values, 0), window(*where)).record("eval", {"all": 1})
    for unit in range(UNITS):
        known = values[np.isfinite(values[:, unit]) & (values[:, unit] != 0), unit]
        assert record.minimum[unit] == known.min(initial=math.inf)
        assert record.maximum[unit] == known.max(initial=-math.inf)
