"""Pairs of classes that are mixed up more or less than before, and classes that fail as such."""

from __future__ import annotations

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
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.words import moment, names, percent, points

FLOOR = 0.05
FEWEST = 20
MOST_LISTED = 3

SWAPPED = 0.5
"""Share of either class that is predicted as the other: of more, labels are swapped."""

STARVED = 0.25
"""A class that is predicted so many times less often than it occurs is starved."""

FEW = 0.2
"""Share of the classes that may be starved; where more are, the model has not learned."""

CONFUSED = 0.1
"""Share of a class that is predicted as one other class, from which on it is worth a word."""


def confusions(
    before: Evidence, after: Evidence, terms: Contract, history: History | None
) -> Family:
    """Confusions of class c as c′ that appeared or healed.

    Null hypothesis: an input of c is as likely to be predicted as c′ before as after; two
    proportions (Fisher), of every pair with a confusion on either side.
    """
    here, there = before.metrics, after.metrics
    if here is None or there is None or not here.confusion.size or not there.confusion.size:
        return Family()
    tables = [_shared(side, keys) for side, keys in zip((here, there), _keys(terms), strict=True)]
    if any(table is None for table in tables) or before.names != after.names:
        return Family()
    then, now = (np.asarray(table) for table in tables)
    n, n2 = (_inputs(side, keys) for side, keys in zip((here, there), _keys(terms), strict=True))
    enough = np.minimum(n, n2) >= FEWEST
    own = np.array([_index(key) for _, key in terms.classes])
    wrong = np.arange(now.shape[1]) != own[:, None]
    true, taken = np.nonzero(wrong & enough[:, None] & (then + now > 0))
    if not true.size:
        return Family()
    k, k2 = then[true, taken], now[true, taken]
    p = significance.fisher(k, n[true], k2, n2[true])
    low, high = significance.difference_interval(k, n[true], k2, n2[true])
    effect = k2 / n2[true] - k / n[true]
    found = []
    for at in np.flatnonzero((p < significance.LEVEL) & (np.abs(effect) >= FLOOR)):
        keys = terms.classes[true[at]][1], f"class:{taken[at]}"
        counts = int(k[at]), int(n[true[at]]), int(k2[at]), int(n2[true[at]])
        numbers = float(effect[at]), float(low[at]), float(high[at]), float(p[at])
        found.append(_pair(before, after, keys, counts, numbers, _churn(history, keys)))
    return Family(tuple(found), len(true))


def _keys(terms: Contract) -> tuple[list[str], list[str]]:
    return [pair[0] for pair in terms.classes], [pair[1] for pair in terms.classes]


def _index(key: str) -> int:
    return int(key.rpartition(":")[2])


def _shared(side: ClassCounts, keys: list[str]) -> Array | None:
    if not all(key.startswith("class:") for key in keys) or not keys:
        return None
    found: Array = side.confusion[[side.keys.index(key) for key in keys]].astype(np.int64)
    return found


def _inputs(side: ClassCounts, keys: list[str]) -> Array:
    found: Array = side.inputs[[side.keys.index(key) for key in keys]].astype(np.int64)
    return found


def _pair(
    before: Evidence,
    after: Evidence,
    keys: tuple[str, str],
    counts: tuple[int, int, int, int],
    numbers: tuple[float, float, float, float],
    churn: float | None,
) -> Finding:
    subjects = (after.subject, before.subject)
    true, taken = (after.name(key) for key in keys)
    k, n, k2, n2 = counts
    effect, low, high, p = numbers
    worse = effect > 0
    return Finding(
        kind="confusion_appeared" if worse else "confusion_healed",
        severity="look" if worse and (churn is None or effect > churn) else "note",
        sentence=(
            f"{true} is predicted as {taken} {'more' if worse else 'less'} often by "
            f"{points(effect)} {moment(*subjects)}: {k2:,} of {n2:,} inputs, {k:,} of {n:,} before."
        ),
        subjects=subjects,
        classes=(true, taken),
        effect=effect,
        low=low,
        high=high,
        scale="share",
        n=n2,
        p=p,
        churn=churn,
        floor=FLOOR,
        convention="two proportions (Fisher)",
        next="Compare the two classes' units; see which separate them." if worse else None,
        link=links.compared("distributions", subjects, subsets=keys),
    )


def _churn(history: History | None, keys: tuple[str, str]) -> float | None:
    """Return the usual change of a confusion between neighbouring records, bar the last pair."""
    classes = history.classes if history is not None else None
    if classes is None or classes.confusion is None or keys[0] not in classes.keys:
        return None
    rows = classes.confusion[:, classes.keys.index(keys[0])]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = rows[:, _index(keys[1])] / rows.sum(1)
    steps = np.abs(np.diff(share))[-1 - NEIGHBOURS : -1]
    known = steps[np.isfinite(steps)]
    return float(np.median(known)) if len(known) > 1 else None


def class_faults(of: Evidence) -> Family:
    """Classes that are swapped with another, starved, or mixed up, as they are now.

    Swapped: more than half of each of two classes is predicted as the other, significantly more
    than is predicted rightly. Starved: a class is predicted less than a quarter as often as it
    occurs (null hypothesis: as often; two proportions). Else the most frequent confusions are
    noted, whose share is counted and not tested.
    """
    metrics = of.metrics
    if metrics is None or not metrics.confusion.size:
        return Family()
    rows = [row for row, key in enumerate(metrics.keys) if key.startswith("class:")]
    keys = [metrics.keys[row] for row in rows]
    own = np.array([_index(key) for key in keys], int)
    table = metrics.confusion[rows].astype(np.int64)
    inputs = metrics.inputs[rows].astype(np.int64)
    swapped = _swapped(of, keys, own, table, inputs)
    starved, tested = _starved(of, keys, own, table, inputs)
    gone = {name for one in (*swapped, *starved) for name in one.classes}
    return Family((*swapped, *starved, *_most_confused(of, keys, own, table, inputs, gone)), tested)


def _swapped(
    of: Evidence, keys: list[str], own: Array, table: Array, inputs: Array
) -> list[Finding]:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table / inputs[:, None]
    row_of = {int(index): row for row, index in enumerate(own)}
    found = []
    for row, index in enumerate(own):
        for other in range(int(index) + 1, table.shape[1]):
            back = row_of.get(other)
            if back is None or min(inputs[row], inputs[back]) < FEWEST:
                continue
            shares = share[row, other], share[back, index]
            if min(shares) > SWAPPED:
                found.append(_swap(of, (keys[row], keys[back]), shares, inputs[[row, back]]))
    return found


def _swap(of: Evidence, keys: tuple[str, str], shares: Any, inputs: Array) -> Finding:
    one, other = (of.name(key) for key in keys)
    return Finding(
        kind="classes_swapped",
        severity="act",
        sentence=(
            f"{one} and {other} are predicted as one another: {percent(shares[0])} of {one} as "
            f"{other}, {percent(shares[1])} of {other} as {one} (n = {inputs[0]:,} and "
            f"{inputs[1]:,})."
        ),
        more="Their labels are probably swapped in training or in evaluation.",
        subjects=(of.subject,),
        classes=(one, other),
        effect=float(min(shares)),
        scale="share",
        n=int(inputs.sum()),
        floor=SWAPPED / 10,
        convention="more than half of each class predicted as the other",
        next="Compare how the two data sets number their classes.",
        link=links.at("distributions", of.subject, subsets=keys),
    )


def _starved(
    of: Evidence, keys: list[str], own: Array, table: Array, inputs: Array
) -> tuple[list[Finding], int]:
    predicted = table.sum(0)[own]
    total = int(table.sum())
    enough = inputs >= FEWEST
    tested = int(enough.sum())
    if not tested or len(keys) < 2:
        return [], 0
    p = significance.fisher(predicted, total, inputs, total)
    low = enough & (predicted < STARVED * inputs) & (p < significance.LEVEL)
    if low.sum() > max(1, len(keys) * FEW):
        return [_few(of, keys, predicted, low, total)], tested
    return [
        Finding(
            kind="class_starved",
            severity="act",
            sentence=(
                f"{of.name(keys[row])} is hardly ever predicted: {predicted[row]:,} times in "
                f"{total:,} inputs, of which {inputs[row]:,} are {of.name(keys[row])} "
                f"({int(table[row, own[row]]):,} of them recognized)."
            ),
            more="Training has seen too few of them, or gives them no weight.",
            subjects=(of.subject,),
            classes=(of.name(keys[row]),),
            effect=float(predicted[row] / inputs[row] - 1),
            scale="share",
            n=int(inputs[row]),
            p=float(p[row]),
            floor=(1 - STARVED) / 10,
            convention="predicted less than a quarter as often as it occurs; Fisher",
            next="Count the class's examples in training; sample or weight them more.",
            link=links.at("graph", of.subject, subsets=(keys[row],)),
        )
        for row in np.flatnonzero(low)
    ], tested


def _few(of: Evidence, keys: list[str], predicted: Array, low: Array, total: int) -> Finding:
    rare = [of.name(keys[row]) for row in np.flatnonzero(low)]
    most = of.name(keys[int(predicted.argmax())])
    share = len(rare) / len(keys)
    return Finding(
        kind="few_classes",
        severity="note",
        sentence=(
            f"{len(rare)} of {len(keys)} classes are hardly ever predicted, {names(rare)}; "
            f"{percent(predicted.max() / total)} of {total:,} predictions are {most}."
        ),
        more="So early it is usual; later it means that the model does not learn.",
        subjects=(of.subject,),
        classes=tuple(rare),
        effect=share,
        scale="share",
        n=total,
        floor=FEW,
        convention="predicted less than a quarter as often as they occur",
        link=links.at("overview", of.subject),
    )


def _most_confused(
    of: Evidence, keys: list[str], own: Array, table: Array, inputs: Array, gone: set[str]
) -> list[Finding]:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(inputs[:, None] >= FEWEST, table / inputs[:, None], 0.0)
    share[np.arange(len(own)), own] = 0
    order = np.argsort(-share, axis=None)[:MOST_LISTED]
    found: list[Finding] = []
    for row, taken in zip(*np.unravel_index(order, share.shape), strict=True):
        pair = keys[row], f"class:{taken}"
        true, other = (of.name(key) for key in pair)
        if share[row, taken] < CONFUSED or {true, other} & gone:
            continue
        low, high = significance.wilson(table[row, taken], inputs[row])
        found.append(
            Finding(
                kind="confusion",
                severity="note",
                sentence=(
                    f"{true} is predicted as {other} in {table[row, taken]:,} of {inputs[row]:,} "
                    f"inputs, {percent(share[row, taken])}."
                ),
                subjects=(of.subject,),
                classes=(true, other),
                effect=float(share[row, taken]),
                low=float(low),
                high=float(high),
                scale="share",
                n=int(inputs[row]),
                floor=CONFUSED,
                convention="counted; Wilson's interval",
                next="Compare the two classes, and the instances that are mixed up.",
                link=links.at("distributions", of.subject, subsets=pair),
            )
        )
    return found
