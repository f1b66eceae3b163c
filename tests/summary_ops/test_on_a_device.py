"""What is recorded on a device is what is recorded on the processor; `NEURAL_DEVICE` names it."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import digits
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import written

from summary_ops import Graph, ProbeSet, Recorder

DEVICE = os.environ.get("NEURAL_DEVICE", "cpu")
IMAGES, LABELS = (part[:200] for part in digits())
EXACT = {"histograms", "moments", "class_metrics"}


class Quarters(nn.Module):
    """A network that computes in small multiples of a quarter, which every device adds exactly."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(6, 10)
        with torch.no_grad():
            for part in self.parameters():
                part.copy_((torch.randn(part.shape) * 4).round() / 4)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features((images * 4).round() / 4).amax((2, 3)))


def records(model: nn.Module, device: str, folder: Path) -> dict[Any, Any]:
    """All that a recorder writes of a network on a device."""
    recorder = Recorder(
        copy.deepcopy(model).to(device),
        classes=[str(index) for index in range(10)],
        probe=ProbeSet(IMAGES[:40], LABELS[:40]),
        graph=Graph(inputs=6),
        verbose=False,
        strict=True,
    )
    batches = list(zip(IMAGES.split(64), LABELS.split(64), strict=True))
    with SummaryWriter(str(folder)) as writer:
        recorder.run(batches, progress=False)
        assert recorder.write(writer, 0)
    return {key: one for key, one in written(folder).items() if key[0] != "session"}


@pytest.fixture
def both(tmp_path: Path) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """What is recorded on the processor, and on the device."""
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    model = Quarters()
    found = [records(model, name, tmp_path / str(at)) for at, name in enumerate(("cpu", DEVICE))]
    return found[0], found[1]


def test_a_device_records_the_same_kinds_of_all_layers(both):
    host, device = both
    assert host.keys() == device.keys()
    assert {"histograms", "importance", "contributions", "pivot_distances"} <= {k[0] for k in host}


def test_counts_are_the_same_to_the_last_bit_and_measured_numbers_nearly(both):
    host, device = both
    for key, expected in host.items():
        for field, value in vars(expected).items():
            if not isinstance(value, np.ndarray) or not value.size:
                continue
            other = getattr(device[key], field)
            if key[0] in EXACT and value.dtype.kind in "iu":
                np.testing.assert_array_equal(other, value, err_msg=f"{key}, {field}")
            elif value.dtype.kind == "f":
                close = {"rtol": 1e-2, "atol": 1e-2 * float(np.abs(value).max())}
                np.testing.assert_allclose(other, value, **close, err_msg=f"{key}, {field}")


@pytest.mark.skipif(not DEVICE.startswith("cuda"), reason="only CUDA runs ahead of the processor")
def test_observing_waits_for_the_device_nowhere():
    model = Quarters().to(DEVICE)
    recorder = Recorder(model, classes=[str(index) for index in range(10)], verbose=False)
    images, labels = IMAGES.to(DEVICE), LABELS.to(DEVICE)
    for _ in range(3):  # the windows need 256 inputs
        with recorder.observing(labels), torch.no_grad():
            model(images)
    torch.cuda.set_sync_debug_mode("error")
    try:
        with recorder.observing(labels), torch.no_grad():
            model(images)
    finally:
        torch.cuda.set_sync_debug_mode("default")
