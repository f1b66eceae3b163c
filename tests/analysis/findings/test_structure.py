"""Faults of structure, shortcuts and attacks, on evidence where they are so and where not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tb_plugin_neural.analysis import histogram
from tb_plugin_neural.analysis.findings import separating
from tb_plugin_neural.analysis.findings.evidence import Attacks, History
from tb_plugin_neural.analysis.findings.examine import examine
from tests import logs
from tests.analysis.findings.made import evidence, layer, probe

N, K, U = 300, 3, 8
LABELS = np.arange(N) % K
VALUES = np.random.default_rng(0).gamma(1, 1, (N, U))


def found(of, history=None):
    return {one.kind: one for one in examine(of, None, history).findings}


def with_layers(*layers, **changes):
    return evidence({}, LABELS, layers={one.name: one for one in layers}, **changes)


def test_outputs_that_sum_to_one_are_probabilities():
    logits = np.random.default_rng(1).normal(0, 2, (N, K))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    sick, healthy = (
        with_layers(layer("out", x, LABELS, type="Linear", output=True)) for x in (chances, logits)
    )
    assert found(sick)["probabilities"].severity == "look"
    assert "probabilities" not in found(healthy)


@pytest.mark.parametrize("scale", ["probabilities", "log-probabilities", "logits", ""])
def test_what_the_recorder_saw_of_the_predictions_counts(scale):
    of = with_layers(layer("fc", VALUES, LABELS), probe=probe(LABELS, LABELS, scale=scale))
    assert ("probabilities" in found(of)) == (scale == "probabilities")


def test_statistics_of_training_mode_are_a_look_where_the_probe_set_lies_elsewhere():
    instances = VALUES[:60]
    for shift, severity in ((0.0, "note"), (2.0, "look")):
        one = layer("fc", VALUES, LABELS, mode="train", probe=instances + shift)
        of = with_layers(one, probe=probe(LABELS[:60], LABELS[:60]))
        assert found(of)["train_mode"].severity == severity
    assert "train_mode" not in found(with_layers(layer("fc", VALUES, LABELS)))


def test_linear_layers_that_follow_one_another_lack_an_activation():
    wide, narrow = np.tile(VALUES, 4), VALUES
    one = layer("one", wide, LABELS, type="Linear")
    two = layer("two", narrow, LABELS, type="Linear")
    links = (("one", "two", "direct", ("two",)),)
    assert found(with_layers(one, two, links=links))["no_activation"].layers == ("one", "two")
    factorised = (("two", "one", "direct", ("one",)),)
    assert "no_activation" not in found(with_layers(two, one, links=factorised))
    rectified = dataclasses.replace(one, type="ReLU")
    assert "no_activation" not in found(with_layers(rectified, two, links=links))


def test_units_that_all_say_the_same_are_a_collapsed_rank():
    line = np.outer(VALUES[:, 0], np.arange(1, U + 1)) + 1e-3 * VALUES
    sick, healthy = (
        with_layers(layer("fc", x, LABELS, probe=x), probe=probe(LABELS, LABELS))
        for x in (line, VALUES)
    )
    told = found(sick)["rank_collapsed"]
    variances = np.linalg.eigvalsh(np.cov(line.T))
    assert told.effect == pytest.approx(variances.sum() ** 2 / (variances**2).sum(), rel=1e-6)
    assert "rank_collapsed" not in found(healthy)


def test_copies_at_the_first_record_are_told_though_they_are_dead_by_now():
    copies = np.outer(VALUES[:, 0], np.ones(U))
    first = with_layers(layer("fc", copies, LABELS, probe=copies))
    now = with_layers(layer("fc", 0 * VALUES, LABELS, probe=0 * VALUES))
    history = History((0, 10), np.full(2, N), first=first)
    told = found(now, history)["duplicate_units"]
    assert told.unit_count == U - 1
    assert told.severity == "act"
    assert "duplicate_units" not in found(now, dataclasses.replace(history, first=now))


def test_areas_are_those_of_scikit_learn_with_the_values_of_a_bin_as_ties():
    random = np.random.default_rng(2)
    values = {
        key: np.where(random.random((80, 3)) < 0.3, 0, random.normal(at / 2, 1, (80, 3)).clip(-1.9))
        for at, key in enumerate(logs.SUBSETS)
    }
    record = logs.histograms(values)
    areas = separating.areas(histogram.from_record(record, [0, 1, 2]))
    everything = np.concatenate([*values.values()])
    for row in range(3):
        of_class = np.repeat(np.arange(3), 80) == row
        for unit in range(3):
            x = everything[:, unit]
            binned = np.where(x == 0, 0, np.floor(2 * x) / 2 + 0.25)
            assert areas[row, unit] == pytest.approx(roc_auc_score(of_class, binned))


def test_a_class_that_one_early_unit_gives_away_is_a_shortcut():
    areas = np.full((K, U), 0.7)
    areas[1, 4] = 0.999
    early, late = (
        layer(name, VALUES, LABELS, auroc=x)
        for name, x in (("early", areas), ("late", np.full((K, U), 0.999)))
    )
    told = found(with_layers(early, *(dataclasses.replace(late, name=f"l{i}") for i in range(3))))
    assert (told["shortcut"].classes, told["shortcut"].units) == (("b",), (4,))
    easy = dataclasses.replace(early, auroc=np.full((K, U), 0.995))
    assert "shortcut" not in found(with_layers(easy, late))


def test_attacks_are_told_with_the_score_that_tells_them_best():
    report = Attacks(
        groups=("FGSM", "PGD linf", "noise"),
        of=("attack", "attack", "control"),
        strength=np.array([0.1, 4 / 255, np.nan]),
        positives=np.array([50, 60, 70]),
        negatives=np.array([90, 90, 90]),
        scores=("max_softmax", "tail of fc"),
        auroc=np.array([[0.9, 0.6], [0.52, 0.5], [0.99, 0.99]]),
        low=np.array([[0.85, 0.5], [0.42, 0.4], [0.9, 0.9]]),
        high=np.array([[0.95, 0.7], [0.62, 0.6], [1.0, 1.0]]),
        verdict=(("detects", "none"), ("none", "none"), ("detects", "detects")),
    )
    told = found(with_layers(layer("fc", VALUES, LABELS), attacks=report))["attacks"]
    assert "1 of 2 attacks can be told from benign inputs" in told.sentence
    assert "FGSM at 0.1 by max_softmax" in told.sentence
    assert "Not detected: PGD L∞ at 4/255" in told.sentence
