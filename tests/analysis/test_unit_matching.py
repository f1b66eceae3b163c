from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tb_plugin_neural.analysis.unit_matching import match


def activations(units, instances=64, seed=0):
    return np.random.default_rng(seed).normal(size=(instances, units))


@given(st.permutations(range(12)), st.floats(-100, 100), st.floats(0.01, 100))
def test_reordered_shifted_and_scaled_units_are_all_found_again(order, shift, scale):
    a = activations(12)
    found = match(a, a[:, order] * scale + shift)
    np.testing.assert_array_equal(np.array(order)[found.index], np.arange(12))
    np.testing.assert_allclose(found.correlation, 1)


def test_the_assignment_has_the_largest_sum_of_correlations():
    a, b = activations(5, 20), activations(5, 20, seed=1)
    correlations = np.corrcoef(a.T, b.T)[:5, 5:]
    best = max(correlations[range(5), order].sum() for order in permutations(range(5)))
    np.testing.assert_allclose(match(a, b).correlation.sum(), best)


def test_units_that_correlate_less_than_a_half_are_unmatched():
    a = activations(2, 4000)
    b = np.stack([a[:, 1] + 2 * activations(1, 4000, 1)[:, 0], a[:, 0] + a[:, 1]], axis=1)
    found = match(a, b)
    np.testing.assert_array_equal(found.index, [1, -1])
    np.testing.assert_allclose(found.correlation, np.sqrt([1 / 2, 1 / 5]), atol=0.05)


@pytest.mark.parametrize("constant", [0.0, 0.1, np.nan])
def test_constant_units_are_unmatched_and_disturb_no_other(constant):
    a = activations(6)
    a[:, [1, 4]] = constant
    order = np.array([3, 1, 5, 0, 2, 4])
    with np.errstate(all="raise"):
        found = match(a, a[:, order])
    np.testing.assert_array_equal(found.index, [3, -1, 4, 0, -1, 2])
    np.testing.assert_allclose(found.correlation, [1, 0, 1, 1, 0, 1])


@pytest.mark.parametrize("instances", [10, 20, 80, 256])
@pytest.mark.parametrize("rectified", [False, True])
def test_unrelated_units_find_no_partner_however_few_the_instances(instances, rectified):
    a, b = activations(512, instances), activations(512, instances, seed=1)
    if rectified:
        a, b = np.maximum(a - 1, 0), np.maximum(b - 1, 0)
    found = match(a, b)
    assert (found.index >= 0).mean() <= 0.03
    assert found.threshold >= 0.5


def test_related_units_find_theirs_among_many_where_instances_suffice():
    a = activations(512, 64)
    order = np.random.default_rng(2).permutation(512)
    found = match(a, a[:, order] + 0.3 * activations(512, 64, seed=3))
    np.testing.assert_array_equal(order[found.index], np.arange(512))


def test_layers_of_unequal_size_are_matched_as_far_as_the_smaller_goes():
    a = activations(5)
    np.testing.assert_array_equal(match(a, a[:, [4, 2]]).index, [-1, -1, 1, -1, 0])
    np.testing.assert_array_equal(match(a[:, [4, 2]], a).index, [4, 2])
    np.testing.assert_array_equal(match(a[:, [4, 2]], a).correlation.round(9), [1, 1])


def test_values_that_are_not_finite_count_as_the_mean_of_their_unit():
    a = activations(3)
    damaged, repaired = a.copy(), a.copy()
    damaged[5, 1], damaged[6, 1] = np.nan, np.inf
    rest = np.delete(a[:, 1], [5, 6])
    repaired[[5, 6], 1] = rest.mean()
    found = match(a, damaged)
    np.testing.assert_array_equal(found.index, [0, 1, 2])
    np.testing.assert_allclose(found.correlation, match(a, repaired).correlation)


def test_other_numbers_of_instances_are_refused():
    with pytest.raises(ValueError, match="activations on 64 and on 32 instances"):
        match(activations(3), activations(3, 32))
