"""What the model and its inputs are called on the page."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from tests.servers import Page, start_python


def index_of(path, **names):
    """The page's index of a run that was recorded so."""
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    recorder = Recorder(model, verbose=False, **names)
    recorder.run([(torch.randn(16, 4), torch.randint(2, (16,)))], progress=False)
    with SummaryWriter(str(path / "run")) as writer:
        recorder.write(writer, 0)
    return Page(start_python(path)).json("index")["models"][0]


def test_a_title_and_the_data_reach_the_page(tmp_path):
    found = index_of(tmp_path, title="ResNet-18", data="CIFAR-10")
    assert (found["title"], found["data"], found["model"]) == ("ResNet-18", "CIFAR-10", "model")


def test_nobody_has_to_say_them(tmp_path):
    found = index_of(tmp_path)
    assert (found["title"], found["data"]) == ("", "")


def test_they_are_texts():
    with pytest.raises(TypeError, match="title=3, expected a text"):
        Recorder(nn.Linear(2, 2), title=3)
