import dataclasses

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from recorded import histogram, record
from scipy.spatial.distance import jensenshannon

from tb_plugin_neural.analysis.divergence import (
    compare,
    jensen_shannon,
    jensen_shannon_bias,
    kolmogorov_smirnov,
    noise_floor,
    wasserstein,
)
from tb_plugin_neural.analysis.histogram import common_lattice, from_record, take_units

BINS = 12
CENTRES = np.arange(BINS) + 0.5
COUNTS = arrays(np.int64, (3, BINS), elements=st.integers(0, 50)).filter(
    lambda counts: counts.any(axis=-1).all()
)

SHAPES = {
    "gaussian": lambda rng, size: rng.normal(size=size),
    "relu": lambda rng, size: np.maximum(rng.normal(0.5, 1, size), 0),
    "lognormal": lambda rng, size: rng.lognormal(size=size),
    "sparse": lambda rng, size: rng.normal(size=size) * (rng.random(size) < 0.05),
}


@given(COUNTS, COUNTS, st.floats(0.01, 100))
def test_wasserstein_equals_scipy_on_the_same_bins(p, q, width):
    expected = [
        scipy.stats.wasserstein_distance(CENTRES * width, CENTRES * width, f, g)
        for f, g in zip(p, q, strict=True)
    ]
    np.testing.assert_allclose(wasserstein(p, q, width), expected, atol=1e-9 * width)


@given(COUNTS, COUNTS)
def test_jensen_shannon_equals_scipy_in_bits(p, q):
    np.testing.assert_allclose(
        jensen_shannon(p, q), jensenshannon(p, q, 2, axis=-1) ** 2, atol=1e-12
    )


@given(COUNTS, COUNTS)
def test_kolmogorov_smirnov_equals_scipy_on_the_same_bins(p, q):
    expected = [
        scipy.stats.ks_2samp(CENTRES.repeat(f), CENTRES.repeat(g), method="asymp").statistic
        for f, g in zip(p, q, strict=True)
    ]
    np.testing.assert_allclose(kolmogorov_smirnov(p, q), expected, atol=1e-12)


def test_every_unit_has_its_own_width():
    p, q = np.eye(4, dtype=np.int64)[[0, 0]], np.eye(4, dtype=np.int64)[[1, 3]]
    np.testing.assert_allclose(wasserstein(p, q, [0.5, 2]), [0.5, 6])
    np.testing.assert_allclose(noise_floor(p, q, [2, 2]), 2 * noise_floor(p, q, 1))


@given(COUNTS, COUNTS, COUNTS)
def test_distances_are_symmetric_and_obey_the_triangle_inequality(p, q, r):
    for distance in (
        lambda x, y: wasserstein(x, y, 1),
        kolmogorov_smirnov,
        lambda x, y: np.sqrt(np.maximum(jensen_shannon(x, y), 0)),
    ):
        np.testing.assert_allclose(distance(p, q), distance(q, p), atol=1e-12)
        assert (distance(p, r) <= distance(p, q) + distance(q, r) + 1e-7).all()
        np.testing.assert_allclose(distance(p, 3 * p), 0, atol=1e-7)


@given(COUNTS, st.integers(0, BINS))
def test_a_shift_moves_the_wasserstein_distance_by_itself(p, shift):
    before = np.pad(p, ((0, 0), (0, BINS)))
    np.testing.assert_allclose(wasserstein(before, np.roll(before, shift, -1), 0.25), 0.25 * shift)


def test_an_empty_side_has_no_divergence():
    p, q = np.array([[0, 0], [1, 2]]), np.array([[1, 2], [0, 0]])
    for values in (
        wasserstein(p, q, 1),
        noise_floor(p, q, 1),
        jensen_shannon(p, q),
        jensen_shannon_bias(p, q),
        kolmogorov_smirnov(p, q),
    ):
        assert np.isnan(values).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sizes", [(50, 50), (1000, 200)])
def test_samples_of_one_distribution_are_one_noise_floor_apart(shape, sizes):
    rng = np.random.default_rng(0)
    a, b = (histogram(SHAPES[shape](rng, (size, 400))) for size in sizes)
    ratio = compare(a, b).ratio
    assert 0.9 < ratio.mean() < 1.15
    assert (ratio > 3).mean() < 0.02


@pytest.mark.parametrize("sizes", [(500, 500), (2000, 500)])
def test_the_bias_of_jensen_shannon_is_predicted(sizes):
    rng = np.random.default_rng(0)
    p, q = (rng.multinomial(size, np.full(16, 1 / 16), 400) for size in sizes)
    np.testing.assert_allclose(
        jensen_shannon(p, q).mean(), jensen_shannon_bias(p, q).mean(), rtol=0.1
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_divergences_are_within_a_bin_of_those_of_the_values(shape):
    rng = np.random.default_rng(1)
    x = SHAPES[shape](rng, (600, 20))
    y = SHAPES[shape](rng, (400, 20)) * 1.5 + 0.25
    a, b = histogram(x), histogram(y)
    found = compare(a, b)
    width = common_lattice([a, b]).width
    exact = [scipy.stats.wasserstein_distance(x[:, u], y[:, u]) for u in range(20)]
    pooled = np.sqrt((600 * x.var(axis=0) + 400 * y.var(axis=0)) / 1000)
    np.testing.assert_array_less(np.abs(found.wasserstein * pooled - exact), 1.1 * width)


@given(st.integers(-40, 40), st.integers(-6, 6))
def test_compare_is_invariant_to_scale_and_measures_shifts_in_deviations(steps, power):
    x = np.random.default_rng(2).normal(size=(300, 3)) + 100
    shifted = x + steps / 8
    plain = compare(histogram(x), histogram(shifted))
    scaled = compare(histogram(x * 2.0**power), histogram(shifted * 2.0**power))
    for spec in dataclasses.fields(plain):
        np.testing.assert_allclose(getattr(plain, spec.name), getattr(scaled, spec.name))
    width = common_lattice([histogram(x), histogram(shifted)]).width
    expected = abs(steps) / 8 / x.std(axis=0)
    np.testing.assert_allclose(plain.wasserstein, expected, atol=2 * width.max(), rtol=0.05)


def test_a_subject_differs_nowhere_from_itself_on_another_lattice():
    x = np.random.default_rng(3).normal(size=(200, 4))
    x[:, 1] = 0
    x[:, 2] = 0.7
    h = histogram(x, window=(-1, 1))
    found = compare(h, common_lattice([h], 32))
    for spec in dataclasses.fields(found):
        np.testing.assert_allclose(getattr(found, spec.name), 0, atol=1e-12)


def test_zeros_stand_at_zero_and_not_in_a_bin():
    off = histogram(np.zeros((100, 1)))
    on = histogram(np.full((100, 1), 4.0))
    both = compare(off, histogram(np.array([[0.0], [4.0]]).repeat(50, 0)))
    np.testing.assert_allclose(both.kolmogorov_smirnov, 0.5)
    np.testing.assert_allclose(both.wasserstein, 0.5 * 4 / np.sqrt(4 / 2), rtol=0.05)
    apart = compare(off, on)
    np.testing.assert_allclose(apart.kolmogorov_smirnov, 1)
    np.testing.assert_allclose(apart.jensen_shannon, 1, atol=0.01)
    assert np.isfinite(apart.wasserstein).all()
    assert apart.ratio[0] > 3


@pytest.mark.parametrize("extremes", ["all", "within the window"])
def test_far_values_outside_the_window_count_as_far_as_they_lie(extremes):
    """Also in logs whose extremes are those of the values within."""
    random = np.random.default_rng(0)
    a, b = random.normal(size=(600, 1)), random.normal(0.5, 1, (600, 1))
    a[300:306], b[300:306] = 100, 300
    made = record(a, b, window=(-5, 5))
    if extremes != "all":
        within = np.concatenate([a, b])[np.abs(np.concatenate([a, b])) < 5]
        made.minimum[:], made.maximum[:] = within.min(), within.max()
    found = compare(*(from_record(made, [row]) for row in (0, 1)))
    deviation = np.sqrt((a.var() + b.var()) / 2)
    expected = scipy.stats.wasserstein_distance(a[:, 0], b[:, 0]) / deviation
    np.testing.assert_allclose(found.wasserstein, expected, rtol=0.02)


def test_values_outside_the_window_take_part_at_their_mean():
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(size=(500, 5)), rng.normal(30, 1, (50, 5))])
    y = np.concatenate([rng.normal(size=(500, 5)), rng.normal(-40, 1, (50, 5))])
    whole = compare(histogram(x, bins=1024), histogram(y, bins=1024))
    capped = compare(histogram(x, window=(-8, 8)), histogram(y, window=(-8, 8)))
    unlike = compare(histogram(x, window=(-8, 8)), histogram(y, bins=1024))
    for found in (capped, unlike):
        np.testing.assert_allclose(found.wasserstein, whole.wasserstein, rtol=0.02)
        np.testing.assert_allclose(found.ratio, whole.ratio, rtol=0.05)
        np.testing.assert_allclose(found.kolmogorov_smirnov, whole.kolmogorov_smirnov, atol=0.03)
        np.testing.assert_allclose(found.jensen_shannon, whole.jensen_shannon, atol=0.03)


def test_values_beyond_unequal_windows_are_not_called_different():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(500, 5)), rng.normal(30, 0.1, (50, 5))])
    found = compare(histogram(x, window=(-8, 8)), histogram(x, window=(-64, 64)))
    assert (found.wasserstein < 0.1).all()
    assert (found.jensen_shannon < 0.02).all()


def test_a_unit_that_one_side_lacks_is_not_compared():
    h = histogram(np.random.default_rng(6).normal(size=(50, 2)))
    found = compare(h, take_units(h, np.array([0, -1])))
    for spec in dataclasses.fields(found):
        np.testing.assert_array_equal(np.isnan(getattr(found, spec.name)), [False, True])


def test_several_subjects_are_refused():
    x = np.ones((3, 1))
    two = from_record(record(x, x), [0, 1])
    with pytest.raises(ValueError, match="2 subjects, expected exactly one"):
        compare(histogram(x), two)
