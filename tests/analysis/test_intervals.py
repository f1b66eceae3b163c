"""Intervals hold what they say, against drawing the inputs anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from tb_plugin_neural.analysis.maps.class_embedding import cosine_similarity
from tb_plugin_neural.analysis.networks import intervals

DRAWS = 2000


@pytest.mark.parametrize(("count", "inputs"), [(0, 12), (3, 40), (40, 40), (700, 1000)])
def test_an_interval_of_a_share_is_wilson_s(count: int, inputs: int) -> None:
    expected = binomtest(count, inputs).proportion_ci(method="wilson")
    found = intervals.share(np.array(count), np.array(inputs))
    np.testing.assert_allclose(found, (expected.low, expected.high), rtol=1e-6, atol=1e-12)


def test_a_share_of_no_inputs_has_no_interval() -> None:
    assert np.isnan(intervals.share(np.array([0]), np.array([0]))).all()


@pytest.mark.parametrize("classes", [2, 10])
@pytest.mark.parametrize("inputs", [25, 100])
def test_lift_lies_in_its_interval_in_95_of_100_samples(classes: int, inputs: int) -> None:
    random = np.random.default_rng(0)
    shares = np.linspace(0.05, 0.6, classes)
    true = shares / shares.mean()
    sizes = np.full(classes, inputs)
    held, width = np.zeros(classes), []
    for _ in range(DRAWS):
        counts = random.binomial(inputs, shares)
        if not counts.any():
            continue
        low, high = intervals.lift(counts, sizes)
        held += (low <= true) & (true <= high)
        width.append(high - low)
    assert (held / len(width)).min() >= 0.94
    spread = np.std(random.binomial(inputs, shares, (DRAWS, classes)) / inputs / shares.mean(), 0)
    assert (np.mean(width, 0) < 2.5 * 2 * intervals.Z * spread + 0.2).all()


def test_the_lift_of_a_single_class_is_one() -> None:
    np.testing.assert_array_equal(intervals.lift(np.array([3]), np.array([9])), np.ones((2, 1)))


@pytest.mark.parametrize("inputs", [30, 200])
def test_similarity_lies_in_its_interval_in_95_of_100_samples(inputs: int) -> None:
    """Units that go together, in groups of four, and classes that share some of these."""
    random = np.random.default_rng(1)
    groups = np.array([[0.6, 0.3, 0.2, 0.05, 0.0], [0.5, 0.05, 0.3, 0.2, 0.1]])
    true = cosine_similarity(*(np.repeat(row[None], 4, 1) for row in groups))[0, 0]
    held, widths, drawn = 0, [], []
    for _ in range(DRAWS):
        one, other = (np.repeat(random.binomial(inputs, row), 4) for row in groups)
        low, high = intervals.similarity(one, inputs, other[None], np.array([inputs]))
        held += bool(low[0] <= true <= high[0])
        widths.append(high[0] - low[0])
        drawn.append(cosine_similarity(one[None], other[None])[0, 0])
    assert held / DRAWS >= 0.94
    assert np.mean(widths) < 2 * 2 * intervals.Z * np.std(drawn)


def test_a_class_is_surely_like_itself_and_nothing_is_known_of_one_without_counts() -> None:
    own = np.array([3, 0, 9, 1])
    low, high = intervals.similarity(own, 10, np.stack([own, 0 * own]), np.array([10, 0]))
    np.testing.assert_allclose((low[0], high[0]), 1, atol=1e-5)
    assert np.isnan([low[1], high[1]]).all()
