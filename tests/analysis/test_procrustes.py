"""Maps laid as another against SciPy and a search over all turns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.optimize import minimize_scalar
from scipy.spatial import procrustes
from scipy.spatial.distance import cdist

from tb_plugin_neural.analysis.procrustes import align, chain

SEEDS = st.integers(0, 10**6)


def points(seed, n=12):
    return np.random.default_rng(seed).normal(size=(n, 2)) * [3, 1]


def turn(angle, *, mirror=False):
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return matrix @ np.diag([1, -1]) if mirror else matrix


def misses(a, b):
    return np.sqrt(((a - b) ** 2).sum(1).mean())


@given(SEEDS, st.floats(-4, 4), st.booleans(), st.booleans(), st.floats(0.1, 10))
def test_a_turned_moved_mirrored_and_enlarged_map_is_laid_back(seed, angle, mirror, scale, size):
    original = points(seed)
    size = size if scale else 1
    moved = size * original @ turn(angle, mirror=mirror) + [5, -7]
    found = align(moved, original, scale=scale)
    assert found.mirrored == mirror
    assert found.residual == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.points, original, atol=1e-9)
    np.testing.assert_allclose(found.apply(moved), found.points, atol=1e-9)
    expected = original[3] + [1, 2] @ found.matrix
    np.testing.assert_allclose(found.apply(moved[3] + [1, 2]), expected, atol=1e-9)


@given(SEEDS, SEEDS)
def test_the_fit_is_that_of_scipy_and_keeps_sizes(seed, other):
    a, b = points(seed), points(other)
    found = align(a, b)
    best, _ = orthogonal_procrustes(a - a.mean(0), b - b.mean(0))
    np.testing.assert_allclose(found.points, (a - a.mean(0)) @ best + b.mean(0), atol=1e-9)
    assert found.residual == pytest.approx(misses(found.points, b))
    assert found.mirrored == (np.linalg.det(best) < 0)
    np.testing.assert_allclose(cdist(found.points, found.points), cdist(a, a))


@given(SEEDS, SEEDS)
def test_with_the_size_free_it_misses_by_the_disparity_of_scipy(seed, other):
    a, b = points(seed), points(other)
    _, _, disparity = procrustes(b, a)
    whole = np.sqrt(((b - b.mean(0)) ** 2).sum(1).mean())
    found = align(a, b, scale=True)
    assert found.residual == pytest.approx(whole * disparity**0.5)
    assert found.residual <= align(a, b).residual + 1e-12


@given(SEEDS, SEEDS)
def test_it_mirrors_where_no_turn_comes_as_near(seed, other):
    a, b = (map_ - map_.mean(0) for map_ in (points(seed), points(other)))
    found = align(a, b)
    starts = np.arange(0, 6.3, 0.7)
    turned = min(
        minimize_scalar(lambda angle: misses(a @ turn(angle), b), (start, start + 0.3)).fun
        for start in starts
    )
    assert found.mirrored == (found.residual < turned - 1e-9)
    assert found.residual <= turned + 1e-9


@given(SEEDS, st.floats(-4, 4))
def test_points_of_a_line_are_never_mirrored(seed, angle):
    line = points(seed) * [1, 0]
    found = align(line @ turn(angle, mirror=True) + [1, 2], line)
    assert not found.mirrored
    assert found.residual == pytest.approx(0, abs=1e-9)
    assert np.linalg.det(found.matrix) == pytest.approx(1)


@given(st.lists(SEEDS, min_size=1, max_size=5))
def test_each_map_of_a_chain_lies_as_the_one_before(seeds):
    maps = chain(points(seed) for seed in seeds)
    np.testing.assert_array_equal(maps[0], points(seeds[0]))
    for at in range(1, len(maps)):
        again = align(maps[at], maps[at - 1])
        np.testing.assert_allclose(again.points, maps[at], atol=1e-9)
        assert not again.mirrored


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_equal_points_are_moved_and_neither_turned_nor_mirrored(n, scale):
    found = align(np.full((n, 2), 3.0), np.zeros((n, 2)), scale=scale)
    np.testing.assert_array_equal(found.points, np.zeros((n, 2)))
    np.testing.assert_array_equal(found.matrix, np.eye(2))
    assert (found.mirrored, found.residual) == (False, 0)


@pytest.mark.parametrize(
    ("own", "other", "named"),
    [
        (np.zeros((3, 2)), np.zeros((4, 2)), "same points"),
        (np.zeros((0, 2)), np.zeros((0, 2)), "same points"),
        (np.zeros(3), np.zeros(3), "same points"),
        (np.full((3, 2), np.nan), np.zeros((3, 2)), "not finite"),
        (np.zeros((3, 2)), np.full((3, 2), np.inf), "not finite"),
    ],
)
def test_what_are_no_maps_of_the_same_points_is_refused(own, other, named):
    with pytest.raises(ValueError, match=named):
        align(own, other)
