"""How large the model and its recorded layers are, as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networks
import pytest
import torch
from networks import digits
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import last, written

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.problems import RecordingWarning
from tb_plugin_neural.contract.graph_records import VARIES, Architecture, Topology

IMAGES = digits()[0][:6]


def recorded(
    model: nn.Module, writer: SummaryWriter, *inputs: Any, labels: Any = None, **options: Any
) -> Architecture:
    recorder = Recorder(model, task=None, verbose=False, **options)
    for given in inputs:
        with recorder.observing(labels), torch.no_grad():
            model(given)
    recorder.write(writer, 0)
    writer.flush()
    return last(Path(writer.log_dir), Architecture)


def sizes(record: Architecture) -> dict[str, tuple[tuple[int, ...], int]]:
    return {layer.name: (layer.shape, layer.parameters) for layer in record.layers}


def test_shapes_have_no_batch_axis_and_parameters_are_the_modules_own(
    writer: SummaryWriter,
) -> None:
    model = networks.Vgg()
    found = recorded(model, writer, IMAGES, layers=["auto", "features", "features.0"])
    assert sizes(found) == {
        "features.0": ((6, 8, 8), 6 * 9 + 6),
        "features.2": ((6, 8, 8), 0),
        "features.5": ((8, 4, 4), 0),
        "features": ((128,), 6 * 9 + 6 + 12 + 8 * 6 * 9 + 8),
        "classifier.1": ((16,), 0),
        "classifier.3": ((10,), 16 * 10 + 10),
    }
    assert found.parameters == sum(one.numel() for one in model.parameters())


def test_a_second_call_has_its_own_shape_and_the_modules_parameters(
    writer: SummaryWriter,
) -> None:
    model = networks.Residual()
    found = sizes(recorded(model, writer, IMAGES, layers=["layer1.0", "layer1.0.relu"]))
    assert list(found) == ["layer1.0.relu", "layer1.0.relu:1", "layer1.0"]
    assert found["layer1.0.relu:1"] == ((6, 8, 8), 0)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.embed(tokens))


def test_shared_parameters_count_once_in_the_total(writer: SummaryWriter) -> None:
    found = recorded(Tied(), writer, torch.arange(6).reshape(2, 3) % 7, layers="*")
    assert sizes(found) == {"embed": ((3, 4), 28), "head": ((3, 7), 28)}
    assert found.parameters == 28


def test_lengths_that_differ_from_batch_to_batch_are_left_open(writer: SummaryWriter) -> None:
    tokens = torch.arange(10).reshape(2, 5) % 7
    found = recorded(Tied(), writer, tokens, tokens[:, :3], layers="*")
    assert sizes(found) == {"embed": ((VARIES, 4), 28), "head": ((VARIES, 7), 28)}


def test_a_layer_whose_outputs_differ_in_axes_is_left_out(writer: SummaryWriter) -> None:
    model = nn.Sequential(nn.Linear(4, 3))
    found = recorded(model, writer, torch.rand(2, 5, 4), torch.rand(2, 4))
    assert (found.layers, found.parameters) == ((), 15)


class Sequences(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 5)
        self.flat = nn.Linear(5, 2)

    def forward(self, steps: Tensor) -> Tensor:
        return self.flat(self.lstm(steps)[0][-1])


def test_of_several_outputs_the_recorded_part_counts_wherever_its_batch_axis_is(
    writer: SummaryWriter,
) -> None:
    model = Sequences()
    steps, labels = torch.rand(7, 4, 3), [0] * 4
    found = sizes(recorded(model, writer, steps, labels=labels, layers=["lstm", "flat"]))
    weights = 4 * 5 * (3 + 5 + 2)
    assert found == {"lstm": ((7, 5), weights), "flat": ((2,), 12)}


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested")
def test_ragged_sequences_have_a_length_that_is_left_open(writer: SummaryWriter) -> None:
    ragged = torch.nested.nested_tensor([torch.rand(2, 4), torch.rand(3, 4)])
    model = nn.Sequential(nn.Linear(4, 3))
    assert sizes(recorded(model, writer, ragged)) == {"0": ((VARIES, 3), 15)}


class Lazy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.used, self.never = nn.LazyLinear(3), nn.LazyLinear(9)

    def forward(self, images: Tensor) -> Tensor:
        return self.used(images.flatten(1))


def test_lazy_layers_are_counted_as_they_are_once_they_have_run(writer: SummaryWriter) -> None:
    with pytest.warns(RecordingWarning, match="layers never: no forward pass"):
        found = recorded(Lazy(), writer, IMAGES)
    assert sizes(found) == {"used": ((3,), 64 * 3 + 3)}
    assert found.parameters == 64 * 3 + 3


def test_it_is_written_with_the_first_record_and_again_when_it_has_changed(
    writer: SummaryWriter,
) -> None:
    model = Tied()
    recorder = Recorder(model, task=None, layers="*", verbose=False)
    for step, length in enumerate((5, 5, 3, 4)):
        with recorder.observing(), torch.no_grad():
            model(torch.zeros(2, length, dtype=torch.int64))
        recorder.write(writer, step)
    writer.flush()
    kind = Architecture.kind
    steps = [step for name, _, step in written(Path(writer.log_dir)) if name == kind]
    assert steps == [0, 2]


@pytest.mark.parametrize("graph", [Graph(influence=(), importance=False), None])
def test_links_are_recorded_wherever_the_model_was_traced(
    writer: SummaryWriter, graph: Graph | None
) -> None:
    model = networks.Vgg()
    labels = digits()[1][:6]
    probe = ProbeSet(IMAGES[:2], labels[:2])
    recorder = Recorder(model, probe=probe, graph=graph, verbose=False)
    recorder.run([(IMAGES, labels)], progress=False)
    recorder.write(writer, 0)
    writer.flush()
    kinds = {kind for kind, _, _ in written(Path(writer.log_dir))}
    assert (Topology.kind in kinds) == (graph is not None)
    assert Architecture.kind in kinds
