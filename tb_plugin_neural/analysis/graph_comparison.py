"""Two attribution graphs as one: what only one of them has, what both have, and what is undecided.

Which units a graph keeps depends on the inputs that were sampled. With the standard errors of what
they are chosen by, a unit is surely in or out where it lies more than 1.645 of them from the cut;
graphs of two halves of one sample then differ in few units that are said to be of one side alone.
An edge between units of both is of one side alone where its weight there exceeds that in the other
by more than 1.645 standard errors of their difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

    from tb_plugin_neural.analysis.attribution_graph import AttributionGraph

    Places = Sequence[tuple[int, int]]

Nodes = NDArray[np.int64]

SURE = 1.645
"""Standard errors from the cut beyond which a unit is in or out in 95 % of samples."""

MOST_PRODUCERS = 8
"""Producers that are recorded of a unit: with fewer, others give it nothing."""

NONE = -1
"""The number of a unit that a network does not have."""


@dataclass(frozen=True)
class Node:
    """A unit: its number in the networks of A and of B, or -1; and which graphs keep it.

    Attributes:
        decided: whether other inputs would very likely say the same of the sides.
    """

    a: int
    b: int
    side: str
    decided: bool = True


@dataclass(frozen=True)
class Edge:
    """The influence of one unit on another.

    Attributes:
        producer, consumer: places among the nodes.
        side: which graphs have it, `A`, `both` or `B`.
        weight: in A and in B, also where that graph does not keep it; None where none is known.
        decided: as of nodes; of an edge that one graph has between units of both, whether its
            weight surely differs.
    """

    producer: int
    consumer: int
    side: str
    weight: tuple[float | None, float | None]
    kind: str
    decided: bool = True


@dataclass(frozen=True)
class Comparison:
    """The nodes and edges of one graph, or of two together."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def compare(
    a: AttributionGraph,
    b: AttributionGraph | None = None,
    match: NDArray[Any] | None = None,
    errors: Sequence[NDArray[Any] | None] = (None, None),
) -> Comparison:
    """Lay two graphs over each other: of two classes, steps or runs, of clean and attacked inputs.

    Args:
        a: one graph.
        b: the other; without one, all is A's.
        match: for every unit of A's network its partner's number in B's, or -1. By default both
            networks have the same units.
        errors: standard errors of what units were chosen by, `[nodes]`, in A and in B; None or NaN
            where they are not known, and all is taken as decided.
    """
    if b is None:
        nodes = [Node(one, NONE, "A") for one in a.kept.tolist()]
        both = [(a, np.array([node.a for node in nodes], np.int64))]
    else:
        partner = np.arange(len(a.rank)) if match is None else np.asarray(match, dtype=np.int64)
        nodes = _decided(_nodes(a, b, partner), (a, b), errors)
        both = [
            (a, np.array([node.a for node in nodes], np.int64)),
            (b, np.array([node.b for node in nodes], np.int64)),
        ]
    kept = [dict.fromkeys(_ends(graph, own)) for graph, own in both]
    ends = list({pair: None for pairs in kept for pair in pairs})
    weights = [_weights(graph, own, ends) for graph, own in both]
    kinds = [_kinds(graph, own, ends) for graph, own in both]
    edges = []
    for at, pair in enumerate(ends):
        sides = [pair in pairs for pairs in kept]
        side = "both" if sum(sides) == 2 else "AB"[sides.index(True)]
        known = [one[at] for one in weights] + [None] * (2 - len(both))
        kind = kinds[sides.index(True)][at]
        ends_of = [nodes[end] for end in pair]
        decided = all(end.decided for end in ends_of)
        if b is not None and side != "both" and all(end.side == "both" for end in ends_of):
            surely = _exceeds((a, b), ends_of, sides.index(True))
            decided = decided and (all(one is None for one in errors) if surely is None else surely)
        edges.append(Edge(*pair, side, (known[0], known[1]), kind, decided))
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


def _decided(
    nodes: Sequence[Node],
    graphs: Sequence[AttributionGraph],
    errors: Sequence[NDArray[Any] | None],
) -> list[Node]:
    """Mark whether each node's sides are decided."""
    away = [_from_cut(graph, error) for graph, error in zip(graphs, errors, strict=True)]
    found = []
    for node in nodes:
        decided = True
        for at, (own, name) in enumerate(((node.a, "A"), (node.b, "B"))):
            if own != NONE:
                distance = away[at][own] if node.side in (name, "both") else -away[at][own]
                decided = decided and not distance <= SURE
        found.append(replace(node, decided=decided))
    return found


def _from_cut(graph: AttributionGraph, error: NDArray[Any] | None) -> NDArray[Any]:
    """Return how many standard errors units lie above the cut; NaN where that is unknown."""
    score = graph.score
    if error is None or not len(graph.kept):
        return np.full(len(score), np.nan)
    kept = np.zeros(len(score), bool)
    kept[graph.kept] = True
    known = np.isfinite(error)
    inside, outside = score[kept & known], score[~kept & known]
    if not inside.size:
        return np.full(len(score), np.nan)
    cut = (inside.min() + outside.max(initial=0)) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        away: NDArray[Any] = np.where(known, (score - cut) / error, np.nan)
    return away


def _exceeds(
    graphs: tuple[AttributionGraph, AttributionGraph], ends: Sequence[Node], own: int
) -> bool | None:
    """Return whether an edge is significantly stronger in one graph; None if unknown.

    A weight that the other one does not have is at most as large as the least of the consumer's
    there; of a consumer without any nothing is known, and nothing sure.
    """
    producer, consumer = ((node.a, node.b) for node in ends)
    sizes, variances = zip(
        *(_size(one, producer[at], consumer[at]) for at, one in enumerate(graphs)), strict=True
    )
    if not np.isfinite(variances[own]):
        return None
    return bool(sizes[own] - sizes[1 - own] > SURE * np.sqrt(sum(variances)))


def _size(graph: AttributionGraph, producer: int, consumer: int) -> tuple[float, float]:
    """Absolute weight of an edge and its variance: what they can be at most where it has none."""
    weights, variances = (
        _row(table, consumer) for table in (graph.network.weights, graph.network.variances)
    )
    if producer in weights:
        return abs(weights[producer]), variances[producer]
    if not weights:
        return 0.0, float("nan")
    least = min(map(abs, weights.values())) if len(weights) >= MOST_PRODUCERS else 0.0
    return least, float(np.max([*variances.values()]))


def _row(table: sparse.csr_array, row: int) -> dict[int, float]:
    here = slice(*table.indptr[row : row + 2])
    return dict(zip(table.indices[here].tolist(), table.data[here].tolist(), strict=True))


def _ends(graph: AttributionGraph, own: Nodes) -> list[tuple[int, int]]:
    """Return the graph's edges, by the indices of its units among the nodes."""
    node_of = {one: at for at, one in enumerate(own.tolist()) if one != NONE}
    return [(node_of[producer], node_of[consumer]) for producer, consumer in graph.edges]


def _numbers(own: Nodes, ends: Places) -> tuple[Nodes, Nodes, NDArray[np.bool_]]:
    """Return producers' and consumers' numbers, and where the network has both."""
    pairs = np.array(ends, np.int64).reshape(-1, 2)
    producer, consumer = own[pairs[:, 0]], own[pairs[:, 1]]
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
