"""Tests and intervals against SciPy's and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tb_plugin_neural.analysis.findings import significance


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (1, 9), (7, 7), (30, 4)])
def test_mcnemar_is_the_binomial_test_of_an_even_split(lost, won):
    expected = stats.binomtest(lost, lost + won).pvalue if lost + won else 1.0
    assert significance.mcnemar(lost, won) == pytest.approx(expected)


@pytest.mark.parametrize("table", [(3, 20, 12, 20), (0, 50, 0, 50), (45, 50, 120, 200)])
def test_two_proportions_are_never_below_fishers_exact_test(table):
    k, n, k2, n2 = table
    exact = stats.fisher_exact([[k, n - k], [k2, n2 - k2]]).pvalue
    assert significance.fisher(*table) >= exact - 1e-12
    assert significance.fisher(*table) <= min(1, 2 * exact) + 1e-12


def test_fishers_tails_are_those_of_the_hypergeometric_distribution():
    random = np.random.default_rng(5)
    n, n2 = random.integers(1, 3000, (2, 500))
    k, k2 = (random.binomial(size, random.random(500) ** 3) for size in (n, n2))
    table = stats.hypergeom(n + n2, k + k2, n)
    expected = np.minimum(1, 2 * np.minimum(table.cdf(k), table.sf(k - 1)))
    np.testing.assert_allclose(significance.fisher(k, n, k2, n2), expected, rtol=1e-6)


def test_an_empty_side_is_no_evidence():
    assert significance.fisher([0, 0, 3], [0, 5, 5], [7, 0, 0], [9, 0, 0]).tolist() == [1, 1, 1]


def test_wilsons_interval_is_scipys():
    expected = stats.binomtest(7, 40).proportion_ci(method="wilson")
    low, high = significance.wilson(7, 40)
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert tuple(map(float, significance.wilson(0, 0))) == (0, 1)


@pytest.mark.parametrize("paired", [True, False])
def test_intervals_of_differences_hold_the_difference_in_19_of_20_cases(paired):
    random = np.random.default_rng(0)
    n, held = 60, []
    for _ in range(2000):
        before, after = random.random((2, n)) < [[0.6], [0.75]]
        if paired:
            after = np.where(random.random(n) < 0.5, before, random.random(n) < 0.9)
            lost, won = int((before & ~after).sum()), int((after & ~before).sum())
            low, high = significance.paired_interval(lost, won, n)
        else:
            low, high = significance.difference_interval(before.sum(), n, after.sum(), n)
        held.append(low <= 0.15 <= high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_simes_is_uniform_at_most_where_nothing_is_true():
    random = np.random.default_rng(1)
    found = [significance.simes(random.random(50)) for _ in range(4000)]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.012)
    assert significance.simes(np.array([])) == 1


def test_q_values_are_scipys_where_every_p_is_given():
    p = np.random.default_rng(2).random(40) ** 3
    expected = stats.false_discovery_control(p)
    np.testing.assert_allclose(significance.q_values(p, len(p)), expected)


def test_q_values_of_the_small_p_alone_are_those_among_all():
    p = np.sort(np.random.default_rng(3).random(40) ** 3)
    everything = significance.q_values(p, len(p))
    small = p < 0.05
    some = significance.q_values(p[small], len(p))
    told = everything <= 0.05
    np.testing.assert_array_equal(some <= 0.05, told[small])


def test_weights_hold_the_false_discovery_rate_and_favour_the_primary_hypothesis():
    random = np.random.default_rng(6)
    p = random.random((4000, 40))
    primary = np.arange(40) == 0
    told = np.array([(significance.weighted(row, primary, 40, 1) <= 0.05).any() for row in p])
    assert told.mean() == pytest.approx(0.05, abs=0.012)
    one = significance.weighted([0.004], [True], 40, 1)
    assert one < 0.05 < significance.weighted([0.004], [False], 40, 1)


def test_what_is_said_to_be_detectable_is_detected_four_times_in_five():
    n, share = 200, 0.8
    least = significance.detectable_share(share, n)
    random = np.random.default_rng(4)
    k = random.binomial(n, share + least / 2, 4000)
    k2 = random.binomial(n, share - least / 2, 4000)
    power = np.mean(significance.fisher(k, n, k2, n) < 0.05)
    assert power == pytest.approx(0.8, abs=0.06)


def test_a_shift_of_what_never_varies_is_plain():
    p = significance.z_test(np.array([0.0, 1.0]), np.array([0.0, 0.0]), 10)
    assert p.tolist() == [1.0, 0.0]
