from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import digits
from numpy_counts import assert_same
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import session, written

from summary_ops import Recorder, Statistics, activation_distributions
from tb_plugin_neural.contract.records import Histograms, Moments

IMAGES, LABELS = (part[:400] for part in digits())
CLASSES = list("abcdefghij")


def recorded(folder: Path, model: nn.Module, batch: int, **options: Any) -> dict[Any, Any]:
    """What a recorder that is only told labels writes of the layer `0`."""
    slices = options.pop("slices", {})
    recorder = Recorder(model, layers=["0"], verbose=False, strict=True, **options)
    with SummaryWriter(str(folder)) as writer:
        for rows in torch.arange(len(IMAGES)).split(batch):
            masks = {name: mask[rows] for name, mask in slices.items()}
            with recorder.observing(recorder_labels(options)[rows], slices=masks), torch.no_grad():
                model[0](IMAGES[rows].flatten(1))
        recorder.write(writer, 5)
    return written(folder)


def recorder_labels(options: dict[str, Any]) -> Tensor:
    if options.get("task") == "multilabel":
        return torch.stack((LABELS % 2, LABELS // 5), 1)
    return LABELS.float() if options.get("task") == "regression" else LABELS


@pytest.mark.parametrize("framework", ["numpy", "torch", "list"])
@pytest.mark.parametrize(
    "options",
    [
        {"classes": CLASSES},
        {"classes": CLASSES, "slices": {"dark": IMAGES.mean((1, 2, 3)) > 0.3}},
        {"window": (-2.0, 3.0), "bins": 32},
        {"task": None},
        {"task": "multilabel"},
        {"task": "regression"},
    ],
    ids=["classes", "slices", "window", "no task", "multilabel", "regression"],
)
def test_records_of_arrays_equal_the_recorders_bit_for_bit(
    tmp_path: Path, framework: str, options: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 9)).eval()
    own = {name: options[name] for name in ("window", "bins") if name in options}
    rest = {name: value for name, value in options.items() if name not in own}
    rest |= {"statistics": Statistics(**own)} if own else {}
    by_recorder = recorded(tmp_path / "recorder", model, 400, **rest)
    with torch.no_grad():
        values = torch.cat([model[0](IMAGES.flatten(1))])
    labels = recorder_labels(options)
    as_given = {"numpy": Tensor.numpy, "torch": lambda t: t, "list": Tensor.tolist}[framework]
    slices = {name: as_given(mask) for name, mask in options.get("slices", {}).items()}
    with SummaryWriter(str(tmp_path / "arrays")) as writer:
        activation_distributions(
            writer, "0", as_given(values), as_given(labels), step=5, **options | {"slices": slices}
        )
    by_arrays = written(tmp_path / "arrays")
    for kind in (Histograms, Moments):
        assert_same(by_arrays[kind.kind, "0", 5], by_recorder[kind.kind, "0", 5])


def test_the_batches_of_a_recorder_make_no_difference(tmp_path: Path) -> None:
    identity = nn.Sequential(nn.Identity())
    whole, *split = (
        recorded(tmp_path / str(size), identity, size, classes=CLASSES) for size in (400, 96, 31)
    )
    for found in split:
        assert_same(found["histograms", "0", 5], whole["histograms", "0", 5])
        assert_same(found["moments", "0", 5], whole["moments", "0", 5], rtol=1e-6)


def test_several_layers_and_steps_are_one_session_of_the_writer(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    with SummaryWriter(str(tmp_path)) as writer:
        for step, layer in itertools.product((0, 10), ("conv", "fc")):
            activation_distributions(writer, layer, values, step=step)
        activation_distributions(writer, "conv", values, step=0, name="other")
    found = written(tmp_path)
    assert {key[1:] for key in found if key[0] == "histograms"} == set(
        itertools.product(("conv", "fc"), (0, 10))
    )
    assert {key[2] for key in found if key[0] == "session"} == {0}
    assert session(tmp_path).name in ("model", "other")


def test_integer_activations_of_any_width_are_taken(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        activation_distributions(writer, "spikes", np.arange(12).reshape(6, 2) % 5, step=0)
    assert written(tmp_path)["histograms", "spikes", 0].zero.sum() == 3


@pytest.mark.parametrize(
    ("activations", "labels", "message"),
    [
        (np.zeros((3, 4, 5)), None, r"shape \[3, 4, 5\], expected \[inputs, units\]"),
        (np.zeros(3), None, r"shape \[3\], expected \[inputs, units\]"),
        (np.zeros((3, 0)), None, r"expected \[inputs, units\]"),
        (np.zeros((3, 2)), [0, 1], r"labels of shape \[2\], expected \[batch\] with batch = 3"),
    ],
)
def test_arrays_that_contradict_each_other_are_an_error(
    writer: SummaryWriter, activations: Any, labels: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        activation_distributions(writer, "fc", activations, labels, step=0)
