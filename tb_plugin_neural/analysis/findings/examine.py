"""Test all kinds of findings, rank them, and keep one per cause."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tb_plugin_neural.analysis.findings import significance, words
from tb_plugin_neural.analysis.findings.contract import Contract, contract, not_comparable
from tb_plugin_neural.analysis.findings.conventions import states
from tb_plugin_neural.analysis.findings.evidence import Evidence, History
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.kinds import (
    attacks,
    classes,
    confusions,
    instances,
    layers,
    shortcuts,
    slices,
    stability,
    structure,
    training,
    units,
    values,
)

CHANGES = ("class_regressed", "confusion_appeared")
GAINS = ("class_improved", "confusion_healed")
OF_A_CLASS = {
    "classes_swapped": CHANGES,
    "class_starved": CHANGES,
    "class_regressed": ("confusion_appeared",),
    "class_improved": ("confusion_healed",),
}
"""What follows of a class from another finding of it."""

OF_ALL = {
    "resumed_elsewhere": ("jump", "accuracy_regressed", *CHANGES),
    "jump": ("accuracy_regressed", "not_learning", *CHANGES),
    "not_learning": ("few_classes", *CHANGES, *GAINS),
    "few_classes": (*CHANGES, *GAINS),
    "accuracy_improved": ("confusion_healed",),
}
"""What follows of the model from another finding of it."""

MOST_OF_A_KIND = 3
"""Findings of one kind that are reported, the strongest."""


@dataclass(frozen=True)
class Report:
    """The result: findings and the power to find more.

    Attributes:
        findings: the gravest first.
        tested: hypotheses that were tested, those that were not rejected included.
        nothing: what there would have been to see, where nothing was found in a comparison; else
            None.
        shares: by name a share: `dead`, of all hidden units; `nan`, of the inputs of the layer that
            has most with NaN or infinities.
    """

    findings: tuple[Finding, ...]
    tested: int
    nothing: str | None
    shares: Mapping[str, float]


def examine(
    now: Evidence, before: Evidence | None = None, history: History | None = None
) -> Report:
    """Find what is so of a subject, and what changed since another.

    Args:
        now: the subject.
        before: what it is compared with.
        history: the subject's run up to its step: the yardstick of changes, and what can be seen
            in a series only.

    Returns:
        Findings whose FDR is held to 5 % over everything that was tested.
    """
    families = _state(now, history)
    compared: list[Family] = []
    broken: tuple[Finding, ...] = ()
    if before is not None:
        terms = contract(before, now)
        broken = not_comparable(terms, before, now)
        if terms.comparable:
            compared = _comparison(before, now, terms, history)
    found, tested = _significant([*families, *compared])
    ranked = sorted([*broken, *_one_a_cause(found)], key=lambda one: one.rank)
    worded = tuple(
        dataclasses.replace(one, sentence=words.with_uncertainty(one), more="") for one in ranked
    )
    changes = [one for one in worded if len(one.subjects) > 1]
    nothing = None
    if before is not None and compared and not changes:
        nothing = _nothing(now, before, compared)
    return Report(worded, tested, nothing, shares_of(now))


def shares_of(now: Evidence) -> Mapping[str, float]:
    """Return the shares of a report, see `Report`."""
    hidden = [states(layer) for layer in now.hidden]
    size = sum(layer.units for layer in now.hidden)
    missing = [layer.missing.max(initial=0) / max(1, layer.inputs) for layer in now.layers.values()]
    dead = sum(int(one.of["dead"].sum()) for one in hidden)
    return {"dead": dead / max(1, size), "nan": float(max(missing, default=0.0))}


def _state(now: Evidence, history: History | None) -> list[Family]:
    found = [values.nonfinite(now)]
    if now.subject.subset != "all":  # of a class alone it is usual that units are silent
        return found
    return [
        *found,
        units.unit_states(now),
        units.copies_at_first(now, history),
        confusions.class_faults(now),
        shortcuts.shortcuts(now),
        structure.probabilities(now),
        structure.mode(now),
        structure.inputs_scale(now, history),
        structure.no_activation(now),
        structure.collapsed(now),
        values.across_layers(now),
        values.over_steps(now, history),
        slices.of_training(now),
        training.learning(now, history),
        training.jump(now, history),
        training.frozen(now, history),
        stability.stable(now, history),
        training.resumed(now, history),
        attacks.detectable(now),
    ]


def _comparison(
    before: Evidence, now: Evidence, terms: Contract, history: History | None
) -> list[Family]:
    return [
        classes.accuracy(before, now, terms, history),
        confusions.confusions(before, now, terms, history),
        layers.moved(before, now, terms, history),
        layers.separation(before, now, terms),
        units.died_and_woke(before, now, terms),
        instances.flipped(before, now, terms, history),
        slices.compared(before, now),
    ]


def _significant(families: Sequence[Family]) -> tuple[list[Finding], int]:
    """Return the significant findings with their q, and those that need no test."""
    tested = sum(family.tested for family in families)
    found = [one for family in families for one in family.found]
    with_p = [one for one in found if one.p is not None]
    q = significance.weighted(
        [one.p for one in with_p if one.p is not None],
        [one.primary for one in with_p],
        tested,
        sum(family.primary for family in families),
    )
    passed = {
        id(one): dataclasses.replace(one, q=float(value))
        for one, value in zip(with_p, q, strict=True)
        if value <= significance.LEVEL and one.strength >= 1
    }
    kept = [passed.get(id(one), one if one.p is None else None) for one in found]
    return [one for one in kept if one is not None], tested


def _one_a_cause(found: Iterable[Finding]) -> list[Finding]:
    """Drop findings that follow from another one."""
    kept = list(found)
    everywhere = [one for one in kept if one.kind == "nonfinite"]
    if any(one.effect == 1 for one in everywhere):
        return everywhere
    for cause, effects in OF_A_CLASS.items():
        named = {name for one in kept if one.kind == cause for name in one.classes}
        kept = [x for x in kept if x.kind not in effects or x.classes[0] not in named]
    for cause, effects in OF_ALL.items():
        if any(one.kind == cause for one in kept):
            kept = [one for one in kept if one.kind not in effects]
    counted = Counter[str]()
    few = []
    for one in sorted(kept, key=lambda one: one.rank):
        counted[one.kind] += 1
        if counted[one.kind] <= MOST_OF_A_KIND:
            few.append(_put_right(one, kept))
    return few


def _put_right(finding: Finding, found: Iterable[Finding]) -> Finding:
    """Lower the severity of a loss that the model as a whole has more than regained."""
    gains = [one.effect for one in found if one.kind == "accuracy_improved"]
    lost = finding.kind in ("class_regressed", "confusion_appeared")
    if lost and gains and gains[0] > abs(finding.effect):
        return dataclasses.replace(finding, severity="note")
    return finding


def _nothing(now: Evidence, before: Evidence, compared: Sequence[Family]) -> str:
    """State what would have been found four times in five."""
    subjects = now.subject, before.subject
    able = [family.detectable for family in compared if family.detectable]
    power = (
        f" Changes of {' or '.join(able)} would have been found four times in five." if able else ""
    )
    return f"Nothing can be told from noise {words.moment(*subjects)}.{power}"
