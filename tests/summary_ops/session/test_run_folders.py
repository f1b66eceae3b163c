from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, RecordingWarning
from summary_ops.session.folder import RunFolder
from tb_plugin_neural.contract import records
from tests.servers import Provide
from tests.summary_ops.written import last, store_of, written

X = torch.rand(20, 1, 3, 3)


def recorder_of(name: str = "model", **options: Any) -> Recorder:
    model = nn.Sequential(nn.Flatten(), nn.Linear(9, 3))
    probe = ProbeSet(X[:4], [0, 1, 2, 0])
    classes = ["a", "b", "c"]
    return Recorder(
        model, name=name, classes=classes, probe=probe, graph=None, verbose=False, **options
    )


def record(recorder: Recorder, writer: Any, step: int, inputs: int = 20) -> bool:
    recorder.run([(X[:inputs], torch.arange(inputs) % 3)], progress=False)
    return recorder.write(writer, step)


def kinds(folder: Path, step: int) -> set[str]:
    return {kind for kind, _, at in written(folder) if at == step}


STATIC = {"session", "probe", "architecture"}


class TestAFullDisk:
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    def test_costs_its_step_and_what_is_static_is_written_with_the_next(
        self, tmp_path: Path
    ) -> None:
        folder, recorder = tmp_path / "run", recorder_of()
        writer = SummaryWriter(str(folder))
        shutil.rmtree(folder)
        folder.write_text("no folder")
        with pytest.warns(RecordingWarning, match="records of step 0"):
            assert not record(recorder, writer, 0)
        folder.unlink()
        assert record(recorder, writer, 1)
        assert kinds(folder, 0) == set()
        assert kinds(folder, 1) >= {*STATIC, "problems", "histograms"}
        assert last(folder, records.Session).classes == ("a", "b", "c")
        record(recorder, writer, 2)
        assert not kinds(folder, 2) & STATIC

    def test_that_takes_half_a_record_loses_no_other(
        self, provide: Provide, tmp_path: Path
    ) -> None:
        child = multiprocessing.get_context("fork").Process(
            target=_with_little_room, args=(tmp_path / "run",), daemon=True
        )
        child.start()
        child.join(60)
        assert child.exitcode == 0
        store = store_of(provide(tmp_path))
        (model,) = store.snapshot.models
        assert [entry.step for entry, _ in store.over_steps(model, records.Histograms, "1")] == [
            0,
            2,
        ]
        (told,) = (one for _, one in store.over_steps(model, records.Problems))
        assert [problem.what for problem in told.problems] == ["records of step 1"]


def _with_little_room(folder: Path) -> None:
    recorder, writer = recorder_of(), SummaryWriter(str(folder))
    record(recorder, writer, 0)
    (path,) = folder.iterdir()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        record(recorder, writer, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    record(recorder, writer, 2)
    os._exit(0 if "records of step 1" in str([str(one.message) for one in told]) else 1)


class TestAClockThatIsBehind:
    def test_hides_no_step_of_a_resumed_training(
        self, provide: Provide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder, real = tmp_path / "run", time.time
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: real() + 3600)
            with SummaryWriter(str(folder)) as writer:
                first = recorder_of()
                for step in (0, 10, 20, 30):
                    record(first, writer, step, 20)
        with SummaryWriter(str(folder)) as writer:
            resumed = recorder_of()
            for step in (20, 30, 40):
                record(resumed, writer, step, 10)
        store = store_of(provide(tmp_path))
        (model,) = store.snapshot.models
        found = {
            entry.step: int(one.inputs[list(one.total)].sum())
            for entry, one in store.over_steps(model, records.Histograms, "1")
        }
        assert found == {0: 20, 10: 20, 20: 10, 30: 10, 40: 10}

    def test_is_moved_on_no_further_than_what_lies_there(self, tmp_path: Path) -> None:
        assert RunFolder(str(tmp_path / "none")).now() == pytest.approx(time.time(), abs=60)
        for ahead in (-5000, 5000):
            with SummaryWriter(str(tmp_path / "run")) as writer:
                writer.add_scalar("loss", 1.0, 0, walltime=time.time() + ahead)
        (tmp_path / "run" / "events.out.tfevents.7.cut").write_bytes(b"\x07" * 15)
        _rename(tmp_path / "run")
        found = RunFolder(str(tmp_path / "run")).now()
        assert found == pytest.approx(time.time() + 5000, abs=60)
        assert RunFolder(str(tmp_path / "run" / "neural-job")).now() == pytest.approx(found, abs=60)


def _rename(folder: Path) -> list[Path]:
    """Make event files those of another machine."""
    found = list(folder.glob("*tfevents*"))
    return [
        path.rename(folder / f"events.out.tfevents.5.other.{at}") for at, path in enumerate(found)
    ]


class TestAnotherProcess:
    def _beside(self, folder: Path, name: str) -> None:
        """Its file, written into just now."""
        with SummaryWriter(str(folder)) as writer:
            record(recorder_of(name), writer, 0)
        for path in _rename(folder):
            now = time.time()
            os.utime(path, (now + 5, now + 5))

    @pytest.mark.parametrize("name", ["model", "other"])
    def test_is_told_where_it_records_under_the_same_name(self, tmp_path: Path, name: str) -> None:
        recorder = recorder_of()
        with SummaryWriter(str(tmp_path / "run")) as writer, warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            record(recorder, writer, 0)
            self._beside(tmp_path / "else", name)
            (path,) = (tmp_path / "else").iterdir()
            path.rename(tmp_path / "run" / path.name)
            record(recorder, writer, 1)
        told = {problem.what: problem.message for problem in recorder.problems.found}
        if name == "other":
            assert told == {}
        else:
            assert "another process records under the name 'model'" in told["records of 'model'"]

    def test_is_found_however_late_its_first_record_comes(self, tmp_path: Path) -> None:
        recorder, folder = recorder_of(), tmp_path / "run"
        other = folder / "events.out.tfevents.5.other.0"
        self._beside(tmp_path / "else", "model")
        (path,) = (tmp_path / "else").iterdir()
        whole = path.read_bytes()
        with SummaryWriter(str(folder)) as writer, warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            for step, size in enumerate((30, len(whole) - 7, len(whole))):
                record(recorder, writer, step)
                told = any("another process" in p.message for p in recorder.problems.found)
                assert not told
                other.write_bytes(whole[:size])
                os.utime(other, (time.time() + 5, time.time() + 5))
            record(recorder, writer, 3)
        assert [p.what for p in recorder.problems.found] == ["records of 'model'"]

    def test_that_ended_before_is_a_training_that_is_resumed(self, tmp_path: Path) -> None:
        self._beside(tmp_path / "run", "model")
        for path in (tmp_path / "run").iterdir():
            os.utime(path, (1e9, 1e9))
        recorder = recorder_of(strict=True)
        with SummaryWriter(str(tmp_path / "run")) as writer:
            for step in range(2):
                record(recorder, writer, step)


class TestTwoWriters:
    def test_into_one_folder_share_a_session(self, tmp_path: Path) -> None:
        recorder = recorder_of(strict=True)
        for step, path in enumerate([tmp_path / "run", tmp_path / "sub" / ".." / "run"]):
            (tmp_path / "sub").mkdir(exist_ok=True)
            with SummaryWriter(str(path)) as writer:
                record(recorder, writer, step)
        assert kinds(tmp_path / "run", 0) >= STATIC
        assert not kinds(tmp_path / "run", 1) & STATIC

    def test_into_two_folders_tell_the_same_problems(self, tmp_path: Path) -> None:
        recorder = recorder_of()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RecordingWarning)
            recorder.problems.report("a layer", "cannot be recorded")
            for run in ("a", "b"):
                with SummaryWriter(str(tmp_path / run)) as writer:
                    record(recorder, writer, 0)
        for run in ("a", "b"):
            assert [p.what for p in last(tmp_path / run, records.Problems).problems] == ["a layer"]

    def test_that_purge_what_was_before_are_told_all_again(
        self, provide: Provide, tmp_path: Path
    ) -> None:
        recorder, folder = recorder_of(strict=True), str(tmp_path / "run")
        with SummaryWriter(folder) as writer:
            record(recorder, writer, 0)
        with SummaryWriter(folder, purge_step=0) as writer:
            record(recorder, writer, 1)
        assert kinds(tmp_path / "run", 1) >= STATIC
        store = store_of(provide(tmp_path))
        (model,) = store.snapshot.models
        assert model.about.classes == ("a", "b", "c")
        steps = [entry.step for entry, _ in store.over_steps(model, records.Histograms, "1")]
        assert steps[-1] == 1
        assert np.isin(steps, [0, 1]).all()
