from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from summary_ops.session.writers import WritesNoFile, find
from tests.summary_ops.written import events, written

X, Y = torch.randn(32, 4), torch.arange(32) % 3


def recorded(writer: Any, step: int = 0) -> bool:
    model = nn.Sequential(nn.Linear(4, 3))
    recorder = Recorder(model, graph=None, verbose=False, strict=True)
    with recorder.observing(Y), torch.no_grad():
        model(X)
    return recorder.write(writer, step)


class Events:
    """tensorboardX's writer of bytes, as far as it is used."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file_name = str(folder / f"events.out.tfevents.1.host{len(list(folder.iterdir()))}")
        self._lock = threading.Lock()
        self._py_recordio_writer = self
        self._writer = Path(self._file_name).open("wb")  # noqa: SIM115

    def flush(self) -> None:
        self._writer.flush()


class Other:
    """tensorboardX's `SummaryWriter`: files, a queue, and a thread of another make."""

    purge_step = None

    def __init__(self, folder: Path) -> None:
        self.logdir, self.file_writer, self.all_writers = folder, None, None

    def _get_file_writer(self) -> Any:
        if self.file_writer is None:
            self.file_writer = Queue(self.logdir)
        return self.file_writer

    def close(self) -> None:
        self.file_writer.close()
        self.file_writer = None


class Queue:
    def __init__(self, folder: Path) -> None:
        self.folder, self.event_writer = folder, self
        self._ev_writer, self._worker = Events(folder), threading.main_thread()

    def get_logdir(self) -> str:
        return str(self.folder)

    def close(self) -> None:
        self._ev_writer._writer.close()


class TensorBoardLogger:
    """A logger of Lightning."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, None

    @property
    def experiment(self) -> SummaryWriter:
        self._made = self._made or SummaryWriter(str(self._folder))
        return self._made


class MyLogger(TensorBoardLogger):
    pass


class TensorBoardTracker:
    """A tracker of Accelerate."""

    def __init__(self, folder: Path) -> None:
        self.writer = SummaryWriter(str(folder))


class TensorBoardCallback:
    """A callback of transformers, once training has begun."""

    def __init__(self, folder: Path) -> None:
        self.tb_writer = SummaryWriter(str(folder))


class Wrapped:
    """A writer of a user's own around another."""

    def __init__(self, folder: Path) -> None:
        self._inner = SummaryWriter(str(folder))

    def _get_file_writer(self) -> Any:
        return self._inner._get_file_writer()


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: SummaryWriter(str(folder)),
        Other,
        TensorBoardLogger,
        MyLogger,
        TensorBoardTracker,
        TensorBoardCallback,
        Wrapped,
    ],
)
def test_records_reach_the_file_behind_a_writer_before_write_returns(
    make: Callable[[Path], Any], tmp_path: Path
) -> None:
    writer = make(tmp_path / "run")
    assert recorded(writer)
    found = written(tmp_path / "run")
    assert {kind for kind, *_ in found} >= {"session", "histograms", "moments"}
    histograms = found["histograms", "0", 0]
    assert histograms.inputs[list(histograms.total)].sum() == 32
    if isinstance(writer, Other):
        writer.close()


def test_a_writer_of_another_make_is_opened_anew_after_it_was_closed(tmp_path: Path) -> None:
    writer = Other(tmp_path)
    for step in range(2):
        assert recorded(writer, step)
        writer.close()
    assert [event.step for event in events(tmp_path)] == [0, 1]
    assert len(list(tmp_path.iterdir())) == 2


class Accelerator:
    def get_tracker(self, name: str) -> None: ...


class Trainer:
    """Of transformers."""

    def __init__(self) -> None:
        self.callback_handler = None


class LightningTrainer:
    loggers = ()


class CSVLogger:
    experiment = None

    def log_hyperparams(self) -> None: ...


class Anything:
    """An experiment that answers to every name, and writes nowhere."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


class Unmade(TensorBoardCallback):
    def __init__(self) -> None:
        self.tb_writer = None


class NoFile:
    def _get_file_writer(self) -> str:
        return "nowhere"


@pytest.mark.parametrize(
    ("writer", "line"),
    [
        (None, "a NoneType writes to no file; pass a torch.utils.tensorboard.SummaryWriter"),
        ("runs/a", r"pass torch.utils.tensorboard.SummaryWriter\('runs/a'\)"),
        ([TensorBoardLogger], "pass the one of them that writes for TensorBoard"),
        (Accelerator(), r'pass accelerator.get_tracker\("tensorboard"\)'),
        (Trainer(), r"TensorBoardCallback\(writer\)"),
        (LightningTrainer(), "pass trainer.logger"),
        (CSVLogger(), r"a CSVLogger writes to no file; pass a TensorBoardLogger\(folder\)"),
        (Anything(), "a Anything writes to no file; pass a torch"),
        (Unmade(), "not there yet: pass it when the training has begun"),
        (NoFile(), "the writer's file is a str; pass a torch"),
    ],
)
def test_what_writes_no_file_is_refused_with_the_line_that_helps(writer: Any, line: str) -> None:
    with pytest.raises(WritesNoFile, match=line):
        recorded(writer)


def test_the_experiment_of_another_logger_is_never_begun() -> None:
    class WandbLogger:
        @property
        def experiment(self) -> Any:
            raise AssertionError

    with pytest.raises(WritesNoFile):
        find(WandbLogger())
