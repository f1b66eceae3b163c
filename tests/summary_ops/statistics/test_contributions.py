"""Contributions by one weight gradient against the maps of every pair."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from summary_ops.statistics.contributions import dense_contributions, layer_contributions

LAYERS = [
    (nn.Conv2d(4, 6, 3, padding=1), (4, 7, 7)),
    (nn.Conv2d(4, 6, 3, stride=2, dilation=2, bias=False), (4, 9, 8)),
    (nn.Conv2d(4, 6, (1, 3), groups=2), (4, 5, 6)),
    (nn.Conv2d(4, 8, 3, groups=4), (4, 6, 6)),
    (nn.Conv1d(4, 3, 2, stride=2), (4, 9)),
    (nn.Conv3d(4, 3, 2), (4, 4, 4, 4)),
    (nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), (4, 4, 4)),
    (nn.ConvTranspose2d(4, 6, 2, groups=2), (4, 4, 4)),
]


def explicit(layer: nn.Module, inputs: Tensor, gradient: Tensor) -> Tensor:
    """`[out, in]`: one input channel at a time, its map weighted and summed."""
    columns = []
    for channel in range(inputs.shape[1]):
        alone = torch.zeros_like(inputs)
        alone[:, channel] = inputs[:, channel]
        part = layer(alone) - layer(torch.zeros_like(inputs))
        columns.append((part * gradient).transpose(0, 1).flatten(1).sum(1))
    return torch.stack(columns, 1).detach()


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda item: str(item)[:60])
def test_contributions_are_the_weighted_sums_of_each_pair_s_map(
    layer: nn.Module, shape: tuple[int, ...]
) -> None:
    inputs = torch.randn(5, *shape)
    gradient = torch.randn_like(layer(inputs)).detach()
    found = layer_contributions(inputs, layer, gradient)
    maps = explicit(layer, inputs, gradient)
    each_out, each_in = len(maps) // layer.groups, inputs.shape[1] // layer.groups
    for out in range(len(maps)):
        first = out // each_out * each_in
        torch.testing.assert_close(
            found[out], maps[out, first : first + each_in], rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("shape", [(5, 4), (5, 7, 4), (2, 3, 7, 4)])
def test_contributions_to_a_dense_layer_are_weight_times_activation(shape: tuple[int, ...]) -> None:
    layer, inputs = nn.Linear(4, 3), torch.randn(shape)
    gradient = torch.randn(*shape[:-1], 3)
    found = layer_contributions(inputs, layer, gradient)
    each = torch.einsum("...i,...o,oi->oi", inputs, gradient, layer.weight).detach()
    torch.testing.assert_close(found, each, rtol=1e-4, atol=1e-5)


def test_a_weight_of_its_own_for_every_matrix_of_a_batch() -> None:
    inputs, weight, gradient = torch.randn(2, 5, 4), torch.randn(2, 4, 3), torch.randn(2, 5, 3)
    each = torch.einsum("bri,bio,bro->io", inputs, weight, gradient)
    found = dense_contributions(inputs, weight, gradient)
    torch.testing.assert_close(found, each, rtol=1e-4, atol=1e-5)


def test_half_precision_is_summed_in_single() -> None:
    layer, inputs = nn.Conv2d(4, 3, 3).bfloat16(), torch.randn(5, 4, 6, 6).bfloat16()
    gradient = torch.ones(5, 3, 4, 4, dtype=torch.bfloat16)
    found = layer_contributions(inputs, layer, gradient)
    exact = layer_contributions(inputs.float(), layer.float(), gradient.float())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, exact)


def test_other_layers_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="a ReLU is no convolution"):
        layer_contributions(torch.ones(1, 2), nn.ReLU(), torch.ones(1, 2))
    same = nn.Conv2d(1, 1, 3, padding="same")
    with pytest.raises(TypeError, match="padding 'same': give the sizes as numbers"):
        layer_contributions(torch.ones(1, 1, 4, 4), same, torch.ones(1, 1, 4, 4))
