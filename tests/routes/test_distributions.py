"""Distributions of activations, and how far they are apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tb_plugin_neural.contract.records import Layer
from tests.logs import (
    SUBSETS,
    Log,
    activations,
    assert_counts,
    half,
    histograms,
    session,
    subject,
)
from tests.routes.probed import instances_of


class TestDistributions:
    def test_are_those_of_the_values_for_every_subject(self, page):
        asked = [("one", 0, "class:0"), ("one", 10, "class:2"), ("one", 20, "all")]
        arrays, meta = page.arrays("distributions", layer="fc", s=[subject(*one) for one in asked])
        assert arrays["counts"].shape[:2] == (3, 4)
        for row, (_, step, subset) in enumerate(asked):
            found = activations(step)
            x = np.concatenate(list(found.values())) if subset == "all" else found[subset]
            assert_counts(arrays, row, x)
            np.testing.assert_allclose(arrays["mean"][row], x.mean(0), rtol=1e-5)
            np.testing.assert_allclose(arrays["std"][row], x.std(0), rtol=1e-5)
            median = np.median(x, axis=0)
            assert (abs(arrays["quantiles"][row, :, 2] - median) <= arrays["width"]).all()
            assert meta["subjects"][row]["inputs"] == len(x)
        assert [s["identity"] for s in meta["subjects"]] == ["same"] * 3
        assert [s["few"] for s in meta["subjects"]] == [False] * 3
        assert meta["layer"] == "fc"

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
        assert_counts(arrays, 1, coarse["class:1"])

    def test_of_one_unit_are_its_part_of_the_whole_layer(self, page):
        asked = [subject("one", 0, "class:0"), subject("two", 10, "class:2"), subject("one", 20)]
        whole, meta = page.arrays("distributions", layer="fc", s=asked)
        for unit in range(4):
            one, same = page.arrays("distributions", layer="fc", s=asked, unit=unit)
            assert same == meta
            for name, values in one.items():
                lattice = name in ("start", "width")
                own = whole[name][[unit]] if lattice else whole[name][:, [unit]]
                np.testing.assert_array_equal(values, own, err_msg=name)
        assert page.get("distributions", layer="fc", s=asked, unit=4).status_code == 404

    def test_of_more_than_one_request_may_ask_are_refused(self, open_page, tmp_path):
        values = {"all": np.ones((1, 2**16 + 2), np.float32)}
        layer = Layer("wide", "ReLU", 2**16 + 2, "")
        with Log(tmp_path / "run") as log:
            log.write(0, [session(layers=(layer,))])
            log.write(0, {"wide": histograms(values)})
        page = open_page(tmp_path)
        two = [subject("run", 0)] * 2
        response = page.get("distributions", layer="wide", s=two)
        assert response.status_code == 400
        assert "131076 histograms, expected at most 131072" in response.text
        arrays, _ = page.arrays("distributions", layer="wide", s=two, unit=2**16 + 1)
        assert arrays["counts"].sum() == 2

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
        assert_counts(arrays, 1, values["class:1"])

    def test_are_matched_by_the_shared_probe_set(self, open_page, tmp_path):
        self.write(tmp_path, "a", 1, weights="w")
        values = self.write(tmp_path, "b", 1, weights="v", order=(2, 0, 3, 1))
        page = open_page(tmp_path)
        arrays, other = self.ask(page)
        assert other["identity"] == "matched"
        assert arrays["unit"][1].tolist() == [1, 3, 0, 2]
        np.testing.assert_allclose(arrays["correlation"][1], 1, atol=1e-6)
        assert_counts(arrays, 1, values["class:1"][:, [1, 3, 0, 2]])
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
