"""What the routes answer, through TensorBoard's own application and both of its data servers."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import SERVERS, Page, serving
from logs import (
    CLASSES,
    SUBSETS,
    Log,
    activations,
    class_metrics,
    histograms,
    moments,
    predictions,
    probe,
    session,
    step_of,
    subject,
)
from PIL import Image
from scipy import stats

from tb_plugin_neural import codec, records
from tb_plugin_neural.records import Layer
from tb_plugin_neural.routes import ROUTES
from tb_plugin_neural.routes.files import FOLDER, table

CONFUSION = [[30, 9, 1], [8, 31, 1], [0, 2, 38]]
LABELS = (0, 1, 2, 0, 1, 2)
PROBABILITIES = [
    [0.8, 0.1, 0.1],
    [0.6, 0.3, 0.1],
    [0.1, 0.2, 0.7],
    [0.2, 0.7, 0.1],
    [0.3, 0.4, 0.3],
    [0.1, 0.1, 0.8],
]


def half(values):
    return records.ProbeActivationsHalf(np.asarray(values, np.float16))


def instances_of(seed):
    values = np.random.default_rng(seed).gamma(1.0, 1.0, (len(LABELS), 4))
    return values.astype(np.float16).astype(np.float32)


def png(seed, size=5):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue(), pixels


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    """Two runs of three steps with a probe set, from different weights."""
    path = tmp_path_factory.mktemp("logs")
    pictures = [png(seed)[0] for seed in range(len(LABELS))]
    for run, seed in (("one", 0), ("two", 500)):
        with Log(path / run) as log:
            shown = probe(len(LABELS), pictures=pictures)
            log.write(0, [session(weights=f"weights of {run}", probe=shown.hash), shown])
            for step in (0, 10, 20):
                found = step_of(seed + step)
                found["fc"].append(half(instances_of(seed + step)))
                log.write(step, found)
                log.write(step, [predictions(PROBABILITIES, LABELS)])
    return path


@pytest.fixture(scope="module", params=SERVERS)
def page(request, logdir):
    with serving(request.param) as provide:
        yield Page(provide(logdir))


def recount(arrays, row, unit, x):
    """Counts of a unit's values in the bins that were answered, and the exact zeros."""
    edges = arrays["start"][unit] + arrays["width"][unit] * np.arange(
        arrays["counts"].shape[-1] + 1
    )
    np.testing.assert_array_equal(arrays["counts"][row, unit], np.histogram(x[x != 0], edges)[0])
    assert arrays["zero"][row, unit] == (x == 0).sum()


class TestIndex:
    def test_tells_all_there_is(self, page):
        index = page.json("index")
        assert [m["run"] for m in index["models"]] == ["one", "two"]
        assert index["problems"] == []
        model = index["models"][0]
        assert model["model"] == "model"
        assert model["task"] == "multiclass"
        assert model["classes"] == list(CLASSES)
        assert model["steps"] == model["probeSteps"] == [0, 10, 20]
        assert model["wallTimes"] == sorted(model["wallTimes"])
        assert model["subsets"] == ["all", *SUBSETS]
        assert model["moments"] == []
        assert model["layers"][0] == {
            "name": "fc",
            "type": "ReLU",
            "units": 4,
            "reduction": "none",
            "output": False,
        }
        assert model["hidden"] == ["fc"]
        assert model["mode"] == "eval"
        assert model["weights"] == "weights of one"
        assert model["probe"] == {"hash": "probe-1", "size": 6, "pictured": True, "lossless": True}

    def test_opens_on_the_classes_most_often_confused(self, open_page, tmp_path):
        for run, confusion, expected in (
            ("a", [[9, 0, 1], [2, 9, 3], [0, 1, 9]], [1, 2]),
            ("b", [[9, 0, 5], [2, 9, 3], [0, 1, 9]], [0, 2]),
            ("c", [[9, 0, 0], [0, 9, 0], [0, 0, 9]], [0, 1]),
        ):
            with Log(tmp_path / run) as log:
                log.write(0, [session(), class_metrics([[9, 5, 0], [0, 9, 0], [0, 0, 9]])])
                log.write(0, {"fc": histograms(activations(0))})
                log.write(1, [class_metrics(confusion)])
            found = {m["run"]: m["confused"] for m in open_page(tmp_path).json("index")["models"]}
            assert found[run] == expected

    def test_opens_on_classes_that_have_histograms(self, open_page, tmp_path):
        values = activations(0)
        focus = {key: values[key] for key in ("class:0", "class:2")}
        with Log(tmp_path / "run") as log:
            log.write(0, [session(), class_metrics(CONFUSION)])
            log.write(0, {"fc": histograms(focus)})
        assert open_page(tmp_path).json("index")["models"][0]["confused"] == [0, 2]

    def test_names_no_pair_without_class_metrics(self, open_page, tmp_path):
        with Log(tmp_path / "run") as log:
            log.write(0, [session(task=None, classes=())])
            log.write(0, {"fc": histograms({"all": activations(0)["class:0"]})})
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["confused"] is None
        assert model["subsets"] == ["all"]
        assert model["probe"] is None

    def test_names_the_last_two_layers_before_the_output(self, open_page, tmp_path):
        layers = [Layer(name, "ReLU", 4, "max") for name in "abcd"]
        layers[2:2] = [Layer("logits", "Linear", 4, "none", output=True)]
        with Log(tmp_path / "run") as log:
            log.write(0, [session(layers=tuple(layers)), class_metrics(CONFUSION)])
        assert open_page(tmp_path).json("index")["models"][0]["hidden"] == ["a", "b"]

    def test_names_subsets_readably(self, open_page, tmp_path):
        names = ("target:0", "target < 3.5", "target:1", "target ≥ 3.5")
        with Log(tmp_path / "run") as log:
            about = session(task="regression", classes=(), subset_names=names, left_out=("this",))
            log.write(0, [about, class_metrics(CONFUSION)])
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["subsetNames"] == {"target:0": "target < 3.5", "target:1": "target ≥ 3.5"}
        assert model["leftOut"] == ["this"]

    def test_is_empty_where_nothing_is_recorded(self, open_page, tmp_path):
        index = open_page(tmp_path).json("index")
        assert index["models"] == index["problems"] == []


class TestDistributions:
    def test_are_those_of_the_values_for_every_subject(self, page):
        asked = [("one", 0, "class:0"), ("one", 10, "class:2"), ("one", 20, "all")]
        arrays, meta = page.arrays("distributions", layer="fc", s=[subject(*one) for one in asked])
        assert arrays["counts"].shape[:2] == (3, 4)
        for row, (_, step, subset) in enumerate(asked):
            found = activations(step)
            x = np.concatenate(list(found.values())) if subset == "all" else found[subset]
            for unit in range(4):
                recount(arrays, row, unit, x[:, unit])
            np.testing.assert_allclose(arrays["mean"][row], x.mean(0), rtol=1e-5)
            np.testing.assert_allclose(arrays["std"][row], x.std(0), rtol=1e-5)
            median = np.median(x, axis=0)
            assert (abs(arrays["quantiles"][row, :, 2] - median) <= arrays["width"]).all()
            assert meta["subjects"][row]["inputs"] == len(x)
        assert [s["identity"] for s in meta["subjects"]] == ["same"] * 3
        assert [s["few"] for s in meta["subjects"]] == [False] * 3
        assert meta["layer"] == "fc"

    def test_travel_as_float32_and_unsigned_integers(self, page):
        for route, arguments in READING.items():
            if route in JSON or route == "thumbnail":
                continue
            arrays, _ = page.arrays(route, **arguments)
            kinds = {str(array.dtype) for array in arrays.values()}
            assert kinds <= {"float32", "uint8", "uint16", "uint32"}, route

    def test_of_few_inputs_say_so(self, open_page, tmp_path):
        values = activations(0)
        values["class:1"] = values["class:1"][:19]
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": histograms(values)})
        asked = [subject("run", 0, subset) for subset in SUBSETS]
        _, meta = open_page(tmp_path).arrays("distributions", layer="fc", s=asked)
        assert [s["few"] for s in meta["subjects"]] == [False, True, False]

    def test_of_different_lattices_are_coarsened_exactly(self, open_page, tmp_path):
        fine, coarse = activations(1), activations(2)
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": histograms(fine, exponent=-2)})
            log.write(1, {"fc": histograms(coarse, exponent=0)})
        asked = [subject("run", 0, "class:1"), subject("run", 1, "class:1")]
        arrays, _ = open_page(tmp_path).arrays("distributions", layer="fc", s=asked)
        assert arrays["width"].tolist() == [1.0] * 4
        totals = sum(arrays[name] for name in ("zero", "under", "over"))
        assert (arrays["counts"].sum(-1) + totals == 40).all()
        for unit in range(4):
            recount(arrays, 1, unit, coarse["class:1"][:, unit])

    def test_without_moments_have_no_mean(self, open_page, tmp_path):
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": histograms(activations(0))})
        arrays, _ = open_page(tmp_path).arrays("distributions", layer="fc", s=subject("run", 0))
        assert np.isnan(arrays["mean"]).all()

    def test_may_be_asked_of_a_subset_without_inputs(self, open_page, tmp_path):
        values = activations(0)
        values["class:1"] = values["class:1"][:0]
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": histograms(values)})
        page = open_page(tmp_path)
        asked = [subject("run", 0, "class:1"), subject("run", 0, "class:0")]
        arrays, meta = page.arrays("distributions", layer="fc", s=asked)
        assert meta["subjects"][0]["inputs"] == 0
        assert np.isnan(arrays["quantiles"][0]).all()
        arrays, _ = page.arrays("divergence", layer="fc", s=asked)
        assert np.isnan(arrays["wasserstein"]).all()
        (layer, _) = page.json("layers", s=asked)["layers"]
        assert layer["mean"] is None
        assert "finite" in layer["reason"]


class TestUnitsOfOtherRuns:
    def write(self, path, run, seed, *, order=(0, 1, 2, 3), weights="", images="probe-1", units=4):
        """A run whose units are those of the seed in another order."""
        values = {key: x[:, list(order)] for key, x in activations(seed, units=units).items()}
        with Log(path / run) as log:
            about = session(weights=weights, probe=images, layers=(Layer("fc", "R", units, ""),))
            log.write(0, [about])
            log.write(0, {"fc": [histograms(values), half(instances_of(seed)[:, list(order)])]})
        return values

    def ask(self, page, layer="fc"):
        asked = [subject("a", 0, "class:1"), subject("b", 0, "class:1")]
        arrays, meta = page.arrays("distributions", layer=layer, s=asked)
        return arrays, meta["subjects"][1]

    def test_keep_their_index_from_the_same_weights(self, open_page, tmp_path):
        self.write(tmp_path, "a", 1, weights="w")
        values = self.write(tmp_path, "b", 2, weights="w", images=None)
        arrays, other = self.ask(open_page(tmp_path))
        assert other["identity"] == "weights"
        assert arrays["unit"].tolist() == 2 * [[0, 1, 2, 3]]
        for unit in range(4):
            recount(arrays, 1, unit, values["class:1"][:, unit])

    def test_are_matched_by_the_shared_probe_set(self, open_page, tmp_path):
        self.write(tmp_path, "a", 1, weights="w")
        values = self.write(tmp_path, "b", 1, weights="v", order=(2, 0, 3, 1))
        page = open_page(tmp_path)
        arrays, other = self.ask(page)
        assert other["identity"] == "matched"
        assert arrays["unit"][1].tolist() == [1, 3, 0, 2]
        np.testing.assert_allclose(arrays["correlation"][1], 1, atol=1e-6)
        for unit, partner in enumerate([1, 3, 0, 2]):
            recount(arrays, 1, unit, values["class:1"][:, partner])
        asked = [subject("a", 0, "class:1"), subject("b", 0, "class:1")]
        assert page.arrays("divergence", layer="fc", s=asked)[0]["wasserstein"].tolist() == [0] * 4
        assert page.json("layers", s=asked)["layers"][0]["telling"] == 0

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"images": "probe-2"}, "share no probe set"),
            ({"images": None}, "share no probe set"),
            ({"weights": "w", "units": 3, "order": (0, 1, 2)}, "3 units"),
        ],
    )
    def test_are_unmatched_for_a_reason_that_is_told(self, open_page, tmp_path, change, reason):
        self.write(tmp_path, "a", 1, weights="w")
        self.write(tmp_path, "b", 1, **{"weights": "v", **change})
        arrays, other = self.ask(open_page(tmp_path))
        assert other["identity"] == "none"
        assert reason in other["reason"]
        assert (arrays["unit"][1] == 2**32 - 1).all()
        assert arrays["counts"][1].sum() == 0
        assert np.isnan(arrays["correlation"][1]).all()

    def test_of_a_layer_that_the_other_run_lacks_are_unmatched(self, open_page, tmp_path):
        self.write(tmp_path, "a", 1)
        with Log(tmp_path / "b") as log:
            log.write(0, [session(layers=(Layer("conv", "Conv2d", 4, "max"),))])
            log.write(0, {"conv": histograms(activations(0))})
        page = open_page(tmp_path)
        _, other = self.ask(page)
        assert other["identity"] == "none"
        assert "no histograms of layer 'fc'" in other["reason"]
        assert other["step"] is None
        asked = [subject("a", 0), subject("b", 0)]
        (layer,) = page.json("layers", s=asked)["layers"]
        assert layer["profile"] is None
        assert "no histograms of layer 'fc'" in layer["reason"]


def test_divergence_is_the_distance_of_the_values_at_their_bins(page):
    asked = [subject("one", 0, "class:0"), subject("one", 0, "class:2")]
    arrays, meta = page.arrays("divergence", layer="fc", s=asked)
    at_bins = (
        np.where(x == 0, 0, (np.floor(x / 0.5) + 0.5) * 0.5)
        for x in (activations(0)["class:0"], activations(0)["class:2"])
    )
    for unit, (a, b) in enumerate(zip(*(x.T for x in at_bins), strict=True)):
        distance = stats.wasserstein_distance(a, b) / np.sqrt((a.var() + b.var()) / 2)
        assert arrays["wasserstein"][unit] == pytest.approx(distance, rel=1e-5)
        largest = stats.ks_2samp(a, b).statistic
        assert arrays["kolmogorov_smirnov"][unit] == pytest.approx(largest, rel=1e-5)
    assert meta["subjects"][1]["subset"] == "class:2"


def test_layers_sum_up_the_units_that_can_be_told_from_noise(page):
    asked = [subject("one", 0, "class:0"), subject("one", 0, "class:1")]
    for layer in page.json("layers", s=asked)["layers"]:
        arrays, _ = page.arrays("divergence", layer=layer["name"], s=asked)
        telling = arrays["ratio"] >= 3
        distance = np.where(telling, arrays["wasserstein"], 0)
        assert layer["telling"] == telling.sum()
        assert layer["units"] == len(distance)
        assert layer["mean"] == pytest.approx(distance.mean(), rel=1e-5)
        assert layer["top"] == pytest.approx(distance.max(), rel=1e-5)
        assert layer["profile"][0] == pytest.approx(distance.max(), rel=1e-5)
        assert layer["profile"][-1] == pytest.approx(distance.min(), rel=1e-5)
        assert layer["profile"] == sorted(layer["profile"], reverse=True)
        assert len(layer["profile"]) == 8


def test_history_is_one_unit_at_every_step(page):
    arrays, meta = page.arrays(
        "history", run="one", model="model", layer="fc", unit=2, subset="class:1"
    )
    assert meta["steps"] == [0, 10, 20]
    for row, step in enumerate(meta["steps"]):
        x = activations(step)["class:1"][:, 2]
        edges = arrays["start"] + arrays["width"] * np.arange(arrays["counts"].shape[-1] + 1)
        np.testing.assert_array_equal(arrays["counts"][row], np.histogram(x[x != 0], edges)[0])
        assert arrays["zero"][row] == (x == 0).sum()
        assert arrays["mean"][row] == pytest.approx(x.mean(), rel=1e-5)


def test_metrics_are_those_recorded(open_page, tmp_path):
    tables = [[[5, 1], [2, 4]], [[6, 0], [1, 5]]]
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step, table in enumerate(tables):
            log.write(step, [class_metrics(table)])
    page = open_page(tmp_path)
    arrays, meta = page.arrays("metrics", run="run", model="model")
    assert meta["rows"] == ["class:0", "class:1"]
    assert meta["steps"] == [0, 1]
    assert meta["total"] == [12, 12]
    assert arrays["inputs"].tolist() == [[6, 6], [6, 6]]
    assert arrays["correct"].tolist() == [[5, 4], [6, 5]]
    assert arrays["predicted"].tolist() == [[7, 5], [7, 5]]
    assert arrays["confusion"].tolist() == tables[1]
    arrays, meta = page.arrays("metrics", run="run", model="model", step=0)
    assert meta["step"] == 0
    assert arrays["confusion"].tolist() == tables[0]


def test_metrics_of_other_rows_are_aligned_by_name(open_page, tmp_path):
    first = class_metrics([[5, 1], [2, 4]])
    second = dataclasses.replace(first, rows=("class:1", "class:7"))
    with Log(tmp_path / "run") as log:
        log.write(0, [session(), first])
        log.write(1, [second])
    arrays, _ = open_page(tmp_path).arrays("metrics", run="run", model="model")
    assert arrays["correct"].tolist() == [[4, 0], [5, 4]]


def test_instances_are_in_the_order_of_the_probe_set(page):
    found = page.json("instances", run="one", model="model")
    assert found["hash"] == "probe-1"
    assert [one["label"] for one in found["instances"]] == list(LABELS)
    assert found["instances"][3] == {
        "name": "image 3",
        "label": 0,
        "pair": -1,
        "note": "",
        "text": "",
    }


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
    assert meta == {"step": 10, "subsetStep": 10, "inputs": 40}
    values, seen = instances_of(10)[chosen], activations(10)["class:1"]
    np.testing.assert_array_equal(arrays["values"], values)
    for row in range(len(chosen)):
        for unit in range(4):
            x, v = seen[:, unit], values[row, unit]
            rank = (x < v).sum() + (x == v).sum() / 2
            bin_share = max(np.histogram(x, np.arange(-2, 6.5, 0.5))[0]) / len(x)
            assert abs(arrays["percentile"][row, unit] - (rank + 0.5) / 41) <= bin_share


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
    assert first == {"name": "fc", "predicted": None, "label": None}
    assert second["predicted"]["inputs"] == 40
    assert second["label"] is None


RUN = {"run": "one", "model": "model"}
PAIR = [subject("one", 0, "class:0"), subject("two", 10, "class:1")]
READING = {
    "index": {},
    "distributions": {"layer": "fc", "s": PAIR},
    "divergence": {"layer": "fc", "s": PAIR},
    "layers": {"s": PAIR},
    "history": {**RUN, "layer": "fc", "unit": 0, "subset": "all"},
    "metrics": RUN,
    "instances": RUN,
    "thumbnail": {**RUN, "instance": 0},
    "predictions": {**RUN, "step": 0},
    "activations": {"layer": "fc", "s": PAIR[0], "i": [0, 1]},
    "neural_divergence": {**RUN, "step": 0, "i": [0, 1]},
}
JSON = ("index", "layers", "instances", "neural_divergence")


def test_every_route_is_tested_here_and_told_in_the_documentation():
    assert {f"/{route}" for route in READING} | {"/static/*"} == set(ROUTES)
    text = (Path(__file__).parents[1] / "docs" / "http_api.md").read_text()
    titles = re.findall(r"^## `(/[^?`]+)", text, re.MULTILINE)
    assert sorted(titles) == sorted(ROUTES)


@pytest.mark.parametrize("route", READING)
def test_every_answer_has_its_content_type(page, route):
    response = page.get(route, **READING[route])
    assert response.status_code == 200, response.text
    kind = "application/json" if route in JSON else "application/octet-stream"
    assert response.content_type == ("image/png" if route == "thumbnail" else kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    head = page.client.head(f"/data/plugin/neural/{route}", query_string=READING[route])
    assert (head.status_code, head.data) == (200, b"")


@pytest.mark.parametrize("route", READING)
def test_nothing_is_answered_but_reading(page, route):
    for method in ("post", "put", "delete", "patch"):
        response = getattr(page.client, method)(f"/data/plugin/neural/{route}")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("route", "name"), [(r, name) for r, arguments in READING.items() for name in arguments]
)
def test_a_missing_argument_is_named(page, route, name):
    arguments = {key: value for key, value in READING[route].items() if key != name}
    response = page.get(route, **arguments)
    assert response.status_code == 400
    assert response.content_type.startswith("text/plain")
    assert name in response.text


FORGED = ["", "nonsense", "../../etc/passwd", "%2e%2e", "\x00", "-1", "9" * 18, "1e3", "[]", "NaN"]


@pytest.mark.parametrize(
    ("route", "name"), [(r, name) for r, arguments in READING.items() for name in arguments]
)
def test_a_forged_argument_is_a_400_or_404_that_explains_itself(page, route, name):
    anything = {"layer", "subset", "run", "model"}
    for forged in FORGED:
        response = page.get(route, **{**READING[route], name: forged})
        nearest = name == "step" and forged in ("-1", "9" * 18)
        assert response.status_code == 200 if nearest else response.status_code in (400, 404)
        if response.status_code != 200:
            assert response.content_type.startswith("text/plain")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert name in anything or response.status_code == 400 or forged.strip("-").isdigit()


@pytest.mark.parametrize(
    "forged",
    [
        '["one","model",0]',
        '["one","model","0","all"]',
        '["one","model",true,"all"]',
        '["one","model",0.5,"all"]',
        '["one","model",1e999,"all"]',
        '["one","model",0,["all"]]',
        '[["one"],"model",0,"all"]',
        '{"run":"one"}',
        '"abcd"',
        "[" * 100_000,
        json.dumps(["one", "model", 10**30, "all"]),
    ],
)
def test_a_malformed_subject_is_a_400(page, forged):
    response = page.get("distributions", layer="fc", s=forged)
    assert response.status_code == 400
    assert "s is " in response.text


def test_what_is_not_there_is_named(page):
    asked = {"layer": "fc", "s": subject("one", 0)}
    for change, named in (
        ({"layer": "conv9"}, "conv9"),
        ({"s": subject("three", 0)}, "three"),
        ({"s": subject("one", 0, model="critic")}, "critic"),
        ({"s": subject("one", 0, "class:9")}, "class:9"),
        ({"s": [subject("one", 0), subject("two", 0, "slice:x")]}, "slice:x"),
    ):
        response = page.get("distributions", **{**asked, **change})
        assert response.status_code == 404
        assert named in response.text


def test_too_many_subjects_are_a_400(page):
    response = page.get("distributions", layer="fc", s=257 * [subject("one", 0)])
    assert response.status_code == 400


def test_exactly_two_subjects_are_compared(page):
    for route in ("divergence", "layers"):
        for count in (1, 3):
            response = page.get(route, layer="fc", s=count * [subject("one", 0)])
            assert response.status_code == 400
            assert f"{count} arguments s, expected 2" in response.text


class TestStatic:
    @pytest.mark.parametrize(
        "name",
        [
            "../plugin.py",
            "%2e%2e/plugin.py",
            "..%2fplugin.py",
            "%2e%2e%2f%2e%2e%2fpyproject.toml",
            "/etc/passwd",
            "//etc/passwd",
            "index.js/../../plugin.py",
            "nothing.js",
            "",
            "\x00",
        ],
    )
    def test_nothing_beside_the_page_is_read(self, page, name):
        response = page.get(f"static/{name}")
        assert response.status_code == 404
        assert b"import" not in response.data

    def test_the_page_is_a_module(self, page):
        response = page.get("static/index.js")
        assert response.status_code == 200
        assert response.content_type.startswith("text/javascript")
        assert "render" in response.text

    def test_all_built_files_are_served(self, page):
        for path in (p for p in FOLDER.rglob("*") if p.suffix in (".js", ".css")):
            response = page.get(f"static/{path.relative_to(FOLDER).as_posix()}")
            assert response.data == path.read_bytes()

    def test_a_page_that_is_not_built_says_how(self, page, tmp_path, monkeypatch):
        monkeypatch.setattr("tb_plugin_neural.routes.files.FOLDER", tmp_path / "absent")
        table.cache_clear()
        try:
            text = page.get("static/index.js").text
        finally:
            table.cache_clear()
        assert "export function render" in text
        assert "make setup" in text


def test_tensorboard_shows_the_tab(page):
    listing = page.client.get("/data/plugins_listing").json["neural"]
    assert listing["enabled"]
    assert listing["tab_name"] == "Neural"
    assert listing["loading_mechanism"]["module_path"].endswith("/static/index.js")


def test_a_class_may_have_any_name(open_page, tmp_path):
    names = ("<img onerror=x>", "=1+1", "", "x" * 300, "שלום", "cat", "cat")
    with Log(tmp_path / "run <b>é") as log:
        log.write(0, [session(name="модель", classes=names), class_metrics(CONFUSION)])
    (model,) = open_page(tmp_path).json("index")["models"]
    assert model["classes"] == list(names)
    assert (model["run"], model["model"]) == ("run <b>é", "модель")


def test_the_index_stays_small(open_page, tmp_path):
    layers = tuple(Layer(f"features.{at}", "ReLU", 4, "max") for at in range(12))
    values = activations(0)
    found = {layer.name: [histograms(values), moments(values)] for layer in layers}
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=layers)])
        for step in range(30):
            log.write(step, found)
    page = open_page(tmp_path)
    response = page.get("index")
    assert len(response.data) < 4000
    assert len(codec.deflate(response.data)) < 1200
