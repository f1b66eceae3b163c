"""The parameters that feed each recorded layer, against what autograd finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from summary_ops.network.modules import layers
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import tracer_of

IMAGES = networks.digits()[0][:4]


class Tied(nn.Module):
    """An embedding whose weight is the head's too, with positions that are a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.act = nn.Embedding(7, 4), nn.ReLU()
        self.positions = nn.Parameter(torch.randn(3, 4))
        self.mix, self.head = nn.Linear(4, 4), nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens: Tensor) -> Tensor:
        hidden: Tensor = self.mix(self.embed(tokens) + self.positions)
        return self.head(self.act(hidden)).mean(1)


class Sequences(nn.Module):
    """A recurrent module, which is not looked into, and a layer that nothing recorded follows."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.act = nn.LSTM(8, 5, batch_first=True), nn.Tanh()
        self.norm, self.head = nn.LayerNorm(5), nn.Linear(5, 2)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.act(self.norm(self.lstm(images.flatten(1, 2))[0][:, -1])))


class Unused(nn.Module):
    """Has a module that does not run, and a weight that is computed from two parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Linear(64, 6))
        self.relu, self.head, self.spare = nn.ReLU(inplace=True), nn.Linear(6, 3), nn.Linear(9, 9)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.relu(self.first(images.flatten(1))))


TOKENS = torch.arange(12).reshape(4, 3) % 7
CASES: dict[str, tuple[Callable[[], nn.Module], Tensor, Any]] = {
    "ReLUs after convolutions and their norms": (networks.Vgg, IMAGES, "auto"),
    "convolutions before ReLUs in place": (
        partial(networks.Vgg, inplace=True),
        IMAGES,
        ["features.0", "classifier.0"],
    ),
    "residual blocks": (networks.Residual, IMAGES, "auto"),
    "a ReLU that is called twice": (networks.Residual, IMAGES, ["layer1.0.relu", "layer1.0"]),
    "parallel branches": (partial(nets.Branches, 1), IMAGES, "*"),
    "shared weights": (Tied, TOKENS, ["act", "head"]),
    "a recurrent module": (Sequences, IMAGES, ["act"]),
    "a module that does not run": (Unused, IMAGES, ["relu", "head"]),
}


def found_by_autograd(model: nn.Module, given: Tensor, chosen: list[str]) -> Counter[str]:
    """Count what each layer's output depends on, when those of the layers before are constants."""
    parameters = dict(model.named_parameters())
    free, counts, calls = set(parameters), Counter[str](), Counter[str]()

    def see(name: str, _module: nn.Module, _given: Any, output: Tensor) -> Tensor:
        key = f"{name}:{calls[name]}" if calls[name] else name
        calls[name] += 1
        counts[key] = 0
        if free and output.requires_grad:
            names = sorted(free)
            gradients = torch.autograd.grad(
                output.sum(), [parameters[n] for n in names], allow_unused=True, retain_graph=True
            )
            for one, gradient in zip(names, gradients, strict=True):
                if gradient is not None:
                    counts[key] += parameters[one].numel()
                    free.discard(one)
        return output.detach()

    hooks = [model.get_submodule(name).register_forward_hook(partial(see, name)) for name in chosen]
    model(given)
    for hook in hooks:
        hook.remove()
    return counts


@pytest.mark.parametrize("case", CASES)
def test_each_layer_has_the_parameters_that_feed_it_since_the_countsbefore(case: str) -> None:
    make, given, chosen = CASES[case]
    torch.manual_seed(0)
    model = make().eval()
    names = [*layers.choose(model, chosen)]
    tracer = tracer_of(model, chosen)
    tracer.trace(lambda: model(given))
    found = {one.name: one.parameters for one in tracer.topology().weights}
    expected = found_by_autograd(model, given, names)
    assert found == dict(expected)
    assert any(found.values())


def test_the_countsand_what_follows_the_last_have_all_parameters() -> None:
    model = networks.Vgg().eval()
    tracer = tracer_of(model, ["features.2", "classifier.1"])
    tracer.trace(lambda: model(IMAGES))
    counts = [one.parameters for one in tracer.topology().weights]
    assert all(counts)
    after = sum(one.numel() for one in model.classifier[3].parameters())
    assert sum(counts) + after == sum(one.numel() for one in model.parameters())
