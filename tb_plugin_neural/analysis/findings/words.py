"""Format numbers and names for findings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tb_plugin_neural.analysis.findings.finding import Finding, Subject

MOST_NAMED = 4


def percent(share: float) -> str:
    """Format a share such as 12 %, with a digit more where it is small or nearly whole."""
    value = 100 * share
    digits = 0 if value == round(value) or 10 <= abs(value) <= 90 else 1
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


def units(numbers: Sequence[int], total: int) -> str:
    """List the numbers of a few units in brackets; of many, nothing."""
    if not 0 < total <= MOST_NAMED:
        return ""
    return f" (unit{'s' if total > 1 else ''} {', '.join(map(str, numbers[:total]))})"


def moment(after: Subject, before: Subject) -> str:
    """Between what a comparison is, in words."""
    if (after.run, after.model) == (before.run, before.model):
        if after.step != before.step:
            return f"from step {before.step:,} to {after.step:,}"
        return f"from {before.subset} to {after.subset}"
    return f"from {before.run} (step {before.step:,}) to {after.run} (step {after.step:,})"


def told(finding: Finding) -> str:
    """Return the finding's sentence with interval, q and churn in brackets, and further remarks."""
    parts = []
    if finding.low is not None and finding.high is not None:
        ends = (finding.low, finding.high)
        if finding.scale == "share":
            low, high = (f"{100 * end:.1f}" for end in ends)
            of = " points" if len(finding.subjects) > 1 else " %"
        else:
            low, high = (number(end) for end in ends)
            of = {"sigma": " σ"}.get(finding.scale, "")
        parts.append(f"95 % interval {low} to {high}{of}")
    if finding.q is not None:
        parts.append("q < .001" if finding.q < 0.001 else f"q = {finding.q:.3f}".replace("0.", "."))
    if finding.churn is not None and finding.churn > 0:
        times = abs(finding.effect) / finding.churn
        parts.append(f"{number(times)} × what neighbouring records differ by")
    sure = f" ({'; '.join(parts)})" if parts else ""
    more = f" {finding.more}" if finding.more else ""
    return f"{finding.sentence[:-1]}{sure}.{more}"
