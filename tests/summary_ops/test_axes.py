"""Which axis holds the units: pooled activations are compared with plain hooks and `amax`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import networks
import pytest
import torch
from torch import Tensor, nn

from summary_ops.network.hooks import activations
from summary_ops.network.layouts import axes
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.layers import choose
from summary_ops.problems import Problems


def pooled(
    model: nn.Module,
    inputs: Tensor,
    layers: Any = "auto",
    *,
    mask: Tensor | None = None,
    reduction: str = "max",
    unit_axis: dict[str, int] | None = None,
) -> Mapping[str, Tensor]:
    network = RecordedNetwork(
        model.eval(),
        choose(model, layers),
        reduction=reduction,
        unit_axes=unit_axis or {},
        problems=Problems(strict=True),
    )
    with torch.no_grad():
        return activations.pooled(network, lambda: model(inputs), len(inputs), mask)


def outputs(model: nn.Module, inputs: Tensor) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def keep(name: str, output: Any) -> None:
        found.setdefault(name, output)

    handles = [
        module.register_forward_hook(lambda _m, _a, output, name=name: keep(name, output))
        for name, module in model.named_modules()
    ]
    with torch.no_grad():
        model.eval()(inputs)
    for handle in handles:
        handle.remove()
    return found


IMAGES = networks.digits()[0][:5]
SPATIAL, TOKENS, TOKENS_SECOND = (2, 3), (1,), (0,)


@pytest.mark.parametrize(
    ("model", "positions"),
    [
        (networks.Vgg(), {"features.2": SPATIAL, "features.5": SPATIAL, "classifier.1": ()}),
        (networks.Residual(), {"relu": SPATIAL, "layer1.0": SPATIAL, "layer2.1": SPATIAL}),
        (networks.FunctionalCnn(), {"conv1": SPATIAL, "conv2": SPATIAL, "fc1": (), "fc2": ()}),
        (
            networks.Encoder(),
            {"embed": TOKENS, "encoder.layers.0": TOKENS, "encoder.layers.1.linear1": TOKENS},
        ),
        (
            networks.Encoder(batch_first=False),
            {"encoder.layers.0": TOKENS_SECOND, "encoder.layers.1.linear1": TOKENS_SECOND},
        ),
        (networks.ConvNext(), {"stem": SPATIAL, "stages.0": SPATIAL, "stages.1": SPATIAL}),
    ],
    ids=["vgg", "residual", "functional", "encoder", "encoder, batch second", "convnext"],
)
def test_auto_layers_have_the_right_units(
    model: nn.Module, positions: dict[str, Sequence[int]]
) -> None:
    plain, found = outputs(model, IMAGES), pooled(model, IMAGES)
    for name, places in positions.items():
        want = plain[name].amax(tuple(places)) if places else plain[name]
        assert torch.equal(found[name], want), name


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("batch_first", [True, False])
def test_recurrent_layers_have_their_hidden_units(
    kind: type[nn.RNNBase], *, batch_first: bool
) -> None:
    model = networks.Recurrent(kind, batch_first=batch_first)
    sequence, state = outputs(model, IMAGES)["rnn"]
    found = pooled(model, IMAGES, ["rnn", "rnn[0]", "rnn[1]"])
    assert torch.equal(found["rnn"], sequence.amax(1 if batch_first else 0))
    assert torch.equal(found["rnn[0]"], found["rnn"])
    hidden = state[0] if kind is nn.LSTM else state
    assert torch.equal(found["rnn[1]"], hidden.amax(0))


@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_has_the_units_of_its_output(*, batch_first: bool) -> None:
    class Attending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first)

        def forward(self, images: Tensor) -> Tensor:
            tokens = images[:, 0] if batch_first else images[:, 0].transpose(0, 1)
            return self.attention(tokens, tokens, tokens)[0]

    model = Attending()
    attended, weights = outputs(model, IMAGES)["attention"]
    found = pooled(model, IMAGES, ["attention", "attention[1]"])
    assert torch.equal(found["attention"], attended.amax(1 if batch_first else 0))
    assert torch.equal(found["attention[1]"], weights.amax(1))


def test_the_same_rank_means_channels_after_a_convolution_and_dimensions_after_a_dense_layer() -> (
    None
):
    signals = torch.randn(5, 6, 6)
    convolved = nn.Sequential(nn.Conv1d(6, 6, 3, padding=1), nn.ReLU())
    tokens = nn.Sequential(nn.Linear(6, 6), nn.GELU())
    assert torch.equal(pooled(convolved, signals, "1")["1"], convolved(signals).amax(2))
    assert torch.equal(pooled(tokens, signals, "1")["1"], tokens(signals).amax(1))


@pytest.mark.parametrize(
    "layer", [nn.GroupNorm(2, 4), nn.BatchNorm2d(4), nn.InstanceNorm2d(4), nn.MaxPool2d(2),
              nn.Identity(), nn.PReLU(4), nn.Upsample(scale_factor=2), nn.AdaptiveAvgPool2d(1)],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_what_follows_a_convolution_keeps_its_channels(layer: nn.Module) -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), layer)
    plain = outputs(model, IMAGES)["1"]
    assert torch.equal(pooled(model, IMAGES, "1")["1"], plain.amax((2, 3)))


def test_flattened_positions_are_units_of_their_own() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten())
    assert pooled(model, IMAGES, "1")["1"].shape == (5, 4 * 36)


def test_channels_last_is_recorded_as_any_other_layout() -> None:
    model = networks.Vgg()
    plain = pooled(model, IMAGES)
    last = pooled(model.to(memory_format=torch.channels_last), IMAGES)
    for name, values in plain.items():
        torch.testing.assert_close(last[name], values)


@pytest.mark.parametrize("kind", ["dict", "dataclass"])
def test_a_module_that_returns_several_records_its_first_floating_or_the_chosen_one(
    kind: str,
) -> None:
    model = networks.Enclosed(kind=kind)
    hidden = outputs(model, IMAGES)["enc.dense"].amax(1)
    found = pooled(model, IMAGES, ["enc", "enc.last_hidden_state"])
    assert torch.equal(found["enc"], hidden)
    assert torch.equal(found["enc.last_hidden_state"], hidden)


def test_a_layer_called_twice_is_two_layers() -> None:
    model = networks.Residual()
    found = pooled(model, IMAGES, ["layer1.0.relu", "layer1.0"])
    assert list(found) == ["layer1.0.relu", "layer1.0.relu:1", "layer1.0"]
    assert torch.equal(found["layer1.0.relu:1"], found["layer1.0"])
    assert not torch.equal(found["layer1.0.relu"], found["layer1.0"])


def test_the_mean_over_positions_by_choice() -> None:
    model = networks.Vgg()
    plain = outputs(model, IMAGES)["features.2"]
    found = pooled(model, IMAGES, "features.2", reduction="mean")["features.2"]
    torch.testing.assert_close(found, plain.mean((2, 3)))


@pytest.mark.parametrize("reduction", ["max", "mean"])
@pytest.mark.parametrize("batch_first", [True, False])
def test_padded_tokens_never_count(reduction: str, *, batch_first: bool) -> None:
    model = networks.Encoder(batch_first=batch_first)
    lengths = torch.tensor([1, 3, 8, 5, 0])
    mask = torch.arange(8) < lengths[:, None]
    layer = "encoder.layers.0"
    plain = outputs(model, IMAGES)[layer]
    plain = plain if batch_first else plain.transpose(0, 1)
    found = pooled(model, IMAGES, layer, reduction=reduction, mask=mask)[layer]
    for row, length in enumerate(lengths[:4]):
        kept = plain[row, :length]
        torch.testing.assert_close(found[row], kept.amax(0) if reduction == "max" else kept.mean(0))
    assert torch.isnan(found[4]).all()


def test_unknown_axes_are_asked_for_and_taken_as_given() -> None:
    class Reshaping(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.reshape(len(images), 2, 4, 8)

    model = nn.Sequential(Reshaping())
    with pytest.raises(RuntimeError, match=r"shape \[5, 2, 4, 8\].*unit_axis"):
        pooled(model, IMAGES, "0")
    found = pooled(model, IMAGES, "0", unit_axis={"0": -1})["0"]
    assert torch.equal(found, IMAGES.reshape(5, 2, 4, 8).amax((1, 2)))


@pytest.mark.parametrize("axis", [1, 2, 3])
@pytest.mark.parametrize("how", ["max", "mean"])
def test_positions_are_reduced_whichever_axis_holds_the_units_of_a_channels_last_tensor(
    axis: int, how: str
) -> None:
    output = torch.randn(5, 3, 4, 6).to(memory_format=torch.channels_last)
    positions = [place for place in (1, 2, 3) if place != axis]
    want = output.amax(positions) if how == "max" else output.mean(positions)
    torch.testing.assert_close(axes.pool(output, axis, how=how), want)
