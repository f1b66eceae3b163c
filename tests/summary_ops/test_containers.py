"""Inputs of every kind of container, recorded from the loader to the probe set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence
from torch.utils.data import DataLoader

from summary_ops import ProbeSet, Recorder
from tb_plugin_neural.contract import records
from tests.summary_ops.written import counted, written

N = 12


class Detector(nn.Module):
    """Takes a list of images, as torchvision's detectors do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, images: list[Tensor], _targets: Any = None) -> list[dict[str, Tensor]]:
        if type(images) is not list:
            raise TypeError(type(images))
        parts = [nn.functional.interpolate(image[None], size=(8, 8))[0] for image in images]
        features = self.conv(torch.stack(parts)).relu().mean((2, 3))
        return [{"scores": scores, "boxes": torch.zeros(0, 4)} for scores in self.head(features)]


PICTURES = [torch.rand(3, 10 + place % 3, 12 - place % 4) for place in range(N)]
TARGETS = [{"boxes": torch.rand(1, 4), "labels": torch.tensor([1])}] * N


def mean_of(recorder: Recorder, layer: str) -> np.ndarray:
    found = counted(recorder)["moments", layer]
    return found.mean[found.subsets.index("all")]


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("size", [3, 2, 1, 5])
def test_a_detection_loader_needs_no_unpack(kind: type, size: int) -> None:
    model = Detector()
    data = list(zip(PICTURES, TARGETS, strict=True))
    loader = DataLoader(
        data, size, collate_fn=lambda rows: kind(map(kind, zip(*rows, strict=True)))
    )
    recorder = Recorder(model, task=None, verbose=False, strict=True)
    recorder.run(loader, progress=False)
    found = counted(recorder)["moments", "head"]
    assert found.inputs.tolist() == [N]
    expected = torch.stack([row["scores"] for row in model(PICTURES)]).mean(0)
    assert mean_of(recorder, "head") == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_a_detectors_probe_set_is_recorded_with_its_pictures(writer, tmp_path) -> None:
    model, pictures = Detector(), PICTURES * 25
    probe = ProbeSet(pictures)
    recorder = Recorder(model, task=None, probe=probe, verbose=False, strict=True)
    recorder.run([(PICTURES, TARGETS)], progress=False)
    recorder.write(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")
    assert len(pictures) > 256  # more than one batch
    activations: records.ProbeActivations = found["probe_activations", "head", 0]
    expected = torch.stack([row["scores"] for row in model(pictures)]).detach().numpy()
    assert activations.values() == pytest.approx(expected, abs=float(activations.scale.max()))
    assert found["probe", "", 0].pictured
    assert {kind for kind, layer, _ in found if layer == "head"} >= {"pivot_distances"}


class Packed(nn.Module):
    """Takes a `PackedSequence`, and has one between its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = nn.LSTM(5, 7), nn.Linear(7, 3)

    def forward(self, packed: Any) -> Tensor:
        return self.head(self.rnn(packed)[1][0][-1])


def test_packed_sequences_are_recorded_sequence_by_sequence(writer, tmp_path) -> None:
    parts = [torch.randn(1 + 3 * place % 7, 5) for place in range(N)]
    labels = torch.arange(N) % 3
    model, packed = Packed(), pack_sequence(parts, enforce_sorted=False)
    probe = ProbeSet(packed, labels)
    recorder = Recorder(model, probe=probe, verbose=False, strict=True)
    recorder.run([(packed, labels)], progress=False)
    recorder.write(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")
    with torch.no_grad():
        states, _ = pad_packed_sequence(model.rnn(packed)[0], True, -torch.inf)
        largest, logits = states.amax(1), model(packed)
    for layer, values in (("rnn", largest), ("head", logits)):
        moments = found["moments", layer, 0]
        for label in range(3):
            own = moments.mean[moments.subsets.index(f"class:{label}")]
            assert own == pytest.approx(values[labels == label].mean(0).numpy(), abs=1e-5)
    metrics = found["class_metrics", "", 0]
    assert metrics.correct.sum() == int((logits.argmax(1) == labels).sum())
    activations = found["probe_activations", "head", 0]
    assert activations.values() == pytest.approx(logits.numpy(), abs=float(activations.scale.max()))
    assert ("importance", "head", 0) in found


@dataclass
class Row:
    x: Tensor
    scale: float = 2.0


class OfDataclass(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, row: Row) -> Row:
        return Row(self.head(self.first(row.x).relu() * row.scale))


class OfDict(OfDataclass):
    def forward(self, batch: dict[str, Any]) -> dict[str, Tensor]:
        return {"logits": super().forward(Row(batch["x"])).x}


X, Y = torch.randn(N, 4), torch.arange(N) % 3


@pytest.mark.parametrize(("model", "inputs"), [(OfDataclass(), Row(X)), (OfDict(), {"x": X})])
def test_structured_inputs_and_outputs_give_a_whole_record(
    writer, tmp_path, model: nn.Module, inputs: Any
) -> None:
    probe = ProbeSet(inputs, Y)
    recorder = Recorder(model, probe=probe, verbose=False, strict=True)
    recorder.run([(inputs, Y)], progress=False)
    recorder.write(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")
    with torch.no_grad():
        logits = model.head(model.first(X).relu() * 2)
    assert found["class_metrics", "", 0].correct.sum() == int((logits.argmax(1) == Y).sum())
    kinds = {kind for kind, *_ in found}
    assert kinds >= {"contributions", "importance", "probe_activations", "examples"}
