from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networks
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.tracing.roles.roles import find_roles
from tests.summary_ops.tracing.transformers import (
    WIDTH,
    Chunked,
    Gated,
    Mlp,
    Parallel,
    PostNorm,
    PreNorm,
    Transformer,
)


def roles(model: nn.Module, *inputs: Tensor, predict: Callable[[Any], Tensor] | None = None):
    model.eval()
    return {
        role.layer: role.role + ("~" if role.signed else "")
        for role in find_roles(model, lambda: model(*inputs), predict)
    }


TOKENS = torch.randn(2, 5, WIDTH)


@pytest.mark.parametrize(
    ("block", "hidden"),
    [
        (lambda: PreNorm(Mlp()), "mlp.act"),
        (lambda: PreNorm(Mlp(nn.ReLU())), "mlp.act"),
        (lambda: PreNorm(Gated()), "mlp.down.input"),
        (lambda: PreNorm(Chunked()), "mlp.down.input"),
        (lambda: Parallel(Mlp()), "mlp.act"),
        (lambda: Parallel(Gated()), "mlp.down.input"),
        (PostNorm, "output.dense.input"),
        (lambda: nn.TransformerEncoderLayer(WIDTH, 2, 16, batch_first=True), "linear2.input"),
    ],
    ids=[
        "pre-norm",
        "relu",
        "gated",
        "chunked",
        "parallel",
        "parallel-gated",
        "post-norm",
        "torch",
    ],
)
@pytest.mark.parametrize("depth", [1, 3])
def test_blocks_of_transformers_and_the_hidden_units_of_their_mlps(block, hidden, depth):
    found = roles(Transformer(*(block() for _ in range(depth))), TOKENS)
    expected = {"head": "output"}
    for index in range(depth):
        expected |= {f"blocks.{index}": "block~", f"blocks.{index}.{hidden}": "hidden"}
    assert found == expected


def test_a_block_that_is_called_again_is_one_layer():
    block = PreNorm(Mlp())
    found = roles(nn.Sequential(*[block] * 3, nn.Linear(WIDTH, 3)), TOKENS)
    assert found == {"0": "block~", "0.mlp.act": "hidden", "3": "output"}


def test_the_only_block_of_its_class_is_found_by_what_it_does():
    model = Transformer(PreNorm(Mlp()), PreNorm(Mlp()), Parallel(Mlp()))
    assert [name for name, role in roles(model, TOKENS).items() if role == "block~"] == [
        "blocks.0",
        "blocks.1",
        "blocks.2",
    ]


class Squeeze(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.down, self.act, self.up = nn.Conv2d(width, 2, 1), nn.ReLU(), nn.Conv2d(2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.up(self.act(self.down(x.mean((2, 3), keepdim=True)))).sigmoid()


class Inverted(nn.Module):
    """Of mobile networks: with a shortcut only where the size stays."""

    def __init__(self, width: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.expand, self.act = nn.Conv2d(width, 16, 1), nn.SiLU()
        self.depthwise = nn.Conv2d(16, 16, 3, stride, 1, groups=16)
        self.se, self.project = Squeeze(16), nn.Conv2d(16, out, 1)
        self.shortcut = width == out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        h = self.act(self.depthwise(self.act(self.expand(x))))
        out = self.project(self.se(h))
        return x + out if self.shortcut else out


class Bottleneck(nn.Module):
    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.conv1, self.norm, self.relu = nn.Conv2d(width, 4, 1), nn.BatchNorm2d(4), nn.ReLU()
        self.conv2, self.conv3 = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, out, 1)
        self.se = Squeeze(out)
        self.downsample = nn.Conv2d(width, out, 1) if width != out else None

    def forward(self, x: Tensor) -> Tensor:
        h = self.relu(self.conv2(self.relu(self.norm(self.conv1(x)))))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.se(self.conv3(h)) + shortcut)


class Cnn(nn.Module):
    def __init__(self, body: nn.Module, width: int) -> None:
        super().__init__()
        self.stem, self.act, self.body = nn.Conv2d(1, 6, 3), nn.ReLU(), body
        self.fc = nn.Linear(width, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.body(self.act(self.stem(x))).mean((2, 3)))


IMAGES = torch.rand(2, 1, 16, 16)


def test_blocks_of_a_residual_network_are_rectified_and_stages_are_none():
    stages = nn.Sequential(
        nn.Sequential(Bottleneck(6, 8), Bottleneck(8, 8)), nn.Sequential(Bottleneck(8, 10))
    )
    assert roles(Cnn(stages, 10), IMAGES) == {
        "act": "activation",
        "body.0.0": "block",
        "body.0.1": "block",
        "body.1.0": "block",
        "fc": "output",
    }


def test_blocks_without_a_shortcut_count_as_others_of_their_class_do():
    blocks = nn.Sequential(Inverted(6, 8, 2), Inverted(8, 8), Inverted(8, 12))
    found = roles(Cnn(blocks, 12), IMAGES)
    assert found.pop("act") == "activation"
    assert found == {"body.0": "block", "body.1": "block~", "body.2": "block", "fc": "output"}


class Branches(nn.Module):
    """Branches that are joined, with one nested in another."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.three = nn.Conv2d(width, 4, 1), nn.Conv2d(width, 4, 3, padding=1)
        self.five = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        three = F.relu(self.three(x))
        three = torch.cat([three, F.relu(self.five(three))], 1)
        return torch.cat([F.relu(self.one(x)), three, F.max_pool2d(x, 3, 1, 1)], 1)


def test_inception_blocks_rather_than_their_convolutions():
    model = Cnn(nn.Sequential(Branches(6), nn.MaxPool2d(2), Branches(17)), 28)
    assert roles(model, IMAGES) == {
        "act": "activation",
        "body.0": "block",
        "body.2": "block",
        "fc": "output",
    }


class Dense(nn.Module):
    """A layer whose output is appended to those before it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(width, 8, 1), nn.Conv2d(8, 4, 3, padding=1)

    def forward(self, x: list[Tensor]) -> Tensor:
        return self.conv2(F.relu(self.conv1(F.relu(torch.cat(x, 1)))))


class DenseStage(nn.ModuleDict):
    def forward(self, x: Tensor) -> Tensor:
        found = [x]
        for layer in self.values():
            found.append(layer(found))
        return torch.cat(found, 1)


def test_layers_of_a_densely_connected_network():
    stage = DenseStage({"a": Dense(6), "b": Dense(10), "c": Dense(14)})
    assert roles(Cnn(stage, 18), IMAGES) == {
        "act": "activation",
        "body.a": "block",
        "body.b": "block",
        "body.c": "block",
        "fc": "output",
    }


class Skip(nn.Module):
    """A level of a U-Net: what is inside runs at half the size."""

    def __init__(self, inner: nn.Module, width: int) -> None:
        super().__init__()
        self.down, self.inner = nn.Conv2d(width, 2 * width, 3, 2, 1), inner
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.up(self.inner(self.down(x)))], 1)


class Unit(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.act = nn.Conv2d(width, width, 3, padding=1), nn.PReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(self.act(self.conv1(x)))


def test_blocks_at_every_level_of_a_nested_network():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        Unit(4),
        Skip(nn.Sequential(Unit(8), nn.Conv2d(8, 8, 1)), 4),
        nn.Conv2d(8, 1, 1),
    )
    found = roles(model, IMAGES)
    assert {"1": "block~", "2.inner.0": "block~", "3": "output"}.items() <= found.items()


def test_functional_activations_are_named_after_the_module_before():
    found = roles(networks.FunctionalCnn(), IMAGES[:, :, :8, :8])
    assert found == {
        "conv1.relu": "activation",
        "conv2.relu": "activation",
        "fc1.relu": "activation",
        "fc2": "output",
    }


class Averaged(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.act = nn.Linear(4, 6), nn.Tanh()
        self.value, self.head, self.teacher = (nn.Linear(6, n) for n in (1, 3, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.act(self.trunk(x))
        return (self.head(h) + self.teacher(h)) / 2, self.value(h)


def test_the_output_is_what_makes_the_chosen_prediction():
    x = torch.randn(2, 4)
    trunk = {"act": "activation"}
    assert roles(Averaged(), x) == trunk | {"head": "output", "teacher": "output"}
    assert roles(Averaged(), x, predict=lambda out: out[1]) == trunk | {"value": "output"}


class Timed(nn.Module):
    """A block that a time embedding scales and shifts, as in diffusion models."""

    def __init__(self) -> None:
        super().__init__()
        self.time = nn.Sequential(nn.Linear(1, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.mlp, self.out = Mlp(), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        scale = self.time(time)[:, None]
        x = x + self.mlp(x * (1 + scale) + scale)
        return self.out(x)


def test_embeddings_of_time_and_squeeze_excite_layers_are_no_hidden_units():
    found = roles(Timed(), TOKENS, torch.rand(2, 1))
    assert found == {"mlp.act": "hidden", "out": "output"}
    model = Cnn(nn.Sequential(nn.Conv2d(6, 8, 3), nn.ReLU(), Squeeze(8)), 8)
    assert roles(model, IMAGES) == {"act": "activation", "body.1": "activation", "fc": "output"}


def test_without_activation_functions_all_layers_with_weights_are_recorded():
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 6), nn.Linear(6, 3))
    found = roles(model, torch.randn(2, 4))
    assert found == {"0": "product", "1": "product", "2": "output"}


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_recurrent_layers_are_whole(kind):
    found = roles(networks.Recurrent(kind), networks.digits()[0][:2])
    assert found == {"rnn": "recurrent", "head": "output"}


def test_a_trace_leaves_nothing_on_the_model():
    model = Transformer(PreNorm(Mlp()), PreNorm(Gated()))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    roles(model, TOKENS)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
