"""Attribution graphs: the units that matter for a subset of inputs, and how they feed each other.

Of the units those whose importance is largest: by how much the subset's own output falls without
them. Or, after Hohman, Park, Robinson & Chau (2019), Summit, sections 6.3 and 7, those that hold
the largest ranks: personalized PageRank on the influence between units, restarted at the units that
the subset's inputs activate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tb_plugin_neural.analysis.networks.pagerank import personalized_pagerank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tb_plugin_neural.analysis.networks.influence import Influence

__all__ = [
    "AttributionGraph",
    "Network",
    "attribution_graph",
    "personalized_pagerank",
    "ranks",
]

Floats = NDArray[np.float64]
Nodes = NDArray[np.int64]

KEEP = 0.075
"""Share of the rank that the shown units hold, at first."""

KEEP_IMPORTANCE = 0.3
"""Share of the importance that they hold, at first: it is held by fewer units than the rank."""

RELAXATION = 0.005
"""How much more they hold where a layer would be cut off."""

BOUND = 0.6
"""Most that they hold for its sake: networks of few units need so much."""

MOST_NODES = 100
MOST_EDGES = 8
"""Edges that are kept of each consumer: the strongest."""

TIE = 1e-9
"""Ranks that differ relatively by less are equal, and are kept or cut together."""


@dataclass(frozen=True, eq=False)
class Network:
    """All units of some layers, numbered consecutively, and the influence between them.

    Attributes:
        layers: names, in the order of execution.
        units: number of units a layer.
        influence: between these layers.
    """

    layers: tuple[str, ...]
    units: tuple[int, ...]
    influence: tuple[Influence, ...]

    @cached_property
    def first(self) -> dict[str, int]:
        """Number of each layer's first unit."""
        starts = np.cumsum((0, *self.units))[:-1].tolist()
        return dict(zip(self.layers, starts, strict=True))

    @cached_property
    def layer(self) -> Nodes:
        """Place of each unit's layer."""
        return np.repeat(np.arange(len(self.units)), self.units)

    @cached_property
    def weights(self) -> sparse.csr_array:
        """Signed shares, from the row's consumer to the column's producer."""
        return self._joined([one.share for one in self.influence])

    @cached_property
    def variances(self) -> sparse.csr_array:
        """Variances of the shares by the inputs sampled, NaN where they are not known."""
        return self._joined([one.table.variance for one in self.influence])

    def _joined(self, tables: Sequence[sparse.csr_array]) -> sparse.csr_array:
        nodes = sum(self.units)
        if not self.influence:
            return sparse.csr_array((nodes, nodes))
        parts = [(one, table.tocoo()) for one, table in zip(self.influence, tables, strict=True)]
        row = [entries.row.astype(np.int64) + self.first[one.consumer] for one, entries in parts]
        column = [entries.col.astype(np.int64) + self.first[one.producer] for one, entries in parts]
        values = np.concatenate([entries.data for _, entries in parts])
        ends = np.concatenate(row), np.concatenate(column)
        return sparse.csr_array((values, ends), shape=(nodes, nodes))

    def kinds(self, producers: Nodes, consumers: Nodes) -> list[str]:
        """Return how units feed others: the kind of the strongest link between them."""
        kinds = np.full(len(producers), "", dtype=object)
        largest = np.zeros(len(producers))
        ends = self.layer[producers], self.layer[consumers]
        for one in self.influence:
            p, c = (self.layers.index(name) for name in (one.producer, one.consumer))
            here = np.flatnonzero((ends[0] == p) & (ends[1] == c))
            row = consumers[here] - self.first[one.consumer]
            column = producers[here] - self.first[one.producer]
            size = np.abs(one.share[row, column]) if len(here) else np.zeros(0)
            better = size > largest[here]
            largest[here[better]] = size[better]
            kinds[here[better]] = one.kind
        return list(kinds)


@dataclass(frozen=True, eq=False)
class AttributionGraph:
    """The units kept of a network.

    Attributes:
        rank: PageRank of all units `[nodes]`; all 0 where no unit is active.
        score: what the units are chosen by, `[nodes]`.
        lift: over the mean of the classes, NaN where that is 0; None where none was given.
        kept: numbers of the units kept, in order.
        retained: share of the score that these hold.
        relaxed: how often the share was raised.
        disconnected: layers of which no unit kept is fed by another.
        crowded: whether there would be more units than `MOST_NODES`.
    """

    network: Network
    rank: Floats
    score: Floats
    lift: Floats | None
    kept: Nodes
    retained: float
    relaxed: int
    disconnected: tuple[str, ...]
    crowded: bool

    @cached_property
    def edges(self) -> dict[tuple[int, int], float]:
        """Weights by producer and consumer: the strongest that feed each unit kept."""
        inner = self.network.weights[self.kept][:, self.kept].tocsr()
        found: dict[tuple[int, int], float] = {}
        for at, consumer in enumerate(self.kept.tolist()):
            here = slice(*inner.indptr[at : at + 2])
            weights, producers = inner.data[here], self.kept[inner.indices[here]]
            order = np.lexsort((producers, -np.abs(weights)))[:MOST_EDGES]
            for weight, producer in zip(weights[order], producers[order], strict=True):
                if weight:
                    found[int(producer), consumer] = float(weight)
        return found


def ranks(network: Network, counts: Mapping[str, NDArray[Any]], *, directed: bool) -> Floats:
    """PageRank of all units, personalized by counts divided by their largest in each layer.

    Args:
        network: the units.
        counts: inputs that activate each unit, `[units]` by layer.
        directed: whether the walk goes from consumers to producers only, else both ways.

    Returns:
        `[nodes]`, with the sum 1; all 0 where no unit is active.
    """
    parts = [np.asarray(counts[name], dtype=np.float64) for name in network.layers]
    start = np.concatenate([part / max(part.max(initial=0), 1.0) for part in parts] or [[]])
    if not start.any():
        return np.zeros(len(start))
    weights = abs(network.weights)
    return personalized_pagerank(weights if directed else weights + weights.T, start)


def attribution_graph(
    network: Network,
    rank: Floats,
    *,
    keep: float = KEEP,
    mean: Floats | None = None,
    importance: Floats | None = None,
    own: int | None = None,
) -> AttributionGraph:
    """Choose the units that hold a share of the score, raised until every layer is connected.

    The smallest set that holds `keep` is taken, and what ties with its last; where a layer that has
    influence at all has no edge among these from the layers that feed it, the share is raised in
    steps, to 60 % at most: then the first of the shares stands that left fewest layers cut off.

    The score is the rank. With `importance` it is that, so far as it is positive. With `mean` it is
    rank × lift: lift alone is largest for units that are nearly never active, rank alone for hubs
    that every class shares.

    Args:
        network: the units.
        rank: of all units, from `ranks`.
        keep: share to begin with.
        mean: mean rank of the classes, of which `lift` is the multiple.
        importance: of all units, NaN where it is not known.
        own: a unit to keep in any case, such as the logit of the class.
    """
    lift = None
    score = rank
    if mean is not None:
        lift = np.divide(rank, mean, out=np.full(len(rank), np.nan), where=mean > 0)
        score = rank * np.nan_to_num(lift)
    if importance is not None:
        known = np.isfinite(importance)
        score = np.where(known, np.maximum(importance, 0), 0).astype(np.float64)
    cut = _Cut(network, score, own)
    relaxed, kept, cut_off = _relaxed(cut, keep)
    if importance is not None and len(cut_off) == len(cut.fed):  # no layer is connected
        kept = np.union1d(kept, cut.best_of_each_layer())
        cut_off = cut.disconnected(kept)
    crowded = len(kept) > MOST_NODES
    if crowded:
        kept = cut.strongest(kept)
        cut_off = cut.disconnected(kept)
    total = score.sum()
    retained = float(score[kept].sum() / total) if total else 0.0
    return AttributionGraph(network, rank, score, lift, kept, retained, relaxed, cut_off, crowded)


def _relaxed(cut: _Cut, keep: float) -> tuple[int, Nodes, tuple[str, ...]]:
    """Return how often the share is raised, the units kept then, and the layers still cut off."""
    kept = cut.at(keep)
    best = 0, kept, cut.disconnected(kept)
    for step in range(1, 1 + round((BOUND - keep) / RELAXATION)):
        if not best[2] or len(kept) > MOST_NODES:
            break
        kept = cut.at(keep + step * RELAXATION)
        cut_off = cut.disconnected(kept)
        if len(cut_off) < len(best[2]):
            best = step, kept, cut_off
    return best


class _Cut:
    """Units in the order of their scores, and which layers a choice of them connects."""

    def __init__(self, network: Network, score: Floats, own: int | None) -> None:
        self.network = network
        self.score = score
        self.own = own
        self.order = np.argsort(-score, kind="stable")
        self.held = np.cumsum(score[self.order])
        edges = network.weights.tocoo()
        self.consumer, self.producer = edges.row, edges.col
        self.fed = np.unique(network.layer[self.consumer])

    def at(self, share: float) -> Nodes:
        """Return the smallest set that holds a share, with what ties with its last."""
        kept = np.zeros(len(self.score), bool)
        if self.held.size and self.held[-1] > 0:
            last = np.searchsorted(self.held, share * self.held[-1] * (1 - TIE))
            least = self.score[self.order[min(last, len(self.order) - 1)]]
            kept = (self.score >= least * (1 - TIE)) & (self.score > 0)
        if self.own is not None:
            kept[self.own] = True
        return np.flatnonzero(kept)

    def best_of_each_layer(self) -> Nodes:
        """Return the unit of each layer with the largest score, where that is positive."""
        layers = self.network.layer[self.order]
        best = self.order[np.unique(layers, return_index=True)[1]]
        return best[self.score[best] > 0]

    def strongest(self, kept: Nodes) -> Nodes:
        """Return the strongest units, at most as many as are shown, with the own one among them."""
        score = self.score[kept]
        if self.own is not None:
            score = np.where(kept == self.own, np.inf, score)
        return np.sort(kept[np.argsort(-score, kind="stable")[:MOST_NODES]])

    def disconnected(self, kept: Nodes) -> tuple[str, ...]:
        """Return the layers that have influence, but none among these units."""
        inside = np.zeros(len(self.score), bool)
        inside[kept] = True
        joined = inside[self.consumer] & inside[self.producer]
        reached = self.network.layer[self.consumer[joined]]
        return tuple(self.network.layers[at] for at in np.setdiff1d(self.fed, reached))
