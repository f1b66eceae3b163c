"""One unit in the graphs: what feeds it, which classes it serves, how it is called."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from tb_plugin_neural.contract.graph_records import UnitName, UnitNames
from tests import graph_logs
from tests.graph_logs import FEEDING, INPUTS, LAYERS, SUBSETS
from tests.logs import Log, session, subject
from tests.servers import Page, start_python

STEPS = [0, 10, 20]
RUN = {"run": "run", "model": "model"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    with Log(path / "run") as log:
        log.write(0, [session(layers=LAYERS)])
        for step in STEPS:
            log.write(step, graph_logs.step_of(step))
    return Page(start_python(path))


def weights(step, subset, measure):
    """Weights by consumer's and producer's layer and unit."""
    made = graph_logs.numbers(step)
    found = {}
    for consumer, producers in FEEDING.items():
        table = (made.weights if measure == "contribution" else made.summit)[consumer][subset]
        total = np.abs(table).sum(axis=1) if measure == "contribution" else np.full(len(table), 16)
        ends = [(name, unit) for name, count, _ in producers for unit in range(count)]
        for unit, column in np.ndindex(*table.shape):
            if table[unit, column]:
                found[(consumer, unit), ends[column]] = table[unit, column] / total[unit]
    return found


@pytest.mark.parametrize("measure", ["contribution", "summit"])
@pytest.mark.parametrize("at", [("fc", 1), ("conv", 2), ("logits", 0)])
def test_a_unit_is_fed_and_feeds_as_recorded_over_all_steps(page, measure, at):
    asked = {"layer": at[0], "unit": at[1], "s": subject("run", 10, "class:1"), "measure": measure}
    found = page.json("influence", **asked)
    assert (found["step"], found["measure"], found["subset"]) == (10, measure, "class:1")
    assert (found["inputs"], found["steps"]) == (16, STEPS)
    known = weights(10, "class:1", measure)
    sides = {
        "producers": {producer: w for (consumer, producer), w in known.items() if consumer == at},
        "consumers": {consumer: w for (consumer, producer), w in known.items() if producer == at},
    }
    for side, expected in sides.items():
        rows = found[side]
        sizes = [abs(row["weight"]) for row in rows]
        assert sizes == sorted(sizes, reverse=True)
        assert len(rows) == min(8, len(expected))
        assert sizes == pytest.approx(
            sorted(map(abs, expected.values()), reverse=True)[:8], rel=1e-3
        )
        for row, over_steps in zip(rows, found["history"][side], strict=True):
            other = row["layer"], row["unit"]
            assert row["weight"] == pytest.approx(expected[other], rel=1e-3)
            assert row["kept"] == 1
            ends = (at, other) if side == "producers" else (other, at)
            for step, weight in zip(STEPS, over_steps, strict=True):
                then = weights(step, "class:1", measure).get(ends)
                assert weight == (then if then is None else pytest.approx(then, rel=1e-3))
    kinds = {(row["layer"], row["kind"]) for row in found["producers"]}
    assert kinds <= {("conv", "identity"), ("mid", "direct"), ("fc", "direct")}


def test_influence_of_a_predicted_class_is_that_of_the_true_one(page):
    asked = {"layer": "fc", "unit": 0}
    found = page.json("influence", **asked, s=subject("run", 0, "predicted:0"))
    assert found["subset"] == "class:0"
    assert found == page.json("influence", **asked, s=subject("run", 0, "class:0"))


def test_the_classes_that_a_unit_serves_are_sorted_by_lift_times_share(page):
    asked = {**RUN, "step": 15, "layer": "mid", "unit": 3}
    found = page.json("serves", **asked, s=subject("run", 0, "class:1"))
    made = graph_logs.numbers(10)
    share = {
        key: made.counts["mid"][row, 3] / INPUTS[row]
        for row, key in enumerate(SUBSETS)
        if key.startswith("class:")
    }
    mean = np.mean([*share.values()])
    assert (found["step"], found["left"]) == (10, 0)
    expected = sorted(share, key=lambda key: -(share[key] ** 2))
    assert [row["subset"] for row in found["classes"]] == expected
    for row in found["classes"]:
        key = row["subset"]
        assert row["inputs"] == 30
        assert row["count"] == made.counts["mid"][SUBSETS.index(key), 3]
        assert row["share"] == pytest.approx(share[key], rel=1e-3)
        assert row["lift"] == pytest.approx(share[key] / mean, rel=1e-3)
        known = made.importance["mid"].get(key)
        assert row["importance"] == (None if known is None else known[3])
    over_steps = [graph_logs.numbers(step) for step in STEPS]
    assert found["history"] == {
        "steps": STEPS,
        "share": [pytest.approx(n.counts["mid"][2, 3] / 30, rel=1e-3) for n in over_steps],
        "importance": [n.importance["mid"]["class:1"][3] for n in over_steps],
    }
    assert page.json("serves", **asked)["history"] is None


def test_a_unit_that_no_class_activates_has_no_lift(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": graph_logs.counts(np.zeros((len(SUBSETS), 4)))})
    found = open_page(tmp_path).json("serves", **RUN, step=0, layer="fc", unit=0)
    assert {row["lift"] for row in found["classes"]} == {None}


def test_of_very_many_classes_the_first_hundred_are_answered(open_page, tmp_path):
    subsets = tuple(f"class:{label}" for label in range(300))
    record = dataclasses.replace(
        graph_logs.counts(np.zeros((len(SUBSETS), 2))),
        subsets=subsets,
        inputs=np.full(300, 50, np.uint32),
        counts=np.stack([[np.arange(300)] * 2], axis=0).transpose(0, 2, 1).astype(np.uint32),
    )
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": record})
    found = open_page(tmp_path).json("serves", **RUN, step=0, layer="fc", unit=1)
    assert [row["subset"] for row in found["classes"]] == list(subsets[:-101:-1])
    assert found["left"] == 200


@pytest.mark.parametrize("route", ["influence", "serves"])
def test_a_unit_that_is_not_there_is_named(page, route):
    asked = {**RUN, "step": 0, "s": subject("run", 0)}
    response = page.get(route, **asked, layer="mid", unit=4)
    assert response.status_code == 404
    assert "unit 4 of layer 'mid', which has 4" in response.text
    response = page.get(route, **asked, layer="late", unit=0)
    assert response.status_code == 404
    assert "'late'" in response.text


def test_later_names_go_before_earlier_ones(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session(), UnitNames((UnitName("fc", 1, "ear"), UnitName("fc", 2, "<b>")))])
        log.write(7, [UnitNames((UnitName("fc", 1, "dog's ear"), UnitName("x", 0, "y" * 999)))])
    page = open_page(tmp_path)
    assert page.json("names", **RUN) == {
        "fc": {"1": "dog's ear", "2": "<b>"},
        "x": {"0": "y" * 200},
    }


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu = nn.Linear(4, 3), nn.ReLU()
        self.branch, self.sum, self.head = nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.relu(self.first(x))
        return self.head(self.sum(hidden + 0.1 * self.branch(hidden)))


def test_a_shortcut_stands_beside_the_weights_between_the_same_units(open_page, tmp_path):
    torch.manual_seed(0)
    model, inputs = Residual().eval(), torch.rand(60, 4)
    torch.nn.init.ones_(model.first.bias)
    writer = SummaryWriter(str(tmp_path / "run"))
    with writer, Recorder(model, classes=["a", "b"], verbose=False) as recorder:
        recorder.run([(inputs, (inputs[:, 0] > inputs[:, 1]).long())], progress=False)
        recorder.write(writer, 0)
    with torch.no_grad():
        hidden = model.relu(model.first(inputs)).double()
        pre = hidden + 0.1 * model.branch(hidden.float())
        on = (pre > 0).double()
        shortcut = torch.diag((on * hidden).mean(0))
        weighted = 0.1 * on.T @ hidden / 60 * model.branch.weight
    total = shortcut.sum(1) + weighted.abs().sum(1)
    page = open_page(tmp_path)
    for unit in range(3):
        asked = {"layer": "sum", "unit": unit, "s": subject("run", 0, "all")}
        rows = page.json("influence", **asked)["producers"]
        found = {(row["unit"], row["kind"]): row["weight"] for row in rows}
        for at in range(3):
            share = float(weighted[unit, at] / total[unit])
            assert found.get((at, "direct"), 0) == pytest.approx(share, abs=0.01)
        share = float(shortcut[unit, unit] / total[unit])
        assert found[unit, "identity"] == pytest.approx(share, abs=0.01)
