"""A contribution is what the consumer loses when a unit goes to the baseline and others stay."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import outputs, tracer_of

IMAGES = networks.digits()[0][:12]


def convolutions() -> nn.Module:
    """Convolutions with norms of running statistics, and a pooled classifier."""
    torch.manual_seed(0)
    first, second = nn.BatchNorm2d(6), nn.BatchNorm2d(5)
    for norm in (first, second):
        nn.init.uniform_(norm.running_mean)
        nn.init.uniform_(norm.bias)
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 3, padding=1), first, nn.ReLU()),
        *(nn.Conv2d(6, 5, 3, padding=1), second, nn.ReLU()),
        *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(80, 4)),
    )


def sigmoids() -> nn.Module:
    """What is recorded is the argument of a function that is not 0 at 0."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.Sigmoid(), nn.Linear(6, 4))


class Bottleneck(nn.Module):
    """A linear bottleneck, which is added to its input without an activation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 2 * channels
        self.expand = nn.Sequential(nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide))
        self.first = nn.ReLU()
        self.depthwise = nn.Sequential(
            nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide)
        )
        self.second = nn.ReLU()
        self.project = nn.Sequential(
            nn.Conv2d(wide, channels, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.second(self.depthwise(self.first(self.expand(x))))
        return x + self.project(hidden)


class Bottlenecks(nn.Module):
    """A stem and three linear bottlenecks, as in MobileNetV2 and EfficientNet-Lite."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU())
        self.blocks = nn.Sequential(*(Bottleneck(4) for _ in range(3)))
        self.top = nn.Sequential(nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6), nn.ReLU())
        self.head = nn.Linear(6, 4)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_mean)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.top(self.blocks(self.stem(x))).mean((2, 3)))


class SparseWeights(nn.Module):
    """A layer whose weights are a sparse tensor, which has no memory that views could share."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.ReLU())
        weight = torch.randn(8, 6) * (torch.rand(8, 6) > 0.5)
        self.weight = nn.Parameter(weight.to_sparse())
        self.second, self.third, self.head = nn.ReLU(), nn.ReLU(), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.second(torch.sparse.mm(self.weight, self.first(x).T).T)
        return self.head(self.third(nn.functional.linear(hidden, self.weight.t())))


RECTIFIED = ["stem.1", *(f"blocks.{block}.second" for block in range(3)), "top.2", "head"]
MODELS = {
    "linear bottlenecks": (Bottlenecks(), ["stem.1", "blocks.0", "blocks.1", "top.2", "head"]),
    "branches of linear bottlenecks": (Bottlenecks(), RECTIFIED),
    "sparse weights": (SparseWeights(), ["first", "second", "third", "head"]),
    "convolutions": (convolutions(), ["2", "5", "8"]),
    "a curve between": (sigmoids(), ["1", "3"]),
    "layers that are not recorded": (networks.Residual(blocks=1), ["stem", "layer1.0.conv2", "fc"]),
    "attention": (nets.Masked("boolean"), ["embed", "block", "head"]),
    "experts": (nets.Experts(), ["embed", "block", "head"]),
    "blocks of patches": (networks.ConvNext(), ["stem", "stages.0", "head"]),
}


def axis_of(value: Tensor) -> int:
    """The units' axis: last of tokens and vectors, else second."""
    return 1 if value.ndim == 4 else value.ndim - 1


def pre_of(model: nn.Module, consumer: str, held: dict[str, Tensor]) -> Tensor:
    """What a layer rectifies, or puts out where it does not, with others held."""
    module, found = model.get_submodule(consumer), list[Tensor]()
    handles = [
        model.get_submodule(name).register_forward_hook(lambda *_, value=value: value.clone())
        for name, value in held.items()
    ]
    if isinstance(module, nn.ReLU):
        handles += [
            module.register_forward_pre_hook(lambda _m, args: found.append(args[0].clone()))
        ]
    else:
        handles += [module.register_forward_hook(lambda _m, _a, out: found.append(out.clone()))]
    with torch.no_grad():
        model(IMAGES)
    for handle in handles:
        handle.remove()
    return found[0]


def falls(model: nn.Module, names: list[str], pair: tuple[str, str], baseline: str) -> Tensor:
    """By how much each consumer's mean falls without each producer, `[consumers, producers]`."""
    producer, consumer = pair
    seen = outputs(model, IMAGES, names)
    held = {name: seen[name] for name in names[: names.index(consumer)]}
    whole = pre_of(model, consumer, held)
    rectified = isinstance(model.get_submodule(consumer), nn.ReLU)
    on = (whole > 0).float() if rectified else torch.ones_like(whole)
    value, columns = seen[producer], []
    for unit in range(value.shape[axis_of(value)]):
        without = value.clone()
        part = without.select(axis_of(value), unit)
        part.fill_(part.mean() if baseline == "mean" else 0)
        change = (whole - pre_of(model, consumer, held | {producer: without})) * on
        columns.append(change.double().movedim(axis_of(change), 0).flatten(1).mean(1))
    return torch.stack(columns, 1)


@pytest.mark.parametrize("baseline", ["zero", "mean"])
@pytest.mark.parametrize("name", MODELS)
def test_contributions_are_what_ablation_takes(name: str, baseline: str) -> None:
    model, names = MODELS[name]
    model.eval()
    seen = outputs(model, IMAGES, names)
    means = {
        layer: value.movedim(axis_of(value), 0).flatten(1).mean(1) for layer, value in seen.items()
    }
    tracer = tracer_of(model, names, baseline=baseline)
    tracer.trace(lambda: model(IMAGES[:2]))
    found = tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=12, means=means)
    pairs = 0
    for consumer, edges in found.compose().items():
        tables: dict[str, Tensor] = {}
        parts = edges.contribution.split(list(edges.units), 1)
        for producer, table in zip(edges.producers, parts, strict=True):
            tables[producer] = tables.get(producer, 0) + table
        for producer, table in tables.items():
            expected = falls(model, names, (producer, consumer), baseline)
            torch.testing.assert_close(table, expected, rtol=1e-4, atol=1e-6)
            pairs += 1
    assert pairs >= len(names) - 1


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_parts_of_bottlenecks_that_are_joined_further_on_are_their_ablation(baseline: str) -> None:
    """Between rectified layers all is linear, so that parts multiplied are exact as well."""
    model = Bottlenecks().eval()
    names = ["stem.1", *(f"blocks.{n}.{part}" for n in range(3) for part in ("first", "second"))]
    names += ["top.2", "head"]
    seen = outputs(model, IMAGES, names)
    means = {layer: value.transpose(0, 1).flatten(1).mean(1) for layer, value in seen.items()}
    tracer = tracer_of(model, names, baseline=baseline, work=0)
    tracer.trace(lambda: model(IMAGES[:2]))
    found = tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=12, means=means)
    edges = found.compose()["top.2"]
    assert set(edges.producers) == {"stem.1", *(f"blocks.{block}.second" for block in range(3))}
    parts = edges.contribution.split(list(edges.units), 1)
    for producer, table in zip(edges.producers, parts, strict=True):
        expected = falls(model, names, (producer, "top.2"), baseline)
        torch.testing.assert_close(table, expected, rtol=1e-4, atol=1e-6)


def test_the_mean_as_baseline_needs_means() -> None:
    model = sigmoids().eval()
    tracer = tracer_of(model, ["1", "3"], baseline="mean")
    with pytest.raises(ValueError, match="no means are given"):
        tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=12)
    with pytest.raises(ValueError, match="no means of 1"):
        tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=12, means={})


def test_a_unit_that_is_constant_gives_nothing_beyond_its_mean() -> None:
    model = convolutions().eval()
    with torch.no_grad():
        model[1].weight[2], model[1].bias[2] = 0.0, 3.0
    seen = outputs(model, IMAGES, ["2", "5", "8"])
    means = {layer: value.transpose(0, 1).flatten(1).mean(1) for layer, value in seen.items()}
    found = {}
    for baseline in ("zero", "mean"):
        tracer = tracer_of(model, ["2", "5", "8"], baseline=baseline)
        measured = tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=12, means=means)
        found[baseline] = measured.compose()["5"].contribution[:, 2]
    assert found["zero"].abs().max() > 0.01
    torch.testing.assert_close(found["mean"], torch.zeros(5).double(), rtol=0, atol=1e-6)
