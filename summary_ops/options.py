"""Checks and conversions of a recorder's arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from summary_ops import tasks
from summary_ops.graph import Graph
from summary_ops.projections import Projection


def check(task: str | None, reduction: str | None, probe_dtype: str, bins: int) -> None:
    """Check the arguments that are one of a few.

    Raises:
        ValueError: one is not.
    """
    for what, value, allowed in (
        ("task", task, tasks.NAMES),
        ("reduction", reduction, ("max", "mean", None)),
        ("probe_dtype", probe_dtype, ("uint8", "float16")),
    ):
        if value not in allowed:
            raise ValueError(f"{what}={value!r}, expected one of {', '.join(map(repr, allowed))}")
    if not 8 <= bins <= 1024:
        raise ValueError(f"bins={bins}, expected 8 to 1024")


def check_graph(graph: Graph | None) -> Graph | None:
    """The graph options as they are.

    Raises:
        TypeError: they are none.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph={graph!r}, expected summary_ops.Graph(…), or None for none of it")
    return graph


def check_projection(projection: Projection | None) -> Projection | None:
    """The projection options as they are.

    Raises:
        TypeError: they are none.
    """
    if projection is not None and not isinstance(projection, Projection):
        raise TypeError(
            f"projection={projection!r}, expected summary_ops.Projection(…), or None for none of it"
        )
    return projection


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
        places = {int(index): str(name) for index, name in classes.items()}
        if sorted(places) != list(range(len(places))):
            raise ValueError(f"classes with indices {sorted(places)[:10]}, expected 0, 1, 2, …")
        return tuple(places[index] for index in range(len(places)))
    return tuple(str(name) for name in classes)


def several(given: Any) -> list[Any]:
    """What was given as a list; one name or number stands for a list of it."""
    return [given] if isinstance(given, (str, int, float)) else list(given)


def batch_axis(given: Any) -> int | dict[str, int] | None:
    """The batch axis as it is stated.

    Raises:
        ValueError: it is neither 0, 1, nor axes by layer name.
    """
    if given is None or (given in (0, 1) and not isinstance(given, bool)):
        return None if given is None else int(given)
    if isinstance(given, Mapping) and all(isinstance(axis, int) for axis in given.values()):
        return dict(given)
    raise ValueError(
        f"batch_axis={given!r}; expected 0 or 1, the axis of the model's own inputs, or "
        "{layer: axis} for outputs of layers"
    )


def focus_indices(
    focus: int | str | Sequence[int | str] | None, classes: tuple[str, ...], what: str = "focus"
) -> tuple[int, ...] | None:
    """Indices of classes given by index or name; `what` is the argument's name.

    Raises:
        ValueError: there is no class of that name.
    """
    if focus is None:
        return None
    focus = several(focus)
    if unknown := [c for c in focus if isinstance(c, str) and c not in classes]:
        raise ValueError(f"{what}: no class named {unknown[0]!r}; classes: {', '.join(classes)}")
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
