from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import Tensor

from summary_ops.statistics.activation_counts import (
    ActivationCounts,
    center_of,
    running_sums,
    top_mass,
    top_masses,
)

Array = np.ndarray[Any, Any]

shapes = st.tuples(st.integers(0, 6), st.integers(1, 40))
spread = st.floats(-1e3, 1e6, width=32) | st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e-30])
few_values = st.integers(-1, 3).map(float)
activations = st.sampled_from([spread, few_values]).flatmap(
    lambda elements: arrays.arrays(np.float32, shapes, elements=elements)
)
shares = st.floats(0, 1, exclude_min=True) | st.sampled_from([0.01, 0.03, 0.5, 1.0])


def chosen_one_by_one(row: Array, mass: float) -> set[int]:
    """Units taken from the largest down, as one would by hand."""
    weight = [max(float(a), 0.0) if a == a else 0.0 for a in row]  # noqa: PLR0124
    order = sorted(range(len(weight)), key=lambda unit: (-weight[unit], unit))
    total = sum(weight[unit] for unit in order)
    taken: set[int] = set()
    reached = 0.0
    for unit in order:
        if total == 0 or (taken and reached >= mass * total):
            break
        taken.add(unit)
        reached += weight[unit]
    return taken


@given(activations, shares)
def test_the_top_mass_is_what_one_takes_by_hand(values: Array, mass: float) -> None:
    chosen = top_mass(torch.from_numpy(values), mass)
    assert chosen.dtype == torch.bool
    assert chosen.shape == values.shape
    for row, found in zip(values, chosen.numpy(), strict=True):
        assert set(np.flatnonzero(found)) == chosen_one_by_one(row, mass)


@given(activations, st.lists(shares, max_size=3))
def test_several_shares_at_once_are_each_alone(values: Array, masses: list[float]) -> None:
    several = top_masses(torch.from_numpy(values), masses)
    assert several.shape == (len(masses), *values.shape)
    for found, mass in zip(several, masses, strict=True):
        assert torch.equal(found, top_mass(torch.from_numpy(values), mass))


@pytest.mark.parametrize(
    ("row", "mass", "taken"),
    [
        ([5.0, 3.0, 2.0], 0.5, [0]),
        ([5.0, 3.0, 2.0], 0.51, [0, 1]),
        ([2.0, 3.0, 5.0], 1.0, [0, 1, 2]),
        ([1.0, 1.0, 1.0, 1.0], 0.5, [0, 1]),
        ([1.0, 4.0, 4.0, 4.0], 0.6, [1, 2]),
        ([0.0, 0.0], 0.03, []),
        ([-7.0, torch.nan, 1.0], 1.0, [2]),
        ([-1.0, torch.nan], 0.5, []),
        ([1.0, torch.inf, torch.inf], 1.0, [1]),
        ([1.0, -torch.inf, 2.0], 0.6, [2]),
        ([1e38, 3e38, 3e38], 0.85, [1, 2]),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_known_rows(row: list[float], mass: float, taken: list[int], dtype: torch.dtype) -> None:
    chosen = top_mass(torch.tensor([row, row], dtype=dtype), mass)
    assert [line.nonzero()[:, 0].tolist() for line in chosen] == [taken, taken]


def test_the_largest_of_a_wide_layer_are_found_among_ties() -> None:
    values = torch.ones(3, 1000)
    values[1, ::2] = 2.0
    values[2, 500:] = 0.0
    chosen = top_mass(values, 0.03)
    assert chosen.sum(1).tolist() == [30, 23, 15]
    assert chosen[0, :30].all()
    assert chosen[1, :46:2].all()


@pytest.mark.parametrize("mass", [0.0, -0.1, 1.1, torch.nan])
def test_a_share_outside_0_to_1_is_refused(mass: float) -> None:
    with pytest.raises(ValueError, match="expected a share of the activation"):
        top_mass(torch.ones(2, 3), mass)
    with pytest.raises(ValueError, match="expected a share of the activation"):
        ActivationCounts.empty(1, 3, (0.03, mass))


def test_activations_with_positions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \[2, 3, 4, 4\], expected \[batch, unit\]"):
        top_mass(torch.ones(2, 3, 4, 4), 0.03)


def test_activations_of_any_layout_and_dtype_are_left_as_they_are() -> None:
    values = torch.randn(7, 5)
    before = values.clone()
    chosen = top_mass(values.T, 0.3)
    assert torch.equal(chosen, top_mass(values.T.contiguous(), 0.3))
    assert torch.equal(chosen, top_mass(values.T.clone().requires_grad_(), 0.3))
    half = values.bfloat16()
    assert torch.equal(top_mass(half, 0.3), top_mass(half.float(), 0.3))
    assert torch.equal(values, before)


@pytest.mark.parametrize("columns", [1, 2, 7, 64])
def test_running_sums_are_those_of_numpy(columns: int) -> None:
    values = torch.randint(0, 1000, (5, columns)).double()
    values[1, columns // 2 :] = torch.inf
    np.testing.assert_array_equal(running_sums(values), np.cumsum(values.numpy(), axis=1))


def counted(values: Tensor, member: Tensor, center: Tensor | None = None) -> ActivationCounts:
    counts = ActivationCounts.empty(len(member), values.shape[1], (0.03, 0.5), center)
    for rows in torch.split(torch.arange(len(values)), 13):
        counts.update(values[rows], member[:, rows])
    return counts


def test_counts_are_inputs_of_a_subset_in_which_a_unit_is_chosen() -> None:
    values, member = torch.randn(50, 6), torch.rand(4, 50) < 0.5
    center = torch.randn(6)
    counts = counted(values, member, center)
    assert counts.of == ("activation", "activation", "deviation", "deviation")
    ways = [(values, 0.03), (values, 0.5), *(((values - center).abs(), m) for m in (0.03, 0.5))]
    for way, (mass_of, mass) in enumerate(ways):
        chosen = top_mass(mass_of, mass).numpy()
        for row, inside in enumerate(member.numpy()):
            np.testing.assert_array_equal(counts.counts[way, row], chosen[inside].sum(0))


def test_the_negative_share_is_that_of_the_finite_activation_mass() -> None:
    values = torch.tensor([[3.0, -1.0], [torch.nan, torch.inf], [-torch.inf, 0.0]])
    assert counted(values, torch.ones(1, 3, dtype=torch.bool)).negative == 0.25
    assert counted(values.relu(), torch.ones(1, 3, dtype=torch.bool)).negative == 0.0
    assert counted(values[:0], torch.ones(1, 0, dtype=torch.bool)).negative == 0.0


def test_deviations_are_counted_where_more_than_a_tenth_is_negative() -> None:
    values = torch.randn(300, 4) + torch.tensor([0.0, 0.5, -3.0, 1.0])
    center = center_of(values)
    assert center is not None
    np.testing.assert_allclose(center, values.double().mean(0), rtol=1e-6)
    assert center_of(values.relu()) is None
    assert center_of(torch.tensor([[0.91, -0.09]])) is None
    assert center_of(torch.tensor([[0.89, -0.11]])) is not None
    assert center_of(torch.empty(0, 3)) is None
    odd = torch.tensor([[-1.0, torch.nan, torch.nan], [-3.0, torch.inf, torch.nan]])
    found = center_of(odd)
    assert found is not None
    assert found.tolist() == [-2.0, 0.0, 0.0]


def test_new_rows_are_empty_and_leave_what_was_counted() -> None:
    counts = counted(torch.randn(9, 2), torch.ones(2, 9, dtype=torch.bool))
    larger = counts.with_rows(5)
    assert torch.equal(larger.counts[:, :2], counts.counts)
    assert not larger.counts[:, 2:].any()
    assert larger.negative == counts.negative
    assert counts.with_rows(1) is counts
