"""Pivots lie far from each other, whoever chooses them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from summary_ops import ProbeSet
from summary_ops.projections.pivots import choose, farthest_first
from tests.summary_ops.networks import digits

IMAGES, LABELS = (part[:120] for part in digits())


def by_hand(table: np.ndarray, first: int, count: int) -> list[int]:
    chosen = [first]
    while len(chosen) < count:
        chosen.append(int(table[chosen].min(0).argmax()))
    return chosen


@given(st.integers(0, 50), st.integers(1, 30))
def test_each_pivot_is_the_farthest_from_those_before_it(seed: int, count: int) -> None:
    chosen = farthest_first([IMAGES], count, seed=seed)
    flat = IMAGES.flatten(1).double()
    assert list(chosen) == by_hand(cdist(flat, flat), chosen[0], count)


def test_the_seed_and_the_inputs_alone_choose() -> None:
    same = choose(ProbeSet(IMAGES, LABELS), 20, 0)
    assert choose(ProbeSet(IMAGES.clone(), LABELS), 20, 0) == same
    assert choose(ProbeSet(IMAGES), 32, 0)[:20] == same
    assert choose(ProbeSet(IMAGES), 20, 1) != same


def test_there_are_no_more_pivots_than_different_instances() -> None:
    assert sorted(farthest_first([IMAGES[:7]], 32, seed=0)) == list(range(7))
    twice = torch.cat((IMAGES[:5], IMAGES[:5]))
    chosen = farthest_first([twice], 32, seed=3)
    assert sorted(row % 5 for row in chosen) == list(range(5))
    assert len(farthest_first([torch.zeros(4, 3)], 2, seed=0)) == 1


def test_of_equally_far_ones_the_first_is_taken() -> None:
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    orders = {farthest_first([corners], 4, seed=seed) for seed in range(30)}
    assert orders == {(0, 3, 1, 2), (1, 2, 0, 3), (2, 1, 0, 3), (3, 0, 1, 2)}


def test_altered_copies_are_pivots_only_where_others_do_not_suffice() -> None:
    altered = IMAGES[:10] + 5
    pairs = [(30 + row, row) for row in range(10)]
    probe = ProbeSet(torch.cat((IMAGES[:30], altered)), pairs=pairs)
    assert max(choose(probe, 30, 0)) < 30
    assert sorted(choose(probe, 40, 0)[:30]) == list(range(30))
    assert sorted(choose(probe, 40, 0)) == list(range(40))


def test_pixels_are_numbers_and_words_are_names() -> None:
    bytes_ = (IMAGES[:20] * 16).to(torch.uint8)
    assert farthest_first([bytes_], 9, seed=0) == farthest_first([bytes_.float()], 9, seed=0)
    words = torch.tensor([[1, 2, 3], [1, 2, 30_000], [7, 8, 3]])
    for chosen in (farthest_first([words], 3, seed=seed) for seed in range(9)):
        assert chosen[:2] != (0, 1)
        assert chosen[0] == 2 or chosen[1] == 2


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_parts_of_an_input_have_the_same_say_whatever_their_size(scale: float) -> None:
    parts = {"words": torch.arange(80).view(20, 4) // 7, "image": scale * IMAGES[:20]}
    alike = {**parts, "image": IMAGES[:20]}
    assert choose(ProbeSet(parts), 12, 0) == choose(ProbeSet(alike), 12, 0)


def test_numbers_that_are_not_finite_leave_a_choice() -> None:
    odd = IMAGES[:9].clone()
    odd[3, 0, 0, 0], odd[4, 0, 0, 0] = float("nan"), float("inf")
    assert sorted(farthest_first([odd], 9, seed=0)) == list(range(9))
