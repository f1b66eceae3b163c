"""Schedules and steps, from the outside."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Schedule, activation_distributions
from tests.summary_ops.written import problems, written

TOTALS = st.integers(1, 100_000)


@given(TOTALS, st.integers(1, 200))
def test_a_log_spaced_schedule_is_of_rising_gaps_and_has_both_ends(total: int, n: int) -> None:
    schedule = Schedule.log_spaced(total, n=n)
    assert schedule.steps is not None
    steps = sorted(schedule.steps)
    assert steps[-1] == total - 1
    assert len(steps) == schedule.count() <= min(n, total)
    assert all(schedule.due(step) for step in steps)
    if n > 1:
        assert steps[0] == 0
    gaps = np.diff(steps)
    assert (gaps[1:] >= gaps[:-1] - 1).all()  # up to rounding to whole steps


@given(st.integers(1, 50), st.integers(1, 300))
def test_every_kth_step_is_due_and_counted(k: int, total: int) -> None:
    schedule = Schedule.every(k)
    due = [step for step in range(total) if schedule.due(step)]
    assert due == list(range(0, total, k))
    assert schedule.count(total) == len(due) == math.ceil(total / k)
    assert schedule.count() is None


@pytest.mark.parametrize("make", [lambda: Schedule.every(0), lambda: Schedule.log_spaced(0)])
def test_a_schedule_of_nothing_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()


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
