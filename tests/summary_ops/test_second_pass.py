"""The second pass measures on the sample what it says, whatever the model, and changes nothing."""

from __future__ import annotations

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

from summary_ops import Graph, ProbeSet, Recorder, RecordingWarning
from summary_ops.passes.attribution_measurements import AttributionMeasurements
from tb_plugin_neural.contract.graph_records import (
    Contributions,
    Importance,
    InfluenceSample,
    SummitInfluence,
    Topology,
)

IMAGES, LABELS = (part[:200] for part in digits())
QUIET: dict[str, Any] = {"progress": False}
KINDS = {kind.kind for kind in (Contributions, Importance, SummitInfluence)}


def loader(
    images: Tensor = IMAGES, labels: Tensor = LABELS, size: int = 60
) -> list[tuple[Tensor, Tensor]]:
    return list(zip(images.split(size), labels.split(size), strict=True))


def recorder_of(model: nn.Module, graph: Graph | None = None, **options: Any) -> Recorder:
    graph = graph or Graph(inputs=8)
    return Recorder(model, graph=graph, **({"verbose": False, "strict": True} | options))


def record(model: nn.Module, folder: Path, *, passes: Any = None, **options: Any) -> Recorder:
    recorder = recorder_of(model, **options)
    recorder.run(passes or loader(), **QUIET)
    with SummaryWriter(str(folder)) as writer:
        recorder.write(writer, 0)
    return recorder


def sampled(recorder: Recorder, subset: str) -> Tensor:
    return torch.cat(
        [one.inputs[0] for one in recorder.pipeline.attribution.reservoir.kept[subset]]
    )


def test_importance_is_gradient_times_distance_from_the_sample_s_mean(tmp_path: Path) -> None:
    """To first order, which is all that no work to spend allows."""
    model = networks.Vgg(inplace=True)
    recorder = record(model, tmp_path, graph=Graph(inputs=8, work=0))
    model.eval()
    found = last(tmp_path, Importance, "features.5")
    everything = torch.cat([sampled(recorder, f"class:{c}") for c in range(10)])
    front, back = model.features[:6], nn.Sequential(*model.features[6:], *model.classifier)
    mean = front(everything).mean((0, 2, 3))[:, None, None]
    total = torch.zeros(8)
    for c in range(10):
        inputs = sampled(recorder, f"class:{c}")
        hidden = front(inputs).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(back(hidden.clone())[:, c].sum(), hidden)
        expected = (gradient * (hidden - mean)).sum((0, 2, 3)) / len(inputs)
        total += expected * len(inputs)
        row = found.values()[found.subsets.index(f"class:{c}")]
        np.testing.assert_allclose(row, expected.detach(), rtol=2e-3, atol=1e-5)
    row = found.values()[found.subsets.index("all")]
    np.testing.assert_allclose(row, total.detach() / len(everything), rtol=2e-3, atol=1e-5)


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(8, 5), nn.Linear(5, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.hidden(images[:, 0]).sum(1))


def test_tokens_that_run_masks_have_no_importance(tmp_path: Path) -> None:
    model = Tokens()
    recorder = recorder_of(model, layers=["hidden"])
    recorder.run(
        loader(), mask=lambda batch: (torch.arange(8) < 3).expand(len(batch[0]), 8), **QUIET
    )
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    found = last(tmp_path, Importance, "hidden")
    with torch.no_grad():
        tokens = {c: model.hidden(sampled(recorder, f"class:{c}")[:, 0, :3]) for c in range(10)}
        mean = torch.cat(list(tokens.values())).mean((0, 1))
        for c, hidden in tokens.items():
            expected = (hidden - mean).sum(1).mean(0) * model.head.weight[c]
            row = found.values()[found.subsets.index(f"class:{c}")]
            np.testing.assert_allclose(row, expected, rtol=2e-3, atol=1e-4)


def test_tokens_that_run_masks_have_no_influence(tmp_path: Path) -> None:
    class Words(Tokens):
        def forward(self, images: Tensor) -> Tensor:
            return self.head(self.hidden(images[:, 0])).sum(1)

    model = Words()
    recorder = recorder_of(model, layers=["hidden", "head"])
    recorder.run(
        loader(), mask=lambda batch: (torch.arange(8) < 3).expand(len(batch[0]), 8), **QUIET
    )
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    found = last(tmp_path, Contributions, "head")
    for row, weights in enumerate(found.weights()):
        subset = found.subsets[found.subset[row]]
        if subset != "all":
            with torch.no_grad():
                hidden = model.hidden(sampled(recorder, subset)[:, 0, :3]).mean((0, 1))
            expected = (hidden * model.head.weight[int(found.unit[row])]).detach()
            kept = found.producer[row] < 5
            given = expected[found.producer[row][kept].astype(int)]
            np.testing.assert_allclose(weights[kept], given, atol=0.51 * found.scale[row])


def test_contributions_are_means_over_the_sample(tmp_path: Path) -> None:
    model = networks.Vgg()
    recorder = record(model, tmp_path)
    model.eval()
    found = last(tmp_path, Contributions, "classifier.1")
    dense = model.classifier[0]
    for row, weights in enumerate(found.weights()):
        subset = found.subsets[found.subset[row]]
        if subset == "all":
            continue
        features = model.features(sampled(recorder, subset))
        unit = int(found.unit[row])
        active = (dense(features)[:, unit] > 0).float()
        parts = active[:, None] * features * dense.weight[unit]
        expected = parts.mean(0).unflatten(0, (8, 16)).sum(1).detach()
        order = expected.abs().argsort(descending=True)
        places = found.producer[row].tolist()
        weighty = expected[order].abs() > 1e-3 * expected.abs().max()
        kept = [place for place, some in zip(places, weighty, strict=True) if some]
        assert kept == order[weighty].tolist()
        scale = found.scale[row]
        np.testing.assert_allclose(weights[weighty], expected[order][weighty], atol=0.51 * scale)
        assert int(found.kept[row]) == 255  # there are no more than eight producers


def test_all_consists_of_the_classes_and_has_every_unit(tmp_path: Path) -> None:
    record(networks.Vgg(), tmp_path)
    found = last(tmp_path, Contributions, "classifier.3")
    inputs = dict(zip(found.subsets, found.inputs.tolist(), strict=True))
    assert inputs == {"all": 80} | {f"class:{c}": 8 for c in range(10)}
    counts = written(tmp_path)["activation_counts", "classifier.3", 0]
    rows = [(found.subsets[s], int(u)) for s, u in zip(found.subset, found.unit, strict=True)]
    assert {unit for subset, unit in rows if subset == "all"} == set(range(10))
    for c in range(10):
        own = counts.counts[:, counts.subsets.index(f"class:{c}")].any(0)
        assert {unit for subset, unit in rows if subset == f"class:{c}"} == set(*own.nonzero())


def test_summit_s_measure_is_taken_for_the_units_most_often_in_the_top_mass(
    tmp_path: Path,
) -> None:
    record(networks.Vgg(), tmp_path)
    found = last(tmp_path, SummitInfluence, "classifier.1")
    counts = written(tmp_path)["activation_counts", "classifier.1", 0]
    for c in range(10):
        own = counts.counts[0, counts.subsets.index(f"class:{c}")].astype(int)
        expected = {int(unit) for unit in np.argsort(-own, kind="stable")[:8] if own[unit]}
        rows = found.subset == found.subsets.index(f"class:{c}")
        assert set(found.unit[rows].tolist()) == expected
        assert found.count[rows].max() <= 8


def test_the_topology_and_the_sample_are_written_once_they_are_known(tmp_path: Path) -> None:
    recorder = recorder_of(networks.Vgg(), strict=False)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(2):
            recorder.run(loader(), **QUIET)
            recorder.write(writer, step)
        recorder.run(loader(), subset="again", only=True, **QUIET)
        recorder.write(writer, 2)
        recorder.run(loader(), **QUIET)
        with pytest.warns(RecordingWarning, match="resumed"):
            recorder.write(writer, 1)
    found = written(tmp_path)
    links = [(link.producer, link.consumer, link.kind) for link in last(tmp_path, Topology).links]
    assert links == [
        ("features.2", "features.5", "direct"),
        ("features.5", "classifier.1", "direct"),
        ("classifier.1", "classifier.3", "direct"),
    ]
    samples = {key[2]: r for key, r in found.items() if key[0] == InfluenceSample.kind}
    assert samples.keys() == {0, 1, 2}  # 1: of the new session
    assert "slice:again" in samples[2].subsets
    first = samples[0]
    for row, place in zip(first.subset, first.input, strict=True):
        assert first.subsets[row] == f"class:{LABELS[place]}"


def test_a_subset_is_measured_once_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []
    monkeypatch.setattr(
        AttributionMeasurements,
        "importance",
        lambda _, subset, *__, **___: measured.append(subset),
    )
    recorder = recorder_of(networks.Vgg())
    recorder.run(loader(), **QUIET)
    recorder.run(loader(), subset="night", **QUIET)
    recorder.run(loader(), subset="night", only=True, **QUIET)
    assert measured == [*(f"class:{c}" for c in range(10)), "slice:night"]


@pytest.mark.parametrize(
    ("graph", "kinds"),
    [
        (Graph(influence=()), {"importance"}),
        (Graph(importance=False), {"contributions", "summit_influence"}),
        (Graph(influence=("maximum",), importance=False), {"maximum_contributions"}),
        (Graph(influence=(), importance=False), set()),
    ],
)
def test_what_is_not_asked_for_is_not_measured(
    tmp_path: Path, graph: Graph, kinds: set[str]
) -> None:
    record(networks.Vgg(), tmp_path, graph=graph)
    found = {key[0] for key in written(tmp_path)}
    assert found & {*KINDS, "maximum_contributions"} == kinds
    assert ("influence_sample" in found) == bool(kinds)


def test_without_graphs_nothing_of_them_is_recorded(tmp_path: Path) -> None:
    recorder = Recorder(
        networks.Vgg(), graph=None, probe=ProbeSet(IMAGES[:9]), verbose=False, strict=True
    )
    recorder.run(loader(), **QUIET)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    found = {key[0] for key in written(tmp_path)}
    assert not found & {*KINDS, "activation_counts", "examples", "topology", "influence_sample"}
    assert "histograms" in found
