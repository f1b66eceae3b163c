"""Checks and conversions of a recorder's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from summary_ops import tasks


def check(task: str | None, reduction: str, probe_dtype: str, bins: int) -> None:
    """Check the arguments that are one of a few.

    Raises:
        ValueError: one is not.
    """
    for what, value, allowed in (
        ("task", task, tasks.TASKS),
        ("reduction", reduction, ("max", "mean")),
        ("probe_dtype", probe_dtype, ("uint8", "float16")),
    ):
        if value not in allowed:
            raise ValueError(f"{what}={value!r}, expected one of {', '.join(map(repr, allowed))}")
    if not 8 <= bins <= 1024:
        raise ValueError(f"bins={bins}, expected 8 to 1024")


def focus_indices(
    focus: Sequence[int | str] | None, classes: tuple[str, ...]
) -> tuple[int, ...] | None:
    """Indices of the focus classes, given by index or name.

    Raises:
        ValueError: there is no class of that name.
    """
    if focus is None:
        return None
    if unknown := [c for c in focus if isinstance(c, str) and c not in classes]:
        raise ValueError(f"focus: no class named {unknown[0]!r}; classes: {', '.join(classes)}")
    return tuple(classes.index(c) if isinstance(c, str) else int(c) for c in focus)


def windows_by_layer(
    window: tuple[float, float] | Mapping[str, tuple[float, float]] | None,
) -> Mapping[str, tuple[float, float]]:
    """Histogram bounds by layer name; an empty name stands for every layer.

    Raises:
        ValueError: a lower bound is not below its upper bound.
    """
    if window is None:
        return {}
    named = window if isinstance(window, Mapping) else {"": window}
    for name, (low, high) in named.items():
        if not low < high:
            raise ValueError(f"window {name!r}: ({low}, {high}), expected low < high")
    return named
