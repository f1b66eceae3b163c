"""The instances that excite each unit most, and what part of them it sees."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import last, written

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.probe.examples import Examples as Best
from tb_plugin_neural.contract.graph_records import Examples

IMAGES, LABELS = (part[:300] for part in digits())


def examples(model: nn.Module, folder: Path, layer: str, **options: Any) -> Examples:
    options = {"probe": ProbeSet(IMAGES, LABELS), "verbose": False, "strict": True} | options
    recorder = Recorder(model, **options)
    with SummaryWriter(str(folder)) as writer:
        recorder.write_probe(writer, 0)
    return last(folder, Examples, layer)


def test_they_are_the_largest_activations_best_first(tmp_path: Path) -> None:
    model = networks.Vgg()
    found = examples(model, tmp_path, "features.5")
    values = model.eval().features[:6](IMAGES).detach()
    flat = values.flatten(2)
    pooled = flat.amax(2)
    assert found.shape == values.shape[2:]
    for unit, (instances, positions) in enumerate(zip(found.instance, found.position, strict=True)):
        order = pooled[:, unit].argsort(descending=True, stable=True)[:10]
        order = order[pooled[order, unit] > pooled[:, unit].min()]
        kept = instances[instances < len(IMAGES)].tolist()
        assert kept == order.tolist()
        for instance, (y, x) in zip(kept, positions, strict=False):
            assert values[instance, unit, y, x] == pooled[instance, unit]


def test_the_box_is_all_that_the_position_sees(tmp_path: Path) -> None:
    model = networks.Vgg()
    found = examples(model, tmp_path, "features.5")
    assert found.input_shape == (8, 8)
    features = model.eval().features[:6]
    images = IMAGES[:1].clone().requires_grad_()
    for y, x in ((0, 0), (1, 2), (3, 3)):
        (gradient,) = torch.autograd.grad(
            nn.Sequential(*list(features)[:5])(images)[0, :, y, x].abs().sum(), images
        )
        seen = gradient[0, 0].nonzero()
        for axis, place in enumerate((y, x)):
            start = found.start[axis] + place * found.stride[axis]
            stop = start + found.extent[axis]
            assert max(start, 0) <= seen[:, axis].min()
            assert seen[:, axis].max() < min(stop, 8)
    assert found.stride == (2, 2)
    assert found.extent == (8, 8)  # 3 by 3, pooled 2 by 2, 3 by 3 again
    assert found.start == (-3, -3)


def test_what_has_no_positions_sees_the_whole_input(tmp_path: Path) -> None:
    found = examples(networks.Vgg(), tmp_path, "classifier.3")
    assert found.shape == found.stride == found.extent == found.start == ()
    assert found.position.shape == (10, 10, 0)


def test_tokens_have_positions_and_masked_ones_are_no_examples(tmp_path: Path) -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(8, 5)

        def forward(self, rows: Tensor, attention_mask: Tensor) -> Tensor:
            return self.dense(rows).masked_fill(~attention_mask[..., None], 0).sum(1)

    mask = torch.rand(300, 8) < 0.5
    mask[:, 0] = True
    probe = ProbeSet({"rows": IMAGES[:, 0], "attention_mask": mask})
    found = examples(Tokens(), tmp_path, "dense", probe=probe, task=None)
    assert found.shape == (8,)
    kept = found.instance < 300
    assert kept.all()
    assert mask[found.instance.astype(int), found.position[..., 0].astype(int)].all()


def test_a_unit_that_answers_to_nothing_has_none() -> None:
    best = Best(4, torch.ones(6, dtype=torch.bool), "hash")
    values = torch.tensor(
        [[0, 1, torch.nan, -2], [0, 5, torch.nan, -1], [0, 1, 3, torch.inf]], dtype=torch.float32
    )
    for first in (0, 3):
        best.add("a", first, values, torch.zeros_like, ())
    ((_, found),) = best.rows({})
    assert found.instance.tolist() == [[6, 6, 6, 6], [1, 4, 6, 6], [6, 6, 6, 6], [1, 4, 6, 6]]


@pytest.mark.parametrize("size", [1, 7, 100, 300])
def test_they_do_not_depend_on_batches(size: int) -> None:
    values = torch.randint(0, 20, (300, 6)).float()
    places = torch.randint(0, 9, (300, 6))
    best = Best(10, torch.ones(300, dtype=torch.bool), "hash")
    for start in range(0, 300, size):
        part = slice(start, start + size)
        best.add("a", start, values[part], partial(places[part].T.gather, 1), (3, 3))
    ((_, found),) = best.rows({})
    order = values.argsort(dim=0, descending=True, stable=True)[:10].T
    np.testing.assert_array_equal(found.instance, order)
    flat = places.gather(0, order.T).T
    np.testing.assert_array_equal(found.position, torch.stack((flat // 3, flat % 3), -1))


def test_attacked_copies_are_no_examples(tmp_path: Path) -> None:
    pairs = [(index + 150, index) for index in range(150)]
    probe = ProbeSet(IMAGES, LABELS, pairs=pairs)
    found = examples(networks.Vgg(), tmp_path, "features.2", probe=probe)
    assert set(found.instance.flatten().tolist()) <= {*range(150), 300}


def test_there_are_as_many_as_asked_for(tmp_path: Path) -> None:
    few = examples(networks.Vgg(), tmp_path / "few", "features.2", graph=Graph(examples=3))
    many = examples(networks.Vgg(), tmp_path / "all", "features.2", graph=Graph(examples=999))
    assert few.instance.shape[1] == 3
    assert many.instance.shape[1] == 300
    recorder = Recorder(
        networks.Vgg(), probe=ProbeSet(IMAGES), graph=Graph(examples=0), verbose=False, strict=True
    )
    with SummaryWriter(str(tmp_path / "none")) as writer:
        recorder.write_probe(writer, 0)
    assert Examples.kind not in {key[0] for key in written(tmp_path / "none")}
    assert "probe_activations" in {key[0] for key in written(tmp_path / "none")}


def test_run_records_them_with_the_rest(tmp_path: Path) -> None:
    recorder = Recorder(
        networks.Residual(), probe=ProbeSet(IMAGES, LABELS), verbose=False, strict=True
    )
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(2):
            recorder.run([(IMAGES, LABELS)], progress=False)
            recorder.write(writer, step)
    steps = {key[2] for key in written(tmp_path) if key[0] == Examples.kind}
    assert steps == {0, 1}
    found = last(tmp_path, Examples, "layer1.1")
    assert found.probe == recorder.probe.hash
    assert found.input_shape == (8, 8)
    assert found.extent == (11, 11)  # five convolutions of 3 by 3, one after the other
