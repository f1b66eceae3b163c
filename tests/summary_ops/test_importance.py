"""Importance, from a recorder's second pass to its record, against definitions and ablation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, Recorder
from summary_ops.network.hooks.gradients import LayerGradients
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.problems import Problems
from summary_ops.streaming.accumulator import FIRST_INPUTS
from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.record import Array
from tests.recording import Network, train
from tests.summary_ops.networks import digits
from tests.summary_ops.written import written

SIZE = 500
IMAGES, LABELS = (part[1000 : 1000 + SIZE] for part in digits())
ALL_INPUTS = Graph(influence=(), inputs=SIZE, examples=0)


def importance(
    folder: Path, model: nn.Module, batches: list[Any], **options: Any
) -> dict[str, Importance]:
    """The records of a pass whose sample is all inputs, by layer."""
    recorder = Recorder(model, **{"verbose": False, "strict": True, "graph": ALL_INPUTS} | options)
    with SummaryWriter(str(folder)) as writer:
        recorder.run(batches, progress=False)
        recorder.write(writer, 0)
    found = written(folder)
    return {layer: record for (kind, layer, _), record in found.items() if kind == Importance.kind}


def rows(record: Importance, subsets: list[str]) -> Array:
    return record.values()[[record.subsets.index(subset) for subset in subsets]]


CLASSES = [f"class:{label}" for label in range(10)]


@pytest.fixture(scope="module")
def network() -> Network:
    *_, (_, model) = train(0, 0.05, (280,))
    return model.eval()


def ablated(model: nn.Module, layer: nn.Module) -> Array:
    """The fall of each class's own logit when a unit is its mean everywhere, `[classes, units]`."""
    seen: list[Tensor] = []
    with torch.no_grad():
        handle = layer.register_forward_hook(lambda _m, _a, output: seen.append(output.clone()))
        whole = model(IMAGES)
        handle.remove()
        falls = []
        for unit in range(seen[0].shape[1]):
            without = seen[0].clone()
            without[:, unit] = without[:, unit].mean()
            handle = layer.register_forward_hook(lambda _m, _a, _o, w=without: w)
            fall = (whole - model(IMAGES)).gather(1, LABELS[:, None])[:, 0].double().numpy()
            handle.remove()
            falls.append([fall[LABELS.numpy() == label].mean() for label in range(10)])
    return np.array(falls).T


def test_importance_ranks_units_as_taking_them_out_does(tmp_path: Path, network: Network) -> None:
    modules = dict(network.named_modules())
    found = importance(tmp_path, network, [(IMAGES, LABELS)], layers=nn.ReLU)
    *before, last = found
    assert before == ["features.1", "features.4", "classifier.1"]
    estimate = {layer: rows(found[layer], CLASSES) for layer in found}
    truth = {layer: ablated(network, modules[layer]) for layer in found}
    pooled = [
        np.concatenate([part[layer].ravel() for layer in before]) for part in (estimate, truth)
    ]
    assert spearmanr(*pooled)[0] >= 0.9
    for layer in before:
        assert spearmanr(estimate[layer].ravel(), truth[layer].ravel())[0] >= 0.9
    np.testing.assert_allclose(
        estimate[last], truth[last], rtol=2e-3, atol=2e-3 * np.abs(truth[last]).max()
    )


def autograd(model: nn.Module, target: Callable[[Tensor], Tensor]) -> tuple[Array, Array]:
    """Activations and gradients `[inputs, units]` of the hidden layer of `dense`."""
    hidden = model[1](model[0](IMAGES)).relu()
    found = torch.autograd.grad(target(model[3](hidden)).sum(), hidden)
    return hidden.detach().double().numpy(), found[0].double().numpy()


def dense(outputs: int) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, outputs))


TWO = torch.stack((LABELS % 2, (LABELS < 4).long(), (LABELS > 6).long()), 1)
TARGETS = 10 * torch.rand(SIZE, generator=torch.Generator().manual_seed(0))
QUARTER = torch.bucketize(TARGETS, TARGETS[:FIRST_INPUTS].quantile(torch.tensor([0.25, 0.5, 0.75])))
TASKS: dict[str, tuple[int, Any, Callable[[Tensor], Tensor], dict[str, Tensor]]] = {
    "multiclass": (
        10,
        LABELS,
        lambda logits: logits.gather(1, LABELS[:, None]),
        {f"class:{c}": c == LABELS for c in range(10)},
    ),
    "binary": (
        1,
        LABELS % 2,
        lambda logits: logits[:, 0] * (2 * (LABELS % 2) - 1),
        {"class:0": LABELS % 2 == 0, "class:1": LABELS % 2 == 1},
    ),
    "multilabel": (3, TWO, lambda logits: logits[:, 1], {"class:1": TWO[:, 1] == 1}),
    "regression": (
        1,
        TARGETS,
        lambda outputs: outputs[:, 0],
        {f"target:{bin_}": bin_ == QUARTER for bin_ in range(4)},
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_importance_is_of_what_the_task_makes_an_inputs_own_output(
    task: str, tmp_path: Path
) -> None:
    outputs, labels, target, members = TASKS[task]
    model = dense(outputs)
    found = importance(tmp_path, model, [(IMAGES, labels)], task=task, layers="2")["2"]
    activation, gradient = autograd(model, target)
    for subset, inside in members.items():
        chosen = inside.numpy()
        expected = (gradient * (activation - activation.mean(0)))[chosen].mean(0)
        size = 2e-3 * np.abs(expected).max()
        np.testing.assert_allclose(rows(found, [subset])[0], expected, rtol=2e-3, atol=size)
        assert found.inputs[found.subsets.index(subset)] == chosen.sum()


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_frozen_parameters_and_operations_in_place_change_nothing(
    frozen: bool, inplace: bool, tmp_path: Path
) -> None:
    model = dense(10)
    before = importance(tmp_path / "plain", model, [(IMAGES, LABELS)], layers=["1", "2"])
    assert isinstance(model[2], nn.ReLU)
    model[2].inplace = inplace
    model.requires_grad_(not frozen)
    after = importance(tmp_path / "changed", model, [(IMAGES, LABELS)], layers=["1", "2"])
    for layer, record in before.items():
        np.testing.assert_allclose(after[layer].values(), record.values(), rtol=1e-5, atol=1e-7)
    assert all(parameter.requires_grad != frozen for parameter in model.parameters())


def test_the_model_and_its_gradients_are_left_as_they_were(tmp_path: Path) -> None:
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 9), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 10)
    )
    model[1].bias.requires_grad_(False)
    nn.functional.cross_entropy(model(IMAGES), LABELS).backward()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    random = torch.get_rng_state()
    assert importance(tmp_path, model, [(IMAGES, LABELS)])
    assert torch.equal(random, torch.get_rng_state())
    assert model.training
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    for parameter, before in zip(model.parameters(), gradients, strict=True):
        assert (parameter.grad is None) == (before is None)
        assert before is None or torch.equal(parameter.grad, before)
    assert [p.requires_grad for p in model.parameters()] == [True, False, *[True] * 4]
    assert not any(module._forward_hooks for module in model.modules())


class Sequences(nn.Module):
    """Layers that return tuples, over the rows of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.out = nn.Linear(6, 10)

    def forward(self, images: Tensor) -> Tensor:
        states, _ = self.lstm(images[:, 0])
        mixed, _ = self.attention(states, states, states)
        return self.out(mixed.mean(1))


@pytest.mark.parametrize("frozen", [False, True])
def test_layers_that_return_tuples_have_importance(frozen: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Sequences().requires_grad_(not frozen)
    found = importance(tmp_path, model, [(IMAGES, LABELS)], layers=["lstm", "attention"])
    states = model.lstm(IMAGES[:, 0])[0].detach().requires_grad_()
    mixed = model.attention(states, states, states)[0]
    logits = model.out(mixed.mean(1)).gather(1, LABELS[:, None])
    (gradient,) = torch.autograd.grad(logits.sum(), states)
    each = (gradient * (states - states.mean((0, 1)))).sum(1).detach()
    for label in range(10):
        expected = each[label == LABELS].mean(0).numpy()
        row = rows(found["lstm"], [f"class:{label}"])[0]
        np.testing.assert_allclose(row, expected, rtol=5e-3, atol=5e-3 * np.abs(expected).max())
    assert np.isfinite(found["attention"].values()).all()


def test_an_output_that_does_not_depend_on_a_layer_has_no_gradient() -> None:
    class TwoHeads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(64, 5), nn.Linear(64, 5)

        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return self.one(images.flatten(1)), self.two(images.flatten(1))

    model = TwoHeads()
    network = RecordedNetwork(
        model, {"one": model.one, "two": model.two}, problems=Problems(strict=True)
    )
    found = LayerGradients(network).measure(
        lambda: model(IMAGES), lambda heads: heads[0].sum(), SIZE
    )
    assert bool((found["one"].gradient == 1).all())
    assert not found["two"].gradient.any()
    torch.testing.assert_close(found["two"].activation[:, :, 0], model(IMAGES)[1].detach())


def test_padded_tokens_do_not_count() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = nn.Linear(8, 5)

        def forward(self, images: Tensor, attention_mask: Tensor) -> Tensor:
            return (self.hidden(images[:, 0]) * attention_mask[..., None]).sum((1, 2))

    model = Tokens()
    mask = torch.arange(8) < torch.randint(1, 9, (SIZE, 1))
    network = RecordedNetwork(model, {"hidden": model.hidden}, problems=Problems(strict=True))
    given = {"images": IMAGES, "attention_mask": mask}
    gradients = LayerGradients(network)
    found = gradients.measure(lambda: model(**given), lambda sums: sums.sum(), SIZE)["hidden"]
    assert found.mask is not None
    assert torch.equal(found.mask, mask)
    assert torch.equal(found.gradient[:, 0] != 0, mask)


class Curved(nn.Module):
    """The output bends in its first layer, and adds up what the last one gives."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(64, 12), nn.LayerNorm(12), nn.Linear(12, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(torch.nn.functional.gelu(self.norm(self.first(images.flatten(1)))))


def test_where_the_output_bends_importance_minds_it(tmp_path: Path) -> None:
    """As the recorder measures it by default; and with no work to spend, to first order."""
    torch.manual_seed(0)
    model = Curved()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(IMAGES), LABELS).backward()
        optimizer.step()
    truth = ablated(model.eval(), model.first).ravel()
    agreement = []
    for name, work in (("bent", 10**9), ("straight", 0)):
        graph = Graph(inputs=SIZE, examples=0, work=work)
        options = {"graph": graph, "layers": ["first", "last"]}
        found = importance(tmp_path / name, model, [(IMAGES, LABELS)], **options)
        agreement.append(spearmanr(rows(found["first"], CLASSES).ravel(), truth).statistic)
    assert agreement[0] > 0.85
    assert agreement[0] > agreement[1] + 0.2


def test_errors_say_how_far_importance_moves_from_sample_to_sample(
    tmp_path: Path, network: Network
) -> None:
    halves = []
    order = torch.randperm(SIZE, generator=torch.Generator().manual_seed(0))
    for place, half in enumerate(order.chunk(2)):
        batches = [(IMAGES[half], LABELS[half])]
        found = importance(tmp_path / str(place), network, batches, layers=nn.ReLU)
        halves.append(found["classifier.1"])
    (one, first), (two, second) = (
        (rows(half, CLASSES), half.errors()[[half.subsets.index(key) for key in CLASSES]])
        for half in halves
    )
    error = np.hypot(first, second)
    away = np.abs(one - two)[error > 0] / error[error > 0]
    assert 0.5 < np.median(away) < 0.8  # 0.67 of a normal distribution
