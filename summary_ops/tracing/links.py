"""Which recorded layer feeds which, and how, through the sites between them."""

from __future__ import annotations

from dataclasses import dataclass

from summary_ops.tracing.wiring import Leaf, Wiring

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
        kind: see `tb_plugin_neural.graph_records.Link`.
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
        if other is None:
            return self
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


def links(wiring: Wiring) -> dict[str, dict[Layered, Way]]:
    """The producers of every recorded layer, itself in order of execution.

    A layer that feeds another both unit by unit and through weights is two producers.
    """
    reached: dict[int, dict[Layered, Way]] = {}
    numbers = wiring.flow.numbers
    for place, site in wiring.sites.items():
        found: dict[Layered, Way] = {}
        for leaf in site.leaves:
            step = way_of(wiring, leaf)
            for producer in wiring.flow.within(numbers[leaf.given]):
                for key, before in _before(wiring, reached, producer).items():
                    way = before.then(step)
                    _add(found, key[0], way)
        measured = {layer for layer, _ in found}
        for value in sorted(site.hidden):
            for producer in wiring.behind(value):
                for key in _before(wiring, reached, producer):
                    if key[0] not in measured:
                        found[key[0], False] = Way(UNMEASURED)
        reached[place] = found
    return {site.key: reached[place] for place, site in wiring.sites.items() if site.layer}


def _before(
    wiring: Wiring, reached: dict[int, dict[Layered, Way]], producer: int
) -> dict[Layered, Way]:
    site = wiring.sites[producer]
    return {(site.key, True): Way(IDENTITY)} if site.layer else reached[producer]


def _add(found: dict[Layered, Way], layer: str, way: Way) -> None:
    key = layer, way.kind == IDENTITY
    found[key] = way.beside(found.get(key))
