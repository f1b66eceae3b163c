from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder, RecordingWarning
from summary_ops.network.modules.layers import choose
from tests.summary_ops.written import problems

X, Y = torch.randn(24, 4), torch.arange(24) % 3
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")


def body() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU())


class Unused(nn.Module):
    """Has a spare layer, and an auxiliary head for training only."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.spare = nn.Linear(4, 6), nn.Linear(6, 6)
        self.aux, self.head = nn.Linear(6, 3), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.body(x).relu()
        return self.head(hidden) + (self.aux(hidden) if self.training else 0)


def told(folder: Any, model: nn.Module, change: Callable[[Any], Any] | None = None, **options: Any):
    recorder = Recorder(model, graph=None, verbose=False, **options)
    if change is not None:
        change(model)
    with SummaryWriter(str(folder)) as writer, warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        for step in range(2):
            recorder.run([(X, Y)], progress=False)
            recorder.write(writer, step)
    return problems(folder)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: torch.jit.script(body()), ["0"]),
        (lambda: nn.Sequential(torch.jit.script(nn.Linear(4, 6)), nn.ReLU()), ["0.0"]),
    ],
)
def test_parts_of_torchscript_are_reported_by_the_module_they_are_in(
    tmp_path: Any, make: Any, names: list[str]
) -> None:
    found = told(tmp_path, nn.Sequential(make(), nn.Linear(6, 3)))
    assert list(found) == [f"layers inside {name}" for name in names]
    assert "module that it was made from" in found[f"layers inside {names[0]}"]


def test_a_traced_module_can_be_recorded_as_a_whole(tmp_path: Any) -> None:
    model = nn.Sequential(torch.jit.trace(body(), X), nn.Linear(6, 3))
    assert told(tmp_path, model, layers=["0", "1"]) == {}


def test_repeated_scripted_blocks_are_no_layers_that_could_be_chosen(tmp_path: Any) -> None:
    model = nn.Sequential(*[torch.jit.script(nn.Linear(4, 4)) for _ in range(3)], nn.Linear(4, 3))
    assert list(choose(model)) == ["3"]
    assert len(told(tmp_path, model)) == 3


@pytest.mark.parametrize("name", ["0.0", "0"])
def test_a_layer_of_torchscript_that_is_asked_for_is_refused(name: str) -> None:
    model = nn.Sequential(torch.jit.script(body()), nn.Linear(6, 3))
    with pytest.raises(ValueError, match=f"layer {name}: TorchScript calls no hooks"):
        Recorder(model, layers=[name])


def test_a_layer_inside_a_traced_module_is_refused() -> None:
    """Not read as an output of the module around it, which calls hooks."""
    model = nn.Sequential(torch.jit.trace(body(), X), nn.Linear(6, 3))
    with pytest.raises(ValueError, match=r"layer 0\.1: TorchScript calls no hooks"):
        Recorder(model, layers=["0.1", "1"])


def test_a_module_that_was_replaced_is_reported(tmp_path: Any) -> None:
    def new_head(model: nn.Sequential) -> None:
        model[2] = nn.Linear(6, 3)

    model = nn.Sequential(*body(), nn.Linear(6, 10))
    found = told(tmp_path, model, new_head, layers=["1", "2"])
    assert list(found) == ["layers 2"]
    assert "make the Recorder after the model is changed" in found["layers 2"]


def test_layers_that_no_pass_goes_through_are_reported_once_together(tmp_path: Any) -> None:
    found = told(tmp_path, Unused(), layers=["body", "spare", "aux", "head"])
    assert list(found) == ["layers spare, aux"]
    assert "no forward pass has gone through them" in found["layers spare, aux"]


def test_a_layer_that_runs_in_training_only_is_seen_there(tmp_path: Any) -> None:
    model = Unused().train()
    recorder = Recorder(model, layers=["body", "aux", "head"], graph=None, verbose=False)
    with recorder.observing(Y):
        model(X)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    assert problems(tmp_path) == {}


def test_strict_raises(tmp_path: Any) -> None:
    recorder = Recorder(Unused(), layers=["body", "spare"], graph=None, strict=True)
    recorder.run([(X, Y)], progress=False)
    with SummaryWriter(str(tmp_path)) as writer, pytest.raises(RuntimeError, match="layers spare"):
        recorder.write(writer, 0)


def test_a_layer_with_a_problem_of_its_own_is_not_told_twice(tmp_path: Any) -> None:
    class Text(nn.Module):
        def forward(self, _: Tensor) -> str:
            return "no tensor"

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.text, self.head = Text(), nn.Linear(4, 3)

        def forward(self, x: Tensor) -> Tensor:
            self.text(x)
            return self.head(x)

    assert list(told(tmp_path, Model(), layers=["text", "head"])) == ["layer text"]
