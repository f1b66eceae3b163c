"""Outputs are made of known parts of inputs; where those lie is found again from values alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from summary_ops.network.layouts.folding import Folding, Passes, Verdict, compare

Model = Callable[[Tensor], Tensor]
UNITS = 5


def found(model: Model, size: int = 4, unit: int | None = -1) -> Verdict:
    """What `compare` says of a model's output for inputs `[size, 6]`, with its units last."""
    inputs = torch.randn(size, 6, generator=torch.Generator().manual_seed(size))
    orders = (
        [*range(size)],
        [size - 1, *range(size - 1)],
        [*range(size - 1)],
        [size - 1, *range(1, size)],
    )
    passes = []
    for order in orders:
        torch.manual_seed(0)
        passes.append(model(inputs[order]))
    last = passes[0].ndim + unit if unit is not None else None
    return compare(Passes(*passes), size, last)


def parts_of(inputs: Tensor, parts: int, positions: int) -> Tensor:
    """`[inputs, parts, positions, units]`, each number from its own input."""
    weight = torch.randn(6, parts * positions * UNITS, generator=torch.Generator().manual_seed(1))
    return (inputs @ weight).tanh().view(len(inputs), parts, positions, UNITS)


@settings(deadline=None, max_examples=60)
@given(
    size=st.integers(2, 5),
    parts=st.integers(1, 4),
    positions=st.integers(1, 5),
    strided=st.booleans(),
    batch_first=st.booleans(),
)
def test_inputs_are_found_on_any_axis_and_in_either_order(
    size: int, parts: int, positions: int, *, strided: bool, batch_first: bool
) -> None:
    def model(inputs: Tensor) -> Tensor:
        values = parts_of(inputs, parts, positions)
        rows = (values.transpose(0, 1) if strided else values).flatten(0, 1)
        return rows if batch_first else rows.transpose(0, 1)

    axis = 0 if batch_first else 1
    verdict = found(model, size)
    assert verdict.folding == Folding(axis, strided=strided and parts > 1)
    assert verdict.folding is not None
    inputs = torch.randn(size, 6)
    view, batch, inner = verdict.folding.unfold(model(inputs), size)
    pooled = view.amax([place for place in range(view.ndim - 1) if place != batch])
    assert torch.equal(pooled, parts_of(inputs, parts, positions).amax((1, 2)))
    assert (inner is None) == (parts == 1)


def normalized(inputs: Tensor) -> Tensor:
    return (inputs - inputs.mean(0)) / inputs.std(0)


def attended(inputs: Tensor) -> Tensor:
    return (inputs @ inputs.T).softmax(1) @ inputs


def noisy(inputs: Tensor) -> Tensor:
    return inputs + torch.randn_like(inputs)


@pytest.mark.parametrize("mixing", [normalized, attended, noisy])
def test_rows_of_layers_that_mix_inputs_or_draw_noise_are_those_of_inputs(mixing: Model) -> None:
    verdict = found(lambda inputs: parts_of(mixing(inputs), 1, 4)[:, 0])
    assert verdict.folding == Folding(0)


@pytest.mark.parametrize(
    "model",
    [
        lambda _: torch.arange(20.0).view(1, 4, 5),  # position embeddings
        lambda _: torch.arange(20.0).view(4, 5),
        lambda inputs: inputs.amax(0, keepdim=True),
        lambda inputs: inputs.repeat_interleave(2, 0)[inputs.repeat_interleave(2, 0)[:, 0] > 0],
    ],
    ids=["positions", "as many positions", "of all inputs", "chosen by their values"],
)
def test_rows_whose_number_is_not_that_of_inputs_are_nobodys(model: Model) -> None:
    assert found(model) == Verdict(
        None, "the number of its rows does not follow the number of inputs"
    )


@pytest.mark.parametrize(
    "model",
    [
        lambda inputs: inputs @ inputs.T,
        lambda inputs: parts_of(inputs, 2, 1).flatten(0, 2)[torch.randperm(2 * len(inputs))],
        lambda inputs: inputs.repeat(2, 1)[inputs.repeat(2, 1)[:, 0].argsort()],
    ],
    ids=["similarities", "shuffled", "sorted"],
)
def test_rows_that_follow_no_input_are_nobodys(model: Model) -> None:
    assert found(model) == Verdict(None, "its rows do not belong to one input each")


def test_sizes_settle_one_axis_of_a_layer_that_is_constant() -> None:
    assert found(lambda inputs: torch.zeros(len(inputs), 4, UNITS)).folding == Folding(0)


@pytest.mark.parametrize("rows", [2, 3])
def test_parts_that_are_alike_settle_nothing_for_other_inputs(rows: int) -> None:
    verdict = found(lambda inputs: torch.zeros(rows * len(inputs), UNITS))
    assert verdict.folding is None
    assert not verdict.final


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_compared_alike(kind: torch.dtype) -> None:
    verdict = found(lambda inputs: parts_of(inputs, 3, 2).transpose(0, 1).flatten(0, 1).to(kind))
    assert verdict.folding == Folding(0, strided=True)


def test_numbers_that_are_not_finite_do_not_count() -> None:
    def model(inputs: Tensor) -> Tensor:
        values = parts_of(inputs, 1, 4)[:, 0]
        values[:, 1] = -torch.inf
        values[:, 2] = torch.nan
        return values

    assert found(model).folding == Folding(0)
