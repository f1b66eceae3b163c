"""What is counted when data are odd: no prediction, no labels, more classes than were known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder, RecordingWarning, Statistics, activation_distributions
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch, Settings
from tests.summary_ops.networks import digits
from tests.summary_ops.numpy_counts import assert_histograms, assert_moments
from tests.summary_ops.written import counted, problems, session, written

IMAGES, LABELS = (part[:600] for part in digits())


def network(outputs: int = 10) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, outputs)).eval()


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False, "strict": True} | options)


def observe(recorder: Recorder, images: Tensor, labels: Any = None, **options: Any) -> None:
    with recorder.observing(labels, **options), torch.no_grad():
        recorder.model(images)


@pytest.mark.parametrize(("task", "outputs"), [("multiclass", 10), ("binary", 1)])
def test_a_diverged_model_predicts_nothing(task: str, outputs: int) -> None:
    model = network(outputs)
    nn.init.constant_(model[3].weight, torch.nan)
    recorder = recorder_of(model, task=task)
    labels = LABELS if task == "multiclass" else LABELS % 2
    recorder.run([(IMAGES, labels)], progress=False)
    found = counted(recorder)
    metrics = found["class_metrics", ""]
    assert metrics.inputs.tolist() == labels.bincount().tolist()
    for predicted in (metrics.correct, metrics.predicted, metrics.confusion, metrics.probability):
        assert not predicted.any()
    assert not any(key.startswith("predicted:") for key in found["moments", "3"].subsets)


def test_inputs_without_labels_are_in_the_total() -> None:
    recorder = recorder_of(network())
    for rows in torch.arange(600).split(100):
        observe(recorder, IMAGES[rows], LABELS[rows] if rows[0] % 200 else None)
    metrics = counted(recorder)["class_metrics", ""]
    assert (metrics.total, metrics.unlabelled) == (600, 300)
    assert metrics.inputs.sum() == 300


@pytest.mark.parametrize("unknown", [None, torch.full((50, 3), -1)])
def test_multilabel_inputs_without_labels_are_a_subset(unknown: Tensor | None) -> None:
    model = network(3)
    recorder = recorder_of(model, task="multilabel")
    labels = torch.stack([LABELS % 2, LABELS // 5, LABELS % 3 // 2], 1)[50:300]
    observe(recorder, IMAGES[:50], unknown)
    observe(recorder, IMAGES[50:300], labels)
    found = counted(recorder)
    with torch.no_grad():
        values = model(IMAGES[:300])
    assert_histograms(found["histograms", "3"], "unlabelled", values[:50])
    assert_histograms(found["histograms", "3"], "class:1", values[50:][labels[:, 1] > 0])
    metrics = found["class_metrics", ""]
    assert (metrics.total, metrics.unlabelled) == (300, 50)


def sorted_by_class() -> tuple[Tensor, Tensor]:
    order = LABELS.argsort(stable=True)
    return IMAGES[order].flatten(1), LABELS[order]


@pytest.mark.parametrize("max_bytes", [2**28, 80_000], ids=["all fit", "some do not"])
def test_classes_that_come_late_are_counted_where_neither_names_nor_outputs_tell_of_them(
    max_bytes: int,
) -> None:
    values, labels = sorted_by_class()
    values = values[:, 10:26].contiguous()
    recorder = recorder_of(
        nn.Identity(), layers=["part"], statistics=Statistics(max_bytes=max_bytes)
    )
    accumulator = Accumulator(Settings(max_bytes=max_bytes))
    for rows in torch.arange(600).split(40):
        accumulator.add(Batch({"part": values[rows]}, 40, labels[rows]))
    recorder.pipeline.accumulator = accumulator
    found = counted(recorder)
    kept = found["histograms", "part"].subsets
    assert ("class:9" in kept) is (max_bytes > 2**20)
    assert "class:0" in kept
    for subset in kept:
        if subset.startswith("class:"):
            assert_histograms(
                found["histograms", "part"], subset, values[labels == int(subset[6:])]
            )
    for digit in range(10):
        assert_moments(found["moments", "part"], f"class:{digit}", values[labels == digit])
    assert_histograms(found["histograms", "part"], "all", values)
    assert accumulator.budget is not None
    assert bool(accumulator.budget.left_out) is ("class:9" not in kept)


def test_a_batch_that_contradicts_earlier_ones_is_lost_alone(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    model = nn.ModuleDict({"a": nn.Linear(64, 10), "b": nn.Linear(64, 7)})
    chosen = "a"

    class Either(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = model

        def forward(self, images: Tensor) -> Tensor:
            return self.parts[chosen](images.flatten(1))

    recorder = recorder_of(Either().eval(), strict=False)
    observe(recorder, IMAGES[:40], LABELS[:40])
    chosen = "b"
    with pytest.warns(RecordingWarning, match="a batch: output of 7 .* after one of 10"):
        observe(recorder, IMAGES[40:60], LABELS[40:60])
    chosen = "a"
    observe(recorder, IMAGES[60:100], LABELS[60:100])
    assert recorder.write(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")
    assert found["class_metrics", "", 0].total == 80
    assert problems(tmp_path / "run").keys() == {"a batch"}


class Awkward(dict[str, Tensor]):
    """Slices that cannot be read when they are counted."""

    def items(self) -> Any:
        raise LookupError("slices that are gone")


def test_a_batch_that_cannot_be_counted_costs_no_other_and_write_does_not_raise(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    recorder = recorder_of(network(), strict=False)
    observe(recorder, IMAGES[:40], LABELS[:40])
    (waiting,) = recorder.pipeline.accumulator.waiting
    recorder.pipeline.accumulator.add(Batch(waiting.pooled, 40, slices=Awkward()))
    observe(recorder, IMAGES[40:100], LABELS[40:100])
    with pytest.warns(RecordingWarning, match="a batch: .*slices that are gone"):
        assert recorder.write(writer, 0)
    writer.flush()
    record = written(tmp_path / "run")["histograms", "3", 0]
    with torch.no_grad():
        assert_histograms(record, "all", recorder.model(IMAGES[:100]))


def held(accumulator: Accumulator) -> int:
    tables, metrics = accumulator.tables, accumulator.metrics
    h, m = tables.histogram, tables.moments
    assert h is not None
    assert m is not None
    assert metrics is not None
    tables = (h.table, h.sums, m.inputs, m.missing, m.sums, *vars(metrics).values())
    return sum(tensor.nbytes for tensor in tables)


@pytest.mark.parametrize("megabytes", [1, 2, 4, 16])
@pytest.mark.parametrize("later", [0, 3])
def test_the_budget_holds_with_predicted_histograms_and_slices_by_class(
    megabytes: int, later: int
) -> None:
    max_bytes = megabytes * 2**20
    recorder = recorder_of(
        network(60),
        statistics=Statistics(max_bytes=max_bytes, predicted_histograms=True, cross_slices=True),
    )
    labels = (LABELS * 7 + IMAGES.sum((1, 2, 3)).long()) % 60
    for slices in ({"first": True}, *({f"later {n}": True} for n in range(later))):
        observe(recorder, IMAGES, labels, slices=slices)
    accumulator = recorder.pipeline.accumulator
    record = counted(recorder)["histograms", "3"]
    assert held(accumulator) <= max_bytes
    assert {"all", "unlabelled"} & {*record.subsets} or record.total
    everything = {f"slice:first/class:{n}" for n in labels.unique().tolist()}
    if later:
        everything |= {f"slice:later {later - 1}/class:{n}" for n in labels.unique().tolist()}
    assert accumulator.budget is not None
    left_out = [note for note in accumulator.budget.left_out if "predicted class" not in note]
    assert bool(left_out) is not (everything <= {*record.subsets})


def test_a_focus_leaves_nothing_out_when_everything_fits() -> None:
    recorder = recorder_of(network(), statistics=Statistics(focus=[0]))
    recorder.run([(IMAGES, LABELS)], progress=False)
    record = counted(recorder)["histograms", "3"]
    assert {f"class:{digit}" for digit in range(10)} <= {*record.subsets}
    assert recorder.pipeline.accumulator.budget is not None
    assert recorder.pipeline.accumulator.budget.left_out == ()


def test_a_focus_class_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="focus: no class 7, there are 3 classes"):
        recorder_of(network(3), classes=["a", "b", "c"], statistics=Statistics(focus=[7]))


def test_arrays_of_too_many_classes_keep_the_focus_or_the_most_frequent(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(600, 200)).astype(np.float32)
    labels = np.arange(600) % 100
    labels[:60] = 42
    kept = {}
    for name, focus in (("given", [3, 5]), ("frequent", None)):
        with SummaryWriter(str(tmp_path / name)) as writer:
            activation_distributions(
                writer, "fc", values, labels, step=0, max_bytes=2**21, focus=focus
            )
        subsets = written(tmp_path / name)["histograms", "fc", 0].subsets
        kept[name] = {subset for subset in subsets if subset.startswith("class:")}
        assert any("focus=" in note for note in session(tmp_path / name).left_out)
    assert kept["given"] == {"class:3", "class:5"}
    assert "class:42" in kept["frequent"]
