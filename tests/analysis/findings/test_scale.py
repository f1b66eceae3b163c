"""The scale of activations from layer to layer and over steps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tb_plugin_neural.analysis.findings.evidence import History, LayerHistory
from tb_plugin_neural.analysis.findings.examine import examine
from tb_plugin_neural.analysis.findings.kinds.values import scales
from tests.analysis.findings.made import evidence, layer

N, U, T = 200, 6, 4
LABELS = np.arange(N) % 2
VALUES = np.random.default_rng(0).normal(0, 1, (N, U))


def found(of, history=None):
    return {one.kind: one for one in examine(of, None, history).findings}


def test_the_scale_is_the_root_mean_square_of_the_deviations_of_units_that_vary():
    std = np.array([[3.0, 4.0, 0.0, np.nan], [0.0, 0.0, 0.0, 0.0]])
    assert scales(std) == pytest.approx([np.sqrt((9 + 16) / 2), 0])


@pytest.mark.parametrize(
    ("factor", "kind"),
    [(1e-4, "scale_collapsed"), (1e4, "scale_exploded"), (0.01, None), (90, None)],
)
def test_layers_are_measured_by_the_first(factor, kind):
    of = evidence({"one": VALUES, "two": factor * VALUES, "three": VALUES * 0}, LABELS)
    told = found(of)
    assert {name for name in told if name.startswith("scale")} == ({kind} if kind else set())
    if kind:
        one = told[kind]
        assert (one.layer, one.severity) == ("two", "look")
        assert one.effect == pytest.approx(factor)
        assert "first recorded layer" in one.sentence


def test_the_layer_that_predicts_is_no_hidden_one():
    logits = layer("out", 1e5 * VALUES, LABELS, type="Linear", output=True)
    of = evidence({"one": VALUES}, LABELS)
    of = dataclasses.replace(of, layers={**of.layers, "out": logits})
    assert "scale_exploded" not in found(of)


def history(factor, start):
    std = np.full((T, U), start, float)
    std[-1] *= factor
    series = LayerHistory(np.zeros((T, U)), std, np.zeros((T, U), int))
    return History(tuple(range(T)), np.full(T, N), {"fc": series})


@pytest.mark.parametrize(
    ("factor", "start", "kind"),
    [
        (1e-3, 1, "scale_collapsed"),
        (1e3, 1, "scale_exploded"),
        (1e3, 1e-3, None),  # a tiny initial scale that became an ordinary one
        (20, 1, None),
        (0.05, 1, None),
    ],
)
def test_a_layer_is_measured_by_its_first_record(factor, start, kind):
    told = found(evidence({"fc": VALUES}, LABELS), history(factor, start))
    assert {name for name in told if name.startswith("scale")} == ({kind} if kind else set())
    if kind:
        assert told[kind].effect == pytest.approx(factor)
        assert "at step 0" in told[kind].sentence
