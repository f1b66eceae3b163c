"""Each kind of finding on arrays where it is so, and on such where it is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tb_plugin_neural.analysis.findings.conventions import STATES, states
from tb_plugin_neural.analysis.findings.examine import examine
from tb_plugin_neural.analysis.findings.finding import SEVERITIES
from tests.analysis.findings.made import earlier, evidence, layer, probe

N, K, U = 300, 3, 12
LABELS = np.arange(N) % K


def activations(seed, shift=0.0):
    """Rectified, half of them about 0, the same inputs for one seed."""
    x = np.random.default_rng(seed).normal(0.5, 1, (N, U)) + shift
    return np.maximum(x, 0)


def wrong(seed, share):
    """Labels of which a share is another class."""
    random = np.random.default_rng(seed)
    miss = random.random(N) < share
    return np.where(miss, (LABELS + 1) % K, LABELS)


def compare(now, before):
    report = examine(now, dataclasses.replace(before, subject=earlier(now)))
    return {one.kind: one for one in report.findings}, report


def test_nothing_is_found_between_a_record_and_itself_and_its_power_is_told():
    one = evidence({"fc": activations(0)}, LABELS, wrong(0, 0.2))
    found, report = compare(one, one)
    assert {kind for kind, f in found.items() if len(f.subjects) > 1} == set()
    assert "Nothing can be told from noise from step 0 to 10" in report.nothing
    assert "points (n = 100)" in report.nothing
    assert "four times in five" in report.nothing


def test_accuracy_that_fell_everywhere_is_told_once():
    before = evidence({}, LABELS, wrong(1, 0.05))
    found, _ = compare(evidence({}, LABELS, wrong(2, 0.5)), before)
    finding = found["accuracy_regressed"]
    assert finding.severity == "act"
    right = [(wrong(*args) == LABELS).mean() for args in ((2, 0.5), (1, 0.05))]
    assert finding.effect == pytest.approx(right[0] - right[1])
    assert finding.low < finding.effect < finding.high < 0
    assert finding.q < 0.05
    assert "class_regressed" not in found


def test_one_class_that_fell_is_named_with_what_it_is_predicted_as():
    after = np.where((LABELS == 1) & (np.arange(N) % 2 == 0), 2, LABELS)
    found, _ = compare(evidence({}, LABELS, after), evidence({}, LABELS, LABELS))
    finding = found["class_regressed"]
    assert finding.classes == ("b",)
    assert finding.effect == pytest.approx(-0.5)
    assert "50 are predicted as c, 0 were" in finding.sentence
    assert "confusion_appeared" not in found
    assert finding.link["b"] == ["run", "model", "pinned", 0]
    assert finding.link["subsets"] == [["class:1", 1]]


def test_the_probe_set_finds_what_the_counts_cannot():
    """Twelve of 60 instances are lost, none won: McNemar's p is 2 / 2**12."""
    labels = LABELS[:60]
    before = np.where(np.arange(60) >= 40, (labels + 1) % K, labels)
    after = np.where(np.arange(60) < 12, (labels + 1) % K, before)
    make = lambda guess: evidence({}, labels, guess, probe=probe(labels, guess))  # noqa: E731
    found, _ = compare(make(after), make(before))
    finding = found["accuracy_regressed"]
    assert finding.convention == "McNemar on the probe set"
    assert finding.p == pytest.approx(2 * 2 / 2**12)
    assert "instances of the probe set" in finding.sentence


def test_a_confusion_that_appears_is_a_pair_of_classes():
    """A tenth of `a` is predicted as `b` now, as `c` before: its accuracy is the same."""
    n = 900
    labels = np.arange(n) % K
    tenth = (labels == 0) & (np.arange(n) % 10 == 0)
    make = lambda guess: evidence({}, labels, guess)  # noqa: E731
    found, _ = compare(make(np.where(tenth, 1, labels)), make(np.where(tenth, 2, labels)))
    assert found["confusion_appeared"].classes == ("a", "b")
    assert found["confusion_healed"].classes == ("a", "c")
    assert found["confusion_appeared"].effect == pytest.approx(0.1)


def test_two_classes_with_swapped_labels_are_named_as_such():
    swapped = np.array([1, 0, 2])[LABELS]
    found = {f.kind: f for f in examine(evidence({}, LABELS, swapped)).findings}
    assert found["classes_swapped"].classes == ("a", "b")
    assert found["classes_swapped"].severity == "act"
    assert "confusion" not in found


def test_a_class_that_is_never_predicted_is_starved():
    classes = np.arange(N) % 6
    guess = np.where(classes == 4, 1, classes)
    found = {f.kind: f for f in examine(evidence({}, classes, guess)).findings}
    assert found["class_starved"].classes == ("e",)
    healthy = examine(evidence({}, classes, classes)).findings
    assert healthy == ()


def test_units_are_in_one_state_each_by_named_conventions():
    random = np.random.default_rng(5)
    x = np.abs(random.normal(1, 1, (N, 10)))
    x[:, 0] = 0  # dead
    x[:, 1] = 3.25  # constant
    x[:, 2] = 5 * x[:, 9]  # a copy, of a later one: the later one is told
    x[:, 3] *= 1e-3  # dormant
    x[7, 4] = np.nan
    now = states(layer("fc", x, LABELS, probe=x))
    hit = {name: np.flatnonzero(now.of[name]).tolist() for name in STATES}
    assert hit == {
        "nonfinite": [4],
        "dead": [0],
        "constant": [1],
        "saturated": [],
        "duplicate": [9],
        "dormant": [3],
    }
    assert now.copy_of[9] == 2


@pytest.mark.parametrize(("kind", "low", "high"), [("Tanh", -1, 1), ("Sigmoid", 0, 1)])
def test_saturation_is_a_small_mean_slope(kind, low, high):
    random = np.random.default_rng(6)
    ends = np.where(random.random(N) < 0.5, low, high) * 0.999
    middle = random.uniform(low / 2, high / 2, N)
    now = states(layer("act", np.stack([ends, middle], 1), LABELS, type=kind))
    assert now.of["saturated"].tolist() == [True, False]


def test_a_dead_layer_is_one_finding_with_its_bound():
    x = activations(7)
    values = {"one": np.zeros_like(x), "two": np.full_like(x, 0.25)}
    found = examine(evidence(values, LABELS)).findings
    assert [one.kind for one in found] == ["dead_units"]
    assert found[0].severity == "act"
    assert found[0].unit_count == U
    assert "less than 1 % of such inputs" in found[0].sentence  # 3 / 300


def test_units_that_died_are_told_and_few_inputs_say_nothing():
    x = activations(8)
    after = x.copy()
    after[:, :4] = 0
    found, _ = compare(evidence({"fc": after}, LABELS), evidence({"fc": x}, LABELS))
    assert found["units_died"].units == (0, 1, 2, 3)
    rare = after.copy()
    rare[0, 0] = 1.0  # once in 300 inputs before, never now: no evidence of a death
    found, _ = compare(evidence({"fc": after}, LABELS), evidence({"fc": rare}, LABELS))
    assert "units_died" not in found
    assert "units_woke" not in found


def test_nan_is_told_of_the_layer_that_made_it():
    x = activations(9)
    broken = x.copy()
    broken[5, 3] = np.nan
    all_nan = np.where(np.isnan(broken).any(1)[:, None], np.nan, x)
    values = {"one": x, "two": broken, "three": all_nan}
    (finding,) = examine(evidence(values, LABELS)).findings
    assert (finding.kind, finding.layer, finding.units) == ("nonfinite", "two", (3,))
    assert finding.layers == ("two", "three")
    assert "1 of 300 inputs" in finding.sentence


def test_nan_in_every_input_explains_everything_else():
    values = {"one": np.full((N, U), np.nan)}
    found = examine(evidence(values, LABELS, np.zeros(N, int))).findings
    assert [one.kind for one in found] == ["nonfinite"]


def test_a_planted_shift_is_found_with_its_size_and_another_sample_is_not():
    before = evidence({"fc": activations(10)}, LABELS)
    shifted = evidence({"fc": activations(11) + 0.5}, LABELS)
    found, _ = compare(shifted, before)
    finding = found["layers_moved"]
    deviation = activations(10).std()
    assert finding.effect == pytest.approx(0.5 / deviation, abs=0.08)
    assert finding.low < finding.effect < finding.high
    found, _ = compare(evidence({"fc": activations(12)}, LABELS), before)
    assert "layers_moved" not in found


def test_pairs_of_the_probe_set_show_a_shift_that_independent_samples_hide():
    x = activations(13)
    moved = x + 0.15

    def make(values):
        layers = {"fc": layer("fc", values, LABELS, probe=values)}
        return evidence({}, LABELS, probe=probe(LABELS, LABELS), layers=layers)

    found, _ = compare(make(moved), make(x))
    assert "paired" in found["layers_moved"].convention


def test_a_layer_that_learns_the_classes_is_told():
    random = np.random.default_rng(14)
    noise = random.normal(0, 1, (N, U))
    told = noise + 1.5 * (LABELS[:, None] == np.arange(U) % K)
    found, _ = compare(evidence({"fc": told}, LABELS), evidence({"fc": noise}, LABELS))
    assert found["separation"].effect > 0.2


def test_instances_that_flipped_are_listed_the_lost_first():
    guess = LABELS.copy()
    guess[[3, 8, 100]] = (guess[[3, 8, 100]] + 1) % K
    was = LABELS.copy()
    was[50] = (was[50] + 1) % K
    make = lambda p: evidence({}, LABELS, probe=probe(LABELS, p))  # noqa: E731
    found, _ = compare(make(guess), make(was))
    finding = found["instances_flipped"]
    assert finding.instances == (3, 8, 100, 50)
    assert "3 from right to wrong, 1 from wrong to right" in finding.sentence
    assert finding.link["instances"] == [3, 8, 100, 50]


def test_findings_are_ranked_the_gravest_first_and_are_json():
    guess = np.where((LABELS == 1) & (np.arange(N) % 4 > 0), 2, LABELS)
    x = activations(15)
    dead = x.copy()
    dead[:, :3] = 0
    now, before = (evidence({"fc": v}, LABELS, p) for v, p in ((dead, guess), (x, LABELS)))
    _, report = compare(now, before)
    order = [SEVERITIES.index(one.severity) for one in report.findings]
    assert order == sorted(order)
    assert order[0] == 0
    for one in report.findings:
        made = one.document()
        assert made["kind"] == one.kind
        assert isinstance(made["units"], list)
        assert set(made["link"]) == {
            "view", "a", "b", "layers", "subsets", "instances", "unit", "marked",
        }  # fmt: skip


def test_what_the_model_as_a_whole_won_back_is_no_alarm():
    """Before it answered `a` to everything, so that `a` was always right."""
    found, _ = compare(
        evidence({}, LABELS, wrong(16, 0.15)), evidence({}, LABELS, np.zeros(N, int))
    )
    assert "accuracy_improved" in found
    assert found["class_regressed"].severity == "note"
