"""A graph by networkx and plain loops."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from tests import graph_logs
from tests.graph_logs import FEEDING, LAYERS, SUBSETS

NAMES = [layer.name for layer in LAYERS]
UNITS = {layer.name: layer.units for layer in LAYERS}


def shares(weights):
    """Each consumer's absolute influence is 1."""
    total = np.abs(weights).sum(axis=1, keepdims=True)
    return weights / np.where(total > 0, total, 1)


def reference(seed, subset, *, measure="contribution", keep=0.075, mean=None):
    """Ranks, nodes and edges of a graph of all layers, by networkx and plain loops."""
    made = graph_logs.numbers(seed)
    row = SUBSETS.index(subset)
    graph, weights = nx.Graph(), {}
    graph.add_nodes_from((name, unit) for name in NAMES for unit in range(UNITS[name]))
    for consumer, producers in FEEDING.items():
        tables = made.weights if measure == "contribution" else made.summit
        table = tables[consumer][subset]
        table = shares(table) if measure == "contribution" else table / 16
        ends = [(name, unit) for name, count, _ in producers for unit in range(count)]
        for unit, column in np.ndindex(*table.shape):
            if table[unit, column]:
                weights[ends[column], (consumer, unit)] = table[unit, column]
    for (producer, consumer), weight in weights.items():
        graph.add_edge(producer, consumer, weight=abs(weight))
    start = {
        (name, unit): made.counts[name][row, unit] / made.counts[name][row].max()
        for name, unit in graph.nodes
    }
    rank = nx.pagerank(graph, personalization=start, tol=1e-14, max_iter=10_000)
    score = rank if mean is None else {node: rank[node] ** 2 / mean[node] for node in rank}
    total = sum(score.values())
    order = sorted(score, key=score.get, reverse=True)
    label = subset.rpartition("class:")[2]
    own = {("logits", int(label))} if label.isdigit() else set()
    best = None
    for step in range(106):  # to 60 %
        held = itertools.accumulate(score[node] / total for node in order)
        size = next(n for n, mass in enumerate(held, 1) if mass >= keep + step * 0.005 - 1e-9)
        kept = {*order[:size], *own}
        edges = {ends: w for ends, w in weights.items() if kept.issuperset(ends)}
        fed = len({consumer[0] for _, consumer in edges})
        if best is None or fed > best[0]:
            best = fed, rank, kept, edges, step
    return best[1:]


def unit_of(answer, node):
    return answer["layers"][node["layer"]]["name"], node["unit"]
