"""What cannot be read costs itself only, and is named; on both of TensorBoard's data servers."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from tensorboard.compat.proto import summary_pb2, tensor_pb2, types_pb2

from tb_plugin_neural.contract import codec, metadata, plugin_data_pb2
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import Layer
from tb_plugin_neural.contract.what_if_records import AttackReport
from tests import graph_logs
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


def of_dtype(dtype, **tensor):
    made = value(Series("ffffffff", "histograms", "fc"), [b"?"])
    made.tensor.CopyFrom(tensor_pb2.TensorProto(dtype=dtype, **tensor))
    return made


def without_tensor():
    made = value(Series("ffffffff", "histograms", "fc"), [b"?"])
    made.ClearField("tensor")
    return made


FOREIGN = {
    "no tensor": without_tensor(),
    "no dtype": of_dtype(types_pb2.DT_INVALID),
    "a dtype of the future": of_dtype(99, tensor_content=b"1234"),
    "bfloat16": of_dtype(types_pb2.DT_BFLOAT16, half_val=[1, 2]),
    "a resource": of_dtype(types_pb2.DT_RESOURCE, tensor_content=b"1234"),
    "a reference": of_dtype(types_pb2.DT_FLOAT + 100, tensor_content=b"1234"),
    "numbers": of_dtype(types_pb2.DT_FLOAT, float_val=[1.0]),
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_value_that_is_no_blob_costs_its_run_at_most(open_page, tmp_path, foreign):
    for run in ("good", "spoilt"):
        with Log(tmp_path / run) as log:
            log.write(0, [session()])
            log.write(0, step_of(0))
            if run == "spoilt":
                log.values(0, [foreign])
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


ODD = ['act="relu"', "a\\b", "tab\tx", "line\nx", "bell\x07"]
FINE = ["it's", "<b>", "50%", "%22", "é\u2028", "a b"]


@pytest.mark.parametrize("name", [*ODD, *FINE])
def test_a_run_of_any_name_is_shown_or_named_and_costs_no_other(open_page, server, tmp_path, name):
    for run in ("good", name):
        with Log(tmp_path / run) as log:
            log.write(0, [session()])
            log.write(0, step_of(0))
    page = open_page(tmp_path)
    index = page.json("index")
    runs = {model["run"] for model in index["models"]}
    named = {problem["what"] for problem in index["problems"]}
    assert "good" in runs
    assert_counts(counted(page, "good", 0)[1], 0, activations(0)["class:0"])
    assert (name in runs) is (f"run {name}" not in named)
    if name in FINE or server == "python":
        assert_counts(counted(page, name, 0)[1], 0, activations(0)["class:0"])
    else:
        assert "--load_fast=false" in index["problems"][0]["message"]


@pytest.mark.parametrize("name", [*ODD, *FINE])
def test_a_layer_of_any_name_is_shown(open_page, tmp_path, name):
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=(Layer(name, "ReLU", 4, "none"),))])
        log.write(0, {name: histograms(activations(0))})
    page = open_page(tmp_path)
    assert page.json("index")["problems"] == []
    assert_counts(counted(page, "run", 0, layer=name)[1], 0, activations(0)["class:0"])


@pytest.mark.parametrize("name", ODD)
def test_a_layer_whose_tag_is_not_escaped_costs_itself_at_most(open_page, server, tmp_path, name):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        made = value(Series(log.session, "histograms", name), histograms(activations(0)).pack())
        made.tag = f"neural/{log.session}/histograms/{name}"
        log.values(0, [made])
    page = open_page(tmp_path)
    assert_counts(counted(page, "run", 0)[1], 0, activations(0)["class:0"])
    if server == "python":
        assert_counts(counted(page, "run", 0, layer=name)[1], 0, activations(0)["class:0"])
    else:
        (problem,) = page.json("index")["problems"]
        assert problem["what"] == f"run run, layer {name}"


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


@pytest.mark.parametrize("step", [-(2**63), -1, 10**18, 2**63 - 1])
def test_an_event_of_any_step_is_read(open_page, tmp_path, step):
    with Log(tmp_path / "run") as log:
        log.write(step, [session()])
        log.write(step, step_of(0))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [step]
    as_a_browser_reads_it = int(float(step))
    for asked in (0, step, as_a_browser_reads_it):
        found, arrays = counted(page, "run", asked)
        assert found == step
        assert_counts(arrays, 0, activations(0)["class:0"])
    _, meta = page.arrays("metrics", run="run", model="model", step=as_a_browser_reads_it)
    assert meta["step"] == step


def with_json(record, **changed):
    """The record's blob with other JSON in it, of any numbers."""
    arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
    text = json.dumps(meta | changed).replace("\\", "\\\\").replace('"', '\\"')
    data = codec.dumps(arrays, {}, shuffled=True)
    begin = 8 + int.from_bytes(data[:8], "little")
    header = data[8:begin].rstrip().replace(b'"neural":"{}"', f'"neural":"{text}"'.encode())
    header += b" " * (-len(header) % 8)
    return codec.deflate(len(header).to_bytes(8, "little") + header + data[begin:])


REPORT = AttackReport(
    groups=("PGD",),
    of=("attack",),
    measures=("margin",),
    layers=("",),
    reference=100,
    bootstrap=100,
    level=0.95,
    strength=np.ones(1, np.float32),
    inputs=np.full(1, 99, np.uint8),
    positives=np.full(1, 50, np.uint8),
    negatives=np.full(1, 50, np.uint8),
    auroc=np.ones((1, 1), np.float32),
    low=np.ones((1, 1), np.float32),
    high=np.ones((1, 1), np.float32),
)
UNBOUNDED = [float("nan"), float("inf"), 10**309, -(10**400), 10**4000]


@pytest.mark.parametrize("number", UNBOUNDED, ids=["nan", "inf", "309", "400", "4000"])
def test_a_number_that_no_computer_holds_costs_its_record_only(open_page, tmp_path, number):
    counted_of = graph_logs.step_of(0)["fc"][0]
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        log.write(0, [REPORT])
        log.blobs("attack_report", "", 1, [with_json(REPORT, level=number)])
        log.blobs("activation_counts", "fc", 1, [with_json(counted_of, masses=[number])])
    page = open_page(tmp_path)
    assert page.json("attack_report", run="run", model="model", step=1)["step"] == 0
    named = {problem["what"].split(", ")[-1] for problem in page.json("index")["problems"]}
    assert named == {"attack_report at step 1", "activation_counts of fc at step 1"}


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
