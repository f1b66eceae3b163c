from __future__ import annotations

import io
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import digits
from numpy_counts import assert_histograms
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.tensorflow_stub.errors import OutOfRangeError
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorboard.summary.writer.record_writer import RecordWriter
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from written import events as events_of
from written import problems, store_of, written

from summary_ops import Recorder, RecordingWarning
from summary_ops.session import events
from summary_ops.session.events import FastRecordWriter
from tb_plugin_neural import reader
from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.metadata import Series
from tests.servers import Provide

IMAGES, LABELS = (part[:20] for part in digits())


@pytest.fixture(scope="module")
def _stock_checksum() -> Iterator[None]:
    reader.restore()
    yield
    reader.accelerate()


def recorder_of(name: str = "model", *, strict: bool = True) -> Recorder:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    return Recorder(model, name=name, verbose=False, strict=strict)


def record_at(
    recorder: Recorder, writer: SummaryWriter, step: int, *, succeeds: bool = True
) -> None:
    """A record that tells its step: of so many inputs."""
    with recorder.observing(LABELS[: 1 + step % 20]), torch.no_grad():
        recorder.model(IMAGES[: 1 + step % 20])
    assert recorder.write(writer, step) is succeeds


def steps_of(provider: Any, run: str, name: str = "model") -> list[int]:
    """Steps that the backend shows, having checked each one's number of inputs."""
    store = store_of(provider)
    model = store.model(run, name)
    found = list(store.over_steps(model, records.Histograms, "1"))
    for entry, record in found:
        assert record.inputs[list(record.total)].sum() == 1 + entry.step % 20
    assert store.problems() == []
    return [entry.step for entry, _ in found]


@pytest.mark.usefixtures("_stock_checksum")
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_our_record_writer_writes_the_bytes_of_tensorboards_own(data: list[bytes]) -> None:
    stock, fast = io.BytesIO(), io.BytesIO()
    for record in data:
        RecordWriter(stock).write(record)
        FastRecordWriter(fast).write(record)
    assert fast.getvalue() == stock.getvalue()


@pytest.mark.usefixtures("_stock_checksum")
def test_tensorboards_own_reader_accepts_what_we_write(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 1.0, 0)
        record_at(recorder_of(), writer, 3)
        assert isinstance(writer.file_writer.event_writer._async_writer._writer, FastRecordWriter)
        writer.add_scalar("loss", 0.5, 4)
    (path,) = tmp_path.glob("*tfevents*")
    stock = PyRecordReader_New(str(path))
    for _ in range(4):
        stock.GetNext()  # raises DataLossError where a checksum is wrong
    with pytest.raises(OutOfRangeError):
        stock.GetNext()


def test_one_write_is_one_event(writer: SummaryWriter, tmp_path: Path) -> None:
    recorder = recorder_of()
    for step in range(3):
        record_at(recorder, writer, step)
    writer.flush()
    assert [event.step for event in events_of(tmp_path / "run")] == [0, 1, 2]


def test_a_large_step_is_split_and_read_whole(
    provide: Provide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENT_LIMIT", 1000)
    with SummaryWriter(str(tmp_path / "run")) as writer:
        recorder = recorder_of()
        for step in range(3):
            record_at(recorder, writer, step)
    assert len(list(events_of(tmp_path / "run"))) > 3
    assert steps_of(provide(tmp_path), "run") == [0, 1, 2]


def test_records_after_the_writer_was_closed_are_there(provide: Provide, tmp_path: Path) -> None:
    recorder, writer = recorder_of(), SummaryWriter(str(tmp_path / "run"))
    for step in range(6):
        record_at(recorder, writer, step)
        if step % 2:
            writer.close()
    assert len(list((tmp_path / "run").iterdir())) == 3
    assert steps_of(provide(tmp_path), "run") == list(range(6))


def _thirty_records(recorder: Recorder, writer: SummaryWriter) -> None:
    for step in range(30):
        record_at(recorder, writer, step)
    last = Series("f" * 8, records.Problems.kind)
    events.write(writer, [(last, records.Problems(()))], 30)
    os._exit(0)  # as a killed process: what is not written now never is


def test_a_forked_process_records_through_the_inherited_writer_and_nothing_is_lost(
    provide: Provide, tmp_path: Path
) -> None:
    parents, childs = recorder_of("parent"), recorder_of("child")
    with SummaryWriter(str(tmp_path / "run")) as writer:
        record_at(parents, writer, 0)
        child = multiprocessing.get_context("fork").Process(
            target=_thirty_records, args=(childs, writer), daemon=True
        )
        child.start()
        for step in range(1, 5):
            record_at(parents, writer, step)
        child.join(30)
        assert child.exitcode == 0
        record_at(parents, writer, 5)
    provider = provide(tmp_path)
    assert steps_of(provider, "run", "child") == list(range(30))
    assert steps_of(provider, "run", "parent") == list(range(6))
    assert ("problems", "", 30) in written(tmp_path / "run")


@pytest.mark.parametrize("closed", [False, True])
def test_eight_threads_record_through_one_writer_and_nothing_is_lost(
    provide: Provide, tmp_path: Path, *, closed: bool
) -> None:
    recorders = [recorder_of(f"model {place}") for place in range(8)]
    failures: list[BaseException] = []

    def work(recorder: Recorder) -> None:
        try:
            for step in range(8):
                record_at(recorder, writer, step)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    with SummaryWriter(str(tmp_path / "run")) as writer:
        if closed:
            writer.close()
        threads = [threading.Thread(target=work, args=(recorder,)) for recorder in recorders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not failures
    assert len(list((tmp_path / "run").iterdir())) == 1 + closed
    provider = provide(tmp_path)
    for place in range(8):
        assert steps_of(provider, "run", f"model {place}") == list(range(8))


def test_what_the_user_writes_beside_is_untouched(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss", 2.0, 0)
        record_at(recorder_of(), writer, 0)
        writer.add_histogram("weights", np.arange(5), 0)
        writer.add_text("note", "hello", 0)
    assert {kind for kind, *_ in written(tmp_path)} >= {"histograms", "moments", "session"}
    read = EventAccumulator(str(tmp_path)).Reload()
    assert read.Scalars("loss")[0].value == 2.0
    assert "note/text_summary" in read.Tags()["tensors"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_disk_that_fails_for_a_while_costs_the_records_of_that_while_only(tmp_path: Path) -> None:
    folder, kept = tmp_path / "run", tmp_path / "kept"
    recorder = recorder_of(strict=False)
    writer = SummaryWriter(str(folder))
    record_at(recorder, writer, 0)
    writer.flush()
    folder.rename(kept)
    folder.write_text("no folder")
    for step in (1, 2):
        with pytest.warns(RecordingWarning, match=f"records of step {step}"):
            record_at(recorder, writer, step, succeeds=False)
    folder.unlink()
    record_at(recorder, writer, 3)
    writer.close()
    assert {step for *_, step in written(kept)} == {0}
    assert {step for kind, _, step in written(folder) if kind == "histograms"} == {3}
    assert problems(folder).keys() == {"records of step 1", "records of step 2"}


@pytest.mark.parametrize("step", [0, 7, -3, np.int64(5), torch.tensor(9), 3.7])
def test_a_step_of_any_number_is_taken_as_torch_takes_it(tmp_path: Path, step: Any) -> None:
    series = Series("0" * 8, records.Problems.kind)
    with SummaryWriter(str(tmp_path)) as writer:
        events.write(writer, [(series, records.Problems(()))], step)
    assert [key[2] for key in written(tmp_path)] == [int(step)]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path)) as writer:
        record_at(recorder, writer, 19)
    with torch.no_grad():
        assert_histograms(written(tmp_path)["histograms", "1", 19], "all", recorder.model(IMAGES))
