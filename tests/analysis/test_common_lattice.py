import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import FINEST, histogram, record

from tb_plugin_neural.analysis.histogram import common_lattice, from_record, take_units

NUMBERS = st.one_of(
    st.just(0.0),
    st.floats(-(2.0**20), 2.0**20, width=32),
    st.integers(-8, 8).map(lambda power: 2.0**power),
)
COLUMNS = st.lists(NUMBERS, max_size=30).map(lambda column: np.array(column)[:, None])


def edges(h, unit=0):
    return (h.offset[unit] + np.arange(h.bins + 1)) * h.width[unit]


def assert_equal(a, b):
    for spec in dataclasses.fields(a):
        np.testing.assert_array_equal(getattr(a, spec.name), getattr(b, spec.name), spec.name)


@given(st.lists(COLUMNS, min_size=1, max_size=4), st.sampled_from([4, 16, 64]))
def test_bins_count_what_numpy_counts_between_their_edges(columns, bins):
    joint = common_lattice([histogram(x, bins=bins) for x in columns])
    for subject, column in enumerate(columns):
        expected, _ = np.histogram(column[column != 0], edges(joint))
        np.testing.assert_array_equal(joint.counts[subject, 0], expected)
        assert joint.zero[subject, 0] == (column == 0).sum()
        assert joint.total[subject, 0] == len(column)


@given(COLUMNS, COLUMNS, COLUMNS)
def test_joining_in_steps_equals_joining_at_once(x, y, z):
    a, b, c = (histogram(column, bins=bins) for column, bins in ((x, 16), (y, 8), (z, 16)))
    at_once = common_lattice([a, b, c])
    assert_equal(common_lattice([common_lattice([a, b]), c]), at_once)
    assert_equal(common_lattice([a, common_lattice([b, c])]), at_once)


@given(COLUMNS, st.sampled_from([2, 8, 16]))
def test_coarsening_twice_equals_coarsening_once(x, bins):
    h = histogram(x)
    assert_equal(common_lattice([common_lattice([h], 32)], bins), common_lattice([h], bins))


@given(COLUMNS, COLUMNS)
def test_the_common_lattice_is_as_fine_as_it_can_be(x, y):
    a, b = histogram(x, bins=16), histogram(y, bins=16)
    joint = common_lattice([a, b])
    values = np.concatenate([x, y])
    values = values[values != 0]
    inputs = [h.exponent[0] for h in (a, b) if h.counts.any()]
    if inputs and joint.exponent[0] > max(inputs):
        finer = np.floor(values / (joint.width[0] / 2))
        assert finer.max() - finer.min() >= joint.bins
    assert joint.exponent[0] >= max(inputs, default=FINEST)


def test_units_are_coarsened_independently_of_one_another():
    x = np.array([[0.5, 100.0], [0.75, -100.0]])
    y = np.array([[0.25, 1e6], [0.5, 1.0]])
    joint = common_lattice([histogram(x, bins=8), histogram(y, bins=8)])
    for unit in (0, 1):
        for subject, values in enumerate((x, y)):
            alone = common_lattice([histogram(v[:, [unit]], bins=8) for v in (x, y)])
            np.testing.assert_array_equal(joint.counts[subject, unit], alone.counts[subject, 0])
            expected, _ = np.histogram(values[:, unit], edges(joint, unit))
            np.testing.assert_array_equal(joint.counts[subject, unit], expected)


def test_a_unit_without_values_does_not_coarsen_the_other_subject():
    live = histogram([[0.001], [0.002]])
    silent = dataclasses.replace(histogram([[0.0], [0.0]]), exponent=np.array([30]))
    joint = common_lattice([silent, live])
    np.testing.assert_array_equal(joint.exponent, live.exponent)
    np.testing.assert_array_equal(joint.zero, [[2], [0]])


def test_the_farthest_possible_lattices_meet_without_losing_a_count():
    low = histogram([[1.0], [2.0]])
    finest = dataclasses.replace(low, exponent=np.array([-160]), offset=np.array([-(2**31)]))
    coarsest = dataclasses.replace(low, exponent=np.array([160]), offset=np.array([2**31 - 64]))
    joint = common_lattice([finest, coarsest])
    np.testing.assert_array_equal(joint.counts.sum(axis=-1), [[2], [2]])
    assert joint.counts[0, 0, 0] == 2
    assert joint.counts[1, 0, 32:].sum() == 2


def test_two_bins_hold_any_two_signs():
    joint = common_lattice([histogram([[-5.0]], bins=1), histogram([[7.0]], bins=1)])
    np.testing.assert_array_equal(joint.counts[:, 0], [[1, 0], [0, 1]])


def test_rows_of_a_record_are_summed_for_a_subject():
    x = np.array([[1.0, 0.0], [np.nan, 2.0], [np.inf, -np.inf]])
    y = np.array([[3.0, 0.0], [300.0, -300.0]])
    parts = from_record(record(x, y, window=(-10, 10)), [0, 1, (0, 1)])
    whole = histogram(np.concatenate([x, y]), window=(-10, 10))
    for name in ("counts", "zero", "under", "over", "nan", "infinite", "under_sum", "over_sum"):
        values = getattr(parts, name)
        np.testing.assert_array_equal(values[0] + values[1], values[2], name)
        np.testing.assert_array_equal(getattr(whole, name)[0], values[2], name)
    np.testing.assert_array_equal(parts.infinite, [[1, 1], [0, 0], [1, 1]])


def test_taking_units_reorders_them_and_leaves_absent_ones_empty():
    h = histogram([[1.0, 0.0, 5.0], [2.0, np.nan, 900.0]], window=(-10, 10))
    taken = take_units(h, np.array([2, -1, 0, 2]))
    for spec in dataclasses.fields(h):
        before, after = getattr(h, spec.name), getattr(taken, spec.name)
        axis = 0 if before.ndim == 1 else 1
        np.testing.assert_array_equal(after.take([0, 2, 3], axis), before.take([2, 0, 2], axis))
    assert taken.total[0, 1] == 0
    assert taken.nan[0, 1] == 0
    assert np.isnan([taken.minimum[1], taken.maximum[1]]).all()


def test_units_that_do_not_exist_are_refused():
    with pytest.raises(IndexError, match="units -1 to 3 of a layer with 2"):
        take_units(histogram([[1.0, 2.0]]), np.array([-1, 3]))


def test_histograms_of_unlike_layers_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\] units"):
        common_lattice([histogram([[1.0]]), histogram([[1.0, 2.0]])])


def test_one_bin_is_refused():
    with pytest.raises(ValueError, match="1 bins cannot hold"):
        common_lattice([histogram([[1.0]])], 1)
