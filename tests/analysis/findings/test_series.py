"""What is seen in the series of a run's records, on series where it is so and where it is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tb_plugin_neural.analysis.findings.evidence import ClassHistory, History, LayerHistory
from tb_plugin_neural.analysis.findings.examine import examine
from tests.analysis.findings.made import evidence

N, U, T = 400, 8, 6
LABELS = np.arange(N) % 4
STEPS = tuple(range(0, 10 * T, 10))


def walk(sizes, seed=0):
    """A layer whose units move by so many deviations between records."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (len(sizes), U))
    mean = np.concatenate((np.zeros((1, U)), np.cumsum(np.array(sizes)[:, None] * signs, 0)))
    return LayerHistory(mean, np.ones_like(mean), np.zeros(mean.shape, int))


def series(layers, right=None, **changes):
    classes = None
    if right is not None:
        correct = np.round(np.array(right)[:, None] * np.full(4, N / 4)).astype(int)
        keys = tuple(f"class:{label}" for label in range(4))
        classes = ClassHistory(keys, correct, np.full(correct.shape, N // 4))
    made = History(STEPS, np.full(T, N), layers, classes)
    return dataclasses.replace(made, **changes)


def found(history):
    values = np.random.default_rng(1).normal(0, 1, (N, U))
    of = evidence(dict.fromkeys(history.layers, values) or {"fc": values}, LABELS)
    of = dataclasses.replace(of, subject=dataclasses.replace(of.subject, step=STEPS[-1]))
    return {one.kind: one for one in examine(of, None, history).findings}


RISING = (0.25, 0.5, 0.7, 0.8, 0.85, 0.87)


def test_accuracy_that_rises_is_noted_with_that_of_the_first_record():
    told = found(series({}, RISING))["learning"]
    assert told.severity == "note"
    assert told.effect == pytest.approx(0.62)
    assert "87 %" in told.sentence
    assert "25 % at step 0" in told.sentence


def test_a_run_at_the_share_of_the_most_frequent_class_does_not_learn():
    told = found(series({}, (0.25, 0.26, 0.25, 0.24, 0.25, 0.25)))["not_learning"]
    assert told.severity == "act"
    assert "always answering a (25 %)" in told.sentence
    early = dataclasses.replace(
        series({}, (0.25, 0.25)), steps=(0, 50), inputs=np.full(2, N), layers={}
    )
    assert "not_learning" not in found(early)


def test_a_run_that_is_thrown_back_and_stays_so_says_where():
    history = series({"fc": walk([0.3] * 5)}, (0.3, 0.6, 0.8, 0.3, 0.32, 0.31))
    told = found(history)["jump"]
    assert told.severity == "act"
    assert [one.step for one in told.subjects] == [30, 20]
    assert told.effect == pytest.approx(-0.5)
    assert "not recovered" in told.sentence
    assert "not_learning" not in found(history)


def test_a_fall_that_is_made_good_is_a_look_only_where_units_moved_unusually():
    fall = (0.3, 0.6, 0.8, 0.6, 0.82, 0.83)
    usual = found(series({"fc": walk([0.3] * 5)}, fall))
    unusual = found(series({"fc": walk([0.3, 0.3, 3.0, 0.3, 0.3])}, fall))
    assert "jump" not in usual
    assert unusual["jump"].severity == "look"
    assert "typical layer 10" in unusual["jump"].sentence


def test_layers_that_never_moved_while_others_did_are_frozen():
    told = found(series({"one": walk([0.0] * 5), "two": walk([0.2] * 5)}))["frozen"]
    assert told.layers == ("one",)
    assert "requires_grad" in told.next
    assert "frozen" not in found(series({"one": walk([0.0] * 5), "two": walk([0.0] * 5)}))
    assert "frozen" not in found(series({"one": walk([0.01] * 5), "two": walk([0.2] * 5)}))


def test_a_layer_below_the_noise_of_samples_at_three_pairs_is_stable():
    layers = {"one": walk([0.5, 0.4, 0.01, 0.01, 0.01]), "two": walk([0.5] * 5)}
    assert found(series(layers))["stable"].layers == ("one",)
    once = {"one": walk([0.5, 0.4, 0.01, 0.4, 0.01]), "two": walk([0.5] * 5)}
    assert "stable" not in found(series(once))


def test_a_layer_whose_perplexities_do_not_move_is_stable_though_its_units_do():
    random = np.random.default_rng(3)
    still = random.normal(4, 1, (4, 300))
    moving = still + 2 * np.arange(4)[:, None]
    layers = {
        name: dataclasses.replace(walk([0.5] * 5), perplexity=x)
        for name, x in (("still", still), ("moving", moving))
    }
    told = found(series(layers))["stable"]
    assert told.layers == ("still",)
    assert "moving still changes" in told.sentence
    assert "DeepEyes" in told.convention


def test_a_training_in_which_every_layer_changes_is_noted():
    told = found(series({"one": walk([0.5] * 5), "two": walk([0.5] * 5)}))["changing"]
    assert (told.severity, told.layers) == ("note", ("one", "two"))
    mixed = {"one": walk([0.5, 0.5, 0.5, 0.01, 0.5])}
    assert not {"changing", "stable"} & set(found(series(mixed)))


def test_a_session_that_goes_on_from_an_earlier_record_is_named_with_it():
    """Steps 0 to 30 walk away; at 40 the run stands where it stood at 10."""
    layer = walk([0.5, 0.5, 0.5, 0.5, 0.5])
    mean = layer.mean.copy()
    mean[4:] = mean[1] + 0.01
    elsewhere = {"fc": dataclasses.replace(layer, mean=mean)}
    told = found(series(elsewhere, resumed=(40,)))["resumed_elsewhere"]
    assert "nearest to step 10" in told.sentence
    assert told.severity == "act"
    assert "resumed_elsewhere" not in found(series({"fc": layer}, resumed=(40,)))
    assert "resumed_elsewhere" not in found(series(elsewhere))


def test_a_first_layer_of_large_deviation_means_inputs_that_were_not_scaled():
    layer = walk([0.2] * 5)
    wide = dataclasses.replace(layer, std=layer.std * 40)
    told = found(series({"fc": wide, "two": layer}))["inputs_scale"]
    assert told.layer == "fc"
    assert told.effect == pytest.approx(40)
    assert "inputs_scale" not in found(series({"fc": layer, "two": wide}))
