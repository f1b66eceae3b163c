"""Compare two recipes of training by several runs of each, the seeds."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from tb_plugin_neural.analysis.findings import links, significance, words
from tb_plugin_neural.analysis.findings.evidence import Array, Evidence
from tb_plugin_neural.analysis.findings.finding import Finding, Subject

FEWEST = 3
"""Runs a recipe from which on something may be said of the next run."""

PERMUTED = 4
"""Runs a recipe from which on a permutation test can reach 5 %: 2 of 70 divisions of 4 and 4."""

MOST_DIVISIONS = 20_000
FLOOR, OF_A_CLASS = 0.01, 0.02


@dataclasses.dataclass(frozen=True)
class Difference:
    """The difference of two recipes' means: after minus before, with its 95 % interval and p."""

    effect: float
    low: float
    high: float
    p: float


def difference(before: Sequence[float], after: Sequence[float]) -> Difference:
    """Compare one number of several runs of two recipes.

    Null hypothesis: runs of both recipes have the number from one distribution. Welch's t; from
    four runs a recipe on the exact permutation test too, of which the larger p counts. Where no
    run differs from another of its recipe, the permutation test alone.

    Args:
        before: one value a run, three or more.
        after: likewise, of the other recipe.

    Example:
        >>> difference([0.90, 0.91, 0.92], [0.95, 0.96, 0.97]).p < 0.01
        True
    """
    a, b = np.asarray(before, np.float64), np.asarray(after, np.float64)
    effect = float(b.mean() - a.mean())
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    error = float(np.sqrt(parts.sum()))
    if error <= 1e-12:
        return Difference(effect, effect, effect, permutation(a, b))
    freedom = float(parts.sum() ** 2 / (parts**2 / [len(a) - 1, len(b) - 1]).sum())
    half = float(special.stdtrit(freedom, 1 - significance.LEVEL / 2)) * error
    p = float(significance.z_test(np.array(effect), np.array(error), freedom))
    if min(len(a), len(b)) >= PERMUTED:
        p = max(p, permutation(a, b))
    return Difference(effect, effect - half, effect + half, p)


def permutation(a: Array, b: Array) -> float:
    """Share of the divisions of all values into two groups whose means differ as much or more.

    Of more divisions than 20,000 a sample, drawn with a fixed seed.
    """
    values, size = np.concatenate((a, b)), len(b)
    total = values.sum()
    if math.comb(len(values), size) <= MOST_DIVISIONS:
        places: Any = list(itertools.combinations(range(len(values)), size))
    else:
        random = np.random.default_rng(0)
        order = random.random((MOST_DIVISIONS, len(values))).argsort(1)
        places = np.concatenate((np.arange(len(a), len(values))[None], order[:, :size]))
    sums = values[np.asarray(places)].sum(1)
    means = np.abs(sums / size - (total - sums) / (len(values) - size))
    return float((means >= abs(b.mean() - a.mean()) - 1e-12).mean())


def compare(
    before: Sequence[Evidence], after: Sequence[Evidence], names: tuple[str, str]
) -> tuple[tuple[Finding, ...], int]:
    """Test whether one recipe's runs are more accurate than another's, in all and class by class.

    See `difference` for the null hypothesis; FDR is held to 5 % over all that is tested.

    Args:
        before: one subject a run, with class metrics.
        after: likewise, of the other recipe.
        names: of both recipes.

    Returns:
        The findings, and how many hypotheses were tested.
    """
    shares = [[_shares(one) for one in side] for side in (before, after)]
    known = set.intersection(*(set(run) for side in shares for run in side))
    labels = [name for name in shares[1][0] if name in known]
    found = {name: difference(*([run[name] for run in side] for side in shares)) for name in labels}
    first = [not name for name in labels]
    q = significance.weighted([one.p for one in found.values()], first, len(labels), sum(first))
    told = [
        _finding(name, change, float(value), (before, after), names)
        for (name, change), value in zip(found.items(), q, strict=True)
        if value <= significance.LEVEL and abs(change.effect) >= (OF_A_CLASS if name else FLOOR)
    ]
    ranked = sorted(told, key=lambda one: one.rank)
    return tuple(
        dataclasses.replace(one, sentence=words.with_uncertainty(one)) for one in ranked
    ), len(labels)


def _shares(of: Evidence) -> dict[str, float]:
    """Return the accuracy of all inputs, named "", and of each class that has some."""
    if of.metrics is None or not of.metrics.inputs.sum():
        return {}
    right, total = of.metrics.correct, of.metrics.inputs
    classes = {
        of.name(key): float(right[row] / total[row])
        for row, key in enumerate(of.metrics.keys)
        if total[row]
    }
    return {"": float(right.sum() / total.sum())} | classes


def _finding(
    name: str,
    change: Difference,
    q: float,
    sides: tuple[Sequence[Evidence], Sequence[Evidence]],
    names: tuple[str, str],
) -> Finding:
    better = change.effect > 0
    before, after = (
        dataclasses.replace(side[0].subject, run=of) for side, of in zip(sides, names, strict=True)
    )
    means = [float(np.mean([_shares(one)[name] for one in side])) for side in sides]
    sizes = [len(side) for side in sides]
    of_class = f" on class {name}" if name else ""
    shown: tuple[Subject, Subject] = (sides[1][0].subject, sides[0][0].subject)
    kind = f"recipe{'_class' if name else ''}_{'better' if better else 'worse'}"
    return Finding(
        kind=kind,
        severity="note" if better else "look",
        sentence=(
            f"Recipe {names[1]} is {'better' if better else 'worse'} than {names[0]}{of_class} by "
            f"{words.points(change.effect)}: mean accuracy {words.percent(means[1], exact=True)} "
            f"of {sizes[1]} runs, {words.percent(means[0], exact=True)} of {sizes[0]}."
        ),
        subjects=(after, before),
        classes=(name,) if name else (),
        effect=change.effect,
        low=change.low,
        high=change.high,
        scale="share",
        n=sum(sizes),
        p=change.p,
        q=q,
        floor=OF_A_CLASS if name else FLOOR,
        convention="Welch's t over runs; from 4 + 4 runs on the permutation test as well",
        link=links.compared("overview", shown),
    )
