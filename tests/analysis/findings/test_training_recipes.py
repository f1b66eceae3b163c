"""Two recipes compared by several runs of each, by SciPy's values."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import stats

from tb_plugin_neural.analysis.findings import recipes
from tests.analysis.findings.made import NAMES, evidence, metrics

N, K = 400, 4
LABELS = np.arange(N) % K


def runs(accuracies, name="r"):
    """One run an accuracy, with the same share of errors in all classes."""
    found = []
    for seed, share in enumerate(accuracies):
        wrong = (np.arange(N) // K) >= share * N / K
        of = evidence({}, LABELS)
        counts = metrics(LABELS, np.where(wrong, (LABELS + 1) % K, LABELS), K)
        subject = dataclasses.replace(of.subject, run=f"{name}-{seed}")
        found.append(dataclasses.replace(of, metrics=counts, subject=subject, names=NAMES[:K]))
    return found


def test_three_runs_are_compared_by_welchs_t():
    a, b = [0.90, 0.92, 0.91], [0.95, 0.97, 0.99]
    found = recipes.difference(a, b)
    expected = stats.ttest_ind(b, a, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))


def test_from_four_runs_on_the_larger_p_of_welch_and_the_permutations_counts():
    a, b = [0.90, 0.92, 0.91, 0.90], [0.95, 0.97, 0.99, 0.96]

    def distance(x, y, axis):
        return np.abs(x.mean(axis) - y.mean(axis))

    exact = stats.permutation_test((a, b), distance, alternative="greater", vectorized=True)
    assert recipes.permutation(np.array(a), np.array(b)) == pytest.approx(exact.pvalue)
    assert recipes.difference(a, b).p == pytest.approx(2 / 70)


def test_of_many_runs_a_sample_of_the_divisions_is_drawn():
    random = np.random.default_rng(0)
    a, b = random.normal(0, 1, 20), random.normal(2, 1, 20)
    assert recipes.permutation(a, b) < 0.001


def test_copies_of_one_run_are_no_seeds():
    assert recipes.difference([0.9] * 3, [0.95] * 3).p == pytest.approx(0.1)


def test_a_better_recipe_is_named_with_runs_as_the_unit():
    worse, better = runs((0.80, 0.81, 0.82, 0.79, 0.80)), runs((0.90, 0.91, 0.92, 0.89, 0.90))
    found, tested = recipes.compare(worse, better, ("old-*", "new-*"))
    assert tested == 1 + K
    assert found[0].kind == "recipe_better"
    assert found[0].sentence.startswith("Recipe new-* is better than old-* by 10.0 points")
    assert found[0].n == 10
    back, _ = recipes.compare(better, worse, ("new-*", "old-*"))
    assert (back[0].kind, back[0].severity) == ("recipe_worse", "look")


def test_no_more_than_one_in_twenty_divisions_of_one_recipe_has_a_claim():
    every = runs(np.random.default_rng(1).normal(0.85, 0.04, 10))
    claims = 0
    for chosen in itertools.combinations(range(10), 5):
        sides = [[every[i] for i in range(10) if (i in chosen) == side] for side in (True, False)]
        claims += bool(recipes.compare(*sides, ("a", "b"))[0])
    assert claims <= 252 / 20
