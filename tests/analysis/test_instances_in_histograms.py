import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from recorded import histogram, record

from tb_plugin_neural.analysis.histogram import from_record
from tb_plugin_neural.analysis.instances import percentile, robust_z, surprisal, tail

NUMBERS = st.one_of(st.just(0.0), st.floats(-100, 100, width=16))
SAMPLES = st.lists(NUMBERS, min_size=1, max_size=40).map(np.array)


@given(SAMPLES, NUMBERS)
def test_the_percentile_is_within_a_bin_of_that_of_the_values(sample, value):
    h = histogram(sample[:, None], bins=16)
    n = len(sample)
    rank = scipy.stats.percentileofscore(sample, value, kind="mean") / 100 * n
    edges = (h.offset[0] + np.arange(17)) * h.width[0]
    in_bin = ((edges[:-1] <= value) & (value < edges[1:])) @ h.counts[0, 0]
    found = percentile(h, np.array([[value]]))[0, 0]
    assert abs(found - (rank + 0.5) / (n + 1)) <= in_bin / (n + 1) + 1e-12


def test_percentiles_agree_with_scipy_on_many_values():
    rng = np.random.default_rng(0)
    sample = np.maximum(rng.normal(0.3, 1, (5000, 3)), 0)
    values = np.maximum(rng.normal(0.3, 1, (50, 3)), 0)
    expected = [
        scipy.stats.percentileofscore(sample[:, u], values[:, u], kind="mean") / 100
        for u in range(3)
    ]
    found = percentile(histogram(sample), values)
    np.testing.assert_allclose(found, np.transpose(expected), atol=0.01)


def test_a_unit_that_is_off_has_half_of_its_zeros_below_zero():
    h = histogram(np.zeros((9, 1)))
    np.testing.assert_allclose(
        percentile(h, np.array([[-1.0], [0.0], [2.0]])).T, [[0.05, 0.5, 0.95]]
    )


def test_values_outside_the_window_rank_by_their_mean():
    h = histogram(np.array([[-30.0], [-10.0], [1.0], [50.0]]), window=(-5, 5))
    values = np.array([[-21.0], [-20.0], [-19.0], [49.0], [51.0]])
    expected = np.array([0, 1, 2, 3, 4]) + 0.5
    np.testing.assert_allclose(percentile(h, values)[:, 0] * 5, expected)


@given(SAMPLES)
def test_percentiles_increase_with_the_value(sample):
    values = np.linspace(-120, 120, 60)[:, None]
    assert (np.diff(percentile(histogram(sample[:, None]), values), axis=0) >= 0).all()


@given(SAMPLES)
def test_surprisal_is_bounded_by_what_was_seen_and_least_at_the_median(sample):
    h = histogram(sample[:, None])
    values = np.array([[-1e9], [np.quantile(sample, 0.5)], [1e9]])
    low, middle, high = surprisal(h, values)[:, 0]
    np.testing.assert_allclose([low, high], np.log(len(sample) + 1))
    assert 0 <= middle <= low


def test_surprisal_is_the_logarithm_of_the_two_sided_tail():
    sample = np.random.default_rng(1).normal(size=(20000, 1))
    values = np.array([[-2.0], [-1.0], [1.5]])
    expected = -np.log(2 * scipy.stats.norm.sf(np.abs(values)))
    np.testing.assert_allclose(surprisal(histogram(sample), values), expected, rtol=0.05)


@given(SAMPLES, NUMBERS)
def test_the_tail_is_outside_the_seen_range_up_to_a_bin(sample, value):
    h = histogram(sample[:, None])
    found = tail(h, np.array([[value]]))[0, 0]
    if sample.min() <= value <= sample.max():
        assert not found
    if not sample.min() - h.width[0] <= value <= sample.max() + h.width[0]:
        assert found


def test_the_tail_begins_at_the_extremes_where_values_are_outside_the_window():
    h = histogram(np.array([[-30.0], [1.0], [2.0]]), window=(-5, 5))
    values = np.array([[-31.0], [-29.0], [1.5], [3.0], [np.nan], [-np.inf]])
    np.testing.assert_array_equal(tail(h, values)[:, 0], [True, False, False, True, True, True])


@given(st.lists(NUMBERS, min_size=3, max_size=41, unique=True), NUMBERS)
def test_the_robust_z_is_that_of_values_moved_within_their_bins(sample, value):
    sample = np.array(sample[: len(sample) - 1 + len(sample) % 2])
    deviation = scipy.stats.median_abs_deviation(sample)
    h = histogram(sample[:, None])
    found = robust_z(h, np.array([[value]]))[0, 0]
    width = h.width[0]
    distance = abs(value - np.median(sample))
    least = (distance - width) / (1.4826 * (deviation + 2 * width))
    most = (distance + width) / (1.4826 * max(deviation - 2 * width, 1e-12))
    assert min(least, 20) - 1e-6 <= found <= min(most, 20) + 1e-6


@pytest.mark.parametrize("bins", [64, 1024])
def test_the_robust_z_agrees_with_scipy_on_many_values(bins):
    rng = np.random.default_rng(2)
    sample, values = rng.lognormal(size=(2001, 4)), rng.lognormal(size=(100, 4))
    deviation = scipy.stats.median_abs_deviation(sample, scale="normal")
    expected = np.minimum(np.abs(values - np.median(sample, axis=0)) / deviation, 20)
    found = robust_z(histogram(sample, bins=bins), values)
    np.testing.assert_allclose(found, expected, atol=0.2 * 64 / bins, rtol=0.15 * 64 / bins)


def test_a_mostly_silent_unit_is_measured_by_its_mean_deviation():
    rng = np.random.default_rng(3)
    sample = rng.exponential(size=(1000, 1)) * (rng.random((1000, 1)) < 0.3)
    values = np.array([[0.0], [0.5], [2.0]])
    expected = values / (1.2533 * np.abs(sample).mean())
    np.testing.assert_allclose(robust_z(histogram(sample), values), expected, rtol=0.02)


def test_any_value_of_a_dead_unit_is_as_far_as_can_be():
    h = histogram(np.zeros((50, 1)))
    np.testing.assert_array_equal(robust_z(h, np.array([[0.0], [1e-3], [np.inf]])).T, [[0, 20, 20]])


def test_an_empty_subset_and_a_missing_value_have_no_place():
    h = histogram(np.array([[np.nan, 1.0], [np.inf, 3.0]]))
    values = np.array([[1.0, np.nan], [2.0, 2.0]])
    for score in (percentile, surprisal, robust_z):
        np.testing.assert_array_equal(np.isnan(score(h, values)), [[True, True], [True, False]])
    assert not tail(h, values)[:, 0].any()


@pytest.mark.parametrize("score", [percentile, surprisal, tail, robust_z])
def test_other_units_and_several_subjects_are_refused(score):
    x = np.ones((4, 2))
    with pytest.raises(ValueError, match=r"shape \[4, 3\], expected \[instances, 2 units\]"):
        score(histogram(x), np.ones((4, 3)))
    with pytest.raises(ValueError, match="2 subjects, expected exactly one"):
        score(from_record(record(x, x), [0, 1]), x)


@given(SAMPLES.filter(lambda sample: len(sample) > 1), st.data())
def test_an_instance_of_the_sample_stands_where_it_does_among_the_others(sample, data):
    chosen = data.draw(st.integers(0, len(sample) - 1))
    value, others = sample[[chosen]][:, None], np.delete(sample, chosen)
    whole, own = histogram(sample[:, None], bins=16), np.array([1])
    place = np.floor(sample / whole.width[0])
    beside = np.delete((place == place[chosen]) & (sample != 0), chosen) & (value.item() != 0)
    rank = (others < value.item()).sum() + (others == value.item()).sum() / 2
    found = percentile(whole, value, own).item()
    assert abs(found - (rank + 0.5) / len(sample)) <= beside.sum() / len(sample) + 1e-12
    within = beside.any() or others.min() <= value.item() <= others.max()
    assert tail(whole, value, own).item() == (not within)


def test_a_value_beyond_the_window_is_taken_out_of_those_beyond():
    h = histogram(np.array([[1.0], [2.0], [50.0], [70.0]]), window=(-5, 5))
    values, own = np.array([[70.0], [50.0]]), np.array([1, 1])
    np.testing.assert_allclose(percentile(h, values, own)[:, 0], [3.5 / 4, 2.5 / 4])
    alone = histogram(np.array([[1.0], [2.0], [70.0]]), window=(-5, 5))
    assert tail(alone, values[:1], own[:1]).item()
    assert not tail(alone, values[:1]).item()


def test_zeros_of_an_instance_are_taken_out_of_the_zeros():
    h = histogram(np.array([[0.0], [0.0], [3.0], [4.0]]))
    np.testing.assert_allclose(percentile(h, np.zeros((1, 1)), np.array([1])), [[1 / 4]])
    only = histogram(np.array([[0.0], [3.0], [4.0]]))
    assert tail(only, np.zeros((1, 1)), np.array([1])).item()


def test_an_input_counted_several_times_is_left_out_as_often():
    sample = np.array([[1.0], [2.0], [2.0], [3.0]])
    found = percentile(histogram(sample), np.array([[2.0]]), np.array([2]))
    np.testing.assert_allclose(found, [[0.5]])


def test_percentiles_among_others_are_uniform_and_those_among_all_are_not():
    """Among all, the outermost of a sample of 20 stand within it, as no new value always does."""
    random = np.random.default_rng(0)
    sample = random.normal(size=(20, 2000)).astype(np.float32)
    h, own = histogram(sample, bins=1024), np.ones(20, int)
    found = percentile(h, sample, own)
    counts, _ = np.histogram(found, np.arange(21) / 20)
    assert (np.abs(counts / found.size - 1 / 20) < 0.005).all()
    assert tail(h, sample, own).mean() == pytest.approx(2 / 20, abs=0.01)
    assert not tail(h, sample).any()


def test_one_input_alone_has_no_others():
    h = histogram(np.array([[2.0]]))
    assert np.isnan(percentile(h, np.array([[2.0]]), np.array([1])))
    assert not tail(h, np.array([[2.0]]), np.array([1])).item()


def test_an_activation_rounded_into_an_empty_bin_is_taken_off_either_side():
    h = histogram(np.array([[1.0], [2.0], [3.0]]))
    found = percentile(h, np.array([[2.5]]), np.array([1]))
    np.testing.assert_allclose(found, [[(1.5 + 0.5) / 3]])
