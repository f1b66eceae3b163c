"""Recording keeps to its share of the time, by a clock that the test sets."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import written

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.passes.time_share import LEAST, SELDOM, Effort, TimeShare
from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.projection_records import PivotDistances
from tb_plugin_neural.contract.record import Record
from tb_plugin_neural.contract.records import Histograms, Session


def series(folder: Path, kind: type[Record], layer: str = "") -> list[Any]:
    """A layer's records of a kind, step by step."""
    found = written(folder)
    return [
        found[key] for key in sorted(found, key=lambda key: key[2]) if key[:2] == (kind.kind, layer)
    ]


class Clock:
    """A clock that goes by what is added to it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def after(share: float, records: list[tuple[float, float, float, float]], kept: int = 32) -> Effort:
    """What is done after records of so much training, pass, influence and comparing."""
    clock = Clock()
    time_share = TimeShare(share, clock)
    for training, rest, influence, comparing in records:
        clock.now += training
        effort = time_share.effort
        with time_share.spending():
            clock.now += rest
            if time_share.measures:
                part = time_share.inputs_of(kept) / kept
                with time_share.spending("influence"):
                    clock.now += influence * part
            with time_share.spending("comparing"):
                clock.now += comparing * effort.compared
        time_share.settle()
    return time_share.effort


class TestDeciding:
    def test_what_fits_is_done_whole(self):
        assert after(0.5, [(10.0, 2.0, 6.0, 1.0)]) == Effort()

    def test_then_the_sample_is_halved_until_it_fits(self):
        assert after(0.5, [(10.0, 2.0, 12.0, 1.0)]) == Effort(0.5)
        assert after(0.5, [(10.0, 2.0, 28.0, 1.0)]) == Effort(0.25)

    def test_then_it_is_measured_in_fewer_records(self):
        found = after(0.5, [(10.0, 2.0, 8 * 16.0, 1.0)])
        assert found == Effort(LEAST / 32, 3)  # 16 s in what three records have left of 7 s

    def test_then_fewer_layers_are_compared(self):
        found = after(0.5, [(10.0, 2.0, 8 * 16.0, 14.0)])
        assert found == Effort(LEAST / 32, SELDOM, 0.5)  # 7 s of 14 after 1 s a record

    def test_nothing_of_the_pass_itself_is_given_up(self):
        found = after(0.1, [(1.0, 50.0, 8.0, 8.0)])
        assert (found.every, found.compared) == (SELDOM, 0.0)

    @pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
    @pytest.mark.parametrize("influence", [0.5, 3.0, 40.0])
    def test_over_many_records_the_share_is_kept(self, share, influence):
        clock, own, start = Clock(), 0.0, 0.0
        time_share = TimeShare(share, clock)
        for step in range(60):
            clock.now += 100.0
            begun = clock.now
            with time_share.spending():
                clock.now += 1.0
                if time_share.measures:
                    part = time_share.inputs_of(64) / 64
                    with time_share.spending("influence"):
                        clock.now += 10 * influence * part
                with time_share.spending("comparing"):
                    clock.now += 4.0 * time_share.effort.compared
            time_share.settle()
            if step:  # the first record is what the others are decided by
                own += clock.now - begun
            else:
                start = clock.now
        assert own <= share * (clock.now - start)

    def test_more_is_done_again_where_there_is_more_time(self):
        slow, fast = (10.0, 2.0, 28.0, 1.0), (100.0, 2.0, 28.0, 1.0)
        assert after(0.5, [slow, fast]) == Effort()

    @pytest.mark.parametrize("share", [0, 1, -0.5, 20])
    def test_a_share_is_a_part_of_the_time(self, share):
        with pytest.raises(ValueError, match=r"expected a part of the time in \(0, 1\)"):
            TimeShare(share)


class Net(nn.Module):
    """A network whose passes take a second an input, by the clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.first, self.second = nn.Linear(6, 5), nn.Linear(5, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        self.clock.now += len(inputs)
        return self.second(self.first(inputs).relu())


@pytest.fixture
def runs(tmp_path: Path):
    """Event files of four records, with so many seconds of training before each."""
    torch.manual_seed(0)
    inputs, labels = torch.randn(60, 6), torch.arange(60) % 3
    numbers = itertools.count()

    def record(training: float, share: float | None) -> Path:
        clock, folder = Clock(), tmp_path / str(next(numbers))
        time_share = TimeShare(share, clock)
        options = {"classes": ["a", "b", "c"], "graph": Graph(inputs=16), "verbose": False}
        recorder = Recorder(Net(clock), probe=ProbeSet(inputs[:9]), share=time_share, **options)
        with SummaryWriter(str(folder)) as writer:
            for step in range(4):
                clock.now += training
                recorder.run([(inputs, labels)], progress=False)
                assert recorder.write(writer, step)
        return folder

    return record


def test_fewer_inputs_are_a_prefix_of_the_same_sample_and_the_record_has_their_number(runs):
    folder = runs(150.0, 0.5)
    found = [one.inputs.max() for one in series(folder, Importance, "second")]
    assert found[0] == 48  # all: three classes of 16
    assert max(found[1:]) < 48
    histograms = [one.inputs.tolist() for one in series(folder, Histograms, "second")]
    assert len(histograms) == 4
    assert all(one == histograms[0] for one in histograms)
    *_, last = series(folder, Session)
    assert any("share=0.5" in note for note in last.left_out)


def test_influence_comes_every_so_many_records_and_the_session_says_so(runs):
    folder = runs(1.0, 0.5)
    assert len(series(folder, Importance, "second")) == 1
    assert len(series(folder, Histograms, "second")) == 4
    assert len(series(folder, PivotDistances, "second")) == 4  # that takes no time by this clock
    *_, last = series(folder, Session)
    assert any("one of 16 records" in note for note in last.left_out)


def test_without_a_share_everything_is_recorded(runs):
    folder = runs(1.0, None)
    assert {int(one.inputs.max()) for one in series(folder, Importance, "second")} == {48}
    assert [one.left_out for one in series(folder, Session)] == [()]
