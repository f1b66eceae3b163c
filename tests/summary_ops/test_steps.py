"""A step is the whole number it stands for, whatever its type."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Schedule, activation_distributions
from tests.summary_ops.written import problems, written

WHOLE = [10, np.int64(10), np.array(10), torch.tensor(10), torch.tensor([10]), 10.0]


@pytest.mark.parametrize("schedule", [Schedule.every(5), Schedule.log_spaced(11, n=4)])
@pytest.mark.parametrize("step", WHOLE)
def test_a_step_of_any_type_is_due_like_the_number_it_is(schedule: Schedule, step: Any) -> None:
    assert schedule.due(step) is True
    assert schedule.due(step - 1) is False


def recorder_of(**options: Any) -> Recorder:
    return Recorder(nn.Sequential(nn.Linear(4, 3)), verbose=False, **options)


def test_a_tensor_that_counts_in_place_is_the_step_it_is_when_written(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    recorder, step = recorder_of(), torch.tensor(0)
    for _ in range(3):
        with recorder.observing(torch.arange(3)):
            recorder.model(torch.randn(3, 4))
        recorder.write(writer, step)  # type: ignore[arg-type]
        step += 1
    writer.flush()
    assert [key[2] for key in written(tmp_path / "run") if key[0] == "histograms"] == [0, 1, 2]
    assert problems(tmp_path / "run") == {}


@pytest.mark.parametrize("step", ["3", 2.7, None, math.nan, torch.tensor([1, 2])])
def test_what_is_no_step_is_named(writer: SummaryWriter, step: Any) -> None:
    recorder = recorder_of(probe=ProbeSet(torch.randn(3, 4), torch.arange(3)))
    recorder.run([(torch.randn(3, 4), torch.arange(3))], progress=False)
    calls = (
        lambda: recorder.write(writer, step),
        lambda: recorder.write_probe(writer, step),
        lambda: activation_distributions(writer, "fc", np.zeros((3, 2)), [0, 1, 0], step=step),
        lambda: Schedule.every(2).due(step),
    )
    for call in calls:
        with pytest.raises(ValueError, match=r"step=.* whole number"):
            call()
    assert recorder.write(writer, 1)
