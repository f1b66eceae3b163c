"""Strips and saliency as the page asks for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests import strip_logs
from tests.logs import Log, probe, session
from tests.pages import model_of
from tests.routes.probed import png
from tests.samples import any_record
from tests.servers import Page, start_python

RUN = {"run": "one", "model": "model"}
PICTURES = [png(seed)[0] for seed in range(12)]


def write(log, step, **changes):
    record = strip_logs.strip(PICTURES, **changes)
    log.write(step, {strip_logs.key(record): record})


def about(log):
    log.write(0, [session(probe="probe-1"), probe(6)])


def test_strips_are_listed_those_of_the_newest_step_first(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        about(log)
        for step, instance, target in ((5, 4, "class:1"), (5, 2, "class:0"), (9, 3, "class:1")):
            write(log, step, instance=instance, target=target)
        write(log, 9, instance=1, norm="linf", target="unit:62/features.3")
    page = open_page(tmp_path)
    found = page.json("strips", **RUN)["strips"]
    assert [(one["step"], one["instance"]) for one in found] == [(9, 1), (9, 3), (5, 2), (5, 4)]
    assert len({one["id"] for one in found}) == 4
    assert model_of(page, "one")["strips"] == 4
    unit, known, zero, _ = found
    assert known == {
        "id": known["id"], "step": 9, "name": "image 3", "hash": "probe-1", "instance": 3,
        "label": 2, "prediction": 0, "target": "class:1", "norm": "l2", "radius": 0.5,
        "smoothing": 1.0, "flip": 3, "steps": 5, "frames": 3, "first": 0.1, "last": 0.9,
    }  # fmt: skip
    assert (zero["first"], zero["last"]) == (0.8, 0)
    assert (unit["first"], unit["last"]) == pytest.approx((-2.197, 2.197), abs=1e-3)


def test_a_strip_tells_its_curve_its_frames_and_what_changed(page):
    (listed,) = page.json("strips", **RUN)["strips"]
    found = page.json("strip", **RUN, id=listed["id"])
    record = strip_logs.strip()
    assert {**listed, "frames": found["frames"]}.items() <= found.items()
    assert found["classes"] == [1, 0, 2]
    np.testing.assert_allclose(found["curve"]["effect"], record.effect, rtol=1e-3)
    np.testing.assert_allclose(found["curve"]["probability"], record.probability.T, rtol=1e-3)
    np.testing.assert_allclose(
        found["curve"]["controlProbability"], record.control_probability.T, rtol=1e-3
    )
    assert found["frames"][1:] == [
        {"step": 2, "prediction": 0, "factor": 4},
        {"step": 4, "prediction": 1, "factor": 2},
    ]
    assert found["layers"] == [
        {"layer": "fc", "units": [{"unit": 3, "activation": [0, 1, 2]},
                                  {"unit": 1, "activation": [5, 4, 3]}]},
        {"layer": "logits", "units": [{"unit": 1, "activation": [0, 1, 8]}]},
    ]  # fmt: skip
    assert found["picture"] == {"image": 0, "difference": 3, "saliency": 6, "control": 9}


def test_pictures_come_one_by_one_and_may_be_kept(page):
    (listed,) = page.json("strips", **RUN)["strips"]
    for number, picture in enumerate(PICTURES):
        response = page.get("strip_picture", **RUN, id=listed["id"], picture=number)
        assert response.data == picture
        assert response.headers["Cache-Control"] == "private, max-age=86400"
    for wrong in (-1, 12, 10**17):
        assert page.get("strip_picture", **RUN, id=listed["id"], picture=wrong).status_code == 404


def test_a_damaged_picture_is_not_served_but_named(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        about(log)
        found = strip_logs.strip([b"<svg onload=alert(1)>", *PICTURES[1:]])
        log.write(3, {strip_logs.key(found): found})
    page = open_page(tmp_path)
    (listed,) = page.json("strips", **RUN)["strips"]
    response = page.get("strip_picture", **RUN, id=listed["id"], picture=0)
    assert response.status_code == 404
    assert response.content_type.startswith("text/plain")
    assert page.get("strip_picture", **RUN, id=listed["id"], picture=1).status_code == 200
    (problem,) = page.json("index")["problems"]
    assert "picture 0 is neither PNG nor WebP" in problem["message"]


def test_a_damaged_strip_costs_that_one_only(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        about(log)
        write(log, 3)
        log.blobs("adversarial_strip", "4 class:1 l2", 3, [b"damaged", *PICTURES])
    page = open_page(tmp_path)
    (listed,) = page.json("strips", **RUN)["strips"]
    assert listed["instance"] == 3
    damaged = listed["id"][:-8] + strip_logs.digest("4 class:1 l2")
    assert page.get("strip", **RUN, id=damaged).status_code == 404
    assert any("at step 3" in one["what"] for one in page.json("index")["problems"])


@pytest.mark.parametrize("change", [str.upper, lambda i: i + " ", lambda i: i.replace("20", "+20")])
def test_an_id_is_what_it_was_told_to_be(page, change):
    (listed,) = page.json("strips", **RUN)["strips"]
    assert page.get("strip", **RUN, id=change(listed["id"])).status_code == 404


def test_a_job_of_its_own_adds_strips_to_the_run(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        about(log)
        write(log, 3)
    with Log(tmp_path / "one" / "neural-strips", session="00000002") as log:
        about(log)
        write(log, 3)
    found = open_page(tmp_path).json("strips", **RUN)["strips"]
    assert [one["id"][:8] for one in found] == ["00000001", "00000002"]


def test_numbers_that_are_not_finite_are_null(open_page, tmp_path):
    wild = np.array([np.nan, np.inf, -np.inf, 0, 1], np.float32)
    with Log(tmp_path / "one") as log:
        about(log)
        write(log, 3, effect=wild, frame=np.zeros(3, np.uint32))
        write(log, 3, target="unit:0/fc", effect=wild)
        write(log, 3, target="class:9")
    page = open_page(tmp_path)
    one, other, unit = page.json("strips", **RUN)["strips"]
    assert page.json("strip", **RUN, id=one["id"])["curve"]["effect"] == [None, None, None, 0, 1]
    assert (other["target"], other["first"], other["last"]) == ("unit:0/fc", None, 1)
    assert (unit["target"], unit["first"], unit["last"]) == ("class:9", None, None)


class TestSaliency:
    LEVELS = np.arange(-12, 12).reshape(2, 3, 4)

    @pytest.fixture
    def page_of_maps(self, open_page, tmp_path):
        with Log(tmp_path / "one") as log:
            about(log)
            for step, instances in ((5, [4, 2]), (8, [1]), (10, [4, 2])):
                maps = self.LEVELS[: len(instances)] + step
                log.write(step, {"occlusion": strip_logs.saliency(instances, maps)})
            method, levels = "integrated_gradients", self.LEVELS[:1]
            foreign = strip_logs.saliency([2], levels, method, probe="probe-2")
            log.write(10, {method: foreign})
        return open_page(tmp_path)

    @pytest.mark.parametrize(("step", "found"), [(0, 5), (5, 5), (9, 5), (10, 10), (99, 10)])
    def test_is_that_of_the_instance_at_the_nearest_step(self, page_of_maps, step, found):
        asked = {**RUN, "step": step, "instance": 2, "method": "occlusion"}
        arrays, meta = page_of_maps.arrays("saliency", **asked)
        np.testing.assert_array_equal(arrays["values"], (self.LEVELS[1] + found) / 16)
        parameters = "window 2, stride 1"
        assert meta == {"step": found, "method": "occlusion", "parameters": parameters, "target": 1}

    @pytest.mark.parametrize(
        ("instance", "method"), [(3, "occlusion"), (-1, "occlusion"), (2, "integrated_gradients")]
    )
    def test_that_is_not_there_says_how_to_record_it(self, page_of_maps, instance, method):
        asked = {**RUN, "step": 5, "instance": instance, "method": method}
        response = page_of_maps.get("saliency", **asked)
        assert response.status_code == 404
        assert "add_saliency(writer, recorder, [" in response.text

    def test_the_index_tells_the_steps_and_the_instances_of_its_own_probe_set(self, page_of_maps):
        found = model_of(page_of_maps, "one")["saliency"]
        assert found == {"occlusion": {"steps": [5, 8, 10], "instances": [1, 2, 4]}}


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(any_record(["adversarial_strip"]), any_record(["saliency"]))
def test_strips_and_maps_of_any_numbers_are_served(tmp_path_factory, strip, maps):
    logdir = tmp_path_factory.mktemp("logs")
    with Log(logdir / "one") as log:
        log.write(0, [session(probe=maps.probe)])
        log.write(1, {"anything": strip, "occlusion": maps})
    page = Page(start_python(logdir))
    for listed in page.json("strips", **RUN)["strips"]:
        assert page.get("strip", **RUN, id=listed["id"]).status_code == 200
        for picture in (0, 1, 99):
            response = page.get("strip_picture", **RUN, id=listed["id"], picture=picture)
            assert response.status_code in (200, 404)
    for instance in {0, *maps.instance[:2].tolist()}:
        asked = {**RUN, "step": 1, "instance": instance, "method": "occlusion"}
        assert page.get("saliency", **asked).status_code in (200, 404)
