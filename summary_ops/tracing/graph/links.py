"""Which recorded layer feeds which, and how, through the sites between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from summary_ops.tracing.graph.sites import Leaf
from summary_ops.tracing.graph.wiring import Wiring

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
class Way:
    """How units come from one site to another.

    Attributes:
        kind: see `tb_plugin_neural.contract.graph_records.Link`.
        via: the weighted sums on it, in order.
    """

    kind: str
    via: tuple[str, ...] = ()

    def then(self, other: Way) -> Way:
        """This way and another after it."""
        both = {self.kind, other.kind} - {IDENTITY}
        if both == {DIRECT} and self.kind == other.kind:
            both = {COMPOSED}
        return Way(max(both, key=ORDER.index, default=IDENTITY), self.via + other.via)

    def beside(self, other: Way | None) -> Way:
        """This way and another between the same sites."""
        if other is None or other.kind == UNMEASURED:
            return self
        if self.kind == UNMEASURED:
            return other
        kind = max(self.kind, other.kind, key=ORDER.index)
        return Way(kind, max(self.via, other.via, key=len))


def way_kind(leaf: Leaf) -> str:
    """How a term's units come to the site."""
    if leaf.gated:
        return GATED
    if leaf.linearised:
        return LINEARISED
    return DIRECT if leaf.op is not None else IDENTITY


def way_of(wiring: Wiring, leaf: Leaf) -> Way:
    """The way from a term's units to the site's."""
    name = wiring.via(leaf)
    return Way(way_kind(leaf), (name,) if name else ())


Layered = tuple[str, bool]
"""A producing layer, and whether it is one by identity."""


@dataclass(frozen=True)
class Fed:
    """What feeds a recorded layer.

    Attributes:
        ways: how its producers do.
        lost: layers that feed it by some way that is not measured.
    """

    ways: dict[Layered, Way]
    lost: frozenset[str]

    def said(self) -> list[tuple[str, Way]]:
        """All ways by producer, those that are not measured beside those that are."""
        known = [(layer, way) for (layer, _), way in self.ways.items()]
        unknown = {layer for layer, way in known if way.kind == UNMEASURED}
        return known + [(layer, Way(UNMEASURED)) for layer in sorted(self.lost - unknown)]

    def beside(self, other: Fed) -> Fed:
        """Both, seen in different batches."""
        ways = dict(self.ways)
        ways |= {key: way.beside(ways.get(key)) for key, way in other.ways.items()}
        return Fed(ways, self.lost | other.lost)


def links(wiring: Wiring) -> dict[str, Fed]:
    """The producers of every recorded layer, itself in order of execution.

    A layer that feeds another both unit by unit and through weights is two producers.
    """
    reached: dict[int, Fed] = {}
    numbers = wiring.flow.numbers
    for place, site in wiring.sites.items():
        found: dict[Layered, Way] = {}
        lost: frozenset[str] = frozenset()
        for leaf in site.leaves:
            step = way_of(wiring, leaf)
            for producer in wiring.flow.within(numbers[leaf.given]):
                before = _before(wiring, reached, producer)
                lost |= before.lost
                for key, way in before.ways.items():
                    _add(found, key[0], way.then(step))
        measured = {layer for layer, _ in found}
        for value, adds in site.hidden.items():
            for producer in wiring.behind(value):
                before = _before(wiring, reached, producer)
                names = before.lost.union(layer for layer, _ in before.ways)
                lost |= names if adds else names - measured
        reached[place] = Fed(found, lost)
    return {site.key: reached[place] for place, site in wiring.sites.items() if site.layer}


def is_complex(fed: Fed) -> bool:
    """Whether something lies between that no sum of parts describes."""
    return bool(fed.lost) or any(way.kind not in (IDENTITY, DIRECT) for way in fed.ways.values())


def through(fed: Fed, layers: Collection[str], lost: frozenset[str]) -> Fed:
    """The same after all ways from some layers were measured, but for those of the lost ones."""
    ways = dict(fed.ways)
    for layer in layers:
        if layer in fed.lost - lost or not {(layer, True), (layer, False)} & set(ways):
            ways.setdefault((layer, False), Way(LINEARISED))
    return Fed(ways, lost)


def with_lost(fed: Fed, units: Mapping[str, int]) -> Fed:
    """The same with ways for what is measured in no way, in the order of execution."""
    nowhere = fed.lost - {layer for layer, _ in fed.ways}
    ways = fed.ways | {(layer, False): Way(UNMEASURED) for layer in units if layer in nowhere}
    return Fed(ways, fed.lost)


def _before(wiring: Wiring, reached: Mapping[int, Fed], producer: int) -> Fed:
    site = wiring.sites[producer]
    if site.layer:
        return Fed({(site.key, True): Way(IDENTITY)}, frozenset())
    return reached[producer]


def _add(found: dict[Layered, Way], layer: str, way: Way) -> None:
    key = layer, way.kind == IDENTITY
    found[key] = way.beside(found.get(key))
