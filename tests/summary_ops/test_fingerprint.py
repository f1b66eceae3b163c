"""The fingerprint of a model's parameters: equal exactly for equal starts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

import pytest
import torch
from torch import Tensor, nn

from summary_ops import Recorder
from summary_ops.network.model.fingerprint import SAMPLES, fingerprint


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
    assert Recorder(make()).pipeline.step_records.about.weights == ""


class Coded(nn.Module):
    """A layer with a parameter of any type."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.weight = nn.Parameter(weight, requires_grad=False)


class Refusing(Tensor):
    """A class of tensors that no operation is defined for."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, shape: tuple[int, ...]) -> Self:
        return Tensor._make_wrapper_subclass(cls, shape)

    @classmethod
    def __torch_dispatch__(cls, func: Any, *_: Any, **__: Any) -> Any:
        if func is torch.ops.aten.detach.default:
            return cls((2, 2))
        raise NotImplementedError(f"{func} of a class that does nothing")


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.to_sparse(),
        lambda x: x.to_sparse_csr(),
        lambda x: x.to(torch.complex64),
        lambda x: x.to(torch.float8_e4m3fn),
        lambda x: (x * 100).to(torch.int8),
        lambda x: x > 0,
        lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8),
    ],
    ids=["coo", "csr", "complex", "float8", "int8", "bool", "quantized"],
)
def test_parameters_of_any_layout_and_type_have_one(make: Callable[[Tensor], Tensor]) -> None:
    def coded(seed: int) -> nn.Module:
        torch.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # sparse CSR is in beta state
            return Coded(make(torch.randn(8, 8, generator=torch.Generator().manual_seed(seed))))

    assert fingerprint(coded(1)) == fingerprint(coded(1)) != ""
    assert fingerprint(coded(1)) != fingerprint(coded(2))


def test_a_recorder_is_made_for_parameters_that_tell_nothing() -> None:
    assert Recorder(Coded(Refusing((2, 2)))).pipeline.step_records.about.weights == ""
