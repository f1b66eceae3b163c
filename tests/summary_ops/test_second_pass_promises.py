"""The second pass works on odd models and data, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from test_second_pass import IMAGES, LABELS, QUIET, loader, record, recorder_of
from test_training_is_unchanged import Noisy, deterministic, everything, random_states
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter
from written import last, problems, session, written

from summary_ops import Graph, ProbeSet, RecordingWarning, Statistics
from tb_plugin_neural.contract.graph_records import Contributions, Importance


def measured(folder: Path) -> set[str]:
    found = {key[0] for key in written(folder)}
    return found & {"contributions", "summit_influence", "importance", "topology"}


ALL = {"contributions", "summit_influence", "importance", "topology"}


def hooks(model: nn.Module) -> int:
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return sum(len(getattr(module, name)) for module in model.modules() for name in names)


MODELS: dict[str, Callable[[], nn.Module]] = {
    "in place": lambda: networks.Vgg(inplace=True),
    "residual": networks.Residual,
    "functional": networks.FunctionalCnn,
    "transformer": networks.Encoder,
    "batch second": lambda: networks.Encoder(batch_first=False),
    "depthwise": networks.ConvNext,
    "returns a dict": networks.Enclosed,
    "returns a dataclass": lambda: networks.Enclosed(kind="dataclass"),
    "frozen": lambda: networks.Vgg(inplace=True).requires_grad_(requires_grad=False),
    "channels last": lambda: networks.Vgg().to(memory_format=torch.channels_last),
    "recurrent": lambda: networks.Recurrent(nn.LSTM),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_measured_and_left_as_it_was(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = MODELS[name]().train()
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))])
    nothing = torch.zeros(())
    before, attached = everything(model, optimizer, nothing), hooks(model)
    fast = torch.backends.mha.get_fastpath_enabled()
    record(model, tmp_path)
    after = everything(model, optimizer, nothing)
    assert str(after) == str(before)
    assert hooks(model) == attached
    assert torch.backends.mha.get_fastpath_enabled() == fast
    assert torch.is_grad_enabled()
    expected = ALL - {"contributions", "summit_influence"} if name == "recurrent" else ALL
    assert measured(tmp_path) >= expected
    assert np.abs(last(tmp_path, Importance, session(tmp_path).layers[0].name).values()).max() > 0


@pytest.mark.parametrize(
    "mode",
    [
        torch.inference_mode,
        torch.no_grad,
        deterministic,
        lambda: torch.autocast("cpu", torch.bfloat16),
    ],
    ids=["inference", "no gradients", "deterministic", "half precision"],
)
def test_the_mode_around_run_makes_no_difference(mode: Any, tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = networks.Vgg()
    found = []
    for name, context in (("inside", mode()), ("outside", torch.enable_grad())):
        recorder = recorder_of(model)
        with context:
            recorder.run(loader(), **QUIET)
        with SummaryWriter(str(tmp_path / name)) as writer:
            recorder.write(writer, 0)
        found.append(last(tmp_path / name, Importance, "classifier.1").values())
    np.testing.assert_array_equal(*found)


def test_random_states_and_the_loader_s_order_stay(tmp_path: Path) -> None:
    recorder = recorder_of(networks.Vgg())
    passes = DataLoader(Noisy(), 50, shuffle=True)
    before = random_states()
    recorder.run(passes, **QUIET)
    assert random_states() == before
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    assert measured(tmp_path) == ALL


class Doubling(nn.Module):
    """Writes into its input."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = networks.Vgg()

    def forward(self, images: Tensor) -> Tensor:
        return self.inner(images.mul_(2))


def test_a_model_that_writes_into_its_inputs_leaves_the_probe_set_and_is_told(
    tmp_path: Path,
) -> None:
    torch.manual_seed(1)
    probe = ProbeSet(IMAGES[:20].clone(), LABELS[:20])
    before = probe.inputs.clone()
    passes = [(IMAGES.clone(), LABELS)]
    with pytest.warns(RecordingWarning, match="writes into its inputs"):
        record(Doubling(), tmp_path, passes=passes, probe=probe, strict=False)
    torch.testing.assert_close(probe.inputs, before, rtol=0, atol=0)
    assert "influence" in " ".join(problems(tmp_path))
    assert not any(key[0] in ("contributions", "importance") for key in written(tmp_path))


class Fussy(nn.Module):
    """Fails where gradients are computed."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            raise RuntimeError("out of memory")
        return self.dense(images.flatten(1))


def test_what_fails_is_told_once_and_the_rest_is_recorded(tmp_path: Path) -> None:
    model = Fussy()
    with pytest.warns(RecordingWarning, match="importance: out of memory"):
        record(model, tmp_path, strict=False)
    assert "out of memory" in problems(tmp_path)["importance"]
    assert "histograms" in {key[0] for key in written(tmp_path)}
    assert hooks(model) == 0
    with pytest.raises(RuntimeError, match="out of memory"):
        recorder_of(Fussy()).run(loader(), **QUIET)


class Asserting(networks.Vgg):
    def forward(self, images: Tensor) -> Tensor:
        assert len(images) == len(IMAGES), "whole batches only"
        return super().forward(images)


def test_a_model_that_refuses_other_batches_is_told_and_run_goes_on(tmp_path: Path) -> None:
    with (
        pytest.warns(RecordingWarning, match="influence: whole batches only"),
        pytest.warns(RecordingWarning, match="importance: whole batches only"),
    ):
        record(Asserting(), tmp_path, passes=loader(size=len(IMAGES)), strict=False)
    assert "histograms" in {key[0] for key in written(tmp_path)}


def test_after_an_exception_of_the_loader_the_next_pass_is_whole(tmp_path: Path) -> None:
    model = networks.Vgg()
    recorder = recorder_of(model)

    def failing() -> Any:
        yield IMAGES[:50], LABELS[:50]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        recorder.run(failing(), **QUIET)
    assert hooks(model) == 0
    recorder.run(loader(), **QUIET)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    assert last(tmp_path, Importance, "features.2").inputs.tolist() == [80] + [8] * 10


def test_a_class_of_one_image_is_measured_on_it(tmp_path: Path) -> None:
    labels = torch.zeros_like(LABELS)
    labels[7] = 3
    record(networks.Vgg(), tmp_path, passes=loader(IMAGES, labels))
    found = last(tmp_path, Importance, "features.2")
    assert dict(zip(found.subsets, found.inputs.tolist(), strict=True)) == {
        "all": 9,
        "class:0": 8,
        "class:3": 1,
    }


def test_inputs_that_are_not_finite_and_dead_layers_are_data(tmp_path: Path) -> None:
    images = IMAGES.clone()
    images[::3] = torch.nan
    model = networks.Vgg()
    nn.init.zeros_(model.features[4].weight)
    nn.init.constant_(model.features[4].bias, -1)
    record(model, tmp_path, passes=loader(images))
    found = written(tmp_path)
    contributions = found["contributions", "classifier.1", 0]
    assert not len(contributions.unit)  # all that it is fed with is 0
    for key, r in found.items():
        if key[0] == "importance":
            assert np.isfinite(r.values()).all()
            assert not r.values()[:, :8].any() or key[1] in ("classifier.1", "classifier.3")


def test_a_model_of_nan_is_recorded(tmp_path: Path) -> None:
    model = networks.Vgg()
    nn.init.constant_(model.classifier[0].weight, torch.nan)
    record(model, tmp_path)
    assert "histograms" in {key[0] for key in written(tmp_path)}


def subsets(folder: Path, layer: str = "classifier.1") -> dict[str, int]:
    found = last(folder, Contributions, layer)
    return dict(zip(found.subsets, found.inputs.tolist(), strict=True))


def test_inputs_without_labels_are_sampled_by_their_prediction(tmp_path: Path) -> None:
    model = networks.Vgg()
    record(model, tmp_path, passes=[IMAGES])
    guesses = model.eval()(IMAGES).argmax(1).bincount(minlength=10)
    expected = {f"predicted:{c}": min(8, int(n)) for c, n in enumerate(guesses) if n}
    assert subsets(tmp_path) == {"all": sum(expected.values())} | expected


def test_slices_are_sampled_by_class_where_asked(tmp_path: Path) -> None:
    recorder = recorder_of(networks.Vgg(), statistics=Statistics(cross_slices=True))
    recorder.run(loader(), subset="night", only=True, **QUIET)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    expected = {f"slice:night/class:{c}": 8 for c in range(10)} | {"slice:night": 8}
    assert subsets(tmp_path) == expected


class Outputs(nn.Module):
    """A dense network with so many outputs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, count))

    def forward(self, images: Tensor) -> Tensor:
        return self.net(images)


CARRIED = torch.nn.functional.one_hot(LABELS, 10) + torch.nn.functional.one_hot(9 - LABELS, 10)
TASKS: dict[str | None, tuple[int, Tensor, set[str]]] = {
    "binary": (1, LABELS % 2, {"all", "class:0", "class:1"}),
    "multilabel": (10, CARRIED, {"all", *(f"class:{c}" for c in range(10))}),
    "regression": (1, LABELS.float(), {"all", *(f"target:{k}" for k in range(4))}),
    None: (3, LABELS, {"all"}),
}


@pytest.mark.parametrize("task", TASKS)
def test_subsets_are_those_of_the_task(task: str | None, tmp_path: Path) -> None:
    count, labels, expected = TASKS[task]
    model = Outputs(count)
    record(model, tmp_path, passes=loader(IMAGES, labels), task=task)
    assert subsets(tmp_path, "net.3").keys() == expected
    assert ("importance" in measured(tmp_path)) == (task is not None)


def test_a_binary_class_s_own_output_has_its_sign(tmp_path: Path) -> None:
    model = Outputs(1)
    recorder = record(model, tmp_path, passes=loader(IMAGES, LABELS % 2), task="binary")
    found = last(tmp_path, Importance, "net.2")
    kept = recorder.pipeline.attribution.reservoir.kept
    hidden = [
        model.net[:3](torch.cat([one.inputs[0] for one in kept[f"class:{c}"]])) for c in (0, 1)
    ]
    mean = torch.cat(hidden).mean(0)
    for c, sign in ((0, -1), (1, 1)):
        expected = sign * model.net[3].weight[0] * (hidden[c].mean(0) - mean)
        row = found.values()[found.subsets.index(f"class:{c}")]
        np.testing.assert_allclose(row, expected.detach(), rtol=2e-3, atol=1e-5)


def test_inputs_that_cannot_be_taken_apart_are_told(tmp_path: Path) -> None:
    class Wrapped(Outputs):
        def forward(self, images: Tensor, _extra: Any) -> Tensor:
            return super().forward(images)

    passes = [((IMAGES, np.zeros(3)), LABELS)]
    with pytest.warns(RecordingWarning, match="holds a ndarray"):
        record(Wrapped(10), tmp_path, passes=passes, strict=False)
    assert not measured(tmp_path)
    assert "histograms" in {key[0] for key in written(tmp_path)}


def test_of_many_classes_the_focus_is_sampled_and_all_has_a_sample_of_its_own(
    tmp_path: Path,
) -> None:
    recorder = recorder_of(
        Outputs(200),
        Graph(inputs=5),
        classes=[str(c) for c in range(200)],
        statistics=Statistics(focus=[3, 5], max_bytes=3_000_000),
    )
    recorder.run(loader(), **QUIET)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    assert subsets(tmp_path, "net.3") == {"all": 5, "class:3": 5, "class:5": 5}
    said = " ".join(session(tmp_path).left_out)
    assert "influence and importance of classes without histograms" in said


def test_more_passes_of_a_record_and_observing_are_told_apart(tmp_path: Path) -> None:
    model = networks.Vgg()
    recorder = recorder_of(model)
    with recorder.observing(LABELS):
        model(IMAGES)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
        writer.flush()
        assert "activation_counts" in {key[0] for key in written(tmp_path)}
        assert not measured(tmp_path)
        recorder.run(loader(), subset="day", **QUIET)
        recorder.write(writer, 1)
    assert subsets(tmp_path)["slice:day"] == 8


def test_a_recorder_made_for_compiling_measures_too(tmp_path: Path) -> None:
    model = networks.Vgg()
    with recorder_of(model, compiled=True) as recorder:
        recorder.run(loader(), **QUIET)
        with SummaryWriter(str(tmp_path)) as writer:
            recorder.write(writer, 0)
    assert measured(tmp_path) == ALL


def test_examples_and_importance_share_a_record_with_a_probe_set(tmp_path: Path) -> None:
    record(networks.Vgg(), tmp_path, probe=ProbeSet(*(part[200:260] for part in digits())))
    found = last(tmp_path, Contributions, "features.5")
    assert found.producers == ("features.2",)
    assert isinstance(found, Contributions)
