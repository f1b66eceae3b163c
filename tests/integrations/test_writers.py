"""Writers, loggers, trackers and callbacks of other libraries lead to their event file."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from event_files import records_in
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder

X, Y = torch.randn(64, 4), torch.arange(64) % 3


def tensorboardx(folder: Path) -> Any:
    return pytest.importorskip("tensorboardX").SummaryWriter(str(folder))


def lightning_logger(folder: Path) -> Any:
    loggers = pytest.importorskip("lightning.pytorch.loggers")
    return loggers.TensorBoardLogger(folder, name=None, version="")


def accelerate_tracker(folder: Path) -> Any:
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True, log_with="tensorboard", project_dir=folder)
    accelerator.init_trackers("run")
    return accelerator.get_tracker("tensorboard")


def transformers_callback(folder: Path) -> Any:
    integrations = pytest.importorskip("transformers.integrations")
    return integrations.TensorBoardCallback(SummaryWriter(str(folder)))


WRITERS = [tensorboardx, lightning_logger, accelerate_tracker, transformers_callback]


@pytest.mark.parametrize("make", WRITERS)
def test_records_of_every_step_are_in_the_event_file(
    make: Callable[[Path], Any], tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries themselves
        writer = make(tmp_path)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    recorder = Recorder(model, verbose=False, strict=True)
    for step in range(3):
        recorder.run([(X, Y)], progress=False)
        assert recorder.write(writer, step)
    found = records_in(tmp_path)
    assert {step for step, kind, _ in found if kind == "histograms"} == {0, 1, 2}
    moments = found[0, "moments", "1"]
    expected = model[:2](X[Y == 1]).mean(0).detach().numpy()
    assert moments.mean[moments.subsets.index("class:1")] == pytest.approx(expected, abs=1e-5)


def test_tensorboardx_records_what_torchs_writer_records_beside_its_own(tmp_path: Path) -> None:
    with tensorboardx(tmp_path) as writer:
        model = nn.Linear(4, 3)
        recorder = Recorder(model, graph=None, verbose=False)
        for step in range(4):
            writer.add_scalar("loss", 1.0 / (1 + step), step)
            recorder.run([(X, Y)], progress=False)
            recorder.write(writer, step)
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    read = events.EventAccumulator(str(tmp_path)).Reload()
    assert [scalar.step for scalar in read.Scalars("loss")] == [0, 1, 2, 3]
    assert {step for step, kind, _ in records_in(tmp_path) if kind == "moments"} == {0, 1, 2, 3}


def test_other_loggers_of_lightning_are_refused_with_the_line_that_helps(tmp_path: Path) -> None:
    loggers = pytest.importorskip("lightning.pytorch.loggers")
    recorder = Recorder(nn.Linear(4, 3), graph=None, verbose=False)
    recorder.run([(X, Y)], progress=False)
    with pytest.raises(ValueError, match=r"pass a TensorBoardLogger\(folder\)"):
        recorder.write(loggers.CSVLogger(tmp_path), 0)


def test_an_accelerator_is_refused_with_the_line_that_helps() -> None:
    accelerate = pytest.importorskip("accelerate")
    recorder = Recorder(nn.Linear(4, 3), graph=None, verbose=False)
    recorder.run([(X, Y)], progress=False)
    with pytest.raises(ValueError, match=r"get_tracker\(.tensorboard.\)"):
        recorder.write(accelerate.Accelerator(cpu=True), 0)
