"""What the reader finds in event files, alike on both of TensorBoard's data servers."""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time

import numpy as np
import pytest
from torch.utils.tensorboard import SummaryWriter

from tb_plugin_neural.contract import records
from tests.logs import (
    SUBSETS,
    Log,
    activations,
    assert_counts,
    class_metrics,
    histograms,
    moments,
    probe,
    session,
    step_of,
    subject,
)
from tests.pages import counted, model_of
from tests.servers import Page, start_python


def test_every_one_of_300_steps_is_there(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step in range(300):
            log.write(step, step_of(step))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == list(range(300))
    _, meta = page.arrays("history", run="run", model="model", layer="fc", unit=0, subset="class:0")
    assert meta["steps"] == list(range(300))
    for step in (0, 1, 150, 299):
        found, arrays = counted(page, "run", step)
        assert found == step
        assert_counts(arrays, 0, activations(step)["class:0"])


@pytest.mark.parametrize("purge_step", [None, 5])
def test_a_resumed_session_replaces_the_steps_it_repeats(open_page, tmp_path, purge_step):
    with Log(tmp_path / "run", session="aaaaaaaa") as log:
        log.write(0, [session(weights="initial")])
        for step in range(8):
            log.write(step, step_of(step))
    with Log(tmp_path / "run", "bbbbbbbb", clock=2000.0, purge_step=purge_step) as log:
        log.write(5, [session(weights="checkpoint")])
        for step in range(5, 10):
            log.write(step, step_of(100 + step))
    page = open_page(tmp_path)
    model = model_of(page, "run")
    assert model["steps"] == list(range(10))
    assert model["weights"] == "initial"
    assert [s["session"] for s in model["sessions"]] == ["aaaaaaaa", "bbbbbbbb"]
    assert [s["firstStep"] for s in model["sessions"]] == [0, 5]
    for step in range(10):
        found, arrays = counted(page, "run", step)
        assert found == step
        assert_counts(arrays, 0, activations(step if step < 5 else 100 + step)["class:0"])


def test_a_session_resumed_earlier_hides_all_that_came_after(open_page, tmp_path):
    for name, first, last in (("aaaaaaaa", 0, 7), ("bbbbbbbb", 5, 9), ("cccccccc", 3, 4)):
        with Log(tmp_path / "run", name, clock=ord(name[0]) * 1000.0) as log:
            log.write(first, [session()])
            for step in range(first, last + 1):
                log.write(step, step_of(step))
    assert model_of(open_page(tmp_path), "run")["steps"] == [0, 1, 2, 3, 4]


def test_a_session_that_is_hidden_as_the_clock_was_behind_is_named(open_page, tmp_path):
    with Log(tmp_path / "run", "aaaaaaaa", clock=5000.0) as log:
        log.write(0, [session()])
        for step in (0, 10, 20, 30):
            log.write(step, step_of(step))
    with Log(tmp_path / "run", "bbbbbbbb", clock=1400.0) as log:
        log.write(20, [session()])
        for step in (20, 30, 40):
            log.write(step, step_of(100 + step))
    page = open_page(tmp_path)
    (problem,) = page.json("index")["problems"]
    assert problem["what"] == "run run, session bbbbbbbb"
    assert "steps 20 to 40 are hidden by session aaaaaaaa" in problem["message"]
    assert "clock" in problem["message"]


def test_a_training_begun_anew_in_its_folder_is_no_problem(open_page, tmp_path):
    for name, last in (("aaaaaaaa", 5), ("bbbbbbbb", 2)):
        with Log(tmp_path / "run", name, clock=ord(name[0]) * 1000.0) as log:
            log.write(0, [session()])
            for step in range(last):
                log.write(step, step_of(step))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [0, 1]
    assert page.json("index")["problems"] == []


def test_two_recorders_of_different_names_are_two_models(open_page, tmp_path):
    with Log(tmp_path / "gan", session="aaaaaaaa") as log:
        log.write(0, [session(name="generator")])
        log.session = "bbbbbbbb"
        log.write(0, [session(name="critic")])
        for step in range(3):
            log.session = "aaaaaaaa"
            log.write(step, step_of(step))
            log.session = "bbbbbbbb"
            log.write(step, step_of(50 + step))
    page = open_page(tmp_path)
    assert [m["model"] for m in page.json("index")["models"]] == ["critic", "generator"]
    for name, first in (("generator", 0), ("critic", 50)):
        assert model_of(page, "gan", name)["steps"] == [0, 1, 2]
        _, arrays = counted(page, "gan", 1, model=name)
        assert_counts(arrays, 0, activations(first + 1)["class:0"])


def test_one_step_alone_is_a_model(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(4000, [session()])
        log.write(4000, step_of(1))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [4000]
    for asked in (0, 4000, 9999):
        assert counted(page, "run", asked)[0] == 4000


def test_a_run_without_records_of_ours_is_no_model(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        log.writer.add_hparams({"lr": 0.1}, {"accuracy": 0.9}, run_name="hparams")
    with SummaryWriter(str(tmp_path / "scalars")) as writer:
        writer.add_scalar("loss", 1.0, 0)
    assert [m["run"] for m in open_page(tmp_path).json("index")["models"]] == ["run"]


def test_events_in_the_log_directory_itself_are_a_run(open_page, tmp_path):
    with Log(tmp_path) as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    with Log(tmp_path / "neural-more", "bbbbbbbb", clock=2000.0) as log:
        log.write(0, [session()])
        log.write(1, step_of(1))
    page = open_page(tmp_path)
    assert model_of(page, ".")["steps"] == [0, 1]


class TestAJobThatAddsToRecordedSteps:
    @pytest.fixture
    def logdir(self, tmp_path):
        with Log(tmp_path / "run", session="aaaaaaaa") as log:
            log.write(0, [session()])
            for step in range(4):
                log.write(step, step_of(step))
        return tmp_path

    def job(self, logdir, clock=5000.0):
        return Log(logdir / "run" / "neural-extra", "eeeeeeee", clock)

    def test_is_joined_to_its_parent(self, open_page, logdir):
        extra = records.Layer("conv", "Conv2d", 2, "max")
        values = activations(7, units=2)
        with self.job(logdir) as log:
            log.write(1, [session(layers=(extra,))])
            log.write(1, {"conv": histograms(values)})
            log.write(3, {"conv": histograms(values)})
        page = open_page(logdir)
        assert [m["run"] for m in page.json("index")["models"]] == ["run"]
        model = model_of(page, "run")
        assert [layer["name"] for layer in model["layers"]] == ["fc", "logits", "conv"]
        assert model["sessions"][1]["run"].endswith("neural-extra")
        assert_counts(counted(page, "run", 1, layer="conv")[1], 0, values["class:0"])

    def test_hides_nothing(self, open_page, logdir):
        with self.job(logdir) as log:
            log.write(1, [session()])
            log.write(1, {"fc": histograms({"slice:attacked": activations(9)["class:0"]})})
        page = open_page(logdir)
        assert model_of(page, "run")["steps"] == [0, 1, 2, 3]
        assert model_of(page, "run")["subsets"] == ["all", "slice:attacked", *SUBSETS]
        for step in range(4):
            assert_counts(counted(page, "run", step)[1], 0, activations(step)["class:0"])
        found, arrays = counted(page, "run", 3, subset="slice:attacked")
        assert found == 1
        assert_counts(arrays, 0, activations(9)["class:0"])

    def test_replaces_what_it_records_again(self, open_page, logdir):
        with self.job(logdir) as log:
            log.write(1, [session()])
            log.write(1, {"fc": histograms(activations(9))})
        page = open_page(logdir)
        assert_counts(counted(page, "run", 1)[1], 0, activations(9)["class:0"])
        assert_counts(counted(page, "run", 2)[1], 0, activations(2)["class:0"])

    def test_is_hidden_by_a_training_that_was_resumed_before_its_step(self, open_page, logdir):
        with self.job(logdir) as log:
            for step in (1, 3):
                log.write(step, [session()] if step == 1 else [])
                log.write(step, {"fc": histograms({"slice:a": activations(9)["class:0"]})})
        with Log(logdir / "run", "bbbbbbbb", clock=9000.0) as log:
            log.write(2, [session()])
            log.write(2, step_of(20))
        page = open_page(logdir)
        assert model_of(page, "run")["steps"] == [0, 1, 2]
        assert counted(page, "run", 3, subset="slice:a")[0] == 1

    def test_is_a_run_of_its_own_without_a_parent(self, open_page, logdir):
        with Log(logdir / "other" / "neural-job") as log:
            log.write(0, [session()])
            log.write(0, step_of(0))
        runs = [m["run"] for m in open_page(logdir).json("index")["models"]]
        assert runs == ["other/neural-job", "run"]


def test_the_nearest_earlier_step_is_taken_and_told(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(10, [session()])
        for step in (10, 20, 30):
            log.write(step, step_of(step))
    page = open_page(tmp_path)
    found = {step: counted(page, "run", step)[0] for step in (-5, 0, 10, 19, 20, 29, 31)}
    assert found == {-5: 10, 0: 10, 10: 10, 19: 10, 20: 20, 29: 20, 31: 30}


def test_a_session_told_anew_at_the_same_step_keeps_all_its_layers(open_page, tmp_path):
    fc, logits = session().layers
    found = step_of(0)
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=(fc,))])
        log.write(0, {"fc": found["fc"]})
        log.write(0, [session(layers=(fc, logits))])
        log.write(0, {"logits": found["logits"]})
    layers = model_of(open_page(tmp_path), "run")["layers"]
    assert [(x["name"], x["units"]) for x in layers] == [("fc", 4), ("logits", 3)]


def test_sessions_of_other_classes_are_not_mixed(open_page, tmp_path):
    with Log(tmp_path / "run", "aaaaaaaa") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    with Log(tmp_path / "run", "bbbbbbbb", clock=2000.0) as log:
        log.write(1, [session(classes=("dog", "cat", "frog"))])
        log.write(1, step_of(1))
    page = open_page(tmp_path)
    assert model_of(page, "run")["steps"] == [1]
    (problem,) = page.json("index")["problems"]
    assert problem["what"] == "run run, session aaaaaaaa"


def test_activations_of_another_probe_set_are_not_mixed(open_page, tmp_path):
    def activations_of(size):
        return records.ProbeActivations(
            np.ones((size, 4), np.uint8), np.zeros(4, np.uint8), np.ones(4, np.float32)
        )

    for name, first, size in (("aaaaaaaa", 0, 5), ("bbbbbbbb", 2, 6)):
        shown = dataclasses.replace(probe(size), hash=f"{size} images")
        with Log(tmp_path / "run", name, clock=1000.0 * (1 + first)) as log:
            log.write(first, [session(probe=shown.hash), shown])
            for step in (first, first + 1):
                log.write(step, {**step_of(step), "fc": [activations_of(size)]})
    model = model_of(open_page(tmp_path), "run")
    assert model["steps"] == [0, 1, 2, 3]
    assert model["probe"]["size"] == 6
    assert model["probeSteps"] == [2, 3]


def test_a_run_that_is_deleted_while_it_is_shown_is_not_found(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    page = open_page(tmp_path)
    assert page.get("distributions", layer="fc", s=subject("gone", 0)).status_code == 404
    shutil.rmtree(tmp_path / "run")
    assert counted(page, "run", 0)[0] == 0  # the server holds what it has read


def test_what_is_written_while_it_is_shown_appears(tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
        log.writer.flush()
        provider = start_python(tmp_path)
        page = Page(provider)
        assert counted(page, "run", 5)[0] == 0
        log.write(5, step_of(5))
    provider._multiplexer.Reload()
    deadline = time.monotonic() + 10
    while model_of(page, "run")["steps"] != [0, 5] and time.monotonic() < deadline:
        pass  # an index may be a second old
    found, arrays = counted(page, "run", 5)
    assert found == 5
    assert_counts(arrays, 0, activations(5)["class:0"])


def test_a_burst_of_requests_lists_once(provide, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    provider = provide(tmp_path)
    lists = []
    ask = provider.list_blob_sequences
    provider.list_blob_sequences = lambda *a, **k: (
        lists.append(threading.get_ident()) or ask(*a, **k)
    )
    page = Page(provider)
    threads = [threading.Thread(target=page.json, args=("index",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(lists) <= 3  # the burst may straddle a second


def test_the_size_at_rest_is_estimated_from_the_records(open_page, tmp_path):
    found = {name: group for name, group in step_of(3).items() if name}
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step in range(50):
            log.write(step, found)
    packed = sum(len(record.pack()[0]) for group in found.values() for record in group)
    size = model_of(open_page(tmp_path), "run")["bytes"]
    assert 0.8 < size / (50 * packed + len(session().pack()[0])) < 1.25


def test_problems_of_all_sessions_are_shown_with_the_model(open_page, tmp_path):
    told = [records.Problem("layer rnn", 3, "no tensor")]
    for name, clock in (("aaaaaaaa", 1000.0), ("bbbbbbbb", 2000.0)):
        with Log(tmp_path / "run", name, clock) as log:
            log.write(0, [session(), records.Problems(tuple(told))])
            told.append(records.Problem("layer conv", 1, "NaN"))
            log.write(1, [records.Problems(tuple(told)), class_metrics([[1, 0], [0, 1]])])
    problems = model_of(open_page(tmp_path), "run")["problems"]
    assert [p["what"] for p in problems] == 2 * ["layer rnn", "layer conv"] + ["layer conv"]


def test_moments_tell_of_subsets_without_histograms(open_page, tmp_path):
    values = activations(0)
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": [histograms({"class:0": values["class:0"]}), moments(values)]})
    model = model_of(open_page(tmp_path), "run")
    assert model["subsets"] == ["all", "class:0"]
    assert model["moments"] == ["class:1", "class:2"]
