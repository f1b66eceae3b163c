from __future__ import annotations

import copy
import io
import warnings
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms, assert_moments
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import counted, problems, written

from summary_ops import ProbeSet, Recorder, RecordingWarning, Statistics

IMAGES, LABELS = (part[:30] for part in digits())


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 10)).eval()


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False} | options)


def observe(recorder: Recorder, images: Tensor = IMAGES, labels: Any = LABELS) -> None:
    with recorder.observing(labels), torch.no_grad():
        recorder.model(images)


@pytest.mark.parametrize("odd", [torch.nan, torch.inf, -torch.inf, 1e38])
@pytest.mark.parametrize("first", [True, False])
def test_a_nan_or_infinite_activation_is_counted_and_crashes_nothing(
    writer: SummaryWriter, tmp_path: Path, odd: float, *, first: bool
) -> None:
    model, recorder = network(), recorder_of(network(), strict=True)
    model = recorder.model
    spoiled = IMAGES.clone()
    spoiled[:10] = odd
    batches = [spoiled, IMAGES] if first else [IMAGES, spoiled]
    for images in batches:
        observe(recorder, images)
    assert recorder.write(writer, 0)
    with torch.no_grad():
        values = torch.cat([model(images) for images in batches])
    writer.flush()
    found = written(tmp_path / "run")
    labels = LABELS.repeat(2)
    for subset, chosen in (("all", labels >= 0), ("class:3", labels == 3)):
        assert_histograms(found["histograms", "3", 0], subset, values[chosen])
    assert_moments(found["moments", "3", 0], "class:3", values[labels == 3])


def test_a_model_of_nan_weights_is_recorded(writer: SummaryWriter, tmp_path: Path) -> None:
    model = network()
    nn.init.constant_(model[1].weight, torch.nan)
    recorder = recorder_of(model, strict=True, probe=ProbeSet(IMAGES[:5], LABELS[:5]))
    recorder.run([(IMAGES, LABELS)], progress=False)
    assert recorder.write(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")
    assert (found["histograms", "3", 0].nan.sum(0) == len(IMAGES)).all()
    assert np.isnan(found["probe_activations", "3", 0].values()).all()
    assert found["class_metrics", "", 0].inputs.sum() == len(IMAGES)


@pytest.mark.parametrize("order", [("empty",), ("empty", "full"), ("full", "empty")])
def test_an_empty_batch_is_data(writer: SummaryWriter, order: tuple[str, ...]) -> None:
    batches = {"empty": (IMAGES[:0], LABELS[:0]), "full": (IMAGES, LABELS)}
    for make in (network, networks.Vgg, networks.Encoder):
        observing, running = (recorder_of(make().eval(), strict=True) for _ in range(2))
        for name in order:
            observe(observing, *batches[name])
        running.run([batches[name] for name in order], progress=False)
        for recorder in (observing, running):
            full = "full" in order
            assert recorder.pipeline.accumulator.inputs == full * len(IMAGES)
            assert recorder.write(writer, 0) is full


def test_a_class_of_one_image_and_a_dead_layer_are_data() -> None:
    model = network()
    nn.init.constant_(model[1].bias, -100)
    labels = torch.where(torch.arange(30) == 4, 7, 2)
    recorder = recorder_of(model, strict=True)
    observe(recorder, labels=labels)
    found = counted(recorder)
    record = found["histograms", "2"]
    assert_histograms(record, "class:7", np.zeros((1, 6)))
    assert_histograms(record, "class:2", np.zeros((29, 6)))
    assert_histograms(record, "class:0", np.zeros((0, 6)))
    assert (found["moments", "2"].std[record.subsets.index("class:7")] == 0).all()


def test_a_label_that_is_missing_or_out_of_range_counts_as_unlabelled() -> None:
    odd = [None, -1, -100, 10, 99, 3, 3, *LABELS[7:].tolist()]
    recorder = recorder_of(network(), strict=True, classes=list("0123456789"))
    observe(recorder, labels=odd)
    found = counted(recorder)
    with torch.no_grad():
        values = recorder.model(IMAGES)
    assert_histograms(found["histograms", "3"], "unlabelled", values[:5])
    assert_histograms(found["histograms", "3"], "all", values)
    metrics = found["class_metrics", ""]
    assert (metrics.total, metrics.unlabelled) == (30, 5)
    assert metrics.inputs.sum() == 25


@pytest.mark.parametrize("labels", [None, [None] * 30, torch.full((30,), -1)])
def test_inputs_without_any_label_are_counted(labels: Any) -> None:
    recorder = recorder_of(network(), strict=True)
    observe(recorder, labels=labels)
    record = counted(recorder)["histograms", "3"]
    assert record.inputs[record.subsets.index("unlabelled")] == 30


WRONG = {
    "labels": {"labels": LABELS[:, None, None].repeat(1, 2, 2)},
    "words": {"labels": ["a"] * 30},
    "a slice": {"slices": {"odd": torch.ones(3, dtype=torch.bool)}},
    "a slice's name": {"slices": {"a/b": True}},
    "a number": {"labels": torch.tensor(3)},
    "mask": {"mask": torch.ones(30, 7)},
    "no mask": {"mask": "padding"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_cannot_be_recorded_is_dropped_told_once_and_listed(
    writer: SummaryWriter, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    model = networks.Encoder().eval()
    recorder = recorder_of(model)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            with recorder.observing(**{"labels": LABELS} | wrong):
                model(IMAGES)
        with recorder.observing(LABELS):
            model(IMAGES)
        assert recorder.write(writer, 0)
    about = [str(one.message) for one in told if one.category is RecordingWarning]
    assert about
    assert len(about) == len(set(about))
    writer.flush()
    assert len(problems(tmp_path / "run")) == len(about)
    counts = {p.count for p in written(tmp_path / "run")["problems", "", 0].problems}
    assert counts == {3}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_strict_raises_instead(wrong: dict[str, Any]) -> None:
    model = networks.Encoder().eval()
    recorder = recorder_of(model, strict=True)
    arguments = {"labels": LABELS} | wrong
    with pytest.raises((RuntimeError, ValueError)), recorder.observing(**arguments):
        model(IMAGES)


def test_an_output_function_that_fails_costs_the_metrics_only() -> None:
    def output(_: Any) -> Tensor:
        raise KeyError("logits")

    recorder = recorder_of(network(), output=output)
    with pytest.warns(RecordingWarning, match="predictions: output= raised KeyError: 'logits'"):
        observe(recorder)
    found = counted(recorder)
    assert ("class_metrics", "") not in found
    assert found["histograms", "3"].inputs.sum() == 30


def test_problems_are_written_again_only_when_there_are_new_ones(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    recorder = recorder_of(network())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        for step, labels in enumerate([LABELS, LABELS[:3], LABELS, ["a"] * 30]):
            observe(recorder, labels=labels)
            observe(recorder)
            recorder.write(writer, step)
    writer.flush()
    steps = [step for kind, _, step in written(tmp_path / "run") if kind == "problems"]
    assert steps == [1, 3]


def test_no_hook_that_ever_fired_raises_at_the_first_write(writer: SummaryWriter) -> None:
    model = network()
    recorder = recorder_of(copy.deepcopy(model))
    with recorder.observing(LABELS):
        model(IMAGES)
    with pytest.raises(RuntimeError, match="no hook ever fired"):
        recorder.write(writer, 0)


def test_nothing_observed_writes_nothing(writer: SummaryWriter, tmp_path: Path) -> None:
    recorder = recorder_of(network())
    assert recorder.write(writer, 0) is False
    observe(recorder)
    assert recorder.write(writer, 1) is True
    assert recorder.write(writer, 2) is False
    writer.flush()
    assert {step for *_, step in written(tmp_path / "run")} == {1}


@pytest.mark.parametrize("writer", [None, io.BytesIO(), "runs/x"])
def test_a_writer_without_a_file_raises_at_the_first_write(writer: Any) -> None:
    recorder = recorder_of(network())
    observe(recorder)
    with pytest.raises(ValueError, match=r"writes to no file; pass .*SummaryWriter"):
        recorder.write(writer, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "ranking"}, "task='ranking', expected one of 'multiclass'"),
        ({"statistics": {"reduction": "sum"}}, "reduction='sum', expected one of 'max', 'mean'"),
        ({"statistics": {"probe_dtype": "int4"}}, "probe_dtype='int4'"),
        ({"statistics": {"bins": 4}}, "bins=4, expected 8 to 1024"),
        ({"statistics": {"window": (1, 0)}}, r"window '': \(1, 0\), expected low < high"),
        ({"statistics": {"window": {"3": (0, 0)}}}, r"window '3': \(0, 0\), expected low < high"),
        (
            {"statistics": {"focus": ["cat"]}, "classes": ["dog"]},
            "focus: no class named 'cat'; classes: dog",
        ),
    ],
)
def test_constructors_say_what_is_wrong_with_an_argument(
    options: dict[str, Any], message: str
) -> None:
    own = options.get("statistics", {})
    with pytest.raises(ValueError, match=message):
        recorder_of(network(), **options | {"statistics": Statistics(**own)})


def test_a_rendering_that_fails_costs_the_pictures_record_only(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    probe = ProbeSet(IMAGES[:3], LABELS[:3], render=lambda _: object())
    recorder = recorder_of(network(), probe=probe)
    recorder.run([(IMAGES, LABELS)], progress=False)
    with pytest.warns(RecordingWarning, match="the probe set's instances"):
        assert recorder.write(writer, 0)
    writer.flush()
    assert {"histograms", "probe_activations"} <= {kind for kind, *_ in written(tmp_path / "run")}
    assert problems(tmp_path / "run").keys() == {"the probe set's instances"}


def test_run_raises_where_observing_would_drop() -> None:
    recorder = recorder_of(network())
    with pytest.raises(ValueError, match="labels of shape"):
        recorder.run([(IMAGES, LABELS[:, None, None].repeat(1, 2, 2))], progress=False)
    with pytest.raises(ValueError, match=r"neither .inputs, labels., inputs, nor a dict"):
        recorder.run([(IMAGES, LABELS, LABELS)], progress=False)
    with pytest.raises(ValueError, match="name it with subset="):
        recorder.run([(IMAGES, LABELS)], only=True, progress=False)
    with pytest.raises(ValueError, match="no probe set"):
        recorder.write_probe(None, 0)
