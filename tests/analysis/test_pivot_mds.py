"""PivotMDS against scikit-learn, SciPy's singular values and a general optimizer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import svd
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits
from sklearn.manifold import ClassicalMDS

from tb_plugin_neural.analysis.maps.map_quality import stress
from tb_plugin_neural.analysis.pivot_mds import alone, pivot_mds, scale

SEEDS = st.integers(0, 10**6)
UNITS = st.floats(1e-30, 1e30)


def cloud(seed, n=30, axes=6):
    return np.random.default_rng(seed).normal(size=(n, axes)) * np.arange(axes, 0, -1)


def to_pivots(points, pivots):
    return cdist(points, points[list(pivots)])


def same_but_for_directions(a, b, atol=1e-9):
    np.testing.assert_allclose(np.abs(a), np.abs(b), atol=atol)


@given(SEEDS)
def test_with_all_points_as_pivots_it_is_classical_scaling(seed):
    distances = to_pivots(cloud(seed), range(30))
    expected = ClassicalMDS(n_components=2, metric="precomputed").fit_transform(distances)
    same_but_for_directions(pivot_mds(distances, range(30), metric_fix=False), expected)


@given(SEEDS)
def test_so_it_is_of_distances_that_no_points_have(seed):
    half = np.triu(np.random.default_rng(seed).gamma(0.5, 1, (12, 12)), 1)
    distances = half + half.T
    middle = np.eye(12) - 1 / 12
    values, vectors = np.linalg.eigh(-middle @ distances**2 @ middle / 2)
    expected = (vectors * np.sqrt(np.maximum(values, 0)))[:, :-3:-1]
    same_but_for_directions(pivot_mds(distances, range(12), metric_fix=False), expected, 1e-7)


@given(SEEDS, st.integers(3, 30))
def test_the_axes_are_singular_vectors_times_roots_of_singular_values(seed, k):
    squares = to_pivots(cloud(seed), range(k)) ** 2
    centred = squares - squares.mean(1, keepdims=True) - squares.mean(0) + squares.mean()
    left, sizes, _ = svd(-centred / 2)
    found = scale(np.sqrt(squares), range(k), metric_fix=False)
    same_but_for_directions(found.xy, left[:, :2] * np.sqrt(sizes[:2]))
    assert found.spread == pytest.approx((sizes[1] - sizes[2]) / sizes[1], abs=1e-6)


@given(SEEDS, st.integers(3, 12), UNITS)
def test_points_of_a_plane_keep_all_their_distances(seed, k, unit):
    points = cloud(seed, axes=2) * unit
    pivots = np.random.default_rng(seed).permutation(30)[:k]
    found = pivot_mds(to_pivots(points, pivots), pivots)
    wanted = cdist(points, points)
    np.testing.assert_allclose(cdist(found, found), wanted, atol=1e-10 * wanted.max())


def test_without_the_fix_points_of_a_plane_come_out_stretched():
    points = cloud(0, axes=2)
    found = pivot_mds(to_pivots(points, range(5)), range(5), metric_fix=False)
    image, _, rank, _ = np.linalg.lstsq(points - points.mean(0), found - found.mean(0))
    np.testing.assert_allclose((points - points.mean(0)) @ image, found - found.mean(0), atol=1e-9)
    assert rank == 2
    assert stress(cdist(points, points), cdist(found, found)) > 0.01


@given(SEEDS, st.integers(3, 9))
def test_no_other_stretching_gives_the_squared_distances_better(seed, k):
    random = np.random.default_rng(seed)
    distances = random.gamma(0.3, 1, (15, k))
    distances[np.arange(k), np.arange(k)] = 0
    plain = pivot_mds(distances, range(k), metric_fix=False)

    def missed(xy):
        return ((((xy[:, None] - xy[:k]) ** 2).sum(2) - distances**2) ** 2).sum()

    def stretched(factor):
        return missed(plain @ np.reshape(factor, (2, 2)))

    starts = [np.eye(2), [[1, 1], [0, 0]], [[1, -1], [0, 0]], np.diag([3, 0.1])]
    best = min(minimize(stretched, np.ravel(start)).fun for start in starts)
    assert missed(pivot_mds(distances, range(k))) <= best * (1 + 1e-6)


def test_handwritten_digits_are_shown_nearly_as_well_as_by_all_their_distances():
    pixels = load_digits().data[:300]
    distances = cdist(pixels, pixels)
    pivots = [0]
    while len(pivots) < 50:
        pivots.append(int(distances[pivots].min(0).argmax()))
    found = pivot_mds(distances[:, pivots], pivots)
    whole = ClassicalMDS(n_components=2, metric="precomputed").fit_transform(distances)
    by_all = stress(distances, cdist(whole, whole))
    assert stress(distances, cdist(found, found)) < by_all + 0.02
    assert 0.5 < cdist(found, found).mean() / distances.mean() < 1


@pytest.mark.parametrize("fix", [True, False])
class TestDegenerate:
    @pytest.mark.parametrize(("n", "k"), [(1, 1), (7, 1), (7, 3), (7, 7), (3, 0), (0, 0)])
    def test_equal_points_lie_at_one_place(self, n, k, fix):
        found = scale(np.zeros((n, k)), np.arange(k), metric_fix=fix)
        np.testing.assert_array_equal(found.xy, np.zeros((n, 2)))
        assert found.spread == 0

    def test_two_pivots_make_a_line_and_one_makes_none(self, fix):
        distances = to_pivots(cloud(0), range(2))
        two = pivot_mds(distances, [0, 1], metric_fix=fix)
        assert np.isfinite(two).all()
        assert two[:, 0].std() > 0
        np.testing.assert_array_equal(two[:, 1], 0)
        one = pivot_mds(distances[:, :1], [0], metric_fix=fix)
        np.testing.assert_array_equal(one, np.zeros((30, 2)))

    def test_points_of_a_line_lie_on_a_line(self, fix):
        points = cloud(1, axes=1)
        found = scale(to_pivots(points, range(6)), range(6), metric_fix=fix)
        np.testing.assert_array_equal(found.xy[:, 1], 0)
        assert found.spread == 0
        assert stress(cdist(points, points), cdist(found.xy, found.xy)) < 1e-9

    def test_equal_distances_make_no_axis_better_than_another(self, fix):
        found = scale(1 - np.eye(10), range(10), metric_fix=fix)
        assert np.isfinite(found.xy).all()
        assert found.spread == pytest.approx(0, abs=1e-9)

    def test_a_pivot_twice_counts_twice(self, fix):
        points = cloud(2, n=3, axes=2)
        pivots = [0, 1, 2, 0, 0]
        found = pivot_mds(to_pivots(points, pivots), pivots, metric_fix=fix)
        assert np.isfinite(found).all()

    @given(SEEDS, st.integers(1, 8), st.sampled_from([1e-200, 1.0, 1e150]))
    def test_whatever_the_distances_are_the_map_is_finite(self, fix, seed, k, unit):
        random = np.random.default_rng(seed)
        distances = random.integers(0, 3, (9, k)) * unit
        assert np.isfinite(pivot_mds(distances, random.integers(0, 9, k), metric_fix=fix)).all()


def test_three_equal_distances_make_a_triangle():
    found = pivot_mds(1 - np.eye(3), range(3))
    np.testing.assert_allclose(cdist(found, found), 1 - np.eye(3), atol=1e-12)


@given(SEEDS, UNITS)
def test_the_order_of_the_points_and_the_unit_of_distance_do_not_matter(seed, unit):
    points = cloud(seed)
    order = np.random.default_rng(seed).permutation(30)
    pivots = np.arange(5)
    moved = pivot_mds(to_pivots(points, pivots)[order] * unit, np.argsort(order)[pivots])
    found = pivot_mds(to_pivots(points, pivots), pivots)
    np.testing.assert_allclose(moved / unit, found[order], atol=1e-6)


@pytest.mark.parametrize(
    ("distances", "pivots"),
    [
        (np.ones((4, 2)), [0]),
        (np.ones(4), [0]),
        (np.ones((4, 2)), [0, 4]),
        (np.ones((4, 2)), [-1, 0]),
        (np.full((4, 1), np.nan), [0]),
    ],
)
def test_what_are_no_distances_to_pivots_is_refused(distances, pivots):
    with pytest.raises(ValueError, match="pivots"):
        pivot_mds(distances, pivots)


@given(SEEDS, st.integers(3, 12))
def test_some_alone_are_mapped_by_their_principal_axes_in_the_span_of_the_pivots(seed, size):
    points, pivots = cloud(seed), np.arange(4, 9)
    chosen = np.isin(np.arange(30), np.random.default_rng(seed).permutation(30)[:size])
    found, off = alone(to_pivots(points, pivots), pivots, chosen)
    span = np.linalg.svd(points[pivots] - points[pivots].mean(0), full_matrices=False)[2][:-1]
    inside = points @ span.T
    inside = inside - inside[chosen].mean(0)
    axes = np.linalg.svd(inside[chosen], full_matrices=False)[2][:2]
    same_but_for_directions(found.xy, inside @ axes.T, atol=1e-6)
    distances = [cdist(*[places[chosen]] * 2) for places in (inside, found.xy)]
    assert off == pytest.approx(stress(*distances), abs=1e-6)


def test_some_alone_are_shown_better_than_on_the_map_of_all():
    """Digits of two classes, pairs of them, by 50 pivots: as good as by all their distances."""
    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = pixels[:256], labels[:256]
    pivots = np.arange(50)
    distances = to_pivots(pixels, pivots)
    whole, random = pivot_mds(distances, pivots), np.random.default_rng(0)
    better = []
    for _ in range(30):
        classes = random.choice(10, 2, replace=False)
        ours = random.choice(np.flatnonzero(np.isin(labels, classes)), 10, replace=False)
        chosen = np.isin(np.arange(256), ours)
        places = alone(distances, pivots, chosen)[0].xy
        true = cdist(*[pixels[chosen]] * 2)
        off = [stress(true, cdist(*[xy[chosen]] * 2)) for xy in (places, whole)]
        better.append(off[0] < off[1])
    assert np.mean(better) >= 0.9


def test_alone_a_few_points_and_equal_ones_have_places():
    points = cloud(1)
    for ours in ([], [3], [3, 4], [3, 3, 3]):
        rows = [*range(6), *ours]
        chosen = np.arange(len(rows)) >= 6
        found, _ = alone(to_pivots(points, range(6))[rows], np.arange(6), chosen)
        assert np.isfinite(found.xy).all()
