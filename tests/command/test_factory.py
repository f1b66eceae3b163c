"""What makes a network is found, called, and named where it cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models.factory import build

SOURCE = """
from torch import nn
from helper import WIDTH

def make(width=WIDTH, *, bias=True):
    return nn.Linear(width, 2, bias=bias)

class Nets:
    @staticmethod
    def small():
        return nn.Linear(1, 1)

ready = nn.Linear(7, 2)

def wrong():
    return "no network"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a module of factories, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("factories", "helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    package = tmp_path / "folder"
    package.mkdir()
    (package / "factories.py").write_text(SOURCE)
    (package / "helper.py").write_text("WIDTH = 5")
    return package


@pytest.mark.parametrize(
    ("spec", "name", "inputs"),
    [
        ("folder/factories.py:make", "make", 5),
        ("folder/factories.py:make(3, bias=False)", "make", 3),
        ("folder/factories.py:Nets.small()", "Nets.small", 1),
        ("folder/factories.py:ready", "ready", 7),
        ("torch.nn:Linear(4, 2)", "Linear", 4),
    ],
)
def test_a_factory_is_a_name_in_a_file_or_a_module_called_with_literals(spec, name, inputs):
    found, network = build(spec)
    assert found == name
    assert isinstance(network, nn.Linear)
    assert network.in_features == inputs
    assert (network.bias is None) == ("bias=False" in spec)


def test_a_module_is_looked_for_in_the_current_folder_as_well(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert build("factories:make(2)")[1](torch.zeros(1, 2)).shape == (1, 2)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("factories", "'factories' names no factory; expected package.module:factory"),
        ("no/file.py:make", "no file no/file.py"),
        ("no_such_module:make", "no_such_module cannot be imported: ModuleNotFoundError"),
        ("folder/factories.py:mke", "has no 'mke'; it has: Nets, make, ready, wrong"),
        ("folder/factories.py:make(open)", r"\(open\) are no arguments"),
        ("folder/factories.py:make('x')", r"make\('x'\) failed: TypeError"),
        ("folder/factories.py:wrong", "gave a str, expected a torch.nn.Module"),
    ],
)
def test_what_is_no_factory_is_said_to_be_none(spec, said):
    with pytest.raises(UsageError, match=said):
        build(spec)
