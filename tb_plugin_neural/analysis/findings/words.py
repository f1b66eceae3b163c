"""Format numbers and names for findings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from tb_plugin_neural.analysis.findings.finding import Finding, Subject

MOST_NAMED = 4


def percent(share: float, *, exact: bool = False) -> str:
    """Format a share such as 12 %, with a digit more where it is small, nearly whole, or `exact`.

    Shares beside their difference are exact, so that it can be seen to be theirs.
    """
    value = 100 * share
    digits = 0 if not exact and (value == round(value) or 10 <= abs(value) <= 90) else 1
    return f"{value:.{digits}f} %"


def points(share: float) -> str:
    """Format a difference of shares, such as 12.3 points."""
    return f"{100 * abs(share):.1f} points"


def number(value: float, digits: int = 2) -> str:
    """Format a number with `digits` significant digits, without an exponent where it is short."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 10 ** (digits + 3):
        return f"{value:.{digits}g}"
    return f"{float(f'{value:.{digits}g}'):,g}"


def count(size: int, noun: str) -> str:
    """`1 unit`, `1,200 units`, `2 classes`."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{size:,} {noun if size == 1 else plural}"


def names(of: Iterable[str], most: int = MOST_NAMED) -> str:
    """List names as `a`, `a and b`, or `a, b and 3 more`."""
    found = list(of)
    if len(found) > most:
        return f"{', '.join(found[: most - 1])} and {len(found) - most + 1} more"
    return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def attack(name: str, strength: float) -> str:
    """Format an attack as the page does, such as `PGD L∞ at 4/255`; a control is its name."""
    if not math.isfinite(strength):
        return name
    parts = 255 * strength
    of_pixels = re.search(r"linf|fgsm", name, re.IGNORECASE) and parts > 0.5
    whole = of_pixels and abs(parts - round(parts)) < 1e-3
    norm = re.sub(r"(?i)\blinf\b", "L∞", re.sub(r"(?i)\bl2\b", "L2", name))
    return f"{norm} at {f'{round(parts)}/255' if whole else number(strength, 3)}"


def units(numbers: Sequence[int], total: int) -> str:
    """List the numbers of a few units in brackets; of many, nothing."""
    if not 0 < total <= MOST_NAMED:
        return ""
    return f" (unit{'s' if total > 1 else ''} {', '.join(map(str, numbers[:total]))})"


def moment(after: Subject, before: Subject) -> str:
    """Say which steps, subsets or runs a comparison is between."""
    if (after.run, after.model) == (before.run, before.model):
        if after.step != before.step:
            return f"from step {before.step:,} to {after.step:,}"
        return f"from {before.subset} to {after.subset}"
    if after.run == before.run:
        here, there = (f"{one.model} (step {one.step:,})" for one in (after, before))
        return f"from {there} to {here}"
    return f"from {before.run} (step {before.step:,}) to {after.run} (step {after.step:,})"


def between_runs(subjects: Sequence[Subject]) -> bool:
    """Return whether a comparison is of two models, of which none came after the other."""
    return len({(one.run, one.model) for one in subjects}) > 1


def interval(low: float, high: float) -> str:
    """Format the ends of a share's interval, such as 86.5 to 89.4 %."""
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def with_uncertainty(finding: Finding) -> str:
    """Return the finding's sentence with interval, q and churn in brackets, and further remarks."""
    parts = []
    if finding.low is not None and finding.high is not None:
        ends = (finding.low, finding.high)
        if finding.scale == "share":
            low, high = (f"{100 * end:.1f}" for end in ends)
            of = " points" if len(finding.subjects) > 1 else " %"
        else:
            low, high = _ends(*ends)
            of = {"sigma": " σ"}.get(finding.scale, "")
        parts.append(f"95 % interval {low} to {high}{of}".replace("-", "\N{MINUS SIGN}"))
    if finding.q is not None:
        parts.append("q < .001" if finding.q < 0.001 else f"q = {finding.q:.3f}".replace("0.", "."))
    if finding.churn is not None and finding.churn > 0:
        times = abs(finding.effect) / finding.churn
        parts.append(f"{number(times)} × what neighbouring records differ by")
    sure = f" ({'; '.join(parts)})" if parts else ""
    more = f" {finding.more}" if finding.more else ""
    return f"{finding.sentence[:-1]}{sure}.{more}"


def _ends(low: float, high: float) -> tuple[str, str]:
    """Format the ends of an interval, with as many digits as tell them apart, four at most."""
    for digits in (2, 3, 4):
        found = number(low, digits), number(high, digits)
        if found[0] != found[1]:
            break
    return found
