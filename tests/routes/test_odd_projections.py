"""Maps that were made beforehand, and records that are damaged, foreign, few or degenerate."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tb_plugin_neural.analysis.maps.map_quality import stress
from tb_plugin_neural.contract.codec import deflate, dumps
from tests.logs import Log
from tests.projection_logs import neighbours, pivot_distances, projection_map
from tests.routes.digit_runs import LAYERS, PIVOTS, RUN, SIZE, activations, begin
from tests.servers import Page, start_python

MIRROR = np.array([-1, 1])


def open_log(path, steps, layers=LAYERS, size=SIZE, **about):
    """A page on a run: records by step and layer."""
    with Log(path / "run") as log:
        begin(log, layers, size, **about)
        for step, found in steps.items():
            log.write(step, found)
    return Page(start_python(path))


def distances(step=0, **changes):
    return {
        layer: pivot_distances(values, PIVOTS, **changes)
        for layer, values in activations(0, step).items()
    }


def asked(page, step=0, **options):
    return page.arrays("projection", **RUN, step=step, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    xy = np.random.default_rng(0).normal(size=(SIZE, 2)) * [3, 1]
    first, second = projection_map(xy), projection_map(5 * xy * MIRROR + 7)
    steps = {
        0: distances() | {"second": projection_map(xy)},
        10: {"first": [distances(10)["first"], first], "second": second},
    }
    return open_log(tmp_path_factory.mktemp("logs"), steps), xy


class TestMadeBeforehand:
    def test_are_laid_as_one_another_in_units_of_their_radius(self, made):
        page, xy = made
        arrays, meta = asked(page, 10, method="umap")
        assert (meta["layers"], meta["method"]) == (["first", "second"], ["umap", "umap"])
        radius = np.sqrt(((xy - xy.mean(0)) ** 2).sum(1).mean())
        np.testing.assert_allclose(arrays["radius"], [radius, 5 * radius], rtol=1e-5)
        np.testing.assert_allclose(arrays["xy"][0], (xy - xy.mean(0)) / radius, atol=1e-5)
        np.testing.assert_allclose(arrays["xy"][1], arrays["xy"][0], atol=1e-5)
        assert arrays["mirrored"].tolist() == [0, 1]
        assert arrays["residual"][1] == pytest.approx(0, abs=1e-5)

    def test_have_their_own_quality_and_the_stress_of_the_recorded_distances(self, made):
        page, xy = made
        arrays, meta = asked(page, 10, method="umap")
        assert arrays["trustworthiness"].tolist() == [0.5, 0.5]
        assert arrays["preservation"].tolist() == [0.125, 0.125]
        expected = stress(distances(10)["first"].distances(), cdist(xy, xy[list(PIVOTS)]))
        assert arrays["stress"][0] == pytest.approx(expected, rel=1e-4)
        assert np.isnan(arrays["stress"][1])
        assert np.isnan(arrays["spread"]).all()
        assert arrays["pivot"].tolist() == list(PIVOTS)
        assert meta["metric"] == "euclidean"

    def test_are_not_projected_anew(self, made):
        page, _ = made
        whole, _ = asked(page, 10, method="umap")
        some, _ = asked(page, 10, method="umap", instances="4-9")
        np.testing.assert_allclose(some["xy"], whole["xy"][:, 4:10], atol=1e-5)

    def test_are_those_of_the_nearest_step_that_has_some(self, made):
        page, _ = made
        assert asked(page, 9, method="umap")[1]["layers"] == ["second"]
        trail, meta = page.arrays("trail", **RUN, layer="second", instances="0-59", method="umap")
        assert meta == {"steps": [0, 10], "method": "umap"}
        np.testing.assert_allclose(trail["xy"][0] * 5, trail["xy"][1], atol=1e-4)

    def test_that_are_not_there_are_a_404_that_tells_the_line(self, made):
        page, _ = made
        response = page.get("projection", **RUN, step=0, method="aligned_umap")
        assert response.status_code == 404
        assert "summary_ops.add_projection_maps(writer, recorder" in response.text


def test_a_run_without_distances_is_a_404_that_tells_the_line(tmp_path):
    page = open_log(tmp_path, {0: {"first": neighbours(activations(0, 0)["first"])}})
    for route, more in (("projection", {"step": 0}), ("trail", {"layer": "a", "instances": "0"})):
        response = page.get(route, **RUN, **more)
        assert response.status_code == 404
        assert "ProbeSet" in response.text
    response = page.get("neighbours", **RUN, step=0, layer="second", instance=0)
    assert response.status_code == 404
    assert "second" in response.text


def test_an_instance_without_finite_distances_has_no_place_and_moves_no_other(tmp_path):
    broken = {layer: dataclasses.replace(one) for layer, one in distances().items()}
    for one in broken.values():
        level = one.level.copy()
        level[[7, PIVOTS[2]]] = np.nan
        level[:, 2] = np.nan
        object.__setattr__(one, "level", level)
    arrays, _ = asked(open_log(tmp_path / "broken", {0: broken}))
    lost = [7, PIVOTS[2]]
    assert np.isnan(arrays["xy"][:, lost]).all()
    kept = np.setdiff1d(np.arange(SIZE), lost)
    pivots = [place for place in PIVOTS if place != PIVOTS[2]]
    sound = {
        layer: pivot_distances(values[kept], np.searchsorted(kept, pivots))
        for layer, values in activations(0, 0).items()
    }
    expected, _ = asked(open_log(tmp_path / "sound", {0: sound}, size=len(kept)))
    np.testing.assert_allclose(np.abs(arrays["xy"][:, kept]), np.abs(expected["xy"]), atol=5e-3)
    np.testing.assert_allclose(arrays["stress"], expected["stress"], rtol=5e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_distances_of_which_none_is_finite_give_no_places(tmp_path, value):
    level = np.full((SIZE, len(PIVOTS)), value, np.float16)
    broken = dataclasses.replace(distances()["second"], level=level)
    page = open_log(tmp_path, {0: distances() | {"second": broken}})
    arrays, meta = asked(page)
    assert meta["layers"] == list(LAYERS)
    assert np.isfinite(arrays["xy"][[0, 2]]).all()
    assert np.isnan(arrays["xy"][1]).all()
    apart = np.sqrt(((arrays["xy"][2] - arrays["xy"][0]) ** 2).sum(1).mean())
    assert arrays["residual"][2] == pytest.approx(apart, rel=1e-5)
    assert page.get("projection", **RUN, step=0, instances="7").status_code == 200
    assert page.get("trail", **RUN, layer="second", instances="7").status_code == 200


def test_a_distance_beyond_the_largest_float_is_not_finite(tmp_path):
    huge = {layer: dataclasses.replace(one, scale=1e300) for layer, one in distances().items()}
    arrays, _ = asked(open_log(tmp_path, {0: huge}))
    assert arrays["xy"].shape == (3, SIZE, 2)


def test_records_of_another_probe_set_or_size_are_left_out(tmp_path):
    first, second, third = (values for values in activations(0, 0).values())
    found = {
        "first": pivot_distances(first[:40], PIVOTS[:4]),
        "second": pivot_distances(second, PIVOTS),
        "third": pivot_distances(third, PIVOTS, probe="probe-9"),
    }
    page = open_log(tmp_path, {0: found, 5: {"third": found["third"]}})
    for step in (0, 5):
        _, meta = asked(page, step)
        assert (meta["step"], meta["layers"]) == (0, ["second"])
    response = page.get("trail", **RUN, layer="third", instances="0")
    assert response.status_code == 404
    assert "third" in response.text


def test_a_damaged_record_costs_that_layer_only_and_is_named(tmp_path):
    with Log(tmp_path / "run") as log:
        begin(log)
        log.write(0, distances())
        found = distances(10)
        broken = found.pop("second").pack()[0][:-20]
        log.write(10, found)
        log.blobs("pivot_distances", "second", 10, [broken])
    page = Page(start_python(tmp_path))
    assert asked(page, 10)[1]["layers"] == ["first", "third"]
    assert asked(page, 0)[1]["layers"] == list(LAYERS)
    (problem,) = page.json("index")["problems"]
    assert "pivot_distances of second at step 10" in problem["what"]


def test_more_pivots_than_a_recorder_keeps_cost_that_record_only(tmp_path):
    level = np.ones((SIZE, 40_000), np.float16)
    sound = distances()["second"]
    fields = {**vars(sound), "pivot": np.zeros(40_000, np.uint32), "level": level}
    arrays = {name: value for name, value in fields.items() if isinstance(value, np.ndarray)}
    meta = {name: value for name, value in fields.items() if name not in arrays}
    with Log(tmp_path / "run") as log:
        begin(log)
        log.write(0, {"first": distances()["first"]})
        log.blobs("pivot_distances", "second", 0, [deflate(dumps(arrays, meta, shuffled=True))])
    page = Page(start_python(tmp_path))
    assert asked(page)[1]["layers"] == ["first"]
    (problem,) = page.json("index")["problems"]
    assert "40000 pivots, expected at most 512" in str(problem)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_few_instances_have_maps(tmp_path, size):
    found = {layer: pivot_distances(v[:size], [0]) for layer, v in activations(0, 0).items()}
    page = open_log(tmp_path, {0: found, 9: found}, size=size)
    for step in (0, 9):
        arrays, _ = asked(page, step)
        assert arrays["xy"].shape == (3, size, 2)
        assert np.isfinite(arrays["xy"]).all()
        assert asked(page, step, instances="0")[0]["xy"].shape == (3, 1, 2)


def test_instances_that_cannot_be_told_apart_lie_at_one_place(tmp_path):
    found = distances() | {"second": pivot_distances(np.ones((SIZE, 4)), PIVOTS)}
    arrays, _ = asked(open_log(tmp_path, {0: found}))
    np.testing.assert_allclose(arrays["xy"][1] - arrays["xy"][1][0], 0, atol=1e-6)
    assert arrays["radius"][1] == 1
    assert arrays["spread"][1] == 0
    assert np.isnan(arrays["stress"][1])
    assert arrays["mirrored"][1] == 0


def test_a_layer_that_the_last_step_lacks_lies_as_the_one_before_it(tmp_path):
    found = distances(10)
    del found["second"]
    page = open_log(tmp_path, {0: distances(), 10: found})
    arrays, meta = asked(page)
    assert meta["layers"] == list(LAYERS)
    apart = np.sqrt(((arrays["xy"][1] - arrays["xy"][0]) ** 2).sum(1).mean())
    assert arrays["residual"][1] == pytest.approx(apart, rel=1e-5)


def test_a_layer_that_the_session_does_not_name_has_maps_too(tmp_path):
    with Log(tmp_path / "run") as log:
        begin(log, layers=("first",))
        log.write(0, distances())
    page = Page(start_python(tmp_path))
    assert asked(page)[1]["layers"] == list(LAYERS)
    (model,) = page.json("index")["models"]
    assert [(one["name"], one["units"]) for one in model["layers"]] == [
        ("first", 24),
        ("second", 0),
        ("third", 0),
    ]


def test_neighbours_whose_distances_are_not_finite_have_none(tmp_path):
    found = neighbours(activations(0, 0)["first"])
    level = found.level.copy()
    level[3, 1] = np.inf
    page = open_log(tmp_path, {0: {"first": dataclasses.replace(found, level=level)}})
    shown = page.json("neighbours", **RUN, step=0, layer="first", instance=3)["neighbours"]
    assert [one["distance"] is None for one in shown] == [False, True, False]
