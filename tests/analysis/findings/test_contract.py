"""What must agree for two subjects to be compared."""

from __future__ import annotations

import dataclasses

import numpy as np

from tb_plugin_neural.analysis.findings.contract import contract, not_comparable
from tb_plugin_neural.analysis.findings.examine import examine
from tb_plugin_neural.analysis.findings.finding import Subject
from tests.analysis.findings.made import evidence, layer, probe

LABELS = np.arange(60) % 3
VALUES = np.random.default_rng(0).random((60, 4))


def subject(**changes):
    made = evidence({"fc": VALUES}, LABELS, LABELS, probe=probe(LABELS, LABELS))
    return dataclasses.replace(made, **changes)


def fields(before, after):
    return {one.field for one in contract(before, after).mismatches}


def test_a_run_agrees_with_itself_in_everything():
    terms = contract(subject(), subject())
    assert terms.mismatches == ()
    assert terms.layers == ("fc",)
    assert terms.units == {"fc"}
    assert terms.probe
    assert terms.classes == tuple((f"class:{c}", f"class:{c}") for c in range(3))


def test_another_task_leaves_nothing_to_compare():
    report = examine(subject(), subject(task="binary"))
    told = [one for one in report.findings if len(one.subjects) == 2]
    assert [one.kind for one in told] == ["not_comparable"]
    assert told[0].severity == "look"
    assert "task" in told[0].sentence
    assert "task=" in told[0].next


def test_classes_are_matched_by_name_and_the_rest_is_named():
    terms = contract(subject(names=("c", "a", "x")), subject(names=("a", "b", "c")))
    assert terms.classes == (("class:1", "class:0"), ("class:0", "class:2"))
    says = next(one.says for one in terms.mismatches if one.field == "classes")
    assert "x" in says
    assert "b" in says


def test_units_of_other_weights_are_not_compared_by_number():
    other = Subject("other", "model", 10)
    terms = contract(subject(subject=other, weights="v"), subject())
    assert terms.units == frozenset()
    assert terms.layers == ("fc",)
    assert "units" in {one.field for one in terms.mismatches}
    same = contract(subject(subject=other), subject())
    assert same.units == {"fc"}


def test_each_field_that_differs_is_named():
    assert fields(subject(), subject(probe=probe(LABELS, LABELS, hash="q"))) == {"probe set"}
    assert fields(subject(), subject(probe=None)) == {"probe set"}
    mean = {"fc": layer("fc", VALUES, LABELS, reduction="mean")}
    assert fields(subject(), subject(layers=mean)) == {"reduction"}
    training = {"fc": layer("fc", VALUES, LABELS, mode="train")}
    assert fields(subject(), subject(layers=training)) == {"mode"}
    wider = {"fc": layer("fc", VALUES[:, :3], LABELS)}
    assert fields(subject(), subject(layers=wider)) == {"units"}
    assert fields(subject(), subject(inputs=600)) == {"inputs"}
    renamed = {"fc2": layer("fc2", VALUES, LABELS)}
    assert fields(subject(), subject(layers=renamed)) == {"layers"}


def test_a_finding_says_how_to_make_it_comparable():
    terms = contract(subject(), subject(probe=None))
    (finding,) = not_comparable(terms, subject(), subject(probe=None))
    assert finding.next.startswith("To make it comparable: ")
    assert "probe=ProbeSet" in finding.next
