"""Measure personalized PageRank beside networkx, and how exact both are."""

from __future__ import annotations

import time
from typing import Any

import networkx as nx  # type: ignore[import-untyped]
import numpy as np
from scipy import sparse

from benchmarks.report import Figure, Section, seconds
from tb_plugin_neural.analysis.attribution_graph import personalized_pagerank

COMMAND = "python -m benchmarks.pagerank"
WIDTHS = (256, 480, 508, 512, 512, 528, 832, 832, 1024)
PRODUCERS = 64
DAMPING = 0.85
TIGHT = 1e-17  # times the number of units
REPEATS = 5

Array = np.ndarray[Any, Any]


def layered(random: np.random.Generator) -> sparse.csr_array:
    """Return a symmetric graph of layers as wide as Summit's InceptionV1, with random weights."""
    first = np.cumsum((0, *WIDTHS))
    rows, columns = [], []
    for at in range(1, len(WIDTHS)):
        for unit in range(WIDTHS[at]):
            chosen = random.choice(WIDTHS[at - 1], PRODUCERS, replace=False)
            rows.append(np.full(PRODUCERS, first[at] + unit))
            columns.append(first[at - 1] + chosen)
    row, column = np.concatenate(rows), np.concatenate(columns)
    nodes = int(first[-1])
    weights = sparse.csr_array((random.random(len(row)), (row, column)), shape=(nodes, nodes))
    return sparse.csr_array(weights + weights.T)


def residual(weights: sparse.csr_array, start: Array, rank: Array) -> float:
    """Return by how much a rank fails its equation; every node has an edge."""
    moves = sparse.diags_array(1 / weights.sum(axis=1)) @ weights
    restart = (1 - DAMPING) * start / start.sum()
    return float(np.abs(rank - restart - DAMPING * (moves.T @ rank)).sum())


def measure() -> Section:
    """Rank one graph in both ways."""
    random = np.random.default_rng(0)
    weights = layered(random)
    start = random.random(weights.shape[0])
    graph = nx.from_scipy_sparse_array(weights)
    persons = dict(enumerate(start.tolist()))
    ranked: list[dict[int, float]] = []

    def peer(**options: Any) -> float:
        begin = time.perf_counter()
        ranked.append(nx.pagerank(graph, alpha=DAMPING, personalization=persons, **options))
        return time.perf_counter() - begin

    loose, tight = peer(), peer(tol=TIGHT, max_iter=1000)
    theirs = [np.array([rank[node] for node in range(len(start))]) for rank in ranked]
    own = personalized_pagerank(weights, start, DAMPING)
    taken = seconds(
        lambda: personalized_pagerank(weights, start, DAMPING),
        clock=time.perf_counter,
        repeats=REPEATS,
    )
    size = f"{len(start):,} units, {weights.nnz // 2:,} edges"
    return Section(
        "PageRank",
        COMMAND,
        METHOD,
        [
            Figure("time", 1e3 * taken, "ms", note=size),
            Figure("networkx to the same accuracy", tight / taken, note=f"{1e3 * tight:.0f} ms"),
            Figure("networkx as it is by default", loose / taken, note=f"{1e3 * loose:.0f} ms"),
            Figure(
                "residual, in units of 1e-12",
                1e12 * residual(weights, start, own),
                "",
                most=1,
                note=f"networkx by default: {1e12 * residual(weights, start, theirs[0]):,.0f}",
            ),
            Figure(
                "difference from networkx at its tightest, in units of 1e-12",
                1e12 * float(np.abs(own - theirs[1]).sum()),
                "",
                most=1,
            ),
        ],
    )


METHOD = (
    "A graph of nine layers as wide as those of Summit's InceptionV1, each unit joined to "
    f"{PRODUCERS} random units of the layer before, random weights, ranked once; networkx with "
    "its graph already built. A layered graph is bipartite, the slowest kind to converge. The "
    "residual is the sum of absolute differences between both sides of PageRank's equation."
)


if __name__ == "__main__":
    print(measure().markdown())
