"""Against the layers themselves, given one input channel at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from summary_ops.statistics import summit_influence
from summary_ops.statistics.summit_influence import (
    single_channel_influence,
    single_channel_maxima,
    top_producers,
)

BATCH = 3
LENGTHS = (9, 8, 7)
CONVOLUTIONS: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}

OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "strided and padded": {"stride": 2, "padding": 2},
    "dilated": {"dilation": 2, "padding": 1},
    "same, even kernel": {"padding": "same", "kernel_size": 4},
    "same, dilated": {"padding": "same", "kernel_size": 2, "dilation": 3},
    "valid": {"padding": "valid"},
    "reflect": {"padding": 1, "padding_mode": "reflect"},
    "replicate": {"padding": 2, "padding_mode": "replicate", "stride": 3},
    "circular": {"padding": "same", "padding_mode": "circular", "kernel_size": 2},
    "grouped": {"groups": 2},
    "depthwise": {"groups": 4, "padding": 1},
    "pointwise": {"kernel_size": 1},
    "pointwise, strided, padded, grouped": {
        "kernel_size": 1,
        "stride": 2,
        "padding": 1,
        "groups": 2,
    },
    "one position": {"kernel_size": 7, "stride": 9},
}


def alone(inputs: Tensor, layer: nn.Module, channel: int) -> Tensor:
    """What the layer makes of one input channel, the others being zero; without bias."""
    single = torch.zeros_like(inputs)
    single[:, channel] = inputs[:, channel]
    found: Tensor = layer(single) - layer(torch.zeros_like(inputs))
    return found.detach()


def naive(inputs: Tensor, layer: nn.Module, groups: int) -> Tensor:
    maps = torch.stack([alone(inputs, layer, c) for c in range(inputs.shape[1])], 2)
    found = maps.flatten(3).amax(3)
    of_group = torch.unflatten(torch.unflatten(found, 1, (groups, -1)), 3, (groups, -1))
    return torch.stack([of_group[:, g, :, g] for g in range(groups)], 1).flatten(1, 2)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("axes", CONVOLUTIONS)
@pytest.mark.parametrize("name", OPTIONS)
def test_influence_is_the_maximum_of_the_layer_given_one_channel(name: str, axes: int) -> None:
    options: dict[str, Any] = {"kernel_size": 3} | OPTIONS[name]
    conv = CONVOLUTIONS[axes](4, 8, **options).double()
    inputs = torch.randn(BATCH, 4, *LENGTHS[:axes]).double()
    expected = naive(inputs, conv, conv.groups)
    assert expected.shape == (BATCH, 8, 4 // conv.groups)
    torch.testing.assert_close(single_channel_influence(inputs, conv), expected)


@pytest.mark.parametrize("chunk", [1, 100, 2**20])
@pytest.mark.parametrize("few", [0, 10**6])
def test_neither_form_nor_chunks_change_the_influence(
    chunk: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    conv = nn.Conv2d(6, 10, 3, padding=1, stride=2, groups=2).double()
    inputs = torch.randn(5, 6, 7, 8).double()
    monkeypatch.setattr(summit_influence, "CHUNK", chunk)
    monkeypatch.setattr(summit_influence, "FEW", few)
    torch.testing.assert_close(single_channel_influence(inputs, conv), naive(inputs, conv, 2))


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("groups", [1, 2, 6])
def test_chosen_outputs_are_those_of_all(groups: int, kernel: int) -> None:
    inputs, weight = torch.randn(4, 6, 9, 9), torch.randn(12, 6 // groups, kernel, kernel)
    options: dict[str, Any] = {"padding": 1, "stride": (2, 1), "groups": groups}
    whole = single_channel_maxima(inputs, weight, **options)
    for chosen in ([], [7], [11, 0, 5, 5]):
        index = torch.tensor(chosen, dtype=torch.long)
        part = single_channel_maxima(inputs, weight, outputs=index, **options)
        torch.testing.assert_close(part, whole[:, index])


def test_a_dense_layer_has_one_position_and_tokens_have_many() -> None:
    linear = nn.Linear(5, 3)
    inputs = torch.randn(4, 5)
    products = linear.weight * inputs[:, None]
    torch.testing.assert_close(single_channel_influence(inputs, linear), products.detach())
    torch.testing.assert_close(products.sum(2) + linear.bias, linear(inputs), rtol=1e-5, atol=1e-6)
    tokens = torch.randn(4, 6, 7, 5)
    every = (linear.weight * tokens[..., None, :]).flatten(1, 2).amax(1)
    torch.testing.assert_close(single_channel_influence(tokens, linear), every.detach())


def test_where_there_is_one_position_influences_and_bias_sum_to_the_pre_activation() -> None:
    conv = nn.Conv2d(4, 8, 5, groups=2)
    inputs = torch.randn(BATCH, 4, 5, 5)
    assert conv.bias is not None
    total = single_channel_influence(inputs, conv).sum(2) + conv.bias
    torch.testing.assert_close(total, conv(inputs)[:, :, 0, 0], rtol=1e-4, atol=1e-5)


def test_with_several_positions_they_sum_to_no_less_than_the_largest_pre_activation() -> None:
    conv = nn.Conv2d(4, 8, 3, padding=1, bias=False)
    inputs = torch.randn(BATCH, 4, 6, 6)
    assert (single_channel_influence(inputs, conv).sum(2) >= conv(inputs).amax((2, 3)) - 1e-5).all()


def test_the_layer_and_its_gradients_are_left_alone() -> None:
    conv = nn.Conv1d(2, 2, 3)
    inputs = torch.randn(1, 2, 5, requires_grad=True)
    assert not single_channel_influence(inputs, conv).requires_grad
    assert conv.weight.requires_grad
    assert conv.weight.grad is None


def test_half_precision_is_computed_in_single() -> None:
    conv = nn.Conv2d(3, 4, 3)
    inputs = torch.randn(2, 3, 6, 6).bfloat16()
    half = nn.Conv2d(3, 4, 3).to(torch.bfloat16)
    half.load_state_dict(conv.state_dict())
    found = single_channel_influence(inputs, half)
    assert found.dtype == torch.float32
    with torch.no_grad():
        conv.weight.copy_(half.weight)
    torch.testing.assert_close(found, single_channel_influence(inputs.float(), conv))


def test_no_inputs_have_no_influence() -> None:
    conv = nn.Conv2d(3, 4, 3)
    assert single_channel_influence(torch.empty(0, 3, 5, 5), conv).shape == (0, 4, 3)


def test_what_is_no_convolution_or_does_not_fit_is_refused() -> None:
    conv, linear = nn.Conv2d(3, 4, 3), nn.Linear(3, 4)
    with pytest.raises(ValueError, match=r"inputs of shape \[2, 4, 5, 5\], weight of shape"):
        single_channel_influence(torch.zeros(2, 4, 5, 5), conv)
    with pytest.raises(ValueError, match=r"expected \[batch, in, …\]"):
        single_channel_influence(torch.zeros(3, 5, 5), conv)
    with pytest.raises(ValueError, match=r"expected \[batch, …, 3\]"):
        single_channel_influence(torch.zeros(2, 4), linear)
    for layer in (nn.ConvTranspose2d(3, 4, 3), nn.ReLU()):
        with pytest.raises(TypeError, match="is no convolution"):
            single_channel_influence(torch.zeros(2, 3, 5, 5), layer)  # type: ignore[arg-type]


@given(st.integers(1, 9), st.integers(1, 7), st.integers(0, 2**31), st.booleans())
def test_top_producers_are_the_first_of_a_stable_sort(
    producers: int, k: int, seed: int, ties: bool
) -> None:
    random = np.random.default_rng(seed)
    influence = random.normal(size=(4, 3, producers)) * (1 if ties else 1000)
    influence = np.round(influence)
    influence[random.random(influence.shape) < 0.1] = np.nan
    chosen = top_producers(torch.from_numpy(influence), k).numpy()
    for index in np.ndindex(4, 3):
        row = influence[index]
        known = np.flatnonzero(~np.isnan(row))
        best = known[np.argsort(-row[known], kind="stable")][:k]
        if not np.nan_to_num(row).any():
            best = best[:0]
        assert set(np.flatnonzero(chosen[index])) == set(best)


def test_a_silent_layer_has_no_producers() -> None:
    influence = torch.tensor([[0.0, 0.0, 0.0], [-1.0, 0.0, -2.0], [torch.nan, -torch.inf, 0.0]])
    assert top_producers(influence, 2).tolist() == [
        [False, False, False],
        [True, True, False],
        [False, False, False],
    ]
    assert top_producers(torch.empty(2, 0)).shape == (2, 0)
