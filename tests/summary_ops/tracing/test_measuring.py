"""What a tracer promises: sums that merge, and a model left as it was."""

from __future__ import annotations

import random
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.tracing import Tracer
from summary_ops.tracing.influence.plan import TracePlan
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import measured, outputs, tracer_of

IMAGES = networks.digits()[0][:24]
MODELS = [
    networks.Vgg(inplace=True),
    networks.Residual(),
    networks.Encoder(),
    nets.SqueezeExcite(),
    nets.Inception(),
    nets.Recurring(),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_batches_add_up_however_they_are_split(model: nn.Module) -> None:
    tracer = tracer_of(model)
    tracer.trace(lambda: model(IMAGES[:2]))

    def of(images: Tensor) -> object:
        return tracer.measure(
            lambda: model(images), ["contribution", "maximum", "summit"], inputs=len(images)
        )

    whole = of(IMAGES).compose()
    parts = of(IMAGES[:5]).merge(of(IMAGES[5:6])).merge(of(IMAGES[6:])).compose()
    assert list(whole) == list(parts)
    for name, edges in whole.items():
        assert edges.producers == parts[name].producers
        torch.testing.assert_close(
            parts[name].contribution, edges.contribution, rtol=1e-4, atol=1e-6
        )
        torch.testing.assert_close(parts[name].maximum, edges.maximum, rtol=1e-4, atol=1e-6)
        assert torch.equal(parts[name].summit, edges.summit)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_following_a_known_sequence_finds_what_tracing_anew_does(model: nn.Module) -> None:
    measures = ["contribution", "maximum", "summit"]
    known = measured(model, IMAGES, measures=measures).compose()
    anew = tracer_of(model).measure(lambda: model(IMAGES), measures, inputs=24).compose()
    for name, edges in known.items():
        torch.testing.assert_close(edges.contribution, anew[name].contribution)
        torch.testing.assert_close(edges.maximum, anew[name].maximum)
        assert torch.equal(edges.summit, anew[name].summit)


def test_one_sequence_of_operations_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(
        "summary_ops.tracing.tracer.TracePlan",
        lambda *args, **named: made.append(args) or TracePlan(*args, **named),
    )
    model = networks.Encoder()
    tracer = tracer_of(model)
    tracer.trace(lambda: model(IMAGES[:2]))
    for size in (3, 5, 24):
        tracer.measure(lambda size=size: model(IMAGES[:size]), inputs=size)
    assert len(made) == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_known_sequence_is_passed_once(model: nn.Module) -> None:
    tracer = tracer_of(model)
    tracer.trace(lambda: model(IMAGES[:2]))
    calls = []
    handle = model.register_forward_pre_hook(lambda _module, args: calls.append(args))
    for size in (24, 7):
        tracer.measure(lambda size=size: model(IMAGES[:size]), ["maximum", "summit"], inputs=size)
    handle.remove()
    assert len(calls) == 2


@pytest.mark.parametrize("measure", ["contribution", "maximum", "summit"])
def test_a_known_sequence_is_followed_where_a_layer_only_moves_another(measure: str) -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    tracer = tracer_of(model, ["0", "1"])
    tracer.trace(lambda: model(IMAGES[:2]))
    calls = []
    model.register_forward_pre_hook(lambda _module, args: calls.append(args))
    tracer.measure(lambda: model(IMAGES), [measure], inputs=24)
    assert len(calls) == 1


def test_of_a_branching_model_every_batch_counts_by_the_way_it_took() -> None:
    model, chosen = nets.Dynamic(), ["relu", "dark", "bright", "head"]
    tracer = tracer_of(model, chosen)
    images = torch.stack((0.1 * IMAGES[:6], IMAGES[:6] + 1))
    total = None
    for batch in (images[0], images[1], images[0]):
        found = tracer.measure(lambda batch=batch: model(batch), ["contribution"], inputs=6)
        total = found if total is None else total.merge(found)
    edges = total.compose()
    assert edges["head"].producers == ("dark", "bright")
    for place, name in enumerate(("dark", "bright")):
        parts = [outputs(model, batch, [name]) for batch in (images[0], images[1], images[0])]
        sums = sum(F.relu(part[name]).sum(0) for part in parts if name in part)
        expected = (sums * model.head.weight / 18).double().detach()
        found = edges["head"].contribution[:, 8 * place : 8 * place + 8]
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-7)


class Profiled(nn.Module):
    """Marks a part of its work for PyTorch's profiler, as FSDP does of every module."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(64, 6), nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Tensor:
        with torch.autograd.profiler.record_function("first"):
            hidden = self.first(images.flatten(1)).relu()
        return self.last(hidden)


def test_marks_for_the_profiler_are_no_operations() -> None:
    torch.manual_seed(4)
    model = Profiled()
    plain = nn.Sequential(nn.Flatten(), model.first, nn.ReLU(), model.last)
    tracer = tracer_of(model, ["first", "last"])
    for _ in range(2):
        total = tracer.measure(lambda: model(IMAGES[:6]), ["contribution"], inputs=6)
    expected = measured(plain, IMAGES[:6], ["1", "3"], ["contribution"]).compose()["3"]
    assert torch.equal(total.compose()["last"].contribution, expected.contribution)


class Overwriting(nn.Module):
    """Writes into what it has recorded, whole and through views."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(64, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Tensor:
        x = self.first(images.flatten(1))
        x.clamp_(min=0)
        y = self.second(x)
        y[:, :2] *= 0.5
        left = y[:, 3:]
        left.relu_()
        y.add_(x)
        return self.last(y)


def test_what_is_overwritten_later_counts_as_it_was() -> None:
    model = Overwriting()
    edges = measured(model, IMAGES, ["first", "second", "last"]).compose()
    seen = outputs(model, IMAGES, ["first", "second"])
    first, second = (seen[name].double() for name in ("first", "second"))
    x = F.relu(first)
    weight = model.second.weight.double().detach()
    torch.testing.assert_close(
        edges["second"].contribution, x.mean(0) * weight, rtol=1e-5, atol=1e-7
    )
    scale = torch.tensor([0.5, 0.5, 1, 1, 1, 1], dtype=torch.float64)
    y = second * scale
    y[:, 3:] = F.relu(y[:, 3:])
    found = edges["last"]
    total = found.contribution.sum(1) + model.last.bias.double().detach()
    exact = ((y + x) @ model.last.weight.double().T + model.last.bias.double()).mean(0).detach()
    assert set(found.producers) == {"first", "second"}
    torch.testing.assert_close(total, exact, rtol=1e-4, atol=1e-6)


def test_the_position_of_a_maximum_is_that_before_it_is_overwritten() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 4, 3), nn.ReLU())
    with torch.no_grad():
        model[2].bias -= 1  # so that most units are silent
    found = []
    for model[3].inplace in (False, True):
        tracer = tracer_of(model, ["1", "2"])
        for _ in range(2):
            edges = tracer.measure(lambda: model(IMAGES), ["maximum"], inputs=24).compose()
            found.append(edges["2"].maximum)
    for table in found[1:]:
        torch.testing.assert_close(table, found[0])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_model_and_all_states_are_left_as_they_were(model: nn.Module) -> None:
    model.eval()
    first = next(model.parameters())
    first.requires_grad_(requires_grad=False)
    model(IMAGES[:2]).sum().backward()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    grads = {
        name: None if p.grad is None else p.grad.clone() for name, p in model.named_parameters()
    }
    needs = {name: p.requires_grad for name, p in model.named_parameters()}
    draws = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    fast = torch.backends.mha.get_fastpath_enabled()
    plain = model(IMAGES)
    found = measured(model, IMAGES, measures=["contribution", "maximum", "summit"])
    assert found.inputs == 24
    assert torch.equal(model(IMAGES), plain)
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    for name, parameter in model.named_parameters():
        old = grads[name]
        assert parameter.grad is old is None or torch.equal(parameter.grad, old)
        assert parameter.requires_grad == needs[name]
    assert torch.equal(draws[0], torch.get_rng_state())
    assert np.array_equal(draws[1], np.random.get_state()[1])  # noqa: NPY002
    assert draws[2] == random.getstate()
    assert torch.backends.mha.get_fastpath_enabled() is fast
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert torch.is_grad_enabled()


def test_a_failing_forward_leaves_nothing_behind() -> None:
    model = networks.Recurrent(nn.LSTM)
    tracer = tracer_of(model)
    with pytest.raises(RuntimeError):
        tracer.measure(lambda: model(IMAGES[:, :, :, :3]), inputs=24)
    assert torch.backends.mha.get_fastpath_enabled()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert tracer.measure(lambda: model(IMAGES), inputs=24).inputs == 24


class Watched(nn.Module):
    """Notes how many of the maps it made before are still there at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(4 if n else 1, 4, 3, padding=1), nn.ReLU()) for n in range(8)
        )
        self.alive: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        made = []
        for layer in self.layers:
            x = layer(x)
            made.append(weakref.ref(x))
            self.alive.append(sum(ref() is not None for ref in made))
        return x


@pytest.mark.parametrize("measures", [["contribution", "maximum"], ["summit"]])
def test_values_are_let_go_when_nothing_needs_them_any_more(measures: list[str]) -> None:
    model = Watched()
    tracer = tracer_of(model, [f"layers.{n}.1" for n in range(8)])
    tracer.trace(lambda: model(IMAGES[:2]))
    assert model.alive[-1] == 8
    model.alive.clear()
    tracer.measure(lambda: model(IMAGES), measures, inputs=24)
    assert max(model.alive) <= 2


def test_layers_without_producers_have_no_edges() -> None:
    assert "features.2" not in measured(networks.Vgg(), IMAGES).compose()


def test_where_gradients_are_on_tables_have_none() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3))
    tracer = tracer_of(model, ["0", "1", "3"])
    with torch.enable_grad():
        found = tracer.measure(lambda: model(IMAGES), ("contribution", "maximum"), inputs=24)
    for edges in found.compose().values():
        assert not edges.contribution.requires_grad
        assert not edges.maximum.requires_grad


def test_an_unknown_measure_is_refused_by_name() -> None:
    model = networks.Vgg()
    with pytest.raises(ValueError, match="no measure summits; there are contribution, maximum"):
        tracer_of(model).measure(lambda: model(IMAGES), ["summits"], inputs=24)


def test_nothing_measured_cannot_be_composed() -> None:
    model = networks.Vgg()
    tracer = tracer_of(model)
    assert isinstance(tracer, Tracer)
    with pytest.raises(ValueError, match="no input was measured"):
        tracer.measure(lambda: model(IMAGES[:0]), inputs=0).compose()
