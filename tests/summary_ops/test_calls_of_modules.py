"""A module called several times is several layers, each of which keeps its meaning."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from summary_ops import Recorder
from summary_ops.network.modules.calls import conflicts
from summary_ops.network.modules.layers import FLOOD
from tests.summary_ops.numpy_counts import assert_histograms
from tests.summary_ops.written import counted

INPUTS = torch.randn(24, 4, generator=torch.Generator().manual_seed(0))


class Skipping(nn.Module):
    """One activation behind three dense layers, the second of which may be skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.middle, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 6)
        self.act = nn.ReLU()
        with torch.no_grad():
            self.middle.bias += 100
            self.last.bias += 1000

    def forward(self, inputs: Tensor, *, skip: bool) -> Tensor:
        hidden = self.act(self.stem(inputs))
        if not skip:
            hidden = self.act(self.middle(hidden))
        return self.act(self.last(hidden))

    def outputs(self, *, skip: bool) -> list[Tensor]:
        found = [self.stem(INPUTS).relu()]
        for layer in (self.last,) if skip else (self.middle, self.last):
            found.append(layer(found[-1]).relu())
        return [output.detach() for output in found]


def recorder_of(model: nn.Module, **options: object) -> Recorder:
    return Recorder(model, **{"task": None, "verbose": False, "strict": True} | options)


@pytest.mark.parametrize("skips", [(False, True, False), (True, False, True)])
def test_a_call_that_is_skipped_leaves_the_others_what_they_are(skips: tuple[bool, ...]) -> None:
    model = Skipping()
    recorder = recorder_of(model, layers=["act"])
    for skip in skips:
        with recorder.observing():
            model(INPUTS, skip=skip)
    names = ("act", "act:1", "act:2") if not skips[0] else ("act", "act:2", "act:1")
    parts: dict[str, list[Tensor]] = {name: [] for name in names}
    for skip in skips:
        for name, output in zip(
            (names[0], names[2]) if skip else names, model.outputs(skip=skip), strict=True
        ):
            parts[name].append(output)
    found = counted(recorder)
    assert {layer for kind, layer in found if kind == "histograms"} == {*names}
    for name, outputs in parts.items():
        assert_histograms(found["histograms", name], "all", torch.cat(outputs))


class Branching(nn.Module):
    """A head behind one of two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other, self.head = nn.Linear(4, 5), nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, inputs: Tensor, *, other: bool) -> Tensor:
        return self.head(self.other(inputs)) if other else self.head(self.one(inputs))


def test_a_module_called_once_a_pass_is_one_layer_whatever_feeds_it() -> None:
    model = Branching()
    recorder = recorder_of(model, layers=["head"])
    for other in (False, True, False):
        with recorder.observing():
            model(INPUTS, other=other)
    assert list(recorder.pipeline.observed.layers) == ["head"]
    values = torch.cat([model(INPUTS, other=other).detach() for other in (False, True, False)])
    assert_histograms(counted(recorder)["histograms", "head"], "all", values)


class Reusing(nn.Module):
    """One activation twice behind the same layer, the first of which may be skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.act = nn.Linear(4, 6), nn.Tanh()

    def forward(self, inputs: Tensor, *, skip: bool) -> Tensor:
        hidden = self.dense(inputs)
        squashed = self.act(hidden)
        if not skip:
            squashed = self.act(squashed + 1)
        return self.act(squashed - 1)


def test_calls_from_different_lines_are_told_apart_where_the_same_module_feeds_them() -> None:
    model = Reusing()
    recorder = recorder_of(model, layers=["act"])
    for skip in (False, True):
        with recorder.observing():
            model(INPUTS, skip=skip)
    with torch.no_grad():
        first = model.dense(INPUTS).tanh()
        second = (first + 1).tanh()
        last = torch.cat([(second - 1).tanh(), (first - 1).tanh()])
    found = counted(recorder)
    assert_histograms(found["histograms", "act:1"], "all", second)
    assert_histograms(found["histograms", "act:2"], "all", last)


class Cell(nn.Module):
    """A cell in a loop over time."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.act, self.head = nn.GRUCell(1, 5), nn.Tanh(), nn.Linear(5, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.new_zeros(len(inputs), 5)
        for step in inputs.unbind(1):
            hidden = self.act(self.cell(step[:, None], hidden))
        return self.head(hidden)


@pytest.mark.parametrize("layers", ["auto", ["cell", "act", "head"]])
def test_calls_count_towards_the_limit_of_layers(layers: object) -> None:
    model, inputs = Cell().eval(), torch.randn(6, 3 * FLOOD)
    recorder = recorder_of(model, layers=layers)
    recorder.run([inputs], progress=False)
    assert len(recorder.pipeline.observed.layers) == FLOOD
    assert "head" in recorder.pipeline.observed.layers
    (note,) = (text for text in recorder.pipeline.step_records.left_out if "further calls" in text)
    assert "act" in note
    with torch.no_grad():
        values = model(inputs)
    assert_histograms(counted(recorder)["histograms", "head"], "all", values)


def test_loops_of_other_lengths_keep_the_numbers_of_their_steps() -> None:
    model = Cell().eval()
    recorder = recorder_of(model, layers=["act"])
    lengths = (3, 5, 2)
    for length in lengths:
        with recorder.observing():
            model(INPUTS[:, :1].expand(-1, length))
    found = counted(recorder)
    inputs = {layer: int(found["histograms", layer].inputs.sum()) for _, layer in found if layer}
    assert inputs == {
        "act" + (f":{step}" if step else ""): sum(length > step for length in lengths) * 24
        for step in range(5)
    }


def test_processes_that_met_the_calls_in_another_order_leave_them_out() -> None:
    described = []
    for skips in ((False, True), (True, False), (False,)):
        model = Skipping()
        recorder = recorder_of(model, layers=["act", "last"])
        for skip in skips:
            with recorder.observing():
                model(INPUTS, skip=skip)
        network = recorder.pipeline.network
        described.append(network.calls.described(network.model, network.layers))
    assert conflicts([described[0], described[2]]) == {}
    assert conflicts(described).keys() == {"act:1", "act:2"}
