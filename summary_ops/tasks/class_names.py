"""Read class names, and classes given by name or index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def class_names(classes: Sequence[str] | Mapping[int, str] | None) -> tuple[str, ...]:
    """Class names in the order of their indices; none when they are not known.

    Raises:
        TypeError: they are no names.
        ValueError: a dict's indices are not 0, 1, 2, ….
    """
    if classes is None:
        return ()
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Iterable):
        raise TypeError(f"classes={classes!r}, expected names by index: ['cat', 'dog']")
    if isinstance(classes, Mapping):
        by_index = {int(index): str(name) for index, name in classes.items()}
        if sorted(by_index) != list(range(len(by_index))):
            raise ValueError(f"classes with indices {sorted(by_index)[:10]}, expected 0, 1, 2, …")
        return tuple(by_index[index] for index in range(len(by_index)))
    return tuple(str(name) for name in classes)


def several(given: Any) -> list[Any]:
    """Return the argument as a list; one name or number becomes a list of one."""
    return [given] if isinstance(given, (str, int, float)) else list(given)


def focus_indices(
    focus: int | str | Sequence[int | str] | None, classes: tuple[str, ...], what: str = "focus"
) -> tuple[int, ...] | None:
    """Return the indices of classes given by index or name; `what` is the argument's name.

    Raises:
        ValueError: there is no class of that name.
    """
    if focus is None:
        return None
    focus = several(focus)
    if unknown := [c for c in focus if isinstance(c, str) and c not in classes]:
        raise ValueError(f"{what}: no class named {unknown[0]!r}; classes: {', '.join(classes)}")
    return tuple(classes.index(c) if isinstance(c, str) else int(c) for c in focus)
