"""Maps of handwritten digits: what they show, how they lie, whose they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Projection, Recorder
from tb_plugin_neural.analysis.maps.map_quality import stress
from tb_plugin_neural.analysis.pivot_mds import pivot_mds, scale
from tests.projection_logs import pivot_distances
from tests.recording import Network, digits
from tests.routes import digit_runs
from tests.routes.digit_runs import DIGITS, LAYERS, PIVOTS, RUN, SIZE, STEPS, activations
from tests.servers import Page, start_python

ZEROS, ONES = (
    np.setdiff1d(np.flatnonzero(DIGITS.target[:SIZE] == digit), PIVOTS)[:5] for digit in (0, 1)
)
TEN = np.union1d(ZEROS, ONES)


def in_the_span(values, chosen, pivots):
    """Distances of some points on their two principal axes in the space that pivots span."""
    values, pivots = np.asarray(values, np.float64), list(pivots)
    _, sizes, span = np.linalg.svd(values[pivots] - values[pivots].mean(0), full_matrices=False)
    inside = values[chosen] @ span[sizes > 0.05 * sizes[0]].T
    axes = np.linalg.svd(inside - inside.mean(0), full_matrices=False)[2][:2]
    return cdist(*[inside @ axes.T] * 2)


def listed(instances):
    return ",".join(str(one) for one in instances)


def recorded(seed, step, layer, rows=slice(None), pivots=PIVOTS):
    """Distances as they come out of a record."""
    return pivot_distances(activations(seed, step)[layer], pivots).distances()[rows]


def best_turn(own, other):
    own, other = own - own.mean(0), other - other.mean(0)
    return own @ orthogonal_procrustes(own, other)[0]


def laid(own, other):
    """No turn or mirroring or move brings one map nearer to another."""
    return np.allclose(best_turn(own, other) + other.mean(0), own, atol=1e-4)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    digit_runs.write(path)
    digit_runs.write(path, "other", seed=1)
    digit_runs.write(path, "foreign", seed=2, probe="probe-2")
    digit_runs.write(path, "cosine", seed=3, metric="cosine")
    return Page(start_python(path))


def last(page, **options):
    return page.arrays("projection", **(RUN | {"step": 20} | options))


class TestTheMap:
    @pytest.mark.parametrize("step", STEPS)
    def test_shows_distances_as_pivot_mds_of_the_recorded_ones_does(self, page, step):
        arrays, meta = page.arrays("projection", **RUN, step=step)
        assert (meta["step"], meta["layers"], meta["metric"]) == (step, list(LAYERS), "euclidean")
        assert meta["method"] == 3 * ["pivot_mds"]
        assert arrays["instance"].tolist() == list(range(SIZE))
        assert arrays["pivot"].tolist() == list(PIVOTS)
        for at, layer in enumerate(LAYERS):
            expected = scale(recorded(0, step, layer), PIVOTS)
            found = cdist(arrays["xy"][at], arrays["xy"][at]) * arrays["radius"][at]
            distances = cdist(expected.xy, expected.xy)
            np.testing.assert_allclose(found, distances, atol=1e-4 * distances.max())
            to_pivots = stress(recorded(0, step, layer), distances[:, PIVOTS])
            assert arrays["stress"][at] == pytest.approx(to_pivots, rel=1e-4)
            assert arrays["spread"][at] == pytest.approx(expected.spread, rel=1e-4)

    def test_has_the_quality_that_was_recorded_for_it(self, page):
        arrays, _ = last(page)
        np.testing.assert_array_equal(arrays["trustworthiness"], 3 * [0.875])
        np.testing.assert_array_equal(arrays["continuity"], 3 * [0.75])
        assert np.isnan(arrays["preservation"]).all()

    def test_is_of_the_nearest_earlier_step_or_the_first(self, page):
        for asked, found in ((-5, 0), (9, 0), (19, 10), (99, 20)):
            assert page.arrays("projection", **RUN, step=asked)[1]["step"] == found


class TestTheFrame:
    def test_at_the_last_step_a_layer_lies_as_the_one_before(self, page):
        arrays, _ = last(page)
        for at in range(1, len(LAYERS)):
            assert laid(arrays["xy"][at], arrays["xy"][at - 1])
            apart = ((arrays["xy"][at] - arrays["xy"][at - 1]) ** 2).sum(1).mean() ** 0.5
            assert arrays["residual"][at] == pytest.approx(apart, rel=1e-5)
        assert np.isnan(arrays["residual"][0])

    @pytest.mark.parametrize("chosen", [None, TEN])
    def test_at_other_steps_it_lies_as_the_same_layer_at_the_last(self, page, chosen):
        some = {} if chosen is None else {"instances": listed(np.union1d(chosen, PIVOTS))}
        reference, _ = last(page, **some)
        for step in (0, 10):
            arrays, _ = page.arrays("projection", **RUN, step=step, **some)
            np.testing.assert_array_equal(arrays["radius"], reference["radius"])
            for own, other in zip(arrays["xy"], reference["xy"], strict=True):
                assert laid(own, other)

    def test_sizes_are_in_radii_of_the_last_step(self, page):
        arrays, _ = last(page)
        radius = np.sqrt((arrays["xy"] ** 2).sum(2).mean(1))
        np.testing.assert_allclose(radius, 1, rtol=1e-5)

    def test_another_run_lies_as_the_one_it_is_anchored_to_and_in_its_sizes(self, page):
        reference, _ = last(page)
        anchor = {"anchor_run": "run", "anchor_model": "model"}
        for some in ({}, {"instances": "0-59"}):
            arrays, meta = last(page, run="other", **anchor, **some)
            assert (meta["anchored"], meta["reason"]) == (True, None)
            np.testing.assert_array_equal(arrays["radius"], reference["radius"])
            for own, other in zip(arrays["xy"], reference["xy"], strict=True):
                assert laid(own, other)
        then, _ = page.arrays("projection", **(RUN | {"run": "other"}), step=0, **anchor)
        for own, other in zip(then["xy"], arrays["xy"], strict=True):
            assert laid(own, other)

    @pytest.mark.parametrize(
        ("other", "why"), [("foreign", "another probe set"), ("cosine", "distances are cosine")]
    )
    def test_runs_that_cannot_be_compared_say_why(self, page, other, why):
        arrays, meta = last(page, anchor_run=other, anchor_model="model")
        assert not meta["anchored"]
        assert why in meta["reason"]
        np.testing.assert_array_equal(arrays["xy"], last(page)[0]["xy"])

    def test_a_run_anchored_to_itself_lies_as_it_does(self, page):
        arrays, meta = last(page, anchor_run="run", anchor_model="model")
        assert meta["anchored"]
        np.testing.assert_array_equal(arrays["xy"], last(page)[0]["xy"])

    def test_an_anchor_needs_both_its_names(self, page):
        response = page.get("projection", **RUN, step=0, anchor_run="run")
        assert response.status_code == 400
        assert "anchor_model" in response.text


class TestASelection:
    def test_of_zeros_and_ones_is_scaled_by_their_distances_in_the_span_of_the_pivots(self, page):
        assert not np.isin(TEN, PIVOTS).any()
        arrays, _ = last(page, instances=listed(TEN))
        whole, _ = last(page)
        assert arrays["instance"].tolist() == TEN.tolist()
        for at, layer in enumerate(LAYERS):
            expected = in_the_span(activations(0, 20)[layer], TEN, PIVOTS)
            found = arrays["xy"][at] * arrays["radius"][at]
            np.testing.assert_allclose(cdist(found, found), expected, atol=0.02 * expected.max())
            among_all = cdist(whole["xy"][at][TEN], whole["xy"][at][TEN]) * whole["radius"][at]
            assert np.abs(expected - among_all).max() > 0.05 * expected.max()
        assert np.isnan(arrays["trustworthiness"]).all()

    def test_in_focus_is_classical_scaling_with_the_pivots(self, page):
        focus = [0, 5, 20, 55]
        rows = np.union1d(focus, PIVOTS)
        arrays, _ = last(page, instances=listed(focus))
        for at, layer in enumerate(LAYERS):
            values = activations(0, 20)[layer][rows]
            expected = pivot_mds(cdist(values, values), range(len(rows)))[np.isin(rows, focus)]
            found = arrays["xy"][at] * arrays["radius"][at]
            expected = cdist(expected, expected)
            np.testing.assert_allclose(cdist(found, found), expected, atol=0.01 * expected.max())

    def test_of_all_instances_lies_as_all_do(self, page):
        for step in STEPS:
            whole, _ = page.arrays("projection", **RUN, step=step)
            some, _ = page.arrays("projection", **RUN, step=step, instances=f"0-{SIZE - 1}")
            np.testing.assert_allclose(some["xy"], whole["xy"], atol=1e-5)

    def test_may_be_told_in_numbers_and_ranges(self, page):
        arrays, _ = last(page, instances="7,3-5,4,0")
        assert arrays["instance"].tolist() == [0, 3, 4, 5, 7]

    @pytest.mark.parametrize("asked", ["", "5-3", "1,", "-1", "1e3", "0-", "0 - 3", "all"])
    def test_that_is_none_is_a_400(self, page, asked):
        response = page.get("projection", **RUN, step=20, instances=asked)
        assert response.status_code == 400
        assert "instances" in response.text

    @pytest.mark.parametrize("asked", ["60", "0-60", "0-999999999999999999"])
    def test_of_instances_that_are_not_there_is_a_404(self, page, asked):
        response = page.get("projection", **RUN, step=20, instances=asked)
        assert response.status_code == 404
        assert "probe set of 60" in response.text


@pytest.mark.parametrize("anchor", [{}, {"anchor_run": "other", "anchor_model": "model"}])
@pytest.mark.parametrize("among", [None, "0-20"])
def test_a_trail_is_where_the_maps_of_all_steps_have_an_instance(page, among, anchor):
    asked = RUN | anchor
    some = {} if among is None else {"among": among}
    arrays, meta = page.arrays("trail", **asked, layer="second", instances="4,9", **some)
    assert meta == {"steps": list(STEPS), "method": "pivot_mds"}
    assert arrays["instance"].tolist() == [4, 9]
    some = {} if among is None else {"instances": among}
    for at, step in enumerate(STEPS):
        found, _ = page.arrays("projection", **asked, step=step, **some)
        np.testing.assert_allclose(arrays["xy"][at], found["xy"][1][[4, 9]], atol=1e-6)


def test_neighbours_are_the_nearest_by_full_activations(page):
    for layer in LAYERS:
        values = activations(0, 10)[layer]
        near = NearestNeighbors(n_neighbors=16).fit(values)
        distances, instances = near.kneighbors(values[[7]])
        found = page.json("neighbours", **RUN, step=15, layer=layer, instance=7)
        assert (found["step"], found["metric"]) == (10, "euclidean")
        assert [one["instance"] for one in found["neighbours"]] == instances[0, 1:].tolist()
        shown = [one["distance"] for one in found["neighbours"]]
        np.testing.assert_allclose(shown, distances[0, 1:], rtol=2e-3)
    response = page.get("neighbours", **RUN, step=0, layer="first", instance=60)
    assert response.status_code == 404


def test_a_recorded_network_is_mapped_by_its_full_activations(tmp_path):
    torch.manual_seed(0)
    network, (images, labels) = Network().eval(), digits()
    recorder = Recorder(
        network,
        probe=ProbeSet(images[:80], labels[:80]),
        projection=Projection(pivots=8),
        verbose=False,
    )
    recorder.run(DataLoader(TensorDataset(images[80:140], labels[80:140]), 60), progress=False)
    with SummaryWriter(str(tmp_path / "run")) as writer:
        recorder.write(writer, 0)
    page = Page(start_python(tmp_path))
    whole, meta = page.arrays("projection", **RUN, step=0)
    pivots = whole["pivot"].astype(int)
    chosen = np.setdiff1d(np.arange(80), pivots)[:10]
    arrays, _ = page.arrays("projection", **RUN, step=0, instances=listed(chosen))
    with torch.no_grad():
        full = network.features[:2](images[:80]).flatten(1).double().numpy()
    expected = in_the_span(full, chosen, pivots)
    at = meta["layers"].index("features.1")
    found = cdist(arrays["xy"][at], arrays["xy"][at]) * arrays["radius"][at]
    np.testing.assert_allclose(found, expected, atol=0.01 * expected.max())
