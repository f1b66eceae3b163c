"""Summit's counts between recorded layers, direct and along the widest path."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.statistics.summit_influence import single_channel_influence, top_producers
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import measured, outputs

IMAGES = networks.digits()[0][:24]


def counts(inputs: Tensor, layer: nn.Module) -> Tensor:
    return top_producers(single_channel_influence(inputs, layer)).sum(0)


def widest(late: Tensor, early: Tensor) -> Tensor:
    return torch.minimum(late[:, :, None], early[None]).amax(1)


def summit(model: nn.Module, chosen: list[str], **options: object) -> dict[str, Tensor]:
    edges = measured(model, IMAGES, chosen, ["summit"], **options).compose()
    return {name: found.summit for name, found in edges.items()}


def test_counts_of_a_convolution_are_those_of_what_it_receives() -> None:
    model = networks.Vgg()
    found = summit(model, ["features.2", "features.5"])["features.5"]
    inputs = outputs(model, IMAGES, ["features.3"])["features.3"]
    assert torch.equal(found, counts(inputs, model.features[4]))


def test_counts_of_a_dense_layer_after_flatten_are_of_whole_channels() -> None:
    model = networks.Vgg()
    found = summit(model, ["features.5", "classifier.1"])["classifier.1"]
    inputs = outputs(model, IMAGES, ["features.6"])["features.6"]
    parts = (inputs[:, None] * model.classifier[0].weight).view(24, 16, 8, 16).sum(3)
    assert torch.equal(found, top_producers(parts).sum(0))


@pytest.mark.parametrize("batch_first", [True, False])
def test_counts_of_a_token_layer_are_of_the_best_token(batch_first: bool) -> None:
    model = networks.Encoder(batch_first=batch_first)
    chosen = ["encoder.layers.0.norm1", "encoder.layers.0.linear1"]
    found = summit(model, chosen)["encoder.layers.0.linear1"]
    seen = outputs(model, IMAGES, ["encoder.layers.0.norm1"])["encoder.layers.0.norm1"]
    tokens = seen if batch_first else seen.transpose(0, 1)
    assert torch.equal(found, counts(tokens, model.encoder.layers[0].linear1))


def test_grouped_convolutions_count_within_their_groups() -> None:
    model = nets.Chunks()
    found = summit(model, ["joined", "grouped"])["grouped"]
    inputs = outputs(model, IMAGES, ["joined"])["joined"]
    inside = counts(inputs, model.grouped)
    assert torch.equal(found[:2, :4], inside[:2])
    assert torch.equal(found[2:, 4:], inside[2:])
    assert int(found.sum()) == int(inside.sum())


def test_transposed_convolutions_count_too() -> None:
    layer = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, groups=2)
    model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), layer, nn.ReLU())
    found = summit(model, ["1", "3"])["3"]
    inputs = outputs(model, IMAGES, ["1"])["1"]
    alone = []
    for unit in range(6):
        one = torch.zeros_like(inputs)
        one[:, unit] = inputs[:, unit]
        alone.append(F.conv_transpose2d(one, layer.weight, None, 2, 1, groups=2).amax((2, 3)))
    influence = torch.stack(alone, 2).detach()
    expected = torch.zeros(4, 6, dtype=torch.int64)
    for group in range(2):
        rows, columns = slice(2 * group, 2 * group + 2), slice(3 * group, 3 * group + 3)
        expected[rows, columns] = top_producers(influence[:, rows, columns]).sum(0)
    assert torch.equal(found, expected)


def test_between_layers_the_widest_path_counts() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 7, 3), nn.ReLU(), nn.Conv2d(7, 8, 3), nn.ReLU(), nn.Conv2d(8, 9, 3), nn.ReLU()
    )
    found = summit(model, ["1", "5"])["5"]
    seen = outputs(model, IMAGES, ["1", "3"])
    expected = widest(counts(seen["3"], model[4]), counts(seen["1"], model[2]))
    assert torch.equal(found, expected)


def test_a_shortcut_is_as_wide_as_there_are_inputs() -> None:
    model = networks.Residual(blocks=1)
    found = summit(model, ["relu", "layer1.0"])["layer1.0"]
    assert torch.equal(found[:, :6], 24 * torch.eye(6, dtype=torch.int64))
    block, seen = model.layer1[0], outputs(model, IMAGES, ["relu"])["relu"]
    with torch.no_grad():
        hidden = F.relu(block.bn1(block.conv1(seen)))
    expected = widest(counts(hidden, block.conv2), counts(seen, block.conv1))
    assert torch.equal(found[:, 6:], expected)


def test_chosen_consumers_get_what_all_would_get() -> None:
    model = networks.Residual(blocks=1)
    chosen = ["relu", "layer1.0", "fc"]
    everything = summit(model, chosen)
    some = summit(model, chosen, top={"layer1.0": [4, 1], "fc": [7]})
    assert torch.equal(some["layer1.0"][[1, 4]], everything["layer1.0"][[1, 4]])
    assert torch.equal(some["fc"][7], everything["fc"][7])
    assert not some["layer1.0"][[0, 2, 3, 5]].any()
    assert not some["fc"][:7].any()
