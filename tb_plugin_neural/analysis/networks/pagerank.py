"""Personalized PageRank, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

ERROR = 2.5e-13
"""Most by which a result may differ from the exact one, in the sum of absolute values."""

DAMPING = 0.85


def personalized_pagerank(
    weights: sparse.sparray | sparse.spmatrix,
    personalization: NDArray[Any],
    damping: float = DAMPING,
) -> Floats:
    """Return the distribution of a walk along weighted edges that restarts now and then.

    From a node the walk goes along one of its edges with probability `damping`, in proportion to
    their weights; otherwise, and from a node without edges always, it begins anew at a node drawn
    by the personalization: the solution of `x = (1 - d) p + d (Pᵀ x + (x of such nodes) p)`.

    Args:
        weights: `[n, n]`, of the edge from the row's node to the column's, not negative. A
            symmetric matrix is an undirected graph.
        personalization: `[n]`, not negative; or `[n, m]`, for `m` walks on the same graph.
        damping: probability of going on, at least 0 and below 1.

    Returns:
        `[n]` or `[n, m]`; sums to 1 over the nodes.

    Raises:
        ValueError: a shape does not fit; a number is negative or not finite; a personalization is 0
            everywhere; or `damping` is out of bounds.

    References:
        Page, Brin, Motwani & Winograd (1999), The PageRank citation ranking, section 6;
        Langville & Meyer (2004), Deeper inside PageRank, section 5.2, for nodes without edges.
    """
    graph = sparse.csr_array(weights, dtype=np.float64)
    start = np.asarray(personalization, dtype=np.float64)
    _check(graph, start, damping)
    start = start / start.max(axis=0)
    start /= start.sum(axis=0)
    onwards = _normalized(graph).T.tocsr()
    x = start
    # What remains of the first guess falls by the damping each time, whatever the graph.
    for _ in range(_iterations(damping)):
        # The restart also takes what nodes without edges lose, and rounding: the sum remains 1.
        moved = damping * (onwards @ x)
        following = moved + (1 - moved.sum(axis=0)) * start
        change = np.abs(following - x).sum(axis=0).max()
        x = following
        if change * damping <= ERROR * (1 - damping):
            break
    result: Floats = x / x.sum(axis=0)
    return result


def _iterations(damping: float) -> int:
    return 2 if damping == 0 else 2 + int(np.log(ERROR * (1 - damping) / 2) / np.log(damping))


def _normalized(graph: sparse.csr_array) -> sparse.csr_array:
    """Rows divided by their sums; first by their largest, so that nothing overflows."""
    graph = graph.copy()
    graph.sum_duplicates()
    graph.eliminate_zeros()
    edges = np.diff(graph.indptr)
    largest = graph.max(axis=1).toarray().ravel()
    graph.data /= np.repeat(largest, edges)
    graph.data /= np.repeat(graph.sum(axis=1), edges)
    return graph


def _check(graph: sparse.csr_array, start: Floats, damping: float) -> None:
    nodes = graph.shape[0]
    if graph.shape != (nodes, nodes) or start.shape[:1] != (nodes,) or start.ndim > 2:
        raise ValueError(
            f"weights {list(graph.shape)} and personalization {list(start.shape)}, expected [n, n] "
            "and [n] or [n, m]"
        )
    for name, values in (("weights", graph.data), ("personalization", start)):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(f"{name} have negative or infinite numbers or NaN, expected none")
    if not start.any(axis=0).all() or not nodes:
        raise ValueError("a personalization of 0 everywhere, expected a positive number somewhere")
    if not 0 <= damping < 1:
        raise ValueError(f"a damping of {damping}, expected at least 0 and below 1")
