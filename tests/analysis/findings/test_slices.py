"""Gaps in accuracy between slices of the probe set, by SciPy's values."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from tb_plugin_neural.analysis.findings.examine import examine
from tests.analysis.findings.made import evidence, probe

N, K = 400, 4
LABELS = np.arange(N) % K
TRAINED = np.arange(N) < N // 2
SLICES = {"train": TRAINED, "validation": ~TRAINED}


def with_errors(wrong):
    """A snapshot whose instances are predicted rightly but for some."""
    predicted = np.where(wrong, (LABELS + 1) % K, LABELS)
    values = {"fc": np.random.default_rng(0).normal(0, 1, (N, 3))}
    return evidence(values, LABELS, probe=probe(LABELS, predicted, slices=SLICES))


def gaps(of, before=None):
    return {one.kind: one for one in examine(of, before).findings if one.kind.endswith("_gap")}


def test_a_gap_between_training_and_validation_is_found_with_scipys_p():
    wrong = ~TRAINED & (np.arange(N) % 3 == 0)
    told = gaps(with_errors(wrong))["slice_gap"]
    right = int((~wrong & ~TRAINED).sum())
    table = [[N // 2, 0], [right, N // 2 - right]]
    one_sided = stats.fisher_exact(table, "greater").pvalue
    assert told.p == pytest.approx(2 * one_sided)
    assert told.effect == pytest.approx(right / (N // 2) - 1)
    assert told.severity == "look"
    assert [one.subset for one in told.subjects] == ["slice:validation", "slice:train"]
    assert "overfits" in told.sentence


def test_a_class_that_falls_short_alone_is_named():
    wrong = ~TRAINED & (LABELS == 2) & (np.arange(N) % 8 != 2)
    told = gaps(with_errors(wrong))
    assert told["class_gap"].classes == ("c",)


def test_classes_that_fall_short_as_the_model_does_are_not_told_one_by_one():
    wrong = ~TRAINED & (np.arange(N) // K % 3 == 0)
    assert set(gaps(with_errors(wrong))) == {"slice_gap"}


@pytest.mark.parametrize("seed", range(3))
def test_errors_that_fall_at_random_make_no_gap(seed):
    assert not gaps(with_errors(np.random.default_rng(seed).random(N) < 0.2))


def test_slices_of_other_names_are_compared_when_asked_for():
    wrong = ~TRAINED & (np.arange(N) % 3 == 0)
    of = with_errors(wrong)
    assert of.probe is not None
    of = dataclasses.replace(of, probe=dataclasses.replace(of.probe, slices={}))
    assert not gaps(of)

    def part(subset, members):
        subject = dataclasses.replace(of.subject, subset=subset)
        chosen = dataclasses.replace(of.probe, members=members)
        return dataclasses.replace(of, subject=subject, probe=chosen)

    told = gaps(part("slice:night", ~TRAINED), part("slice:day", TRAINED))["slice_gap"]
    assert "lower on night than on day" in told.sentence
    assert told.severity == "note"
