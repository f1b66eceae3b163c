"""Programs that choose another default dtype or device get the same records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    Graph,
    ProbeSet,
    Projection,
    Recorder,
    ablations,
    activation_distributions,
    add_adversarial_strips,
    add_feature_visualizations,
    add_saliency,
    attacks,
)
from tests.summary_ops.networks import digits
from tests.summary_ops.numpy_counts import assert_same
from tests.summary_ops.written import written

IMAGES, LABELS = digits()[0][:60] / 16, digits()[1][:60]
CHOICES: dict[str, tuple[torch.dtype, torch.device]] = {
    "float64": (torch.float64, torch.device("cpu")),
    "meta": (torch.float32, torch.device("meta")),
    "both": (torch.float64, torch.device("meta")),
}
"""The meta device stands in for an accelerator: what lands there by mistake cannot be used."""


@contextmanager
def defaults(dtype: torch.dtype, device: torch.device) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        torch.set_default_device(None)


class Noting(nn.Module):
    """Notes the defaults that its forward runs with."""

    def __init__(self, seen: set[tuple[torch.dtype, str]]) -> None:
        super().__init__()
        self.seen = seen

    def forward(self, x: Tensor) -> Tensor:
        self.seen.add((torch.get_default_dtype(), torch.get_default_device().type))
        return x


def network(seen: set[tuple[torch.dtype, str]]) -> nn.Module:
    """Weights are few bits long, so that sums are exact in whatever order they are added up."""
    torch.manual_seed(0)
    layers = [nn.Flatten(), nn.Linear(64, 12), Noting(seen), nn.ReLU(), nn.Linear(12, 10)]
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_((weight * 64).round() / 16)
    return model


def loader(seen: set[tuple[torch.dtype, str]]) -> Iterator[tuple[Tensor, Tensor]]:
    for batch in zip(IMAGES.split(25), LABELS.split(25), strict=True):
        seen.add((torch.get_default_dtype(), torch.get_default_device().type))
        yield batch


def record(folder: Path, seen: set[tuple[torch.dtype, str]], model: nn.Module) -> None:
    probe = ProbeSet(IMAGES[:20], LABELS[:20])
    graph, projection = Graph(inputs=4), Projection(pivots=6)
    options: dict[str, Any] = {"probe": probe, "graph": graph, "projection": projection}
    recorder = Recorder(model, verbose=False, strict=True, **options)
    with SummaryWriter(str(folder)) as writer:
        recorder.run(loader(seen), progress=False)
        recorder.write(writer, 0)
        with recorder.observing(LABELS):
            model(IMAGES)
        recorder.write(writer, 1)
        recorder.write_probe(writer, 2)
        ablations(recorder, loader(seen), top=2, progress=False)
        options = {"step": 3, "progress": False}
        add_adversarial_strips(writer, recorder, [0], targets=[1], steps=3, frames=2, **options)
        add_saliency(writer, recorder, [0], window=4, stride=4, integration_steps=2, **options)
        add_feature_visualizations(writer, recorder, {"3": [0]}, facets=2, steps=2, **options)
    attacks.pgd(model, IMAGES[:5], LABELS[:5], steps=2)


@pytest.mark.parametrize("choice", CHOICES)
def test_records_are_the_same_and_the_users_code_keeps_its_defaults(
    choice: str, tmp_path: Path
) -> None:
    usual: set[tuple[torch.dtype, str]] = set()
    record(tmp_path / "usual", usual, network(usual))
    seen: set[tuple[torch.dtype, str]] = set()
    model = network(seen)
    dtype, device = CHOICES[choice]
    with defaults(dtype, device):
        record(tmp_path / choice, seen, model)
        assert (torch.get_default_dtype(), torch.get_default_device()) == (dtype, device)
    assert usual == {(torch.float32, "cpu")}
    assert seen == {(dtype, device.type)}
    expected, found = written(tmp_path / "usual"), written(tmp_path / choice)
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        if key[0] not in ("session", "problems"):
            assert_same(found[key], one, rtol=1e-4)


@pytest.mark.parametrize("choice", CHOICES)
def test_arrays_are_recorded_whatever_the_defaults(choice: str, tmp_path: Path) -> None:
    def distributions(folder: Path) -> None:
        with SummaryWriter(str(folder)) as writer:
            activations, labels = IMAGES.flatten(1).numpy(), LABELS.tolist()
            activation_distributions(writer, "layer", activations, labels, step=0)

    distributions(tmp_path / "usual")
    with defaults(*CHOICES[choice]):
        distributions(tmp_path / choice)
    key = ("histograms", "layer", 0)
    assert_same(written(tmp_path / choice)[key], written(tmp_path / "usual")[key])
