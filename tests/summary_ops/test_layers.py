from __future__ import annotations

import re

import networks
import pytest
import torch
from torch import nn
from torch.distributed.algorithms._checkpoint import checkpoint_wrapper

from summary_ops import Recorder
from summary_ops.network.modules.layers import FLOOD, choose


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (networks.Vgg(), "features.2 features.5 classifier.1 classifier.3"),
        (networks.Residual(), "relu layer1.0 layer1.1 layer2.0 layer2.1 fc"),
        (networks.FunctionalCnn(), "conv1 conv2 fc1 fc2"),
        (networks.ConvNext(), "stem stages.0 stages.1 head"),
        (networks.Recurrent(nn.LSTM), "rnn head"),
        (networks.Recurrent(nn.GRU), "rnn head"),
        (
            networks.Encoder(),
            "embed "
            + " ".join(f"encoder.layers.{i} encoder.layers.{i}.linear1" for i in (0, 1))
            + " head",
        ),
        (nn.Linear(2, 3), "model"),
        (nn.Sequential(nn.Linear(2, 3)), "0"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_auto_chooses_what_a_person_would_want(model: nn.Module, expected: str) -> None:
    assert list(choose(model)) == expected.split()


@pytest.mark.parametrize(
    "model",
    [
        networks.Residual(blocks=80),
        nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(500))),
    ],
)
def test_auto_is_never_a_flood_and_keeps_the_first_and_the_logits(model: nn.Module) -> None:
    chosen = list(choose(model))
    assert len(chosen) == FLOOD
    assert chosen[0] in ("relu", "0.1")
    assert chosen[-1] in ("fc", "499.0", "499.1")


def test_names_globs_and_types_mix_in_order_of_definition() -> None:
    model = networks.Vgg()
    assert list(choose(model, "features.*")) == [f"features.{i}" for i in range(7)]
    assert list(choose(model, nn.Linear)) == ["classifier.0", "classifier.3"]
    mixed = choose(model, ["classifier.3", nn.BatchNorm2d, "features.?", "features.0"])
    assert list(mixed) == [*(f"features.{i}" for i in range(7)), "classifier.3"]
    assert list(choose(model, ["auto", "features.0"])) == ["features.0", *choose(model)]


def test_parts_of_an_output_are_chosen_beside_the_whole() -> None:
    model = networks.Recurrent(nn.LSTM)
    chosen = choose(model, ["rnn[1]", "rnn", "rnn[1][1]"])
    assert set(chosen) == {"rnn", "rnn[1]", "rnn[1][1]"}
    assert all(module is model.rnn for module in chosen.values())
    assert choose(networks.Enclosed(), "enc.last_hidden_state")


def test_an_unknown_layer_is_an_error_that_lists_the_known_ones() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    with pytest.raises(ValueError, match="no layer named conv1; this model has: 0, 1"):
        Recorder(model, layers=["conv1"])
    with pytest.raises(ValueError, match=re.escape("no layer named 7.*; this model has: 0, 1")):
        Recorder(model, layers="7.*")
    with pytest.raises(ValueError, match="no layer of type Conv2d; this model has: Linear, ReLU"):
        Recorder(model, layers=nn.Conv2d)


def test_names_are_free_of_what_wrappers_add() -> None:
    model = networks.Vgg()
    plain = list(choose(model))
    compiled = torch.compile(networks.Vgg(), backend="eager")
    inner = networks.Vgg()
    inner.features = torch.compile(inner.features, backend="eager")
    checkpointed = networks.Vgg()
    checkpointed.features = checkpoint_wrapper.CheckpointWrapper(checkpointed.features)
    for wrapped in (compiled, inner, checkpointed, nn.DataParallel(networks.Vgg(), device_ids=[])):
        recorder = Recorder(wrapped)
        assert recorder.pipeline.observed.layers == {}
        assert [
            name for names in recorder.pipeline.pooling.hooks._names.values() for name, _ in names
        ] == plain


def test_data_parallel_over_several_devices_is_refused_with_advice() -> None:
    parallel = nn.DataParallel(networks.Vgg(), device_ids=[])
    parallel.device_ids = [0, 1]
    with pytest.raises(ValueError, match=r"over 2 devices.*DistributedDataParallel.*model.module"):
        Recorder(parallel)
