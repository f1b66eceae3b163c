"""Checks and conversions of a recorder's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from summary_ops import tasks
from summary_ops.influence.options import Graph
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
