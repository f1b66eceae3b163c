"""What the backend shows of steps that are written twice, and of recorders that share a name."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, RecordingWarning
from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.records import ClassMetrics, Histograms, Probe, ProbePredictions
from tests.servers import Provide
from tests.summary_ops.networks import digits
from tests.summary_ops.written import store_of, written

IMAGES, LABELS = (part[:40] for part in digits())
LAYER = "1"


def recorder_of(outputs: int = 10, **options: Any) -> Recorder:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))
    return Recorder(model, **{"verbose": False} | options)


def run(recorder: Recorder, inputs: int, **options: Any) -> None:
    recorder.run([(IMAGES[:inputs], LABELS[:inputs])], progress=False, **options)


def inputs_at(store: Any, step: int, subset: str, name: str = "model") -> int:
    model = store.model("run", name)
    (_, record) = store.at(model, Histograms, LAYER, step, lambda r: subset in r.subsets)
    return int(record.inputs[record.subsets.index(subset)])


def steps_of(store: Any, kind: type[records.Record], layer: str = "") -> list[int]:
    return list(store.steps(store.model("run", "model"), kind, layer))


def test_the_probe_set_written_again_at_a_step_hides_no_statistics_of_it(
    provide: Provide, tmp_path: Path
) -> None:
    recorder = recorder_of(probe=ProbeSet(IMAGES[:4], LABELS[:4]))
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in (5, 10, 15):
            run(recorder, 20)
            recorder.write(writer, step)
            with torch.no_grad():
                recorder.model[1].bias += 1 + torch.arange(10)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RecordingWarning)
                recorder.write_probe(writer, step)
    store = store_of(provide(tmp_path))
    model = store.model("run", "model")
    assert [len(model.recordings), len(store.entries(model, Probe))] == [2, 1]
    for kind, layer in ((Histograms, LAYER), (ClassMetrics, ""), (ProbePredictions, "")):
        assert steps_of(store, kind, layer) == [5, 10, 15]
    with SummaryWriter(str(tmp_path / "expected")) as writer:
        recorder.write_probe(writer, 15)
    expected = written(tmp_path / "expected")["probe_predictions", "", 15]
    (_, newest) = store.at(model, ProbePredictions, "", 15)
    assert (newest.top == expected.top).all()
    assert (newest.probability == expected.probability).all()


def test_two_passes_written_at_one_step_are_both_there_and_told_of(
    provide: Provide, tmp_path: Path
) -> None:
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer, warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        for step in range(3):
            for name, inputs in (("train", 30), ("validation", 10), ("test", 15)):
                run(recorder, inputs + step, subset=name)
                recorder.write(writer, step)
    store = store_of(provide(tmp_path))
    assert len(store.model("run", "model").recordings) == 3
    for step in range(3):
        for name, inputs in (("train", 30), ("validation", 10), ("test", 15)):
            assert inputs_at(store, step, f"slice:{name}") == inputs + step
        (_, metrics) = store.at(store.model("run", "model"), ClassMetrics, "", step)
        assert metrics.total == 15 + step
    told = store.newest(store.model("run", "model"), records.Problems)
    assert [problem.what for problem in told.problems] == ["steps written twice"]
    assert "write once a step" in told.problems[0].message


def test_a_step_below_the_last_is_a_resumed_training_also_after_a_repeated_one(
    provide: Provide, tmp_path: Path
) -> None:
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer, warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        for inputs, step in enumerate((1, 2, 3, 3, 4, 2), start=10):
            run(recorder, inputs, subset="any")
            recorder.write(writer, step)
    store = store_of(provide(tmp_path))
    assert steps_of(store, Histograms, LAYER) == [1, 2]
    assert [inputs_at(store, step, "slice:any") for step in (1, 2)] == [10, 15]


def test_two_recorders_that_write_in_turn_under_one_name_are_told_to_take_names(
    writer: SummaryWriter,
) -> None:
    first, second = recorder_of(), recorder_of(outputs=3)
    for recorder in (first, second):
        run(recorder, 20) if recorder is first else recorder.run([IMAGES], progress=False)
        recorder.write(writer, 0)
    run(first, 20)
    with pytest.warns(RecordingWarning, match="two recorders named 'model' .* name="):
        first.write(writer, 1)


def test_running_a_cell_again_and_names_of_their_own_are_fine(
    writer: SummaryWriter,
) -> None:
    kept = []
    named = [recorder_of(name=name) for name in "ab"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RecordingWarning)
        for _ in range(3):
            kept.append(recorder_of())
            for step in range(2):
                run(kept[-1], 20)
                kept[-1].write(writer, step)
        for step in range(2):
            for recorder in named:
                run(recorder, 20)
                recorder.write(writer, step)
    assert all(not recorder.problems.found for recorder in (*kept, *named))


def test_one_recorder_writes_whole_sessions_into_two_runs(provide: Provide, tmp_path: Path) -> None:
    recorder = recorder_of(probe=ProbeSet(IMAGES[:4], LABELS[:4]), strict=True)
    with SummaryWriter(str(tmp_path / "a")) as a, SummaryWriter(str(tmp_path / "b")) as b:
        for step in range(2):
            for writer in (a, b):
                run(recorder, 20)
                recorder.write(writer, step)
    store = store_of(provide(tmp_path))
    for name in ("a", "b"):
        model = store.model(name, "model")
        assert [layer.type for layer in model.about.layers] == ["Linear"]
        assert store.newest(model, Probe) is not None
        assert store.steps(model, Histograms, LAYER) == [0, 1]


def test_quantile_bins_of_a_resumed_regression_are_not_taken_for_those_before(
    provide: Provide, tmp_path: Path
) -> None:
    targets = LABELS.float()
    for step, scale in ((0, 1.0), (1, 100.0)):
        recorder = recorder_of(1, task="regression")
        recorder.run([(IMAGES, scale * targets)], progress=False)
        with SummaryWriter(str(tmp_path / "run")) as writer:
            recorder.write(writer, step)
    store = store_of(provide(tmp_path))
    model = store.model("run", "model")
    flat = model.about.subset_names
    named = dict(zip(flat[::2], flat[1::2], strict=True))
    shown = {}
    for kind in (Histograms, ClassMetrics):
        for step, record in enumerate(
            dict(store.over_steps(model, kind, LAYER * (kind is Histograms))).values()
        ):
            keys = record.subsets if kind is Histograms else record.rows
            shown[kind, step] = {named[key] for key in keys if key.startswith("target:")}
    edges = torch.quantile(targets, torch.tensor([0.25, 0.5, 0.75])).tolist()
    for step, scale in ((0, 1.0), (1, 100.0)):
        low, middle, high = (f"{scale * edge:.4g}" for edge in edges)
        expected = {
            f"target < {low}",
            f"{low} ≤ target < {middle}",
            f"{middle} ≤ target < {high}",
            f"target ≥ {high}",
        }
        assert shown[Histograms, step] == shown[ClassMetrics, step] == expected
