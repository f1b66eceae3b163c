"""The selections of the page that show what a finding says, as JSON by key of its address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tb_plugin_neural.analysis.findings.finding import Subject


def at(
    view: str,
    subject: Subject,
    *,
    layers: Sequence[str] = (),
    subsets: Sequence[str] = (),
    instances: Sequence[int] = (),
    unit: tuple[str, int] | None = None,
    marked: tuple[str, Sequence[int]] | None = None,
) -> dict[str, Any]:
    """Link to a view of one snapshot.

    Args:
        view: `overview`, `distributions`, `graph`, `projections`, `what-if` or `architecture`.
        subject: its run, model and step.
        layers: those that are shown.
        subsets: keys of those that are shown.
        instances: of the probe set.
        unit: the unit whose panel is open.
        marked: units of a layer that stand out.

    Returns:
        Every key; None for what is left as it is.
    """
    hues = [[key, _hue(key)] for key in subsets]
    parts: dict[str, Any] = {
        "view": view,
        "a": [subject.run, subject.model, subject.step],
        "layers": [*layers],
        "subsets": hues,
        "instances": [int(one) for one in instances],
        "b": None,
        "unit": [unit[0], int(unit[1])] if unit else None,
        "marked": [[marked[0], [int(one) for one in marked[1]]]] if marked else None,
    }
    return {key: value or None for key, value in parts.items()}


def compared(view: str, subjects: tuple[Subject, ...], **parts: Any) -> dict[str, Any]:
    """Link to a view of two snapshots, A and B; of one snapshot's subsets, to both subsets."""
    after, before = subjects
    found = at(view, after, **parts)
    if (after.run, after.model, after.step) == (before.run, before.model, before.step):
        keys = dict.fromkeys((after.subset, before.subset))
        return found | {"subsets": [[key, _hue(key)] for key in keys]}
    return found | {"b": [before.run, before.model, "pinned", before.step]}


def _hue(key: str) -> int:
    index = key.rpartition(":")[2]
    return int(index) if index.isdigit() else 0
