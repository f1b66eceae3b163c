"""Find layers that moved, and layers that separate the classes better or worse."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tb_plugin_neural.analysis import layer_health
from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.contract import Contract
from tb_plugin_neural.analysis.findings.evidence import Array, Evidence, History, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding, listed
from tb_plugin_neural.analysis.findings.words import between_runs, moment, names, number

FLOOR = 0.1
"""Standard deviations that units move by, root mean square."""

SEPARATION = 0.03
"""Share of the variance between classes that a layer gains or loses."""

FEWEST = 20


@dataclass(frozen=True, eq=False)
class Shift:
    """The movement of a layer's units: in standard deviations `[U]`, with standard errors and p."""

    units: Array
    error: Array
    p: Array
    n: int
    convention: str

    @property
    def size(self) -> float:
        """Root mean square over units, what sampling alone would give taken off."""
        return float(np.sqrt(max(0.0, np.mean(self.units**2 - self.error**2))))

    @property
    def interval(self) -> tuple[float, float]:
        """Return the interval of `size`, as wide as if all units erred together."""
        half = significance.Z * float(np.sqrt(np.mean(self.error**2)))
        return max(0.0, self.size - half), self.size + half


def moved(before: Evidence, after: Evidence, terms: Contract, history: History | None) -> Family:
    """Layers whose units' mean activations moved.

    Null hypothesis, a unit: its mean activation on inputs of this kind is the same before and
    after; Student's paired t where both have seen the same probe set, else Welch's. A layer's
    p-value is Simes' over its units. What moved no further than neighbouring records differ is
    left out: two snapshots of a training always differ.
    """
    shifts = {
        name: shift
        for name in terms.layers
        if name in terms.units and (shift := shift_of(before, after, terms.probe, name)) is not None
    }
    churn = _churn(before, after, history)
    shifts_found = {
        name: shift
        for name, shift in shifts.items()
        if significance.simes(shift.p) < significance.LEVEL
        and shift.size >= max(FLOOR, churn.get(name, 0.0))
    }
    least = [significance.detectable_shift(shift.n, len(shift.p)) for shift in shifts.values()]
    power = f"a unit's mean by {number(min(least))} σ" if least else None
    if not shifts_found:
        return Family(tested=len(shifts), detectable=power)
    return Family((_moved(before, after, shifts_found, churn),), len(shifts), detectable=power)


def _churn(before: Evidence, after: Evidence, history: History | None) -> dict[str, float]:
    """Return the difference of neighbouring records of one run; between runs it is unknown."""
    here, there = before.subject, after.subject
    if history is None or (here.run, here.model) != (there.run, there.model):
        return {}
    return dict(history.churn) if here.subset == there.subset == "all" else {}


def shift_of(before: Evidence, after: Evidence, paired: bool, name: str) -> Shift | None:
    """Return how one layer's units moved; None with too few inputs, or without variance."""
    here, there = before.layers[name], after.layers[name]
    found = None
    if paired and after.probe is not None and here.probe is not None and there.probe is not None:
        members = after.probe.members & (after.probe.pairs < 0)
        if here.probe.shape == there.probe.shape:
            found = _paired(here.probe, there.probe, members)
    return found or _unpaired(here, there)


def _paired(here: Array, there: Array, members: Array) -> Shift | None:
    a, b = here[members].astype(np.float64), there[members].astype(np.float64)
    n = len(a)
    if n < FEWEST:
        return None
    known = np.isfinite(a).all(0) & np.isfinite(b).all(0)
    a, b = a[:, known], b[:, known]
    spread = np.sqrt((a.var(0) + b.var(0)) / 2)
    varies = spread > 0
    if not varies.any():
        return None
    difference = (b - a)[:, varies]
    mean, error = difference.mean(0), difference.std(0, ddof=1) / np.sqrt(n)
    p = significance.z_test(mean, error, n - 1)
    scale = spread[varies]
    return Shift(mean / scale, error / scale, p, n, "paired t on the probe set, Simes over units")


def _unpaired(here: LayerEvidence, there: LayerEvidence) -> Shift | None:
    a, b = here.spread, there.spread
    enough = (a.count >= FEWEST) & (b.count >= FEWEST)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = [one.std.astype(np.float64) ** 2 for one in (a, b)]
        spread = np.sqrt((variance[0] + variance[1]) / 2)
        parts = [v / np.maximum(1, s.count - 1) for v, s in zip(variance, (a, b), strict=True)]
    varies = enough & np.isfinite(spread) & (spread > 0)
    if not varies.any():
        return None
    mean = (b.mean.astype(np.float64) - a.mean)[varies]
    error = np.sqrt((parts[0] + parts[1])[varies])
    counts = [one.count[varies].astype(np.float64) for one in (a, b)]
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = error**4 / sum(
            part[varies] ** 2 / (count - 1) for part, count in zip(parts, counts, strict=True)
        )
    p = significance.z_test(mean, error, np.nan_to_num(freedom, nan=1.0))
    n = int(np.median(np.minimum(*counts)))
    scale = spread[varies]
    return Shift(mean / scale, error / scale, p, n, "Welch's t on moments, Simes over units")


def _moved(
    before: Evidence, after: Evidence, shifts_found: dict[str, Shift], churn: dict[str, float]
) -> Finding:
    subjects = (after.subject, before.subject)
    order = sorted(shifts_found, key=lambda name: -shifts_found[name].size)
    most = shifts_found[order[0]]
    low, high = most.interval
    usual = churn.get(order[0])
    units = np.argsort(-np.abs(most.units))
    runs = between_runs(subjects)
    rest = [f"{name} ({number(shifts_found[name].size)} σ)" for name in order[1:]]
    return Finding(
        kind="layers_moved",
        severity="note",
        sentence=(
            f"Units of {order[0]} {'differ' if runs else 'moved'} by {number(most.size)} σ (root "
            f"mean square of their means) {moment(*subjects)}."
        ),
        more=f"So {'do' if runs else 'did'} {names(rest)}." if rest else "",
        subjects=subjects,
        layer=order[0],
        layers=tuple(name for name in after.layers if name in shifts_found),
        units=listed(units[:8]),
        unit_count=int(significance.discoveries(most.p).sum()),
        effect=most.size,
        low=low,
        high=high,
        scale="sigma",
        n=most.n,
        p=significance.simes(most.p),
        churn=usual,
        floor=FLOOR,
        convention=most.convention,
        link=links.compared("distributions", subjects, layers=order[:4]),
    )


def separation(before: Evidence, after: Evidence, terms: Contract) -> Family:
    """Find layers that separate the classes better or worse: η², the variance between classes.

    Null hypothesis, a layer: the mean over units of η² is the same before and after, as seen by
    samples of these sizes; a normal test whose standard error is the one that units would have if
    they erred together, so that it errs on the safe side.
    """
    rows = []
    for name in terms.layers:
        here, there = before.layers[name], after.layers[name]
        known = here.classes is not None and there.classes is not None
        if not known or here.keys != there.keys or len(here.keys) < 2:
            continue
        old, new = separability(here), separability(there)
        if np.isfinite(old + new):
            rows.append((name, old, new, min(here.inputs, there.inputs)))
    found = [
        (name, old, new, error, n)
        for name, old, new, n in rows
        if (error := math.hypot(_error(old, n), _error(new, n))) > 0
        and abs(new - old) >= SEPARATION
        and _p(new - old, error) < significance.LEVEL
    ]
    if not found:
        return Family(tested=len(rows))
    return Family((_separation(before, after, found),), len(rows))


def separability(layer: LayerEvidence) -> float:
    """Mean over units of η², what chance alone would give taken off."""
    if layer.classes is None:
        return float("nan")
    value = layer_health.separability(layer.classes)
    by_chance = layer_health.chance(len(layer.keys), layer.inputs)
    return value - by_chance if np.isfinite(by_chance) else value


def _error(eta: float, n: int) -> float:
    """Return the standard error of one unit's η², as of a squared correlation."""
    return float(np.sqrt(4 * max(eta, 0) * (1 - eta) ** 2 / max(n, 1)))


def _p(difference: float, error: float) -> float:
    return float(significance.z_test(np.array(difference), np.array(error), 10**6))


def _separation(
    before: Evidence, after: Evidence, found: list[tuple[str, float, float, float, int]]
) -> Finding:
    subjects = (after.subject, before.subject)
    name, old, new, error, n = max(found, key=lambda row: abs(row[2] - row[1]))
    better = new > old
    alike = [row for row in found if (row[2] > row[1]) == better and row[0] != name]
    order = list(after.layers)
    half = significance.Z * error
    effect = new - old
    early = order.index(name) < len(order) / 2
    return Finding(
        kind="separation",
        severity="note",
        sentence=(
            f"{name}{', an early layer,' if early else ''} tells the classes apart "
            f"{'better' if better else 'worse'} {moment(*subjects)}: {number(100 * new)} % of its "
            f"units' variance lies between classes, {number(100 * old)} % before."
        ),
        more=f"So {'do' if len(alike) > 1 else 'does'} {names(row[0] for row in alike)}."
        if alike
        else "",
        subjects=subjects,
        layer=name,
        layers=tuple(one for one in order if one in {name, *(row[0] for row in alike)}),
        effect=effect,
        low=effect - half,
        high=effect + half,
        scale="share",
        n=n,
        p=_p(effect, error),
        floor=SEPARATION,
        convention="η² of true classes, mean over units; normal test",
        link=links.compared("architecture", subjects, layers=(name,)),
    )
