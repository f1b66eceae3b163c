"""Two sides of a graph: each subject's own, and which of their units are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tb_plugin_neural.analysis import attribution_graph as analysis
from tb_plugin_neural.lookup import graphs, subjects
from tb_plugin_neural.lookup.subjects import Correspondence
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tb_plugin_neural.analysis.attribution_graph import AttributionGraph
    from tb_plugin_neural.lookup.recorded_graphs import GraphRecords
    from tb_plugin_neural.lookup.subjects import Subject
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

RANKINGS = IMPORTANCE, PAGERANK, LIFT = ("importance", "pagerank", "lift")
"""What units may be chosen by; the first where nothing is asked for."""


SAME: Mapping[str, Any] = dict.fromkeys(("reason", "instances", "threshold")) | {"identity": "same"}
"""How a subject's units are known to be its own."""


@dataclass(frozen=True, eq=False)
class Side:
    """A subject with its evidence and graph, and its layers' places in it.

    Attributes:
        ranking: what its units are chosen by: as asked, or PageRank where there is nothing else.
        errors: of the importance that they are chosen by, `[nodes]`.
    """

    subject: Subject
    evidence: GraphRecords
    graph: AttributionGraph
    ranking: str
    errors: Array | None

    @property
    def model(self) -> Model:
        """The model it is of."""
        return self.evidence.model

    def unit(self, node: int) -> tuple[str, int]:
        """Layer and number in it of a node."""
        network = self.graph.network
        name = network.layers[network.layer[node]]
        return name, node - network.first[name]


@dataclass(frozen=True)
class LayerAt:
    """A layer of a model at a step."""

    model: Model
    layer: str
    step: int
    units: int


def make(
    store: Store,
    subject: Subject,
    evidence: GraphRecords,
    shown: Sequence[str],
    *,
    keep: float | None,
    ranking: str,
    directed: bool,
) -> Side:
    """Make the graph of a subject over those of the shown layers that it has."""
    there = [name for name in shown if name in evidence.counted]
    subset = subject.subset
    network = graphs.network(store, evidence, evidence.stand_in(subset), there)
    rank = graphs.rank(store, evidence, subset, there, directed=directed)
    lift = ranking == LIFT
    mean = graphs.mean_rank(store, evidence, there, directed=directed) if lift else None
    known = _importances(evidence, subset, there) if ranking == IMPORTANCE else None
    importance, errors = known or (None, None)
    logit = evidence.logit(subset)
    own = network.first[logit[0]] + logit[1] if logit and logit[0] in there else None
    keep = keep or (analysis.KEEP if importance is None else analysis.KEEP_IMPORTANCE)
    found = analysis.attribution_graph(
        network, rank, keep=keep, mean=mean, importance=importance, own=own
    )
    ranked = PAGERANK if ranking == IMPORTANCE and importance is None else ranking
    return Side(subject, evidence, found, ranked, errors)


def match(store: Store, first: Side, other: Side, layer: str) -> Correspondence:
    """Match the units of a layer of another side's run with those of the first.

    Logits of another run are matched by the names of their classes.
    """
    one, two = (
        LayerAt(side.model, layer, side.evidence.step, side.evidence.units.get(layer, 0))
        for side in (first, other)
    )
    if not two.units:
        return subjects.unmatched(one, f"no activation counts of layer {layer!r} there")
    classes = [side.model.about.classes for side in (first, other)]
    output = any(item.name == layer and item.output for item in first.evidence.layers)
    another = (first.model.run, first.model.name) != (other.model.run, other.model.name)
    if output and another and [one.units, two.units] == [len(names) for names in classes]:
        return _by_class(*classes)
    return subjects.correspond(store, one, two)


def _by_class(one: Sequence[str], two: Sequence[str]) -> Correspondence:
    """Logits of classes of the same name, the first of that name each, are the same."""
    index_of = {name: at for at, name in reversed([*enumerate(two)])}
    taken = {name: at for at, name in reversed([*enumerate(one)])}
    index = [index_of.get(name, -1) if taken[name] == at else -1 for at, name in enumerate(one)]
    return Correspondence("matched", None, np.array(index), np.ones(len(one), np.float32))


def join(sides: Sequence[Side], matched: Mapping[str, Correspondence]) -> Array:
    """Return the number in the second network of every node's partner, or -1."""
    first, second = (side.graph.network for side in sides)
    match = np.full(sum(first.units), -1)
    for name, found in matched.items():
        if name in second.first:
            start = first.first[name]
            partner = np.where(found.index >= 0, found.index + second.first[name], -1)
            match[start : start + len(partner)] = partner
    return match


def identify(sides: Sequence[Side], matched: Mapping[str, Correspondence]) -> dict[str, Any]:
    """Explain how units of the second subject are matched with those of the first."""
    hidden = [one for name, one in matched.items() if name in sides[-1].evidence.counted]
    weakest = [one for one in hidden if one.identity == "none"] or hidden
    if not weakest:
        return {**SAME, "identity": "none", "reason": "the runs have no layer in common"}
    thresholds = [one.threshold for one in hidden if one.threshold is not None]
    return {
        "identity": weakest[0].identity,
        "reason": weakest[0].reason,
        "instances": next((one.instances for one in hidden if one.instances is not None), None),
        "threshold": rounded(max(thresholds, default=None)),
    }


def _importances(of: GraphRecords, subset: str, shown: Sequence[str]) -> tuple[Array, Array] | None:
    """Return importance of all units of the shown layers and its errors, `[nodes]` each.

    Outputs' own and what is not known are NaN. None where no layer before them has any.
    """
    outputs = {layer.name for layer in of.layers if layer.output}
    parts, there = [], False
    for name in shown:
        values = None if name in outputs else _of_units(of, name, subset)
        there = there or values is not None
        parts.append(np.full((2, of.units[name]), np.nan) if values is None else values)
    return tuple(np.concatenate(parts, axis=1)) if there else None


def _of_units(of: GraphRecords, layer: str, subset: str) -> Array | None:
    key = subset if of.values(layer, subset) is not None else of.stand_in(subset)
    values, errors = of.values(layer, key), of.errors(layer, key)
    return None if values is None or errors is None else np.array((values, errors), np.float64)
