"""Which records the backend shows of runs that were killed, resumed, shared or added to."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import networks
import pytest
import torch
from networks import digits
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from written import store_of, written

from summary_ops import ProbeSet, Recorder, RecordingWarning
from tb_plugin_neural.contract import records
from tests.servers import Provide

IMAGES, LABELS = (part[:40] for part in digits())


def recorder_of(**options: Any) -> Recorder:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    return Recorder(model, **{"verbose": False} | options)


def record_at(recorder: Recorder, writer: SummaryWriter, step: int, inputs: int) -> None:
    with recorder.observing(LABELS[:inputs]), torch.no_grad():
        recorder.model(IMAGES[:inputs])
    assert recorder.write(writer, step)


def shown(provider: Any, run: str, name: str = "model", layer: str = "1") -> dict[int, int]:
    """Number of inputs by step, of all records that the backend shows."""
    store = store_of(provider)
    model = store.model(run, name)
    found = store.over_steps(model, records.Histograms, layer)
    counts = {entry.step: int(one.inputs[list(one.total)].sum()) for entry, one in found}
    for kind, of in ((records.Moments, layer), (records.ClassMetrics, "")):
        assert [entry.step for entry, _ in store.over_steps(model, kind, of)] == list(counts)
    return counts


def _train_until_killed(folder: Path) -> None:
    torch.set_num_threads(1)
    recorder, writer = recorder_of(), SummaryWriter(str(folder))
    for step in range(8):
        record_at(recorder, writer, step, 10 + step)
    writer.flush()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("purge_step", [None, 5])
def test_training_killed_at_step_7_and_resumed_at_5_shows_every_step_once(
    provide: Provide, tmp_path: Path, purge_step: int | None
) -> None:
    folder = tmp_path / "run"
    killed = multiprocessing.get_context("fork").Process(target=_train_until_killed, args=(folder,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    with SummaryWriter(str(folder), purge_step=purge_step) as writer:
        recorder = recorder_of()
        for step in range(5, 10):
            record_at(recorder, writer, step, 20 + step)
    expected = {step: 10 + step for step in range(5)} | {step: 20 + step for step in range(5, 10)}
    assert shown(provide(tmp_path), "run") == expected


def test_a_recorder_that_goes_back_begins_a_new_session_and_says_so(
    provide: Provide, tmp_path: Path
) -> None:
    recorder = recorder_of(probe=ProbeSet(IMAGES[:4], LABELS[:4]))
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in (2, 4, 6):
            recorder.run([(IMAGES[:step], LABELS[:step])], progress=False)
            recorder.write(writer, step)
        with pytest.warns(RecordingWarning, match="step 4 is written after step 6"):
            record_at(recorder, writer, 4, 30)
        record_at(recorder, writer, 8, 32)
    provider = provide(tmp_path)
    assert shown(provider, "run") == {2: 2, 4: 30, 8: 32}
    store = store_of(provider)
    assert len(store.model("run", "model").recordings) == 2
    assert store.entries(store.model("run", "model"), records.Probe)


def test_two_writes_at_one_step_show_the_second(provide: Provide, tmp_path: Path) -> None:
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step, inputs in ((0, 5), (3, 6)):
            record_at(recorder, writer, step, inputs)
        with pytest.warns(RecordingWarning, match="step 3 is written twice"):
            record_at(recorder, writer, 3, 7)
        record_at(recorder, writer, 9, 8)
    assert shown(provide(tmp_path), "run") == {0: 5, 3: 7, 9: 8}


def test_two_recorders_in_one_run_do_not_hide_each_other(provide: Provide, tmp_path: Path) -> None:
    generator = recorder_of(name="generator")
    discriminator = recorder_of(name="discriminator")
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in range(4):
            record_at(generator, writer, step, 10 + step)
            if step % 2:
                record_at(discriminator, writer, step, 20 + step)
    provider = provide(tmp_path)
    assert shown(provider, "run", "generator") == {step: 10 + step for step in range(4)}
    assert shown(provider, "run", "discriminator") == {1: 21, 3: 23}


@pytest.mark.parametrize("step", [0, 12345])
def test_a_run_of_one_step_is_shown(provide: Provide, tmp_path: Path, step: int) -> None:
    with SummaryWriter(str(tmp_path / "run")) as writer:
        record_at(recorder_of(), writer, step, 11)
    assert shown(provide(tmp_path), "run") == {step: 11}


def test_a_sub_run_of_add_hparams_beside_changes_nothing(provide: Provide, tmp_path: Path) -> None:
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer:
        record_at(recorder, writer, 0, 10)
        writer.add_hparams({"rate": 0.1}, {"accuracy": 0.5}, run_name="hparams")
        record_at(recorder, writer, 1, 11)
    provider = provide(tmp_path)
    assert shown(provider, "run") == {0: 10, 1: 11}
    assert [model.run for model in store_of(provider).snapshot.models] == ["run"]


def test_a_later_job_in_a_sub_run_adds_to_steps_already_recorded(
    provide: Provide, tmp_path: Path
) -> None:
    model = networks.Vgg().eval()
    options = {"verbose": False, "strict": True}
    training = Recorder(model, layers=["classifier.3"], **options)
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in range(4):
            record_at(training, writer, step, 10 + step)
    later = Recorder(model, layers=["features.2"], **options)
    with SummaryWriter(str(tmp_path / "run" / "neural-extra")) as writer:
        for step in (1, 3):
            later.run([(IMAGES[:30], LABELS[:30])], subset="later", only=True, progress=False)
            later.write(writer, step)
    provider = provide(tmp_path)
    store = store_of(provider)
    joined = store.model("run", "model")
    assert [found.run for found in store.snapshot.models] == ["run"]
    assert {layer.name for layer in joined.about.layers} == {"classifier.3", "features.2"}
    steps = {
        layer: [entry.step for entry in store.entries(joined, records.Histograms, layer)]
        for layer in ("classifier.3", "features.2")
    }
    assert steps == {"classifier.3": [0, 1, 2, 3], "features.2": [1, 3]}
    (_, record) = store.find(joined, records.Histograms, "features.2", 3)
    assert record.subsets[-1] == "slice:later"


def test_static_records_are_written_once_at_the_first_step(tmp_path: Path) -> None:
    probe = ProbeSet(IMAGES[:4], LABELS[:4])
    recorder = recorder_of(probe=probe)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in (3, 5, 9):
            recorder.run([(IMAGES, LABELS)], progress=False)
            recorder.write(writer, step)
    found = written(tmp_path)
    steps = {kind: sorted(key[2] for key in found if key[0] == kind) for kind, *_ in found}
    assert steps["session"] == steps["probe"] == [3]
    assert steps["probe_predictions"] == steps["histograms"] == [3, 5, 9]
    assert found["session", "", 3].probe == probe.hash == found["probe", "", 3].hash


@pytest.mark.filterwarnings("ignore:not recorded. layers b:summary_ops.RecordingWarning")
def test_the_session_is_told_again_when_what_it_says_has_changed(
    provide: Provide, tmp_path: Path
) -> None:
    model = nn.ModuleDict({"a": nn.Linear(64, 10), "b": nn.Linear(64, 3)})
    recorder = Recorder(model, layers=["a", "b"], task=None, verbose=False)
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step, names in enumerate(["a", "ab", "b"]):
            with recorder.observing():
                for name in names:
                    model[name](IMAGES.flatten(1))
            recorder.write(writer, step)
    assert sorted(key[2] for key in written(tmp_path / "run") if key[0] == "session") == [0, 1]
    store = store_of(provide(tmp_path))
    known = store.model("run", "model").about.layers
    assert [(layer.name, layer.units) for layer in known] == [("a", 10), ("b", 3)]


def test_the_probe_set_alone_may_be_written_between_records(
    provide: Provide, tmp_path: Path
) -> None:
    recorder = recorder_of(probe=ProbeSet(IMAGES[:4], LABELS[:4]))
    with SummaryWriter(str(tmp_path / "run")) as writer:
        recorder.write_probe(writer, 0)
        record_at(recorder, writer, 1, 9)
        recorder.write_probe(writer, 1)
        recorder.write_probe(writer, 2)
    provider = provide(tmp_path)
    assert shown(provider, "run") == {1: 9}
    store = store_of(provider)
    model = store.model("run", "model")
    assert [e.step for e in store.entries(model, records.ProbePredictions)] == [0, 1, 2]
    assert len(model.recordings) == 1


def test_runs_that_start_from_the_same_weights_say_so() -> None:
    torch.manual_seed(1)
    first, second, other = (nn.Sequential(nn.Linear(4, 3)) for _ in range(3))
    second.load_state_dict(first.state_dict())
    weights = [
        Recorder(model).pipeline.step_records.about.weights for model in (first, second, other)
    ]
    assert weights[0] == weights[1] != weights[2]
    with torch.no_grad():
        second[0].weight[0, 0] += 1e-3
    assert Recorder(second).pipeline.step_records.about.weights != weights[0]
