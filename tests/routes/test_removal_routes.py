"""What the page is told of removed units and of attack reports."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tb_plugin_neural.analysis.verdicts import verdicts
from tb_plugin_neural.contract.codec import DamagedRecord
from tests import graph_logs
from tests.logs import Log, session
from tests.removal_logs import ROWS, ablations, attack_report
from tests.servers import Page, start_python

RUN = {"run": "run", "model": "model"}
LATER = ((0, "mid", 3, 4.0, 5.0, 3, 2), (0, "fc", 2, 1.5, 2.5, 7, 0))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A page on a run of two steps, with units removed by three calls, two of them at one step."""
    path = tmp_path_factory.mktemp("removals")
    with Log(path / "run") as log:
        log.write(0, [session(layers=graph_logs.LAYERS, weights="a")])
        for step in (0, 10):
            log.write(step, graph_logs.step_of(step))
    for name, clock, records in (
        ("00000002", 2000.0, [ablations(), attack_report(5)]),
        ("00000003", 3000.0, [ablations(LATER, inputs=12, correct=11)]),
        ("00000004", 4000.0, [ablations(ROWS[:1], replacement="zero")]),
    ):
        with Log(path / "run", session=name, clock=clock) as log:
            log.write(10, [session(layers=graph_logs.LAYERS, weights="a", addition=True)])
            log.write(10 if name < "00000004" else 0, records)
    return Page(start_python(path))


def get(page, route, **arguments):
    response = page.get(route, **RUN, **arguments)
    assert response.status_code == 200, response.text
    return response.json


class TestAblations:
    def test_all_calls_at_a_step_are_joined_and_the_largest_fall_comes_first(self, asked):
        found = get(asked, "ablations", step=10)
        assert (found["step"], found["replacement"]) == (10, "mean")
        assert [group["subset"] for group in found["subsets"]] == ["class:0", "class:1"]
        units = [[(r["layer"], r["unit"]) for r in group["rows"]] for group in found["subsets"]]
        assert units == [[("mid", 3), ("fc", 2), ("fc", 1)], [("fc", 2)]]

    def test_of_a_unit_measured_twice_the_last_call_counts(self, asked):
        groups = {group["subset"]: group for group in get(asked, "ablations", step=10)["subsets"]}
        first, second, third = groups["class:0"]["rows"]
        assert (groups["class:0"]["inputs"], groups["class:0"]["correct"]) == (12, 11)
        assert second == {
            "layer": "fc", "unit": 2, "predicted": 1.5, "measured": 2.5,
            "inputs": 12, "correct": 11, "correctAfter": 7, "takenFor": 0,
        }  # fmt: skip
        assert (third["measured"], third["inputs"], third["correct"]) == (-1.75, 10, 8)
        assert (first["takenFor"], third["takenFor"]) == (2, None)

    def test_the_nearest_step_with_that_replacement_is_taken(self, asked):
        found = get(asked, "ablations", step=7, replacement="zero")
        assert (found["step"], found["replacements"]) == (0, ["mean", "zero"])
        assert [group["subset"] for group in found["subsets"]] == ["class:0"]
        assert get(asked, "ablations", step=0)["step"] == 10

    def test_a_run_without_any_names_the_line_that_measures_them(self, page_of_graphs):
        response = page_of_graphs.get("ablations", run="one", model="model", step=3)
        assert response.status_code == 404
        assert "add_ablations(writer, recorder, loader, step=3)" in response.text


class TestOneUnit:
    def test_prediction_and_measurement_stand_side_by_side_strongest_first(self, asked):
        found = get(asked, "ablation", step=10, layer="fc", unit=2)
        values = graph_logs.numbers(10).importance["fc"]
        rows = {row["subset"]: row for row in found["subsets"]}
        assert rows["class:0"] == {
            "subset": "class:0", "predicted": values["class:0"][2], "predictedStep": 10,
            "inputs": 16, "measured": 2.5, "measuredStep": 10, "measuredInputs": 12,
            "correct": 11, "correctAfter": 7, "takenFor": 0,
        }  # fmt: skip
        assert rows.keys() == {"class:0", "class:1"}
        strength = [abs(row["measured"]) for row in found["subsets"]]
        assert strength == sorted(strength, reverse=True)

    def test_what_was_not_removed_is_predicted_alone_with_the_call_that_measures_it(self, asked):
        found = get(asked, "ablation", step=3, layer="conv", unit=4)
        values = graph_logs.numbers(0).importance["conv"]
        assert found["step"] == 0
        assert found["call"] == (
            'add_ablations(writer, recorder, loader, step=0, units={"conv": [4]}, top=0)'
        )
        assert {row["subset"]: row["predicted"] for row in found["subsets"]} == {
            subset: values[subset][4] for subset in ("class:0", "class:1")
        }
        for row in found["subsets"]:
            assert row["predictedStep"] == 0
            later = ("measured", "measuredStep", "measuredInputs", "correct", "correctAfter")
            assert all(row[name] is None for name in (*later, "takenFor"))

    def test_only_the_mean_is_predicted(self, asked):
        found = get(asked, "ablation", step=10, layer="fc", unit=2, replacement="zero")
        assert [(row["subset"], row["predicted"]) for row in found["subsets"]] == [
            ("class:0", None)
        ]
        assert found["subsets"][0]["measuredStep"] == 0
        assert found["call"].endswith('top=0, replacement="zero")')

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"layer": "conv9"}, "conv9"),
            ({"unit": 4}, "unit 4 of layer 'fc', which has 4"),
            ({"layer": "logits"}, "gives the logits"),
        ],
    )
    def test_what_cannot_be_removed_is_named(self, asked, change, named):
        arguments = {"step": 10, "layer": "fc", "unit": 2, **change}
        response = asked.get("ablation", **RUN, **arguments)
        assert response.status_code == 404
        assert named in response.text


class TestAttackReport:
    def test_groups_tell_their_scores_in_order(self, asked):
        found = get(asked, "attack_report")
        assert (found["step"], found["reference"], found["level"]) == (10, 5, 0.95)
        assert found["scores"] == [
            {"measure": "max_softmax", "layer": ""},
            {"measure": "tail", "layer": "fc"},
        ]
        first, second, _, control = found["groups"]
        assert first["auroc"] == [
            {"value": 0.75, "low": 0.5625, "high": 0.875, "verdict": "detects"},
            {"value": 0.5, "low": 0.375, "high": 0.625, "verdict": "none"},
        ]
        assert [area["verdict"] for area in second["auroc"]] == ["reversed", "none"]
        assert (first["rate"], second["rate"], control["rate"]) == (0.3, 0.8, None)
        assert (first["strength"], control["strength"], control["of"]) == (0.25, None, "control")

    def test_below_thirty_on_either_side_no_area_is_told(self, asked):
        _, _, few, _ = get(asked, "attack_report")["groups"]
        assert (few["positives"], few["enough"], few["auroc"]) == (29, False, None)
        assert few["rate"] == 0.29

    def test_a_record_beyond_what_can_be_told_is_refused(self):
        wide = np.zeros((4, 300_000), np.float32)
        with pytest.raises(DamagedRecord, match="a report of 1500000 numbers"):
            dataclasses.replace(attack_report(), auroc=wide, low=wide, high=wide)

    def test_an_area_that_is_not_finite_is_not_told(self, tmp_path):
        report = attack_report()
        report.low[1, 0] = np.nan
        with Log(tmp_path / "run") as log:
            log.write(0, [session(layers=graph_logs.LAYERS), report])
        _, group, *_ = get(Page(start_python(tmp_path)), "attack_report")["groups"]
        assert [area and area["verdict"] for area in group["auroc"]] == [None, "none"]

    def test_an_interval_that_touches_chance_shows_no_detection(self):
        ends = np.array([[0.5, 0.1, 0.5, np.nan]]), np.array([[0.9, 0.5, 0.5, np.nan]])
        assert verdicts(*ends, 0.95) == [["none"] * 4]

    def test_a_run_without_one_names_the_line_that_makes_it(self, page_of_graphs):
        response = page_of_graphs.get("attack_report", run="one", model="model")
        assert response.status_code == 404
        assert "add_attack_report(writer, recorder, images, labels" in response.text
