"""Find in a run's series whether it learns, jumps, or stands still."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.evidence import (
    Array,
    ClassHistory,
    Evidence,
    History,
    shift_of,
)
from tb_plugin_neural.analysis.findings.finding import Family, Finding, Subject
from tb_plugin_neural.analysis.findings.words import interval, names, number, percent, points

ENOUGH = 3
"""Records from which on a run may be said not to learn, and a layer to be frozen."""

NO_BETTER = 0.05
"""What a run that learns has gained over always giving the most frequent answer."""

FALL, FAR = 0.1, 3.0
"""A jump is a fall of accuracy by so much, with units that moved so many times as usual."""

COMMON = 0.5
"""Share of the classes that a jump throws back: of fewer it is these classes that changed."""

STILL = 1e-4
"""Standard deviations that the units of a frozen layer move by at most."""

MOVING = 0.01
"""Those that the units of a layer that is not frozen move by at least."""


def learning(of: Evidence, history: History | None) -> Family:
    """Find out whether the model does better than the most frequent answer.

    It is said not to learn where the upper end of the accuracy's interval is less than five points
    above the share of the most frequent class, after three records. Otherwise accuracy is noted,
    with that of the first record.
    """
    if history is None or history.classes is None:
        return Family()
    classes = history.classes
    right, total = classes.right, classes.total
    n = int(total[-1])
    if not n or not total[0]:
        return Family()
    share, first = right[-1] / n, right[0] / total[0]
    common = int(classes.inputs[-1].argmax())
    chance = float(classes.inputs[-1, common] / n)
    low, high = (float(end) for end in significance.wilson(right[-1], n))
    stuck = len(history.steps) >= ENOUGH and high < chance + NO_BETTER
    since = f", {percent(first)} at step {history.steps[0]:,}" if len(history.steps) > 1 else ""
    name = of.name(classes.keys[common])
    return Family(
        (
            Finding(
                kind="not_learning" if stuck else "learning",
                severity="act" if stuck else "note",
                sentence=(
                    f"Accuracy is {percent(share)} of {n:,} inputs at step {of.subject.step:,}"
                    f"{since} (95 % interval {interval(low, high)})."
                ),
                more=(
                    f"That is no better than always answering {name} ({percent(chance)})."
                    if stuck
                    else ""
                ),
                subjects=(of.subject,),
                effect=float(share - chance) if stuck else float(share - first),
                scale="share",
                n=n,
                floor=NO_BETTER,
                convention="counted; Wilson's interval against the most frequent class",
                next="Check labels, learning rate and loss; see whether gradients reach the layers."
                if stuck
                else None,
                link=links.at("overview", of.subject),
            ),
        )
    )


def jump(of: Evidence, history: History | None) -> Family:
    """Find the record at which training was thrown back, if any.

    Null hypothesis, a pair of neighbouring records: an input is as likely to be right after as
    before; two proportions (Fisher), corrected for the number of pairs. Of those, where accuracy
    fell by ten points, in half of the classes or more, and has not recovered since or units moved
    three times as far as between the records before.
    """
    if history is None or history.classes is None:
        return Family()
    right, total = history.classes.right, history.classes.total
    shifts = _typical(history)
    pairs = len(history.steps) - 1
    if pairs < 1 or not history.layers or not total.all():
        return Family()
    share = right / total
    p = significance.fisher(right[:-1], total[:-1], right[1:], total[1:]) * pairs
    usual = _before(shifts)
    with np.errstate(invalid="ignore", divide="ignore"):
        lasting = (share[-1] < share[:-1] - NO_BETTER) | (shifts > FAR * usual)
        fell = np.diff(history.classes.correct / history.classes.inputs, axis=0) < 0
        common = fell.mean(1) >= COMMON
        thrown = (np.diff(share) <= -FALL) & (p < significance.LEVEL) & lasting & common
    if not thrown.any():
        return Family(tested=pairs)
    at = int(np.argmin(np.where(thrown, np.diff(share), 0))) + 1
    numbers = float(p[at - 1]), float(usual[at - 1])
    return Family((_jump(of, history, history.classes, at, numbers),), pairs)


def _typical(history: History) -> Array:
    """Return the median over layers of how far units moved since the record before `[T - 1]`."""
    tables = [shift for shift in history.shifts.values() if np.isfinite(shift).any()]
    nothing = np.full(len(history.steps) - 1, np.nan)
    if not tables:
        return nothing
    known = np.isfinite(tables).any(0)
    found = nothing.copy()
    found[known] = np.nanmedian(np.stack(tables)[:, known], axis=0)
    return found


def _before(shifts: Array) -> Array:
    """Return the usual shift before each pair: the median of up to three; NaN without two."""
    found = np.full(len(shifts), np.nan)
    for at in range(2, len(shifts)):
        recent = shifts[max(0, at - 3) : at]
        found[at] = np.median(recent) if np.isfinite(recent).all() else np.nan
    return found


def _jump(
    of: Evidence, history: History, classes: ClassHistory, at: int, numbers: tuple[float, float]
) -> Finding:
    p, usual = numbers
    old, new = history.steps[at - 1], history.steps[at]
    k, k2 = (int(right) for right in classes.right[at - 1 : at + 1])
    n, n2 = (int(total) for total in classes.total[at - 1 : at + 1])
    low, high = significance.difference_interval(k, n, k2, n2)
    moved = {name: float(shift[at - 1]) for name, shift in history.shifts.items()}
    most = max(moved, key=lambda name: moved[name] if np.isfinite(moved[name]) else -1)
    last = float(classes.right[-1] / classes.total[-1])
    lost = last < k / n - NO_BETTER
    ratio = _typical(history)[at - 1] / usual
    times = f", the typical layer {number(ratio)} × as far as before" if ratio > 1 else ""
    after = Subject(of.subject.run, of.subject.model, new)
    subjects = (after, Subject(of.subject.run, of.subject.model, old))
    return Finding(
        kind="jump",
        severity="act" if lost else "look",
        sentence=(
            f"Training was thrown back between steps {old:,} and {new:,}: accuracy fell by "
            f"{points(k2 / n2 - k / n)}, from {percent(k / n)} to {percent(k2 / n2)}."
        ),
        more=(
            f"Units of {most} moved by {number(moved[most])} σ{times}. It has "
            f"{'not ' if lost else ''}recovered: {percent(last)} at step {history.steps[-1]:,}."
        ),
        subjects=subjects,
        layer=most,
        layers=(most,),
        effect=k2 / n2 - k / n,
        low=float(low),
        high=float(high),
        scale="share",
        n=n2,
        p=min(1.0, p),
        floor=FALL,
        convention="two proportions (Fisher) of neighbouring records, Bonferroni",
        next="Look for a spike of the learning rate or a bad batch there; clip gradients, warm up, "
        "or go back to the checkpoint before.",
        link=links.compared("distributions", subjects, layers=(most,)),
    )


def frozen(of: Evidence, history: History | None) -> Family:
    """Layers whose units have not moved at all, while others have.

    Counted: the means of all units are those of the record before, to 1e-4 of their deviation, at
    all records. Only layers with nothing but frozen ones before them are known to be.
    """
    if history is None or len(history.steps) < ENOUGH:
        return Family()
    shifts = {name: shift for name, shift in history.shifts.items() if np.isfinite(shift).all()}
    still = [name for name, shift in shifts.items() if shift.max() <= STILL]
    moving = [name for name, shift in shifts.items() if np.median(shift) >= MOVING]
    if not still or not moving:
        return Family()
    return Family(
        (
            Finding(
                kind="frozen",
                severity="look",
                sentence=(
                    f"{names(still)} {'has' if len(still) == 1 else 'have'} not changed since step "
                    f"{history.steps[0]:,}, in {len(history.steps)} records, while {moving[-1]} "
                    f"has (by {number(float(np.median(shifts[moving[-1]])))} σ a record)."
                ),
                more="The parameters before it get no update.",
                subjects=(of.subject,),
                layer=still[-1],
                layers=tuple(still),
                effect=len(still) / len(shifts),
                scale="share",
                n=int(history.inputs[-1]),
                floor=0.01,
                convention="no unit's mean moved by more than 1e-4 σ between any two records",
                next="If that is not meant: check requires_grad, the optimizer's parameters, and "
                "detach() in between.",
                link=links.at("architecture", of.subject, layers=still[:4]),
            ),
        )
    )


def resumed(of: Evidence, history: History | None) -> Family:
    """Sessions that do not go on from where the one before them ended.

    Counted: the first record of a session is at most half as far from an earlier record as from
    the last one before it; distance is the median over layers of how far units moved.
    """
    found: list[Finding] = []
    if history is None:
        return Family()
    for step in history.resumed:
        at = history.steps.index(step)
        if at < ENOUGH or not history.layers:
            continue
        distance = np.array([_distance(history, t, at) for t in range(at)])
        nearest = int(np.nanargmin(distance)) if np.isfinite(distance).any() else at - 1
        if nearest < at - 1 and distance[nearest] <= distance[at - 1] / 2:
            found.append(_resumed(of, history, at, nearest, distance))
    return Family(tuple(found))


def _distance(history: History, before: int, after: int) -> float:
    found = np.array([shift_of(layer, before, after) for layer in history.layers.values()])
    known = found[np.isfinite(found)]
    return float(np.median(known)) if known.size else float("nan")


def _resumed(of: Evidence, history: History, at: int, nearest: int, distance: Array) -> Finding:
    steps = history.steps
    run, model = of.subject.run, of.subject.model
    subjects = (Subject(run, model, steps[at]), Subject(run, model, steps[at - 1]))
    return Finding(
        kind="resumed_elsewhere",
        severity="act",
        sentence=(
            f"The session that resumes at step {steps[at]:,} does not go on from step "
            f"{steps[at - 1]:,}: it is nearest to step {steps[nearest]:,} "
            f"({number(float(distance[nearest]))} σ away, {number(float(distance[at - 1]))} σ from "
            f"step {steps[at - 1]:,})."
        ),
        more="It was probably started from another checkpoint.",
        subjects=subjects,
        effect=float(distance[at - 1] / max(distance[nearest], 1e-9)),
        scale="factor",
        n=int(history.inputs[at]),
        floor=2.0,
        convention="nearest earlier record by the median layer's shift; at most half as far",
        next=f"Check which checkpoint was loaded before step {steps[at]:,}.",
        link=links.compared("architecture", subjects),
    )
