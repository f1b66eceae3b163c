"""The perplexity of activations, and the distance of its distributions, by SciPy's values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tb_plugin_neural.analysis.findings.perplexity import distance_to_noise, perplexities


def test_perplexity_counts_the_units_that_share_the_activation():
    values = np.array([[3, 0, 0, 0], [2, -2, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, np.nan, 0, 0]])
    found = perplexities(values)
    assert found[:3] == pytest.approx([1, 2, 4])
    assert np.isnan(found[3:]).all()


def test_perplexity_is_two_to_the_entropy_of_scipy():
    values = np.random.default_rng(0).gamma(1, 1, (50, 12))
    assert perplexities(values) == pytest.approx(2 ** stats.entropy(values, axis=1, base=2))


@pytest.mark.parametrize("sizes", [(40, 40), (40, 70)])
def test_the_distance_is_scipys_over_that_of_noise(sizes):
    random = np.random.default_rng(1)
    a, b = random.normal(0, 1, sizes[0]), random.normal(0.5, 1, sizes[1])
    values = np.sort(np.concatenate((a, b)))
    below = np.searchsorted(values, values, "right")[:-1] / len(values)
    spread = (np.sqrt(below * (1 - below)) * np.diff(values)).sum()
    noise = math.sqrt(2 / math.pi * (1 / len(a) + 1 / len(b))) * spread
    expected = stats.wasserstein_distance(a, b) / noise
    assert distance_to_noise(a, np.append(b, np.nan)) == pytest.approx(expected)


@pytest.mark.parametrize("draw", ["normal", "lognormal", "exponential"])
def test_samples_of_one_distribution_are_one_noise_apart_on_average(draw):
    random = np.random.default_rng(2)
    ratios = [distance_to_noise(*getattr(random, draw)(size=(2, 200))) for _ in range(200)]
    assert np.mean(ratios) == pytest.approx(1, abs=0.12)
    assert np.mean(np.array(ratios) >= 2) < 0.06


def test_nothing_that_differs_is_no_distance_and_nothing_at_all_is_unknown():
    assert distance_to_noise(np.ones(5), np.ones(5)) == 0
    assert math.isnan(distance_to_noise(np.array([np.nan]), np.ones(3)))
