"""The probe set."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from tests.logs import (
    Log,
    activations,
    class_metrics,
    half,
    histograms,
    predictions,
    probe,
    session,
    subject,
)
from tests.routes.probed import CONFUSION, LABELS, PROBABILITIES, instances_of, png


def test_instances_are_in_the_order_of_the_probe_set(page):
    found = page.json("instances", run="one", model="model")
    assert found["hash"] == "probe-1"
    assert [one["label"] for one in found["instances"]] == list(LABELS)
    assert found["instances"][3] == {
        "name": "image 3",
        "label": 0,
        "pair": -1,
        "note": "",
        "slices": [],
        "text": "",
    }


def test_instances_tell_their_slices(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        shown = dataclasses.replace(probe(2), slices=(("night", "rain"), ()))
        log.write(0, [session(probe=shown.hash), shown, class_metrics(CONFUSION)])
    found = open_page(tmp_path).json("instances", run="run", model="model")["instances"]
    assert [one["slices"] for one in found] == [["night", "rain"], []]


def test_thumbnails_are_the_exact_pixels(page):
    for instance in range(len(LABELS)):
        response = page.get("thumbnail", run="one", model="model", instance=instance)
        assert response.content_type == "image/png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-cache" in response.headers["Cache-Control"]
        np.testing.assert_array_equal(Image.open(io.BytesIO(response.data)), png(instance)[1])


def test_a_thumbnail_of_a_known_probe_set_may_be_kept(page):
    asked = {"run": "one", "model": "model", "instance": 0}
    response = page.get("thumbnail", **asked, hash="probe-1")
    assert response.headers["Cache-Control"] == "private, max-age=86400"
    assert page.get("thumbnail", **asked, hash="probe-2").status_code == 404


@pytest.mark.parametrize("picture", [b"<svg onload=alert(1)>", b"", b"GIF89a"])
def test_a_picture_that_is_none_is_not_served(open_page, tmp_path, picture):
    with Log(tmp_path / "run") as log:
        shown = probe(1, pictures=[picture])
        log.write(0, [session(probe=shown.hash), shown, class_metrics(CONFUSION)])
    page = open_page(tmp_path)
    response = page.get("thumbnail", run="run", model="model", instance=0)
    assert response.status_code == 404
    assert response.content_type.startswith("text/plain")
    assert "picture 0" in page.json("index")["problems"][0]["message"]


def test_predictions_are_those_of_the_step(page):
    arrays, meta = page.arrays("predictions", run="one", model="model", step=15)
    assert meta == {"step": 10}
    assert arrays["top"][:, 0].tolist() == [0, 0, 2, 1, 1, 2]
    np.testing.assert_allclose(arrays["probability"][1], [0.6, 0.3, 0.1], rtol=1e-6)
    np.testing.assert_allclose(arrays["label_probability"][3], 0.2, rtol=1e-6)


def test_activations_stand_where_they_rank_in_the_subset(page):
    chosen = [4, 1]
    arrays, meta = page.arrays("activations", layer="fc", s=subject("one", 10, "class:1"), i=chosen)
    assert meta == {"step": 10, "subsetStep": 10, "inputs": 40, "seen": None}
    values, seen = instances_of(10)[chosen], activations(10)["class:1"]
    np.testing.assert_array_equal(arrays["values"], values)
    for row in range(len(chosen)):
        for unit in range(4):
            x, v = seen[:, unit], values[row, unit]
            rank = (x < v).sum() + (x == v).sum() / 2
            bin_share = max(np.histogram(x, np.arange(-2, 6.5, 0.5))[0]) / len(x)
            assert abs(arrays["percentile"][row, unit] - (rank + 0.5) / 41) <= bin_share


def test_activations_of_one_unit_are_its_column_for_the_whole_probe_set(page):
    asked = {"layer": "fc", "s": subject("one", 10, "class:1")}
    whole, meta = page.arrays("activations", **asked, i=list(range(len(LABELS))))
    for unit in range(4):
        one, same = page.arrays("activations", **asked, unit=unit)
        assert same == meta
        for name, values in one.items():
            np.testing.assert_array_equal(values, whole[name][:, [unit]])
    few, _ = page.arrays("activations", **asked, unit=2, i=[4, 1])
    np.testing.assert_array_equal(few["values"], whole["values"][[4, 1]][:, [2]])
    assert page.get("activations", **asked, unit=4).status_code == 404
    assert page.get("activations", **asked).status_code == 400


def test_activations_of_one_unit_are_those_of_the_largest_probe_set(open_page, tmp_path):
    values = np.random.default_rng(0).normal(size=(4096, 4)).astype(np.float16)
    with Log(tmp_path / "run") as log:
        shown = probe(4096)
        log.write(0, [session(probe=shown.hash), shown])
        log.write(0, {"fc": [histograms(activations(0)), half(values)]})
    asked = {"layer": "fc", "s": subject("run", 0), "unit": 3}
    found, _ = open_page(tmp_path).arrays("activations", **asked)
    np.testing.assert_array_equal(found["values"], values[:, [3]].astype(np.float32))


def test_neural_divergence_is_from_the_predicted_and_the_true_class(page):
    found = page.json("neural_divergence", run="one", model="model", step=20, i=[0, 1])
    assert found["step"] == 20
    right, wrong = found["instances"]
    assert (right["predicted"], right["label"], wrong["predicted"], wrong["label"]) == (0, 0, 0, 1)
    assert wrong["maxSoftmax"] == pytest.approx(0.6)
    (layer,) = wrong["layers"]
    assert layer["name"] == "fc"
    for distance, subset in ((layer["predicted"], "class:0"), (layer["label"], "class:1")):
        arrays, meta = page.arrays("activations", layer="fc", s=subject("one", 20, subset), i=1)
        p = arrays["percentile"][0]
        assert distance["inputs"] == meta["inputs"] == 40
        expected = -np.log(2 * np.minimum(p, 1 - p)).mean()
        assert distance["surprisal"] == pytest.approx(expected, rel=1e-4)
        assert distance["robustZ"] == pytest.approx(arrays["robust_z"].mean(), rel=1e-4)
        assert 0 <= distance["tail"] <= 1


def test_neural_divergence_from_a_class_without_histograms_is_none(open_page, tmp_path):
    values = activations(0)
    with Log(tmp_path / "run") as log:
        shown = dataclasses.replace(probe(6), labels=(-1,) * 6)
        log.write(0, [session(probe=shown.hash), shown, predictions(PROBABILITIES, LABELS)])
        focus = {key: values[key] for key in ("class:1",)}
        log.write(0, {"fc": [histograms(focus), half(instances_of(0))]})
    page = open_page(tmp_path)
    found = page.json("neural_divergence", run="run", model="model", step=0, i=[0, 3])
    first, second = (one["layers"][0] for one in found["instances"])
    reason = "no distributions of 'cat' at step 0"
    assert first == {"name": "fc", "predicted": None, "label": None, "reason": reason}
    assert second["predicted"]["inputs"] == 40
    assert second["label"] is None


def test_neural_divergence_is_from_the_classes_of_the_same_step_or_from_none(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        shown = probe(6)
        log.write(0, [session(probe=shown.hash), shown])
        for step in (0, 100):
            log.write(step, [predictions(PROBABILITIES, LABELS)])
            log.write(step, {"fc": [half(instances_of(step))]})
        log.write(0, {"fc": histograms(activations(0))})
    page = open_page(tmp_path)
    asked = {"run": "run", "model": "model", "i": 0}
    (then,), (now,) = (
        page.json("neural_divergence", **asked, step=step)["instances"][0]["layers"]
        for step in (0, 100)
    )
    assert then["predicted"]["inputs"] == 40
    assert then["reason"] is None
    reason = "no class distributions at step 100"
    assert now == {"name": "fc", "predicted": None, "label": None, "reason": reason}


def test_an_instance_that_was_recorded_stands_among_the_other_inputs(open_page, tmp_path):
    values = activations(0)
    inputs = values["class:0"][[3, 8]].astype(np.float16)
    values["class:0"][[3, 8]] = inputs
    said = dataclasses.replace(
        predictions(PROBABILITIES[:2], LABELS[:2]),
        seen=np.array([[1, 0]], np.uint8),
        seen_in=("class:0",),
    )
    with Log(tmp_path / "run") as log:
        log.write(0, [session(probe="probe-1"), probe(2), said])
        log.write(0, {"fc": [histograms(values), half(inputs)]})
    asked = {"layer": "fc", "s": subject("run", 0, "class:0"), "i": [1, 0]}
    page = open_page(tmp_path)
    arrays, meta = page.arrays("activations", **asked)
    assert meta["seen"] == [0, 1]
    for row, own in ((0, None), (1, 3)):
        seen = values["class:0"] if own is None else np.delete(values["class:0"], own, 0)
        x = arrays["values"][row]
        rank = (seen < x).sum(0) + (seen == x).sum(0) / 2
        width = max(np.histogram(seen, np.arange(-2, 6.5, 0.5))[0]) / len(seen)
        assert (abs(arrays["percentile"][row] - (rank + 0.5) / (len(seen) + 1)) <= width).all()
    other = page.json("neural_divergence", run="run", model="model", step=0, i=[1, 0])
    times = [one["layers"][0]["predicted"]["seen"] for one in other["instances"]]
    assert times == [0, 1]
