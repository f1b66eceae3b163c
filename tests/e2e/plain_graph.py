"""The attribution graph of the recorded network by NumPy and networkx, by none of our code."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.e2e.plain_pass import LAYERS, Truth, Values, convolution, dense, relu
from tests.integrations.event_files import records_in
from tests.recording import CLASSES

Unit = tuple[str, int]
Weights = dict[tuple[Unit, Unit], float]
"""By producer and consumer: of all absolute influence on the consumer the producer's share."""

PRODUCERS = 8
MASS = 0.03


@lru_cache
def recorded(folder: Path) -> dict[tuple[int, str, str], Any]:
    """What a run's event files hold, by step, kind and layer."""
    return records_in(folder)


def top_mass_counts(activations: Values, mass: float = MASS) -> Values:
    """In how many inputs `[units]` a unit is among the fewest that hold a share of the mass."""
    positive = relu(activations)
    order = np.argsort(-positive, axis=1, kind="stable")
    held = np.take_along_axis(positive, order, 1).cumsum(1)
    before = np.pad(held[:, :-1], ((0, 0), (1, 0)))
    total = held[:, -1:]
    taken = np.zeros(positive.shape)
    np.put_along_axis(taken, order, (before < mass * total) & (total > 0), 1)
    return (taken * (positive > 0)).sum(0)


def counts(truth: Truth, run: str, step: int, label: int) -> dict[str, Values]:
    """Activation counts `[units]` of a class by layer."""
    return {name: top_mass_counts(of) for name, of in truth.of_class(run, step, label).items()}


def contributions(truth: Truth, run: str, step: int, label: int) -> dict[str, Values]:
    """Shares of the contributions to active pre-activations `[consumer, producer]`, by consumer."""
    state = truth.states(run)[step]
    images = truth.images[truth.labels == label]
    first = relu(convolution(images, state, "features.0"))
    halved = sliding_window_view(first, (2, 2), (2, 3))[:, :, ::2, ::2].max((-2, -1))
    before = convolution(halved, state, "features.3")
    padded = np.pad(halved, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), (2, 3))
    found = {
        LAYERS[1]: np.einsum(
            "nohw,nchwij,ocij->oc", before > 0, windows, state["features.3.weight"], optimize=True
        )
    }
    values = relu(before).reshape(len(images), -1)
    for name, place in zip(LAYERS[2:], (0, 2, 4), strict=True):
        after = dense(values, state, f"classifier.{place}")
        active = after > 0 if place < 4 else np.ones_like(after)
        table = np.einsum("no,ni->oi", active, values) * state[f"classifier.{place}.weight"]
        found[name] = table if place else table.reshape(len(table), before.shape[1], -1).sum(2)
        values = relu(after)
    return {name: table / _total(table) for name, table in found.items()}


def _total(table: Values) -> Values:
    total = np.abs(table).sum(1, keepdims=True)
    return np.where(total > 0, total, 1)


def influence(records: Mapping[Any, Any], step: int, subset: str, *, measure: str) -> Weights:
    """The influence that is recorded for a subset, as shares."""
    found: Weights = {}
    for name in LAYERS[1:]:
        record = records[step, measure, name]
        places = [(layer, unit) for layer, count in _producers(record) for unit in range(count)]
        for row in np.flatnonzero(record.subset == record.subsets.index(subset)):
            weights = record.weights()[row].astype(float)
            if measure != "summit_influence":
                weights = weights * (record.kept[row] / 255) / max(np.abs(weights).sum(), 1e-300)
            for place, weight in zip(record.producer[row], weights, strict=True):
                if place < len(places) and weight:
                    found[places[place], (name, int(record.unit[row]))] = float(weight)
    return found


def _producers(record: Any) -> zip[tuple[str, int]]:
    return zip(record.producers, record.units, strict=True)


def ranks(
    weights: Weights, counted: Mapping[str, Values], *, directed: bool = False
) -> dict[Unit, float]:
    """Personalised PageRank of all units, begun anew at those that the class activates."""
    graph: Any = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from((name, unit) for name in LAYERS for unit in range(len(counted[name])))
    for (producer, consumer), weight in weights.items():
        graph.add_edge(consumer, producer, weight=abs(weight))
    start = {(name, unit): counted[name][unit] / counted[name].max() for name, unit in graph}
    found = nx.pagerank(graph, personalization=start, tol=1e-14, max_iter=10_000)
    return {unit: float(rank) for unit, rank in found.items()}


def importances(
    records: Mapping[Any, Any], step: int, subset: str, units: Mapping[Unit, float]
) -> dict[Unit, float]:
    """The recorded importance of units before the output, where it is positive."""
    found = dict.fromkeys(units, 0.0)
    for name in LAYERS[:-1]:
        record = records[step, "importance", name]
        values = record.values()[record.subsets.index(subset)]
        found |= {(name, unit): max(float(value), 0.0) for unit, value in enumerate(values)}
    return found


def kept_units(
    scores: Mapping[Unit, float], weights: Weights, label: int, keep: float
) -> set[Unit]:
    """The fewest units that hold a share of the score, or more, so that every layer is fed."""
    order = sorted(scores, key=scores.__getitem__, reverse=True)
    total = sum(scores.values())
    fed = {consumer for (_, (consumer, _)) in weights}
    tried = []
    for share in np.arange(keep, max(0.6, keep) + 1e-6, 0.005):
        held = itertools.accumulate(scores[unit] / total for unit in order)
        size = next(count for count, part in enumerate(held, 1) if part >= share - 1e-9)
        units = {*order[:size], (LAYERS[-1], label)}
        joined = {layer for ends in weights if units.issuperset(ends) for layer in [ends[1][0]]}
        tried.append((len(fed - joined), units))
    return min(tried, key=lambda one: one[0])[1]


def kept_edges(units: set[Unit], weights: Weights) -> Weights:
    """Of each unit the strongest that feed it."""
    inside = {ends: weight for ends, weight in weights.items() if units.issuperset(ends)}
    found: Weights = {}
    for consumer in units:
        feeding = [ends for ends in inside if ends[1] == consumer]
        for ends in sorted(feeding, key=lambda ends: -abs(inside[ends]))[:PRODUCERS]:
            found[ends] = inside[ends]
    return found


class PlainGraph:
    """What the page must show of a class at a step of a run.

    Attributes:
        counts: inputs `[units]` in which a unit helps to hold the activation mass, by layer.
        ranks: by unit.
        units: those that are shown.
        edges: weights of what is shown.
    """

    def __init__(
        self,
        truth: Truth,
        run: str,
        step: int,
        label: int,
        *,
        measure: str = "contributions",
        directed: bool = False,
        ranking: str = "importance",
        keep: float | None = None,
    ) -> None:
        records = recorded(truth.folder.parent / "logs" / run)
        every = range(len(CLASSES)) if ranking == "lift" else [label]
        counted = {one: counts(truth, run, step, one) for one in every}
        weights = {one: influence(records, step, f"class:{one}", measure=measure) for one in every}
        ranked = {one: ranks(weights[one], counted[one], directed=directed) for one in every}
        self.inputs = int((truth.labels == label).sum())
        self.counts, self.ranks = counted[label], ranked[label]
        means = {unit: np.mean([ranked[one][unit] for one in every]) for unit in self.ranks}
        scores = {
            "importance": importances(records, step, f"class:{label}", self.ranks),
            "pagerank": self.ranks,
            "lift": {unit: rank**2 / (means[unit] or 1) for unit, rank in self.ranks.items()},
        }[ranking]
        keep = keep or (0.3 if ranking == "importance" else 0.075)
        self.units = kept_units(scores, weights[label], label, keep)
        self.edges = kept_edges(self.units, weights[label])
        self.retained = sum(scores[unit] for unit in self.units) / sum(scores.values())
