"""The fingerprint of a model's parameters: equal exactly for equal starts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from summary_ops import Recorder
from summary_ops.description import SAMPLES, fingerprint


def linear(seed: int = 0, width: int = 4) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(width, 3), nn.BatchNorm1d(3))


def test_models_with_the_same_parameters_have_the_same_fingerprint() -> None:
    assert fingerprint(linear()) == fingerprint(linear().to(torch.float64)) != ""


@pytest.mark.parametrize(
    "other",
    [linear(seed=1), linear(width=5), nn.Sequential(*linear().children(), nn.Linear(1, 1))],
    ids=["seed", "shape", "names"],
)
def test_models_with_other_parameters_have_another(other: nn.Module) -> None:
    assert fingerprint(other) != fingerprint(linear())


def test_one_value_among_many_may_go_unseen_but_a_change_of_all_does_not() -> None:
    large = nn.Linear(SAMPLES, 3)
    before = fingerprint(large)
    with torch.no_grad():
        large.weight.mul_(1 + 2**-20)
    assert fingerprint(large) != before


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Sequential(nn.Linear(3, 2), nn.LazyLinear(5)),
        lambda: nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 5, device="meta")),
    ],
    ids=["lazy", "meta"],
)
def test_models_without_all_their_values_have_none(make: Callable[[], nn.Module]) -> None:
    assert Recorder(make()).step_records.about.weights == ""
