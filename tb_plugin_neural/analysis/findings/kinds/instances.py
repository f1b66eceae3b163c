"""Instances of the probe set whose prediction changed, and the units that moved with them."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.contract import Contract
from tb_plugin_neural.analysis.findings.evidence import NEIGHBOURS, Array, Evidence, History
from tb_plugin_neural.analysis.findings.finding import Family, Finding, listed
from tb_plugin_neural.analysis.findings.words import count, moment, percent

FLOOR = 0.02
FEWEST = 3
"""Most instances that a finding lists."""

MOST_UNITS = 5


def flipped(before: Evidence, after: Evidence, terms: Contract, history: History | None) -> Family:
    """Instances that are predicted otherwise than before.

    Null hypothesis: no larger a share of them flips than between neighbouring records of the run;
    two proportions (Fisher). Without such records, and between runs, they are counted only.
    """
    here, there = before.probe, after.probe
    if not terms.probe or here is None or there is None or before.names != after.names:
        return Family()
    if here.predicted is None or there.predicted is None:
        return Family()
    chosen = there.members & (there.pairs < 0)
    changed = chosen & (here.predicted != there.predicted)
    flips = np.flatnonzero(changed)
    if len(flips) < FEWEST:
        return Family()
    labelled = chosen & (there.labels >= 0)
    was, now = (side.predicted == there.labels for side in (here, there))
    lost, won = np.flatnonzero(labelled & was & ~now), np.flatnonzero(labelled & now & ~was)
    n = int(chosen.sum())
    share = len(flips) / n
    usual = _usual(before, after, history)
    p = None if usual is None else float(significance.fisher(usual, n, len(flips), n))
    if usual is not None and len(flips) <= usual:
        return Family(tested=1)
    low, high = significance.wilson(len(flips), n)
    layer, units = _moved_with(before, after, terms, changed, chosen)
    subjects = (after.subject, before.subject)
    instances = [*lost.tolist(), *won.tolist(), *flips.tolist()]
    order = list(dict.fromkeys(instances))
    moved = f"In {layer} units {', '.join(map(str, units))} moved most with them." if units else ""
    finding = Finding(
        kind="instances_flipped",
        severity="note",
        sentence=(
            f"{count(len(flips), 'instance')} of {n:,} ({percent(share)}) changed their prediction "
            f"{moment(*subjects)}: {len(lost)} from right to wrong, {len(won)} from wrong to "
            "right."
        ),
        more=moved,
        subjects=subjects,
        layer=layer if units else None,
        units=listed(units),
        unit_count=len(units),
        instances=listed(order),
        instance_count=len(flips),
        effect=share,
        low=float(low),
        high=float(high),
        scale="share",
        n=n,
        p=p,
        floor=FLOOR,
        churn=None if usual is None else usual / n,
        convention="predictions of the probe set; Fisher against neighbouring records",
        next="See where they lie among the others." if len(lost) else None,
        link=links.compared("projections", subjects, instances=order[:24]),
    )
    return Family((finding,), int(p is not None))


def _usual(before: Evidence, after: Evidence, history: History | None) -> int | None:
    """Instances that usually flip between neighbouring records, the last pair left out."""
    here, there = before.subject, after.subject
    same = (here.run, here.model, here.subset) == (there.run, there.model, there.subset)
    if not same or history is None or history.predicted is None or after.probe is None:
        return None
    if history.predicted.shape[1] != len(after.probe.members):
        return None
    table = history.predicted[:, after.probe.members & (after.probe.pairs < 0)]
    known = (table[1:] >= 0) & (table[:-1] >= 0)
    flips = ((table[1:] != table[:-1]) & known).sum(1)[-1 - NEIGHBOURS : -1]
    return int(np.median(flips)) if len(flips) > 1 else None


def _moved_with(
    before: Evidence, after: Evidence, terms: Contract, changed: Array, chosen: Array
) -> tuple[str, list[int]]:
    """Units of the last hidden layer that moved more on the instances that flipped than on others.

    By the difference of the mean absolute change, in the unit's standard deviations.
    """
    same = [name for name in terms.layers if name in terms.units]
    hidden = [name for name in same if not after.layers[name].output]
    for name in reversed(hidden):
        here, there = before.layers[name].probe, after.layers[name].probe
        if here is None or there is None or here.shape != there.shape:
            continue
        rest = chosen & ~changed
        if not rest.any():
            return "", []
        spread = np.nanstd(here[chosen], axis=0)
        change = np.abs(np.nan_to_num(there - here))
        excess = change[changed].mean(0) - change[rest].mean(0)
        score = np.divide(excess, spread, out=np.zeros_like(excess), where=spread > 0)
        order = np.argsort(-score)[:MOST_UNITS]
        return name, [int(unit) for unit in order if score[unit] > 0]
    return "", []
