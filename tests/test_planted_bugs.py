"""Twelve bugs, each planted in a small training, are named among the first three findings."""

from __future__ import annotations

import pytest

from benchmarks import planted_bugs

BUGS = {bug.name: bug for bug in planted_bugs.bugs()}


@pytest.mark.parametrize("name", BUGS)
def test_the_bug_is_named(name):
    found = planted_bugs.findings(BUGS[name].sick)
    place = planted_bugs.named(BUGS[name], found)
    assert place is not None, [one.sentence for one in found]
    assert place <= planted_bugs.FIRST, [one.sentence for one in found]


@pytest.mark.parametrize("name", ["frozen block", "resume from the wrong checkpoint"])
def test_nothing_is_alarming_in_a_healthy_twin(name):
    found = planted_bugs.findings(BUGS[name].healthy)
    assert planted_bugs.alarms(found) == [], [one.sentence for one in found]
