"""Checks and conversions of a recorder's arguments."""

from __future__ import annotations

from summary_ops import tasks
from summary_ops.influence.options import Graph
from summary_ops.projections import Projection


def check_task(task: str | None) -> None:
    """Check the name of a task.

    Raises:
        ValueError: there is no such task.
    """
    if task not in tasks.NAMES:
        raise ValueError(f"task={task!r}, expected one of {', '.join(map(repr, tasks.NAMES))}")


def check_graph(graph: Graph | None) -> Graph | None:
    """Return the graph options as they are.

    Raises:
        TypeError: `graph` is not a `Graph`.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph={graph!r}, expected summary_ops.Graph(…), or None for none of it")
    return graph


def check_projection(projection: Projection | None) -> Projection | None:
    """Return the projection options as they are.

    Raises:
        TypeError: `projection` is not a `Projection`.
    """
    if projection is not None and not isinstance(projection, Projection):
        raise TypeError(
            f"projection={projection!r}, expected summary_ops.Projection(…), or None for none of it"
        )
    return projection
