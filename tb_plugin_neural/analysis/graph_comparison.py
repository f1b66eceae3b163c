"""Two attribution graphs as one: what only one of them has, and what both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.analysis.attribution_graph import AttributionGraph

    Places = Sequence[tuple[int, int]]

Nodes = NDArray[np.int64]

NONE = -1
"""The number of a unit that a network does not have."""


@dataclass(frozen=True)
class Node:
    """A unit: its number in the networks of A and of B, or -1; and which graphs keep it."""

    a: int
    b: int
    side: str


@dataclass(frozen=True)
class Edge:
    """What one unit gets from another.

    Attributes:
        producer, consumer: places among the nodes.
        side: which graphs have it, `A`, `both` or `B`.
        weight: in A and in B, also where that graph does not keep it; None where none is known.
    """

    producer: int
    consumer: int
    side: str
    weight: tuple[float | None, float | None]
    kind: str


@dataclass(frozen=True)
class Comparison:
    """The nodes and edges of one graph, or of two together."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def compare(
    a: AttributionGraph, b: AttributionGraph | None = None, match: NDArray[Any] | None = None
) -> Comparison:
    """Lay two graphs over each other: of two classes, steps or runs, of clean and attacked inputs.

    Args:
        a: one graph.
        b: the other; without one, all is A's.
        match: for every unit of A's network its partner's number in B's, or -1. By default both
            networks have the same units.
    """
    if b is None:
        nodes = [Node(one, NONE, "A") for one in a.kept.tolist()]
        both = [(a, np.array([node.a for node in nodes], np.int64))]
    else:
        partner = np.arange(len(a.rank)) if match is None else np.asarray(match, dtype=np.int64)
        nodes = _nodes(a, b, partner)
        both = [
            (a, np.array([node.a for node in nodes], np.int64)),
            (b, np.array([node.b for node in nodes], np.int64)),
        ]
    kept = [dict.fromkeys(_ends(graph, own)) for graph, own in both]
    ends = list({place: None for places in kept for place in places})
    weights = [_weights(graph, own, ends) for graph, own in both]
    kinds = [_kinds(graph, own, ends) for graph, own in both]
    edges = []
    for at, place in enumerate(ends):
        sides = [place in places for places in kept]
        side = "both" if sum(sides) == 2 else "AB"[sides.index(True)]
        known = [one[at] for one in weights] + [None] * (2 - len(both))
        kind = kinds[sides.index(True)][at]
        edges.append(Edge(*place, side, (known[0], known[1]), kind))
    return Comparison(tuple(nodes), tuple(edges))


def _nodes(a: AttributionGraph, b: AttributionGraph, partner: Nodes) -> list[Node]:
    in_a, in_b = set(a.kept.tolist()), set(b.kept.tolist())
    of_b = {other: one for one, other in enumerate(partner.tolist()) if other != NONE}
    nodes = []
    for one in a.kept.tolist():
        other = int(partner[one])
        nodes.append(Node(one, other, "both" if other in in_b else "A"))
    for other in b.kept.tolist():
        one = of_b.get(other, NONE)
        if one not in in_a:
            nodes.append(Node(one, other, "B"))
    return nodes


def _ends(graph: AttributionGraph, own: Nodes) -> list[tuple[int, int]]:
    """The graph's edges, by the places of its units among the nodes."""
    place = {one: at for at, one in enumerate(own.tolist()) if one != NONE}
    return [(place[producer], place[consumer]) for producer, consumer in graph.edges]


def _numbers(own: Nodes, ends: Places) -> tuple[Nodes, Nodes, NDArray[np.bool_]]:
    """Producers' and consumers' numbers, and where the network has both."""
    places = np.array(ends, np.int64).reshape(-1, 2)
    producer, consumer = own[places[:, 0]], own[places[:, 1]]
    return producer, consumer, (producer != NONE) & (consumer != NONE)


def _weights(graph: AttributionGraph, own: Nodes, ends: Places) -> list[float | None]:
    producer, consumer, there = _numbers(own, ends)
    weights = np.zeros(len(ends))
    if there.any():
        weights[there] = graph.network.weights[consumer[there], producer[there]]
    return [weight or None for weight in weights.tolist()]


def _kinds(graph: AttributionGraph, own: Nodes, ends: Places) -> list[str]:
    producer, consumer, there = _numbers(own, ends)
    kinds = np.full(len(ends), "", dtype=object)
    kinds[there] = graph.network.kinds(producer[there], consumer[there])
    return list(kinds)
