"""Layers that `"auto"` chooses when the network first runs, and what is recorded of them."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path

import networks
import pytest
import torch
import torch.nn.functional as F
from networks import digits
from numpy_counts import assert_histograms, assert_moments
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torch.utils.tensorboard import SummaryWriter
from written import counted, problems, session, written

from summary_ops import ProbeSet, Recorder, Statistics
from summary_ops.network.hooks.layer_hooks import LayerHooks
from summary_ops.network.modules.layers import FLOOD
from summary_ops.passes.choosing import thinned
from summary_ops.problems import RecordingWarning
from summary_ops.tracing.graph.tape import Tape
from summary_ops.tracing.roles.roles import BLOCK, HIDDEN, OUTPUT, Role
from tests.summary_ops.tracing.transformers import Chunked, Gated, Mlp, PreNorm, Transformer

IMAGES, LABELS = (part[:60] for part in digits())
TOKENS = torch.randn(40, 5, 8, generator=torch.Generator().manual_seed(0))
CLASSES = torch.arange(40) % 3


def batches(inputs: Tensor, labels: Tensor):
    """A loader that can be gone through once."""
    return zip(inputs.split(16), labels.split(16), strict=True)


def recorded(model: nn.Module, inputs: Tensor, labels: Tensor, **options):
    torch.manual_seed(0)
    recorder = Recorder(model.eval(), **{"verbose": False, "strict": True, "graph": None} | options)
    recorder.run(batches(inputs, labels), progress=False)
    return recorder, counted(recorder)


def test_activations_of_functions_are_recorded_so_that_dead_units_show() -> None:
    model = networks.FunctionalCnn()
    with torch.no_grad():
        model.conv1.bias[2] = -100
    recorder, found = recorded(model, IMAGES, LABELS)
    assert list(recorder.pipeline.network.layers) == ["conv1.relu", "conv2.relu", "fc1.relu", "fc2"]
    with torch.no_grad():
        first = F.relu(model.conv1(IMAGES)).amax((2, 3))
    for digit in range(10):
        assert_histograms(
            found["histograms", "conv1.relu"], f"class:{digit}", first[digit == LABELS]
        )
        assert_moments(found["moments", "conv1.relu"], f"class:{digit}", first[digit == LABELS])
    assert (first[:, 2] == 0).all()
    assert recorder.pipeline.observed.layers["conv1.relu"].type == "relu"


@pytest.mark.parametrize("mlp", [Gated, Chunked])
def test_hidden_units_that_no_module_puts_out_are_what_the_projection_is_given(mlp) -> None:
    model = Transformer(PreNorm(mlp()), PreNorm(mlp()))
    _, found = recorded(model, TOKENS, CLASSES)
    given = []
    handle = model.blocks[1].mlp.down.register_forward_pre_hook(lambda _, args: given.append(*args))
    with handle, torch.no_grad():
        model(TOKENS)
    for label in range(3):
        expected = given[0][label == CLASSES].amax(1)
        assert_moments(found["moments", "blocks.1.mlp.down.input"], f"class:{label}", expected)


@pytest.mark.parametrize(("reduction", "pool"), [(None, "mean"), ("max", "amax"), ("mean", "mean")])
def test_a_residual_stream_is_averaged_unless_it_is_said_otherwise(reduction, pool) -> None:
    model = Transformer(PreNorm(Mlp()), PreNorm(Mlp()))
    recorder, found = recorded(model, TOKENS, CLASSES, statistics=Statistics(reduction=reduction))
    with torch.no_grad():
        stream = model.blocks[1](model.blocks[0](TOKENS))
    expected = getattr(stream[CLASSES == 1], pool)(1)
    assert_moments(found["moments", "blocks.1"], "class:1", expected)
    layers = recorder.pipeline.observed.layers
    assert layers["blocks.1"].reduction == ("mean" if pool == "mean" else "max")
    assert layers["blocks.1.mlp.act"].reduction == (reduction or "max")


def test_names_of_functions_and_inputs_can_be_given() -> None:
    model = networks.FunctionalCnn()
    recorder, found = recorded(model, IMAGES, LABELS, layers=["conv1.relu", "conv2.input", "fc2"])
    assert list(recorder.pipeline.observed.layers) == ["conv1.relu", "conv2.input", "fc2"]
    expected = F.relu(model.conv1(IMAGES)).amax((2, 3)).detach()
    assert_moments(found["moments", "conv2.input"], "class:7", expected[LABELS == 7])


def test_the_first_batch_counts_as_all_others_do() -> None:
    _, found = recorded(networks.FunctionalCnn(), IMAGES, LABELS)
    record = found["moments", "fc2"]
    assert record.inputs[[name.startswith("class:") for name in record.subsets]].sum() == 60


def test_with_a_probe_set_the_layers_are_chosen_by_it(tmp_path: Path) -> None:
    model = networks.FunctionalCnn().eval()
    recorder = Recorder(model, probe=ProbeSet(IMAGES[:9], LABELS[:9]), verbose=False, strict=True)
    with SummaryWriter(str(tmp_path)) as writer:
        assert recorder.write_probe(writer, 0)
    names = [layer.name for layer in session(tmp_path).layers]
    assert names == ["conv1.relu", "conv2.relu", "fc1.relu", "fc2"]


def test_weights_are_those_that_the_recorder_was_made_with() -> None:
    model = networks.FunctionalCnn().eval()
    recorder = Recorder(model, verbose=False)
    before = recorder.pipeline.step_records.about.weights
    with torch.no_grad():
        model.conv1.weight += 1
    recorder.run(batches(IMAGES, LABELS), progress=False)
    assert recorder.pipeline.step_records.about.weights == before
    assert Recorder(model).pipeline.step_records.about.weights != before


def test_what_a_sink_puts_in_the_place_of_a_function_goes_on() -> None:
    model = networks.FunctionalCnn().eval()
    recorder, _ = recorded(model, IMAGES, LABELS)

    def ablate(output):
        return (
            output.tensor.index_fill(1, torch.tensor(1), 0.5)
            if output.layer == "fc1.relu"
            else None
        )

    hooks = LayerHooks(recorder.pipeline.network, ablate)
    with hooks.listening(), torch.no_grad():
        changed = model(IMAGES)
    given = []
    with model.fc2.register_forward_pre_hook(lambda _, args: given.append(*args)), torch.no_grad():
        model(IMAGES)
        expected = model.fc2(given[0].index_fill(1, torch.tensor(1), 0.5))
    assert torch.equal(changed, expected)


def test_a_network_that_cannot_be_traced_keeps_what_its_modules_suggest(monkeypatch) -> None:
    def refuse(*_):
        raise RuntimeError("no tracing here")

    monkeypatch.setattr(Tape, "__torch_dispatch__", refuse)
    recorder, found = recorded(networks.FunctionalCnn(), IMAGES, LABELS)
    assert list(recorder.pipeline.observed.layers) == ["conv1", "conv2", "fc1", "fc2"]
    assert ("moments", "conv1") in found


def test_blocks_and_outputs_outlast_hidden_units_where_there_are_too_many() -> None:
    kinds = [HIDDEN, BLOCK, BLOCK]
    roles = tuple(Role(str(n), kinds[n % 3], "", n) for n in range(90))
    kept = thinned((*roles, Role("out", OUTPUT, "", 90)))
    assert len(kept) == FLOOD
    assert sum(role.role == BLOCK for role in kept) == 60
    assert kept[-1].layer == "out"
    deep = thinned(tuple(Role(str(n), BLOCK, "", n) for n in range(300)))
    assert [deep[0].layer, deep[-1].layer, len(deep)] == ["0", "299", FLOOD]


def test_a_layer_of_too_many_units_for_the_budget_is_left_out_with_a_sentence(
    tmp_path: Path,
) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2000), nn.ReLU(), nn.Linear(2000, 10)).eval()
    recorder = Recorder(
        model, statistics=Statistics(max_bytes=2**21), verbose=False, probe=ProbeSet(IMAGES[:9])
    )
    with pytest.warns(RecordingWarning, match=r"layer 2: 2,000 units: their statistics take 2 MB"):
        recorder.run(batches(IMAGES, LABELS), progress=False)
    with SummaryWriter(str(tmp_path)) as writer:
        assert recorder.write(writer, 0)
    assert list(problems(tmp_path)) == ["layer 2"]
    assert {layer for _, layer, _ in written(tmp_path)} == {"", "3"}


class ModelEma(nn.Module):
    """An average of weights as timm and ema-pytorch wrap it."""

    def __init__(self, model: nn.Module, name: str) -> None:
        super().__init__()
        self.add_module(name, copy.deepcopy(model))
        self.name = name
        self.register_buffer("step", torch.tensor(0))

    def forward(self, images: Tensor) -> Tensor:
        return self.get_submodule(self.name)(images)


@pytest.mark.parametrize(
    "average",
    [AveragedModel, partial(ModelEma, name="module"), partial(ModelEma, name="ema_model")],
    ids=["torch", "module", "ema_model"],
)
def test_an_average_of_weights_has_the_layers_of_the_model(average) -> None:
    model = networks.Vgg().eval()
    averaged = average(model)
    plain, _ = recorded(model, IMAGES, LABELS)
    other, _ = recorded(averaged, IMAGES, LABELS)
    assert list(other.pipeline.observed.layers) == list(plain.pipeline.observed.layers)
    with Recorder(averaged, verbose=False) as watching, watching.observing(LABELS):
        averaged(IMAGES)
    assert_moments(
        counted(watching)["moments", "classifier.3"], "class:3", model(IMAGES)[LABELS == 3].detach()
    )
