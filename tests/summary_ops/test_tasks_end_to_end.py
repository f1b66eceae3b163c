"""From a training loop to records read through both data servers, for each task.

What is read is compared with NumPy and scikit-learn on a plain forward pass of the same weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from networks import digits
from numpy_counts import assert_histograms, assert_moments
from sklearn import metrics as reference
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import store_of

from summary_ops import Recorder
from tb_plugin_neural.contract import records
from tb_plugin_neural.store.store import Store
from tests.servers import Provide

IMAGES, DIGITS = (part[:500] for part in digits())
STEPS = (0, 3, 7)
LAYERS = ("2", "3")
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Case:
    """A task with real labels for it."""

    task: str | None
    labels: Tensor
    outputs: int
    loss: Loss
    classes: tuple[str, ...] = ()


def _multilabel() -> Tensor:
    return torch.stack(
        (DIGITS % 2 == 0, DIGITS > 4, torch.isin(DIGITS, torch.tensor([2, 3, 5, 7]))), 1
    )


CASES = {
    "multiclass": Case("multiclass", DIGITS, 10, F.cross_entropy, tuple("abcdefghij")),
    "binary": Case(
        "binary", (DIGITS > 4).long(), 1,
        lambda out, label: F.binary_cross_entropy_with_logits(out[:, 0], label.float()),
        ("small", "large"),
    ),
    "multilabel": Case(
        "multilabel", _multilabel().long(), 3,
        lambda out, label: F.binary_cross_entropy_with_logits(out, label.float()),
        ("even", "large", "prime"),
    ),
    "regression": Case(
        "regression", DIGITS + IMAGES.mean((1, 2, 3)), 1,
        lambda out, label: F.mse_loss(out[:, 0], label),
    ),
    "none": Case(None, DIGITS, 10, F.cross_entropy),
}  # fmt: skip


@dataclass
class Truth:
    """What a plain forward pass gives, by step."""

    layers: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    outputs: dict[int, np.ndarray] = field(default_factory=dict)


def train(case: Case, folder: Path) -> Truth:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, case.outputs)
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    recorder = Recorder(
        model, task=case.task, classes=case.classes or None, verbose=False, strict=True
    )
    truth = Truth()
    with SummaryWriter(str(folder)) as writer:
        for step in range(STEPS[-1] + 1):
            if step in STEPS:
                batches = list(zip(IMAGES.split(90), case.labels.split(90), strict=True))
                if step:
                    recorder.run(batches, progress=False)
                else:
                    for images, labels in batches:
                        with recorder.observing(labels), torch.no_grad():
                            model(images)
                recorder.write(writer, step)
                remember(copy.deepcopy(model), truth, step)
            loss = case.loss(model(IMAGES), case.labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return truth


def remember(model: nn.Module, truth: Truth, step: int) -> None:
    with torch.no_grad():
        hidden = torch.relu(IMAGES.flatten(1) @ model[1].weight.T + model[1].bias)
        output = hidden @ model[3].weight.T + model[3].bias
    truth.layers[step] = {"2": hidden.numpy(), "3": output.numpy()}
    truth.outputs[step] = output.numpy()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Truth]]:
    logdir = tmp_path_factory.mktemp("tasks")
    return logdir, {name: train(case, logdir / name) for name, case in CASES.items()}


@pytest.fixture(scope="module")
def store(trained: tuple[Path, dict[str, Truth]], provide_once: Provide) -> Store:
    return store_of(provide_once(trained[0]))


def record(store: Store, run: str, kind: type[records.Record], layer: str, step: int) -> Any:
    found = store.at(store.model(run, "model"), kind, layer, step)
    assert found is not None, f"{kind.kind} of {layer} at {step}"
    return found[1]


def assert_units(
    store: Store, run: str, truth: Truth, subsets: dict[str, np.ndarray], step: int
) -> None:
    for layer in LAYERS:
        values = truth.layers[step][layer]
        histograms = record(store, run, records.Histograms, layer, step)
        moments = record(store, run, records.Moments, layer, step)
        for subset, chosen in subsets.items():
            if not subset.startswith("predicted") and chosen.any():
                assert_histograms(histograms, subset, values[chosen])
            if subset in moments.subsets:
                assert_moments(moments, subset, values[chosen])
        missing = {s for s, chosen in subsets.items() if chosen.any()} - {*moments.subsets, "all"}
        assert not missing
        unexpected = {s for s in (*moments.subsets, *histograms.subsets) if s not in subsets}
        assert not unexpected


EVERY = np.ones(len(IMAGES), bool)


def about(store: Store, run: str) -> records.Session:
    model = store.model(run, "model")
    assert [entry.step for entry in store.entries(model, records.Histograms, "3")] == list(STEPS)
    assert store.problems() == []
    return model.about


@pytest.mark.parametrize("step", STEPS)
def test_multiclass(store: Store, trained: Any, step: int) -> None:
    truth, labels = trained[1]["multiclass"], DIGITS.numpy()
    guess = truth.outputs[step].argmax(1)
    subsets = {"all": EVERY}
    subsets |= {f"class:{k}": labels == k for k in range(10)}
    subsets |= {f"predicted:{k}": guess == k for k in range(10)}
    assert_units(store, "multiclass", truth, subsets, step)
    found = record(store, "multiclass", records.ClassMetrics, "", step)
    matrix = reference.confusion_matrix(labels, guess, labels=range(10))
    np.testing.assert_array_equal(found.confusion, matrix)
    np.testing.assert_array_equal(found.correct, np.diag(matrix))
    chance = torch.tensor(truth.outputs[step]).double().softmax(1).numpy().max(1)
    for k in range(10):
        np.testing.assert_array_equal(
            found.probability[k], np.histogram(chance[labels == k], 20, (0, 1))[0]
        )
    said = about(store, "multiclass")
    assert (said.task, said.classes) == ("multiclass", CASES["multiclass"].classes)
    assert [(layer.name, layer.units, layer.output) for layer in said.layers] == [
        ("2", 12, False),
        ("3", 10, True),
    ]


@pytest.mark.parametrize("step", STEPS)
def test_binary(store: Store, trained: Any, step: int) -> None:
    truth, labels = trained[1]["binary"], CASES["binary"].labels.numpy()
    guess = (truth.outputs[step][:, 0] > 0).astype(int)
    subsets = {"all": EVERY}
    subsets |= {f"class:{k}": labels == k for k in (0, 1)}
    subsets |= {f"predicted:{k}": guess == k for k in (0, 1)}
    assert_units(store, "binary", truth, subsets, step)
    found = record(store, "binary", records.ClassMetrics, "", step)
    matrix = reference.confusion_matrix(labels, guess)
    np.testing.assert_array_equal(found.confusion, matrix)
    assert about(store, "binary").classes == ("small", "large")


@pytest.mark.parametrize("step", STEPS)
def test_multilabel(store: Store, trained: Any, step: int) -> None:
    truth, labels = trained[1]["multilabel"], CASES["multilabel"].labels.numpy()
    subsets = {"all": EVERY} | {f"class:{k}": labels[:, k] == 1 for k in range(3)}
    assert_units(store, "multilabel", truth, subsets, step)
    found = record(store, "multilabel", records.ClassMetrics, "", step)
    matrices = reference.multilabel_confusion_matrix(labels, truth.outputs[step] > 0)
    np.testing.assert_array_equal(found.correct, matrices[:, 1, 1])
    np.testing.assert_array_equal(found.inputs, matrices[:, 1].sum(1))
    np.testing.assert_array_equal(found.predicted, matrices[:, :, 1].sum(1))
    assert found.confusion.shape == (3, 0)
    assert about(store, "multilabel").classes == ("even", "large", "prime")


@pytest.mark.parametrize("step", STEPS)
def test_regression(store: Store, trained: Any, step: int) -> None:
    truth, targets = trained[1]["regression"], CASES["regression"].labels.double().numpy()

    def errors(at: int) -> np.ndarray:
        return np.abs(truth.outputs[at][:, 0] - targets.astype(np.float32)).astype(np.float64)

    def bins(values: np.ndarray, first: np.ndarray) -> np.ndarray:
        edges = np.quantile(first[:256], [0.25, 0.5, 0.75])
        return np.searchsorted(edges, values, side="right")

    target, error = bins(targets, targets), bins(errors(step), errors(STEPS[0]))
    subsets = {"all": EVERY}
    subsets |= {f"target:{k}": target == k for k in range(4)}
    subsets |= {f"error:{k}": error == k for k in range(4)}
    assert_units(store, "regression", truth, subsets, step)
    found = record(store, "regression", records.ClassMetrics, "", step)
    for k in range(4):
        mine = targets[target == k], truth.outputs[step][target == k, 0].astype(np.float64)
        assert found.inputs[k] == len(mine[0])
        mean = found.absolute_error[k] / len(mine[0]), found.squared_error[k] / len(mine[0])
        np.testing.assert_allclose(mean[0], reference.mean_absolute_error(*mine), rtol=1e-9)
        np.testing.assert_allclose(mean[1], reference.mean_squared_error(*mine), rtol=1e-9)
    names = about(store, "regression").subset_names
    named = dict(zip(names[::2], names[1::2], strict=True))
    assert named.keys() == {f"{kind}:{k}" for kind in ("target", "error") for k in range(4)}
    assert named["target:0"].startswith("target < ")


@pytest.mark.parametrize("step", STEPS)
def test_no_task(store: Store, trained: Any, step: int) -> None:
    assert_units(store, "none", trained[1]["none"], {"all": EVERY}, step)
    model = store.model("none", "model")
    assert store.entries(model, records.ClassMetrics) == ()
    assert about(store, "none").task is None
