"""Link recorded layers through the sum nodes between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from summary_ops.tracing.graph.contribution_graph import ContributionGraph
from summary_ops.tracing.graph.sum_nodes import Term

IDENTITY, DIRECT, COMPOSED, LINEARISED, GATED, UNMEASURED = (
    "identity",
    "direct",
    "composed",
    "linearised",
    "gated",
    "unmeasured",
)
ORDER = (IDENTITY, DIRECT, COMPOSED, LINEARISED, GATED, UNMEASURED)


@dataclass(frozen=True)
class Path:
    """The path that units take from one sum node to another.

    Attributes:
        kind: see `tb_plugin_neural.contract.graph_records.Link`.
        via: the weighted sums on it, in order.
    """

    kind: str
    via: tuple[str, ...] = ()

    def in_series(self, other: Path) -> Path:
        """Return this path followed by another."""
        both = {self.kind, other.kind} - {IDENTITY}
        if both == {DIRECT} and self.kind == other.kind:
            both = {COMPOSED}
        return Path(max(both, key=ORDER.index, default=IDENTITY), self.via + other.via)

    def in_parallel(self, other: Path | None) -> Path:
        """Return this path joined with another between the same sum nodes."""
        if other is None or other.kind == UNMEASURED:
            return self
        if self.kind == UNMEASURED:
            return other
        kind = max(self.kind, other.kind, key=ORDER.index)
        return Path(kind, max(self.via, other.via, key=len))


def path_kind(term: Term) -> str:
    """Return the kind of path from a term's units to the sum node."""
    if term.gated:
        return GATED
    if term.linearised:
        return LINEARISED
    return DIRECT if term.op is not None else IDENTITY


def path_of(graph: ContributionGraph, term: Term) -> Path:
    """Return the path from a term's units to the sum node's."""
    name = graph.via(term)
    return Path(path_kind(term), (name,) if name else ())


Layered = tuple[str, bool]
"""A producing layer, and whether it is one by identity."""


@dataclass(frozen=True)
class LayerInputs:
    """The producers of a recorded layer.

    Attributes:
        ways: how its producers do.
        lost: layers that feed it by some way that is not measured.
    """

    paths: dict[Layered, Path]
    lost: frozenset[str]

    def all_paths(self) -> list[tuple[str, Path]]:
        """Return all paths by producer, measured and unmeasured."""
        known = [(layer, path) for (layer, _), path in self.paths.items()]
        unknown = {layer for layer, path in known if path.kind == UNMEASURED}
        return known + [(layer, Path(UNMEASURED)) for layer in sorted(self.lost - unknown)]

    def in_parallel(self, other: LayerInputs) -> LayerInputs:
        """Both, seen in different batches."""
        paths = dict(self.paths)
        paths |= {key: path.in_parallel(paths.get(key)) for key, path in other.paths.items()}
        return LayerInputs(paths, self.lost | other.lost)


def links(graph: ContributionGraph) -> dict[str, LayerInputs]:
    """Return the producers of every recorded layer, in order of execution.

    A layer that feeds another both unit by unit and through weights is two producers.
    """
    reached: dict[int, LayerInputs] = {}
    numbers = graph.flow.numbers
    for index, node in graph.nodes.items():
        found: dict[Layered, Path] = {}
        lost: frozenset[str] = frozenset()
        for term in node.terms:
            step = path_of(graph, term)
            for producer in graph.flow.within(numbers[term.given]):
                before = _before(graph, reached, producer)
                lost |= before.lost
                for key, path in before.paths.items():
                    _add(found, key[0], path.in_series(step))
        measured = {layer for layer, _ in found}
        for value, adds in node.hidden.items():
            for producer in graph.behind(value):
                before = _before(graph, reached, producer)
                names = before.lost.union(layer for layer, _ in before.paths)
                lost |= names if adds else names - measured
        reached[index] = LayerInputs(found, lost)
    return {node.key: reached[index] for index, node in graph.nodes.items() if node.layer}


def is_complex(fed: LayerInputs) -> bool:
    """Return whether an operation between is not a sum of parts."""
    return bool(fed.lost) or any(path.kind not in (IDENTITY, DIRECT) for path in fed.paths.values())


def with_measured(fed: LayerInputs, layers: Collection[str], lost: frozenset[str]) -> LayerInputs:
    """Return the same after all paths from some layers were measured, except the lost ones."""
    paths = dict(fed.paths)
    for layer in layers:
        if layer in fed.lost - lost or not {(layer, True), (layer, False)} & set(paths):
            paths.setdefault((layer, False), Path(LINEARISED))
    return LayerInputs(paths, lost)


def with_lost(fed: LayerInputs, units: Mapping[str, int]) -> LayerInputs:
    """Return the same with unmeasured paths for lost layers, in the order of execution."""
    nowhere = fed.lost - {layer for layer, _ in fed.paths}
    paths = fed.paths | {(layer, False): Path(UNMEASURED) for layer in units if layer in nowhere}
    return LayerInputs(paths, fed.lost)


def _before(
    graph: ContributionGraph, reached: Mapping[int, LayerInputs], producer: int
) -> LayerInputs:
    node = graph.nodes[producer]
    if node.layer:
        return LayerInputs({(node.key, True): Path(IDENTITY)}, frozenset())
    return reached[producer]


def _add(found: dict[Layered, Path], layer: str, path: Path) -> None:
    key = layer, path.kind == IDENTITY
    found[key] = path.in_parallel(found.get(key))
