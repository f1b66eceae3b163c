"""What cannot be read costs itself only, and is named; on both of TensorBoard's data servers."""

from __future__ import annotations

import dataclasses

import pytest
from tensorboard.compat.proto import summary_pb2

from tb_plugin_neural import metadata, plugin_data_pb2
from tb_plugin_neural.metadata import Series
from tb_plugin_neural.records import Layer
from tests.logs import (
    Log,
    activations,
    assert_counts,
    class_metrics,
    histograms,
    session,
    step_of,
    subject,
    value,
)
from tests.pages import counted, model_of
from tests.servers import Page, start_rust


@pytest.mark.parametrize("damage", [b"", b"not a record", b"\x78\x9c", None])
def test_a_damaged_record_costs_that_record_only_and_is_named(open_page, tmp_path, damage):
    with Log(tmp_path / "run", session="1a2b3c4d") as log:
        log.write(0, [session()])
        for step in range(4):
            found = step_of(step)
            if step == 2:
                fc = found.pop("fc")
                broken = fc[0].pack()[0][:-20] if damage is None else damage
                log.blobs("histograms", "fc", 2, [broken])
            log.write(step, found)
    page = open_page(tmp_path)
    assert counted(page, "run", 2)[0] == 1
    assert counted(page, "run", 2, layer="logits")[0] == 2
    (problem,) = page.json("index")["problems"]
    assert problem["what"] == "run run, session 1a2b3c4d, histograms of fc at step 2"
    _, meta = page.arrays("history", run="run", model="model", layer="fc", unit=0, subset="all")
    assert meta["steps"] == [0, 1, 3]
    assert model_of(page, "run")["steps"] == [0, 1, 2, 3]


def test_a_record_that_inflates_beyond_the_limit_is_named(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    page = open_page(tmp_path, neural_record_limit=1500)
    assert page.get("distributions", layer="fc", s=subject("run", 0)).status_code == 404
    problems = page.json("index")["problems"]
    assert any("--neural_record_limit" in problem["message"] for problem in problems)


def test_a_session_whose_own_record_is_damaged_keeps_its_records(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.blobs("session", "", 0, [b"damaged"])
        for step in range(3):
            log.write(step, step_of(step))
    page = open_page(tmp_path)
    model = model_of(page, "run")
    assert model["steps"] == [0, 1, 2]
    assert [(x["name"], x["units"]) for x in model["layers"]] == [("fc", 4), ("logits", 3)]
    assert_counts(counted(page, "run", 1)[1], 0, activations(1)["class:0"])


def test_a_session_that_does_not_say_what_it_is_hides_nothing(open_page, tmp_path):
    with Log(tmp_path / "run", "aaaaaaaa") as log:
        log.write(0, [session(name="encoder")])
        for step in range(4):
            log.write(step, step_of(step))
    with Log(tmp_path / "run", "bbbbbbbb", clock=2000.0) as log:
        log.blobs("session", "", 2, [b"damaged"])
        log.write(2, step_of(20))
    page = open_page(tmp_path)
    assert model_of(page, "run", "encoder")["steps"] == [0, 1, 2, 3]
    for step, seed in ((1, 1), (2, 20), (3, 3)):
        assert_counts(
            counted(page, "run", step, model="encoder")[1], 0, activations(seed)["class:0"]
        )


def of_format(version):
    content = plugin_data_pb2.PluginData(
        version=version, session="ffffffff", kind="histograms", layer="fc"
    ).SerializeToString()
    made = value(Series("ffffffff", "histograms", f"v{version}"), [b"?"])
    made.metadata.plugin_data.content = content
    return made


def test_newer_and_foreign_series_are_named_once_and_passed_over(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        newer = of_format(metadata.FORMAT_VERSION + 1)
        again = summary_pb2.Summary.Value()
        again.CopyFrom(newer)
        again.tag += "2"
        foreign = value(Series("ffffffff", "dreams"), [b"?"])
        hostile = value(Series("ffffffff", "histograms", "x"), [b"?"])
        hostile.metadata.plugin_data.content = b"\xff" * 300
        log.values(0, [newer, again, foreign, hostile])
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [0]
    problems = {(p["count"], p["message"]) for p in page.json("index")["problems"]}
    assert any(count == 2 and "upgrade" in message for count, message in problems)
    assert any("'dreams'" in message for _, message in problems)
    assert any("300 bytes cannot be parsed" in message for _, message in problems)
    assert len(problems) == 3


def test_a_value_without_content_costs_its_run_at_most(open_page, tmp_path):
    for run in ("good", "spoilt"):
        with Log(tmp_path / run) as log:
            log.write(0, [session()])
            log.write(0, step_of(0))
            if run == "spoilt":
                made = value(Series("ffffffff", "histograms", "fc"), [b"?"])
                made.ClearField("tensor")
                log.values(0, [made])
    page = open_page(tmp_path)
    index = page.json("index")
    runs = {m["run"] for m in index["models"]}
    assert "good" in runs
    assert "spoilt" in runs or "run spoilt" in {p["what"] for p in index["problems"]}
    assert_counts(counted(page, "good", 0)[1], 0, activations(0)["class:0"])


def test_a_value_that_claims_countless_blobs_costs_that_series_only(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        made = value(Series("ffffffff", "histograms", "fc"), [b"?"])
        made.tensor.tensor_shape.dim[0].size = 10**12
        log.values(0, [made])
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [0]
    assert_counts(counted(page, "run", 0)[1], 0, activations(0)["class:0"])


def test_a_data_server_that_has_died_is_told(tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
    ingester = start_rust(tmp_path)
    page = Page(ingester.data_provider)
    ingester._stdin_handle.close()
    response = page.get("index")
    while response.status_code == 200:
        response = page.get("index")
    assert response.status_code == 503
    assert response.content_type.startswith("text/plain")
    assert "--load_fast=false" in response.text


@pytest.mark.parametrize("wall_time", [float("nan"), float("inf"), -float("inf"), -1e300])
def test_an_event_of_any_time_costs_itself_at_most(open_page, tmp_path, wall_time):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        log.clock = wall_time
        log.write(1, step_of(1))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] in ([0], [0, 1])  # TensorBoard's server drops some
    assert_counts(counted(page, "run", 0)[1], 0, activations(0)["class:0"])


@pytest.mark.parametrize("step", [-(2**63), -1, 2**63 - 1])
def test_an_event_of_any_step_is_read(open_page, tmp_path, step):
    with Log(tmp_path / "run") as log:
        log.write(step, [session()])
        log.write(step, step_of(0))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [step]
    assert_counts(counted(page, "run", 0)[1], 0, activations(0)["class:0"])


def test_numbers_without_bounds_are_refused_or_passed_over(open_page, tmp_path):
    huge = "class:" + "9" * 5000
    values = activations(0) | {huge: activations(0)["class:0"]}
    metrics = class_metrics([[5, 1], [1, 5]])
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=(Layer("fc", "ReLU", 10**400, "max"),))])
        log.write(0, {"fc": histograms(values)})
        log.write(0, [dataclasses.replace(metrics, rows=("class:0", huge))])
    page = open_page(tmp_path)
    model = model_of(page, "run")
    assert model["confused"] is None
    assert [(x["name"], x["units"]) for x in model["layers"]] == [("fc", 4)]
    (problem,) = page.json("index")["problems"]
    assert "expected at most 53" in problem["message"]
