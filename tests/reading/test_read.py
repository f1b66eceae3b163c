"""A log directory as arrays, without a server."""

from __future__ import annotations

import doctest
import sys

import numpy as np
import pytest

import tb_plugin_neural
from tb_plugin_neural.contract.records import KINDS, Moments
from tb_plugin_neural.reading.opening import NothingRecorded
from tb_plugin_neural.reading.tables import Table
from tests.logs import (
    CLASSES,
    Log,
    activations,
    half,
    moments,
    predictions,
    probe,
    session,
    step_of,
)
from tests.routes.probed import LABELS, PROBABILITIES, instances_of


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    for clock, run in enumerate(("plain", "other")):
        with Log(path / run, f"0000000{clock + 1}", clock=1000.0 * clock) as log:
            log.write(0, [session(probe="probe-1"), probe(len(LABELS))])
            for step in (0, 10):
                found = step_of(step)
                found["fc"].append(half(instances_of(step)))
                log.write(step, found)
                log.write(step, [predictions(PROBABILITIES, LABELS)])
    return path


@pytest.fixture(scope="module")
def logs(log_dir):
    return tb_plugin_neural.read(log_dir)


def test_its_example_runs(log_dir):
    given = {"tb_plugin_neural": tb_plugin_neural, "log_dir": log_dir}
    found = doctest.testmod(tb_plugin_neural, extraglobs=given)
    assert (found.failed, found.attempted) == (0, 6)


def test_runs_are_found_by_name(logs):
    assert [*logs] == ["other", "plain"]
    assert logs.newest().name == "other"
    run = logs["plain"]
    assert (run.steps, run.classes) == ([0, 10], CLASSES)
    assert [layer.name for layer in run.layers] == ["fc", "logits"]
    with pytest.raises(KeyError, match=r"other.*plain"):
        logs["three"]


def test_moments_are_those_of_all_inputs(logs):
    table = logs["plain"].moments("fc")
    everything = np.concatenate([*activations(10).values()])
    last = table["step"] == 10
    np.testing.assert_allclose(table["mean"][last], everything.mean(0), rtol=1e-5)
    np.testing.assert_allclose(table["std"][last], everything.std(0), rtol=1e-5)
    assert table["unit"][last].tolist() == [0, 1, 2, 3]
    one = logs["plain"].moments("fc", "class:1")
    np.testing.assert_allclose(one["mean"][:4], activations(0)["class:1"].mean(0), rtol=1e-5)
    with pytest.raises(KeyError, match="fc, logits"):
        logs["plain"].moments("fc2")


def test_activations_and_predictions_are_of_the_probe_set(logs):
    run = logs["other"]
    np.testing.assert_allclose(run.activations("fc", 0), instances_of(0), rtol=1e-3)
    np.testing.assert_allclose(run.activations("fc"), instances_of(10), rtol=1e-3)
    told = run.predictions()
    assert told["predicted"].tolist() == [CLASSES[int(p.argmax())] for p in np.array(PROBABILITIES)]
    with pytest.raises(KeyError, match="logits"):
        run.activations("logits")


def test_metrics_have_a_row_a_step_and_class(logs):
    table = logs["plain"].metrics()
    assert table.rows == 2 * 3
    assert table["class"].tolist() == [*CLASSES] * 2
    assert table["correct"].tolist() == [30, 31, 38] * 2


def test_everything_recorded_can_be_had_as_records(logs):
    run = logs["plain"]
    assert {"moments", "histograms", "class_metrics", "probe", "session"} <= {*run.kinds}
    series = run.series(Moments, "fc")
    assert [*series] == [0, 10]
    expected = moments(activations(10))
    np.testing.assert_array_equal(series[10].mean, expected.mean)
    assert run.series("moments", "fc").last().subsets == expected.subsets
    for kind in run.kinds:
        assert kind in KINDS
    with pytest.raises(KeyError, match="moments"):
        run.series("momentum")
    with pytest.raises(KeyError, match=r"\[0, 10\]"):
        series[5]


def test_findings_are_those_of_the_page(logs):
    found = logs["plain"].findings()
    assert (found.subject.step, found.against.step) == (10, 0)
    other = logs["plain"].findings(against=logs["other"])
    assert other.against.run == "other"
    assert logs["plain"].findings(10, since=0).document() == found.document()


def test_nothing_recorded_is_said(tmp_path):
    with pytest.raises(NothingRecorded, match="is no folder"):
        tb_plugin_neural.read(tmp_path / "none")
    with pytest.raises(NothingRecorded, match="0 runs"):
        tb_plugin_neural.read(tmp_path)


def test_a_table_has_columns_of_one_length_and_a_frame_where_pandas_is(monkeypatch):
    table = Table({"a": [1, 2], "b": ["x", "y"]})
    assert (table.rows, [*table]) == (2, ["a", "b"])
    with pytest.raises(ValueError, match="'a': 1"):
        Table({"a": [1], "b": [1, 2]})
    with pytest.raises(KeyError, match="there are a, b"):
        table["c"]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        table.frame()
