"""Maps of classes against scikit-learn and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.manifold import ClassicalMDS
from sklearn.metrics.pairwise import cosine_similarity as sklearn_cosine

from tb_plugin_neural.analysis.maps.class_embedding import cosine_similarity, map_of
from tb_plugin_neural.analysis.maps.classical_mds import classical_mds

SEEDS = st.integers(0, 10**6)


def points(seed, n=12):
    return np.random.default_rng(seed).normal(size=(n, 2)) * [3, 1]


@given(SEEDS)
def test_cosines_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    a, b = random.integers(0, 2000, (5, 30)), random.integers(0, 2000, (7, 30))
    np.testing.assert_allclose(cosine_similarity(a, b), sklearn_cosine(a, b), atol=1e-12)


def test_a_row_of_nothing_is_like_no_other():
    found = cosine_similarity(np.array([[0, 0], [1e-320, 0], [1e300, 1e300]]), np.eye(2))
    np.testing.assert_allclose(found, [[0, 0], [1, 0], [0.5**0.5, 0.5**0.5]])


@given(SEEDS)
def test_distances_of_points_of_a_plane_are_kept(seed):
    distances = cdist(points(seed), points(seed))
    np.testing.assert_allclose(cdist(*[classical_mds(distances)] * 2), distances, atol=1e-9)


@given(SEEDS)
def test_a_map_is_that_of_scikit_learn_but_for_the_direction_of_its_axes(seed):
    counts = np.random.default_rng(seed).integers(0, 100, (15, 40))
    distances = 1 - sklearn_cosine(counts)
    expected = ClassicalMDS(n_components=2, metric="precomputed").fit_transform(distances)
    np.testing.assert_allclose(np.abs(map_of(counts)), np.abs(expected), atol=1e-9)


def test_a_map_of_many_points_is_that_of_scikit_learn_too():
    counts = np.random.default_rng(0).poisson(np.random.default_rng(1).gamma(0.3, 9, (300, 50)))
    expected = ClassicalMDS(n_components=2, metric="precomputed")
    expected = expected.fit_transform(1 - sklearn_cosine(counts))
    np.testing.assert_allclose(np.abs(map_of(counts)), np.abs(expected), atol=1e-9)


@pytest.mark.parametrize("n", [65, 200])
def test_many_equal_points_lie_at_one_place(n):
    np.testing.assert_array_equal(classical_mds(np.zeros((n, n))), np.zeros((n, 2)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_have_a_map(n):
    distances = np.ones((n, n)) - np.eye(n)
    found = classical_mds(distances)
    assert found.shape == (n, 2)
    np.testing.assert_allclose(cdist(found, found), distances, atol=1e-12)


def test_equal_points_lie_at_one_place():
    np.testing.assert_array_equal(classical_mds(np.zeros((5, 5))), np.zeros((5, 2)))


@pytest.mark.parametrize("distances", [np.ones((2, 3)), np.full((2, 2), np.nan)])
def test_what_are_no_distances_is_refused(distances):
    with pytest.raises(ValueError, match="expected finite ones"):
        classical_mds(distances)
