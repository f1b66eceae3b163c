"""Find how much better a model does on one slice of the inputs than on another."""

from __future__ import annotations

import dataclasses

import numpy as np

from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.evidence import Array, Evidence, ProbeEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.words import percent, points

TRAINED = ("train", "training", "trainset", "train_set")
HELD_OUT = ("val", "valid", "validation", "dev", "test", "testing", "heldout", "held-out", "eval")
"""Names by which a slice is known to be trained on, or not."""

FLOOR, OF_A_CLASS = 0.025, 0.05
GRAVE = 0.1
"""A gap between training and validation of so much is worth a look."""

FEWEST = 20
"""Instances of each side that a gap is judged from."""


def of_training(of: Evidence) -> Family:
    """Compare the probe set's slices of training and of held-out inputs, known by their names.

    See `gap` for the null hypothesis; a gap of ten points is worth a look.
    """
    named = of.probe.slices if of.probe is not None else {}
    by_word = {name.casefold(): name for name in named}
    trained = next((by_word[word] for word in TRAINED if word in by_word), None)
    held = next((by_word[word] for word in HELD_OUT if word in by_word), None)
    if of.probe is None or trained is None or held is None:
        return Family()
    sides = named[trained], named[held]
    return gap(of, of.probe, (f"slice:{trained}", f"slice:{held}"), sides, of_training=True)


def compared(before: Evidence, after: Evidence) -> Family:
    """Compare two subsets of one snapshot by their instances of the probe set; see `gap`."""
    here, there = before.subject, after.subject
    same = (here.run, here.model, here.step) == (there.run, there.model, there.step)
    if not same or before.probe is None or after.probe is None:
        return Family()
    sides = before.probe.members, after.probe.members
    return gap(after, after.probe, (here.subset, there.subset), sides, of_training=False)


def gap(
    of: Evidence,
    probe: ProbeEvidence,
    keys: tuple[str, str],
    sides: tuple[Array, Array],
    *,
    of_training: bool,
) -> Family:
    """Test whether a model predicts one slice better than another, in all and class by class.

    Null hypothesis: an instance of the one slice is as likely to be predicted rightly as one of
    the other, a class's likewise; two proportions (Fisher). Instances in both slices are left out,
    and so are classes with fewer than 20 instances on a side.

    Args:
        of: the snapshot.
        probe: with the predictions.
        keys: of the slices; the first is what the second falls short of.
        sides: `[N]` each, the slices' members.
        of_training: whether the model was trained on the first, and not on the second.
    """
    if probe.predicted is None:
        return Family()
    known = (probe.labels >= 0) & (probe.pairs < 0) & ~(sides[0] & sides[1])
    right = probe.predicted == probe.labels
    chosen = [
        ("", known),
        *((of.names[c], known & (probe.labels == c)) for c in range(len(of.names))),
    ]
    rows = [
        (name, k, n, k2, n2)
        for name, members in chosen
        for (k, n), (k2, n2) in [[_right(right, members & side) for side in sides]]
        if min(n, n2) >= FEWEST
    ]
    if not rows:
        return Family()
    counts = np.array([row[1:] for row in rows])
    p = significance.fisher(*counts.T)
    found = [
        _told(of, keys, row, float(chance), of_training=of_training)
        for row, chance in zip(rows, p, strict=True)
        if chance < significance.LEVEL
    ]
    whole = next((one.effect for one in found if not one.classes), 0.0)
    found = [one for one in found if not one.classes or _beyond(one, whole)]
    smallest = int(counts[0][[1, 3]].min())
    least = significance.detectable_share(counts[0][0] / counts[0][1], smallest, len(rows))
    power = f"a gap in accuracy by {points(least)} (n = {smallest:,})"
    return Family(tuple(found), len(rows), detectable=power)


def _beyond(of_class: Finding, whole: float) -> bool:
    """Return whether a class's gap is surely wider than the model's: else it follows from that."""
    low, high = of_class.low, of_class.high
    return low is not None and high is not None and not low <= whole <= high


def _right(right: Array, chosen: Array) -> tuple[int, int]:
    return int((right & chosen).sum()), int(chosen.sum())


def _told(
    of: Evidence,
    keys: tuple[str, str],
    row: tuple[str, int, int, int, int],
    p: float,
    *,
    of_training: bool,
) -> Finding:
    name, k, n, k2, n2 = row
    effect = k2 / n2 - k / n
    low, high = (float(end) for end in significance.difference_interval(k, n, k2, n2))
    one, two = (of.name(key).removeprefix("slice:") for key in keys)
    of_class = f" of class {name}" if name else ""
    grave = of_training and effect < -GRAVE
    subjects = tuple(dataclasses.replace(of.subject, subset=key) for key in reversed(keys))
    return Finding(
        kind="class_gap" if name else "slice_gap",
        severity="look" if grave else "note",
        sentence=(
            f"Accuracy{of_class} is {points(effect)} {'lower' if effect < 0 else 'higher'} on "
            f"{two} than on {one}: {percent(k2 / n2)} of {n2:,} instances of the probe set are "
            f"right, {percent(k / n)} of {n:,} on {one}."
        ),
        more="The model overfits, or the two are drawn from different data." if grave else "",
        subjects=subjects,
        classes=(name,) if name else (),
        effect=effect,
        low=low,
        high=high,
        scale="share",
        n=n2,
        p=p,
        floor=OF_A_CLASS if name else FLOOR,
        convention="two proportions (Fisher) on the probe set's slices",
        next="Compare both slices' distributions; more data, augmentation or regularization help "
        "against overfitting."
        if grave
        else None,
        link=links.compared("distributions", (subjects[0], subjects[1])),
    )
