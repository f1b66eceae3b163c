"""How far influence is noise of the inputs that were sampled, and what two graphs may say then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from written import written

from summary_ops import Graph, Recorder
from summary_ops.influence.noise import Noise
from summary_ops.tracing import Measured
from tb_plugin_neural.analysis.attribution_graph import (
    AttributionGraph,
    Network,
    attribution_graph,
    ranks,
)
from tb_plugin_neural.analysis.graph_comparison import compare
from tb_plugin_neural.analysis.networks import influence as influences
from tests.summary_ops.tracing.tracers import tracer_of

DIGITS = load_digits()
IMAGES = torch.tensor(DIGITS.images, dtype=torch.float32)[:, None] / 16
LABELS = torch.tensor(DIGITS.target)


def network() -> nn.Module:
    """A dense network that tells digits, trained in a second."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 10)
    )
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(150):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(IMAGES), LABELS).backward()
        optimiser.step()
    return model.eval()


def test_the_error_of_shares_is_what_they_differ_by_from_sample_to_sample() -> None:
    model = network()
    tracer = tracer_of(model, ["2", "4", "5"])
    generator = torch.Generator().manual_seed(0)
    shares, errors = [], []
    for _ in range(60):
        chosen = IMAGES[torch.randint(len(IMAGES), (60,), generator=generator)]
        noise, whole = Noise(), Measured()
        for batch in chosen.split(20):
            found = tracer.measure(lambda batch=batch: model(batch), ["contribution"], inputs=20)
            noise.add(whole, found)
            whole = whole.merge(found)
        table = whole.compose()["4"].contribution
        shares.append(table / table.abs().sum(1, keepdim=True))
        errors.append(noise.errors(60)["contribution", "4"])
    every = torch.stack(shares)
    strongest = every.mean(0).abs().topk(8, 1).indices
    spread = (every.std(0).gather(1, strongest) ** 2).mean(1).sqrt()
    active = spread > 0
    ratio = (torch.stack(errors).pow(2).mean(0).sqrt() / spread)[active]
    assert active.sum() > 6
    assert 0.8 < float(ratio.min()) <= float(ratio.max()) < 1.25


def test_of_a_single_batch_nothing_is_known() -> None:
    model = network()
    found = tracer_of(model, ["2", "4"]).measure(lambda: model(IMAGES), inputs=len(IMAGES))
    noise = Noise()
    noise.add(Measured(), found)
    assert noise.errors(len(IMAGES)) == {}


def graph_of(
    folder: Path, model: nn.Module, images: torch.Tensor, labels: torch.Tensor, subset: str
) -> AttributionGraph:
    """A class's graph, of all units."""
    recorder = Recorder(
        model,
        classes=[str(n) for n in range(10)],
        layers=["2", "4", "5"],
        graph=Graph(influence=("contribution",), inputs=64, importance=False),
        verbose=False,
    )
    with SummaryWriter(str(folder)) as writer:
        recorder.run([(images, labels)], progress=False)
        recorder.write(writer, 0)
    records = {key[:2]: record for key, record in written(folder).items()}
    units = {"2": 48, "4": 24, "5": 10}
    found = [
        one
        for name in ("4", "5")
        for one in influences.of_subset(
            records["contributions", name], name, subset, units, relative=True
        )
    ]
    made = Network(tuple(units), tuple(units.values()), tuple(found))
    everyone = {name: np.ones(count) for name, count in units.items()}
    return attribution_graph(made, ranks(made, everyone, directed=False), keep=1.0)


def one_sided(one: AttributionGraph, other: AttributionGraph) -> tuple[int, int, int]:
    """How many edges are said to be of one side alone, how many are, and all."""
    edges = compare(one, other).edges
    alone = [edge for edge in edges if edge.side != "both"]
    return sum(edge.decided for edge in alone), len(alone), len(edges)


def test_two_halves_of_a_class_differ_in_few_edges_that_are_said_to_differ(tmp_path: Path) -> None:
    model, said = network(), np.zeros(3)
    halves = torch.randperm(len(IMAGES), generator=torch.Generator().manual_seed(1)).chunk(2)
    for label in (0, 3, 6):
        graphs = [
            graph_of(tmp_path / f"{label} {at}", model, IMAGES[i], LABELS[i], f"class:{label}")
            for at, i in enumerate(halves)
        ]
        said += one_sided(*graphs)
    assert said[0] <= 0.03 * said[2]
    assert said[1] >= 0.2 * said[2]
    pair = [graph_of(tmp_path / f"{n}", model, IMAGES, LABELS, f"class:{n}") for n in (0, 1)]
    apart = one_sided(*pair)
    assert apart[0] >= 0.3 * apart[1] >= 5


def test_what_contributions_are_compared_with_is_recorded(tmp_path: Path) -> None:
    model = network()
    with torch.no_grad():
        model[1].weight[3], model[1].bias[3] = 0, 20.0  # a unit that is on, and never changes
    found = {}
    for baseline in ("zero", "mean"):
        recorder = Recorder(
            model,
            classes=[str(n) for n in range(10)],
            layers=["2", "4", "5"],
            graph=Graph(influence=("contribution",), importance=False, baseline=baseline),
            strict=True,
            verbose=False,
        )
        with SummaryWriter(str(tmp_path / baseline)) as writer:
            recorder.run([(IMAGES, LABELS)], progress=False)
            recorder.write(writer, 0)
        record = written(tmp_path / baseline)["contributions", "4", 0]
        assert record.baseline == baseline
        found[baseline] = (record.weights() * (record.producer == 3)).any()
    assert found == {"zero": True, "mean": False}
