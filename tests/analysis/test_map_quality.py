"""What is said of maps against scikit-learn and plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from tb_plugin_neural.analysis.maps import map_quality
from tb_plugin_neural.analysis.maps.map_quality import Quality, quality, stress

NOTHING = Quality(None, None, None)


def digits(n):
    """Handwritten digits, none as far from another one as from a third, and a map of them."""
    pixels = load_digits().data[:n] + np.random.default_rng(0).normal(0, 1e-3, (n, 64))
    return pixels, PCA(2, svd_solver="full").fit_transform(pixels)


@pytest.mark.parametrize("n", [31, 300])
@pytest.mark.parametrize("k", [5, 15])
def test_trustworthiness_is_that_of_scikit_learn_and_continuity_with_the_spaces_swapped(n, k):
    pixels, xy = digits(n)
    found = quality(cdist(pixels, pixels), xy, k)
    assert found.trustworthiness == pytest.approx(
        trustworthiness(pixels, xy, n_neighbors=k), abs=1e-12
    )
    assert found.continuity == pytest.approx(trustworthiness(xy, pixels, n_neighbors=k), abs=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_preservation_is_the_share_of_neighbours_that_are_so_in_both(seed, k):
    random = np.random.default_rng(seed)
    points, xy = random.normal(size=(20, 6)), random.normal(size=(20, 2))
    distances, drawn = cdist(points, points), cdist(xy, xy)
    expected = [
        len(set(np.argsort(a)[1 : k + 1]) & set(np.argsort(b)[1 : k + 1])) / k
        for a, b in zip(distances, drawn, strict=True)
    ]
    assert quality(distances, xy, k).preservation == pytest.approx(np.mean(expected))


def test_a_map_of_points_of_a_plane_is_perfect():
    xy = np.random.default_rng(0).normal(size=(700, 2))
    distances = cdist(xy, xy)
    assert quality(distances, 3 * xy + 7) == Quality(1, 1, 1)
    assert stress(distances, cdist(3 * xy, 3 * xy)) == pytest.approx(0, abs=1e-12)


def test_a_map_by_chance_keeps_hardly_a_neighbour():
    random = np.random.default_rng(0)
    points = random.normal(size=(400, 5))
    found = quality(cdist(points, points), random.normal(size=(400, 2)))
    assert found.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert found.continuity == pytest.approx(0.5, abs=0.03)
    assert found.preservation == pytest.approx(15 / 399, abs=0.02)


def test_the_number_of_rows_at_once_changes_nothing(monkeypatch):
    pixels, xy = digits(100)
    expected = quality(cdist(pixels, pixels), xy)
    monkeypatch.setattr(map_quality, "ROWS", 7)
    assert quality(cdist(pixels, pixels), xy) == expected


def test_points_that_cannot_be_told_apart_are_anyones_neighbours():
    xy = np.random.default_rng(0).normal(size=(50, 2))
    assert quality(np.zeros((50, 50)), xy).trustworthiness == 1


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_of_too_few_points_nothing_is_said(n):
    assert quality(np.zeros((n, n)), np.zeros((n, 2))) == NOTHING


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_of_what_is_no_number_nothing_is_said(broken):
    pixels, xy = digits(40)
    distances = cdist(pixels, pixels)
    assert quality(distances, np.where(xy == xy[3], broken, xy)) == NOTHING
    distances[3, 4] = broken
    assert quality(distances, xy) == NOTHING


@pytest.mark.parametrize(("shape", "k"), [((40, 39), 15), ((41, 41), 15), ((40, 40), 0)])
def test_what_does_not_match_is_refused(shape, k):
    with pytest.raises(ValueError, match="40 points"):
        quality(np.zeros(shape), np.zeros((40, 2)), k)


@given(st.integers(0, 10**6), st.floats(1e-100, 1e100))
def test_stress_is_the_smallest_over_all_scales(seed, unit):
    random = np.random.default_rng(seed)
    distances, shown = random.random((2, 30)) + 0.1

    def at(scale):
        return ((shown - scale * distances) ** 2).sum() / (shown**2).sum()

    best = minimize_scalar(at, bracket=(0, 1))
    assert stress(distances * unit, shown) == pytest.approx(best.fun**0.5, rel=1e-6)


def test_stress_leaves_out_what_is_not_known():
    distances, shown = np.array([1, 2, np.nan, 5]), np.array([1, 3, 4, np.nan])
    assert stress(distances, shown) == stress(distances[:2], shown[:2])


def test_a_map_at_one_place_has_no_stress_to_tell_and_one_of_equal_points_has_all():
    assert np.isnan(stress(np.ones(3), np.zeros(3)))
    assert np.isnan(stress(np.zeros(0), np.zeros(0)))
    assert stress(np.zeros(3), np.ones(3)) == 1
