"""Classes that are predicted better or worse than before, and confusions that came or went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.contract import Contract
from tb_plugin_neural.analysis.findings.evidence import (
    NEIGHBOURS,
    Array,
    ClassCounts,
    Evidence,
    History,
)
from tb_plugin_neural.analysis.findings.finding import Family, Finding, Subject
from tb_plugin_neural.analysis.findings.words import between_runs, moment, names, percent, points

FLOOR = 0.05
"""Of a share: five points."""

GRAVE = 0.2
"""A fall of a class by so much is more than a look is for."""

PROBED = "instances of the probe set"

COMMON = 0.5
"""Share of the classes that change together: that is the model, not its classes."""

FEWEST = 20
"""Inputs of a class that a change of its share is judged from."""


@dataclass(frozen=True)
class Change:
    """The change of a share, by the better of two tests.

    Attributes:
        effect: after minus before.
        p: doubled where both tests were made.
        counts: right and all inputs, before and after.
    """

    effect: float
    low: float
    high: float
    n: int
    p: float
    counts: tuple[int, int, int, int]
    convention: str
    of: str = "inputs"

    def words(self, subjects: tuple[Subject, Subject]) -> str:
        """Right of all inputs, after and before."""
        right, n, right2, n2 = self.counts
        then = f"in {subjects[1].run}" if between_runs(subjects) else "before"
        return f"{right2:,} of {n2:,} {self.of} right, {right:,} of {n:,} {then}"


def accuracy(before: Evidence, after: Evidence, terms: Contract, history: History | None) -> Family:
    """Test the accuracy of all inputs and class by class.

    Null hypothesis: an input of the class is as likely to be predicted rightly before as after.
    McNemar's test on the instances of the probe set, two proportions (Fisher) on the counts of the
    evaluation; where both can be made the smaller p counts, doubled.
    Where most classes change in one direction it is the model that changed, reported once.
    """
    if before.metrics is None and before.probe is None:
        return Family()
    changes = {
        pair: change
        for pair in terms.classes
        if (change := _class_change(before, after, terms, *pair)) is not None
    }
    whole = _whole_change(before, after, terms)
    tested = len(changes) + (whole is not None)
    if whole is None:
        return Family()
    found = [_model(whole, before, after, changes)]
    direction = np.sign(whole.effect)
    shared = [c for c in changes.values() if c.p < significance.LEVEL and c.effect * direction > 0]
    common = len(shared) >= COMMON * max(1, len(changes)) and len(changes) > 1
    found += [
        _class(pair, change, before, after, history)
        for pair, change in changes.items()
        if change.p < significance.LEVEL and not (common and change.effect * direction > 0)
    ]
    typical = int(np.median([min(c.counts[1], c.counts[3]) for c in changes.values()] or [whole.n]))
    share = whole.counts[2] / max(1, whole.counts[3])
    least = significance.detectable_share(share, typical, tested)
    power = f"a class's accuracy by {points(least)} (n = {typical:,})"
    return Family(tuple(found), tested, 1, power)


def _model(
    change: Change,
    before: Evidence,
    after: Evidence,
    classes: Mapping[tuple[str, str], Change],
) -> Finding:
    subjects = (after.subject, before.subject)
    better = change.effect > 0
    right, n, right2, n2 = change.counts
    moved = sorted(classes.items(), key=lambda item: item[1].effect * (-1 if better else 1))
    most = [after.name(pair[1]) for pair, one in moved[:3] if one.effect * change.effect > 0]
    kind = "accuracy_improved" if better else "accuracy_regressed"
    grave = change.effect < -GRAVE
    return Finding(
        kind=kind,
        severity="note" if better else "act" if grave else "look",
        sentence=(
            f"Accuracy {_how(change.effect, subjects, 'rose', 'fell')}: "
            f"{percent(right2 / n2, exact=True)} of {n2:,} {change.of} are right, "
            f"{percent(right / n, exact=True)} of {n:,} {_were(subjects)}."
        ),
        more=f"Most in {names(most)}." if most else "",
        subjects=subjects,
        classes=tuple(most),
        effect=change.effect,
        low=change.low,
        high=change.high,
        scale="share",
        n=change.n,
        p=change.p,
        floor=FLOOR / 2,
        convention=change.convention,
        link=links.compared("overview", subjects),
    )


def _class(
    pair: tuple[str, str],
    change: Change,
    before: Evidence,
    after: Evidence,
    history: History | None,
) -> Finding:
    subjects = (after.subject, before.subject)
    better = change.effect > 0
    name = after.name(pair[1])
    took = None if better else _taken(before, after, pair)
    churn = _churn(history, pair[1])
    usual = better or (churn is not None and abs(change.effect) <= churn)
    grave = change.effect < -GRAVE
    return Finding(
        kind="class_improved" if better else "class_regressed",
        severity="note" if usual else "act" if grave else "look",
        sentence=(
            f"{'The accuracy of class' if between_runs(subjects) else 'Class'} {name} "
            f"{_how(change.effect, subjects, 'improved', 'regressed')}: {change.words(subjects)}."
        ),
        more=took or "",
        subjects=subjects,
        classes=(name,),
        effect=change.effect,
        low=change.low,
        high=change.high,
        scale="share",
        n=change.n,
        p=change.p,
        churn=churn,
        floor=FLOOR,
        convention=change.convention,
        link=links.compared("distributions", subjects, subsets=(pair[1],)),
        next=None if better else "Open its confusions, and the instances that flipped.",
    )


def _how(effect: float, subjects: tuple[Subject, Subject], up: str, down: str) -> str:
    """Say by how much something rose or fell; of two models, by how much it is higher or lower."""
    after, before = subjects
    if between_runs(subjects):
        here, there = (f"{one.run} (step {one.step:,})" for one in subjects)
        return (
            f"is {points(effect)} {'higher' if effect > 0 else 'lower'} in {here} than in {there}"
        )
    return f"{up if effect > 0 else down} by {points(effect)} {moment(after, before)}"


def _were(subjects: tuple[Subject, Subject]) -> str:
    return "are there" if between_runs(subjects) else "were"


def _taken(before: Evidence, after: Evidence, pair: tuple[str, str]) -> str | None:
    """Return the class that inputs of a deteriorated class are now predicted as."""
    if before.metrics is None or after.metrics is None or not after.metrics.confusion.size:
        return None
    rows = [m.keys.index(k) for m, k in zip((before.metrics, after.metrics), pair, strict=True)]
    now, then = after.metrics.confusion[rows[1]], before.metrics.confusion[rows[0]]
    if now.shape != then.shape:
        return None
    gained = now / max(1, now.sum()) - then / max(1, then.sum())
    own = int(pair[1].rpartition(":")[2])
    gained[own] = -1
    most = int(gained.argmax())
    if gained[most] <= 0:
        return None
    other = after.name(f"class:{most}")
    return f"{int(now[most]):,} are predicted as {other}, {int(then[most]):,} were."


def _churn(history: History | None, key: str) -> float | None:
    """Return a class's usual change between neighbouring records, bar the last pair."""
    classes = history.classes if history is not None else None
    if classes is None or key not in classes.keys:
        return None
    row = classes.keys.index(key)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = classes.correct[:, row] / classes.inputs[:, row]
    steps = np.abs(np.diff(share))[-1 - NEIGHBOURS : -1]
    known = steps[np.isfinite(steps)]
    return float(np.median(known)) if len(known) > 1 else None


def _whole_change(before: Evidence, after: Evidence, terms: Contract) -> Change | None:
    counts = None
    if terms.classes and before.metrics is not None and after.metrics is not None:
        old, new = (list(keys) for keys in zip(*terms.classes, strict=True))
        counts = (*_sums(before.metrics, old), *_sums(after.metrics, new))
    return _change(counts, _right(before, after, terms, None))


def _sums(side: ClassCounts, keys: list[str]) -> tuple[int, int]:
    """Right and all inputs of some classes."""
    rows = [side.keys.index(key) for key in keys]
    return int(side.correct[rows].sum()), int(side.inputs[rows].sum())


def _class_change(
    before: Evidence, after: Evidence, terms: Contract, key: str, key2: str
) -> Change | None:
    here, there = before.metrics, after.metrics
    if here is None or there is None:
        return None
    row, row2 = here.keys.index(key), there.keys.index(key2)
    right, right2 = int(here.correct[row]), int(there.correct[row2])
    counts = right, int(here.inputs[row]), right2, int(there.inputs[row2])
    label = int(key2.rpartition(":")[2]) if key2.startswith("class:") else None
    pairs = _right(before, after, terms, label) if label is not None else None
    return _change(counts, pairs)


def _right(
    before: Evidence, after: Evidence, terms: Contract, label: int | None
) -> tuple[Array, Array] | None:
    """Return which instances of a class, or of all, are predicted correctly before and after."""
    here, there = before.probe, after.probe
    if not terms.probe or here is None or there is None or before.names != after.names:
        return None
    if here.predicted is None or there.predicted is None:
        return None
    known = there.members & (there.labels >= 0) & (there.pairs < 0)
    chosen = known & (there.labels == label) if label is not None else known
    labels = there.labels[chosen]
    return here.predicted[chosen] == labels, there.predicted[chosen] == labels


def _change(counts: Any, pairs: tuple[Array, Array] | None) -> Change | None:
    """Return the change by whichever test finds it; None with too few inputs for either."""
    found: list[Change] = []
    if counts is not None and min(counts[1], counts[3]) >= FEWEST:
        k, n, k2, n2 = counts
        low, high = significance.difference_interval(*counts)
        p = float(significance.fisher(*counts))
        effect = k2 / n2 - k / n
        found.append(
            Change(effect, float(low), float(high), n2, p, counts, "two proportions (Fisher)")
        )
    if pairs is not None and len(pairs[0]) >= FEWEST:
        was, now = pairs
        n = len(was)
        lost, won = int((was & ~now).sum()), int((now & ~was).sum())
        low, high = significance.paired_interval(lost, won, n)
        p = float(significance.mcnemar(lost, won))
        both = (int(was.sum()), n, int(now.sum()), n)
        effect = (won - lost) / n
        found.append(
            Change(effect, float(low), float(high), n, p, both, "McNemar on the probe set", PROBED)
        )
    if not found:
        return None
    best = min(found, key=lambda one: one.p)
    return Change(**(best.__dict__ | {"p": min(1.0, best.p * len(found))}))
