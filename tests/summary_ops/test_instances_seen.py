"""Which instances of the probe set are among the inputs that were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.tensorboard import SummaryWriter
from written import written

from summary_ops import ProbeSet, Recorder
from summary_ops.data.instances import Instances
from summary_ops.probe.seen import InstanceMatcher
from summary_ops.problems import RecordingWarning
from tb_plugin_neural.contract.records import ProbePredictions

IMAGES = torch.randn(40, 1, 6, 6, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(40) % 2
CLASSES = ["even", "odd"]


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 5), nn.ReLU(), nn.Linear(5, 2))


def batches(*chosen: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    rows = list(chosen)
    return [(IMAGES[rows[at : at + 3]], LABELS[rows[at : at + 3]]) for at in range(0, len(rows), 3)]


def recorder(probe: ProbeSet, **options: Any) -> Recorder:
    return Recorder(model(), classes=CLASSES, probe=probe, graph=None, verbose=False, **options)


def said(folder: Path, step: int = 0) -> ProbePredictions:
    found: ProbePredictions = written(folder)["probe_predictions", "", step]
    return found


def test_an_instance_is_counted_where_it_is_among_the_inputs(tmp_path: Path) -> None:
    probe = ProbeSet(IMAGES[[4, 30, 7]], LABELS[[4, 30, 7]])
    with SummaryWriter(str(tmp_path)) as writer, recorder(probe) as ours:
        ours.run(batches(*range(10)), progress=False)
        ours.run(batches(7, 8), subset="again", only=True, progress=False)
        ours.run(batches(4), progress=False)
        ours.write(writer, 0)
        ours.run(batches(*range(20, 40)), progress=False)
        ours.write(writer, 1)
    first, second = said(tmp_path), said(tmp_path, 1)
    expected = {"all": [2, 0, 1], "class:0": [2, 0, 0], "class:1": [0, 0, 1]}
    for subset, times in (expected | {"slice:again": [0, 0, 1], "none": [0, 0, 0]}).items():
        assert first.times_seen(subset).tolist() == times, subset
    assert second.times_seen("all").tolist() == [0, 1, 0]


def test_an_input_that_differs_in_one_number_is_another_one() -> None:
    images = torch.randn(6, 3, 64, 64)
    changed = images.clone()
    changed[2, 1, 3, 5] += 1
    matcher = InstanceMatcher(Instances.of(images))
    assert matcher.find(changed, 6) == [(row, row) for row in (0, 1, 3, 4, 5)]
    lying = images.to(memory_format=torch.channels_last)
    assert matcher.find(lying, 6) == [(row, row) for row in range(6)]


def test_equal_instances_are_each_counted() -> None:
    matcher = InstanceMatcher(Instances.of(torch.tensor([1.0, torch.nan, 1.0])))
    assert matcher.find(torch.tensor([torch.nan, 1.0]), 2) == [(0, 1), (1, 0), (1, 2)]


def test_keywords_and_tuples_are_compared_part_by_part() -> None:
    given = {"ids": torch.arange(12).reshape(4, 3), "mask": torch.eye(4, 3).bool(), "cache": False}
    matcher = InstanceMatcher(Instances.of(given))
    turned = {"mask": given["mask"][[1, 0]], "ids": given["ids"][[1, 3]], "cache": False}
    assert matcher.find(turned, 2) == [(0, 1)]
    assert InstanceMatcher(Instances.of((IMAGES,))).find(IMAGES[:2], 2) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    "inputs",
    [
        IMAGES[:2].double(),
        IMAGES[:2, :, :5],
        {"x": IMAGES[:2]},
        [IMAGES[0], IMAGES[1]],
        pack_sequence([torch.zeros(2), torch.zeros(1)]),
        IMAGES[:3],
    ],
    ids=["type", "size", "name", "list", "packed", "rows"],
)
def test_what_cannot_be_compared_is_not_said_to_be_unseen(inputs: Any) -> None:
    assert InstanceMatcher(Instances.of(IMAGES)).find(inputs, 2) is None


def test_it_is_not_known_of_forward_passes_of_the_users_own(tmp_path: Path) -> None:
    probe = ProbeSet(IMAGES[:3], LABELS[:3])
    with SummaryWriter(str(tmp_path)) as writer, recorder(probe) as ours:
        ours.run(batches(0, 1, 2), progress=False)
        with ours.observing(LABELS[:3]):
            ours.model(IMAGES[:3])
        ours.write(writer, 0)
        ours.write_probe(writer, 1)
    assert said(tmp_path).times_seen("all") is None
    assert said(tmp_path, 1).times_seen("all") is None


def test_it_is_not_known_of_inputs_that_the_model_writes_into(tmp_path: Path) -> None:
    class Writing(nn.Sequential):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x.mul_(2))

    probe = ProbeSet(IMAGES[:3], LABELS[:3])
    options: dict[str, Any] = {"classes": CLASSES, "probe": probe, "verbose": False}
    given = [(IMAGES[:3].clone(), LABELS[:3])]
    with SummaryWriter(str(tmp_path)) as writer, Recorder(Writing(*model()), **options) as ours:
        with pytest.warns(RecordingWarning, match="writes into its inputs"):
            ours.run(given, progress=False)
        ours.write(writer, 0)
    assert said(tmp_path).times_seen("all") is None


def test_a_pass_that_failed_leaves_nothing_seen(tmp_path: Path) -> None:
    def failing() -> Any:
        yield from batches(0, 1, 2)
        raise KeyboardInterrupt

    class Loader:
        def __iter__(self) -> Any:
            return failing()

    probe = ProbeSet(IMAGES[:3], LABELS[:3])
    with SummaryWriter(str(tmp_path)) as writer, recorder(probe) as ours:
        with pytest.raises(KeyboardInterrupt):
            ours.run(Loader(), progress=False)
        ours.run(batches(2, 3), progress=False)
        ours.write(writer, 0)
    assert said(tmp_path).times_seen("all").tolist() == [0, 0, 1]


def test_quantile_bins_of_targets_are_subsets_too(tmp_path: Path) -> None:
    targets = torch.arange(40.0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(36, 1))
    probe = ProbeSet(IMAGES[:2])
    options: dict[str, Any] = {"task": "regression", "probe": probe, "verbose": False}
    with SummaryWriter(str(tmp_path)) as writer, Recorder(network, **options) as ours:
        ours.run([(IMAGES, targets)], progress=False)
        ours.write(writer, 0)
    found = said(tmp_path)
    target = {name: found.times_seen(name) for name in found.seen_in if name.startswith("target")}
    np.testing.assert_array_equal(sum(target.values()), [1, 1])
    assert found.times_seen("all").tolist() == [1, 1]
