"""Personalised PageRank against networkx, a dense solution and closed forms."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from tb_plugin_neural.analysis.attribution_graph import personalized_pagerank

WEIGHTS = st.just(0.0) | st.floats(1e-3, 1e3)


@st.composite
def graphs(draw, most=9):
    nodes = draw(st.integers(1, most))
    weights = draw(arrays(np.float64, (nodes, nodes), elements=WEIGHTS))
    start = draw(arrays(np.float64, nodes, elements=WEIGHTS))
    start[draw(st.integers(0, nodes - 1))] += 1
    return weights, start


def dense(weights, start, damping=0.85):
    """The solution of the equation by elimination."""
    start = start / start.sum()
    sums = weights.sum(1, keepdims=True)
    moves = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), start)
    return np.linalg.solve(np.eye(len(start)) - damping * moves.T, (1 - damping) * start)


@given(graphs(), st.sampled_from([0.0, 0.5, 0.85, 0.99]))
def test_the_rank_solves_its_equation(graph, damping):
    weights, start = graph
    found = personalized_pagerank(sparse.csr_array(weights), start, damping)
    np.testing.assert_allclose(found, dense(weights, start, damping), rtol=0, atol=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-14)
    assert (found >= 0).all()


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_the_nodes_does_not_matter(graph, random):
    weights, start = graph
    order = random.sample(range(len(start)), len(start))
    moved = personalized_pagerank(sparse.csr_array(weights[np.ix_(order, order)]), start[order])
    found = personalized_pagerank(sparse.csr_array(weights), start)
    np.testing.assert_allclose(moved, found[order], rtol=0, atol=1e-12)


@given(graphs(), st.floats(1e-100, 1e100), st.floats(1e-100, 1e100))
def test_only_proportions_matter(graph, of_weights, of_start):
    weights, start = graph
    scaled = personalized_pagerank(sparse.csr_array(weights * of_weights), start * of_start)
    found = personalized_pagerank(sparse.csr_array(weights), start)
    np.testing.assert_allclose(scaled, found, rtol=0, atol=1e-12)


@pytest.mark.parametrize("directed", [False, True])
def test_a_large_layered_graph_is_ranked_as_by_networkx(directed):
    random = np.random.default_rng(0)
    sizes = [40, 60, 50, 30]
    blocks = [
        [
            random.random((a, b)) * (random.random((a, b)) < 0.2) if col == row - 1 else None
            for col, b in enumerate(sizes)
        ]
        for row, a in enumerate(sizes)
    ]
    for at, size in enumerate(sizes):
        blocks[at][at] = np.zeros((size, size))
    weights = sparse.csr_array(sparse.block_array(blocks))
    graph = nx.DiGraph()
    if not directed:
        weights, graph = weights + weights.T, nx.Graph()
    graph.add_nodes_from(range(sum(sizes)))
    entries = weights.tocoo()
    graph.add_weighted_edges_from(
        zip(*map(np.ndarray.tolist, (entries.row, entries.col, entries.data)), strict=True)
    )
    start = random.random(sum(sizes))
    expected = nx.pagerank(
        graph, personalization=dict(enumerate(start)), tol=1e-14, max_iter=10_000
    )
    found = personalized_pagerank(weights, start)
    np.testing.assert_allclose(found, [expected[at] for at in range(len(start))], atol=1e-12)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.1, 0.95))
def test_two_joined_nodes_have_the_known_ranks(one, two, damping):
    p, q = one / (one + two), two / (one + two)
    found = personalized_pagerank(sparse.csr_array([[0, 1.0], [1, 0]]), [one, two], damping)
    expected = [(p + damping * q) / (1 + damping), (q + damping * p) / (1 + damping)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.integers(2, 30), st.floats(0.1, 0.95))
def test_the_centre_of_a_star_has_the_known_rank(leaves, damping):
    star = np.zeros((leaves + 1, leaves + 1))
    star[0, 1:] = star[1:, 0] = 1
    found = personalized_pagerank(sparse.csr_array(star), np.ones(leaves + 1), damping)
    share = 1 / (leaves + 1)
    centre = (share * (1 - damping) + damping) / (1 + damping)
    np.testing.assert_allclose(found[0], centre, atol=1e-12)
    np.testing.assert_allclose(found[1:], (1 - centre) / leaves, atol=1e-12)


def test_a_node_without_edges_sends_everything_to_the_personalisation():
    found = personalized_pagerank(sparse.csr_array([[0, 1.0], [0, 0]]), [1.0, 0])
    np.testing.assert_allclose(found, [1 / 1.85, 0.85 / 1.85], atol=1e-12)
    nowhere = personalized_pagerank(sparse.csr_array((3, 3)), [1.0, 2, 1])
    np.testing.assert_allclose(nowhere, [0.25, 0.5, 0.25], atol=1e-15)


def test_several_walks_are_ranked_as_each_alone():
    random = np.random.default_rng(1)
    weights = sparse.random_array((30, 30), density=0.1, rng=random).tocsr()
    starts = random.random((30, 4))
    found = personalized_pagerank(weights, starts)
    for at in range(4):
        np.testing.assert_allclose(
            found[:, at], personalized_pagerank(weights, starts[:, at]), atol=1e-12
        )


def test_the_largest_and_smallest_weights_do_not_overflow():
    weights = sparse.csr_array([[0, 1e308, 1e308], [1e-320, 0, 0], [0, 5e-324, 0]])
    found = personalized_pagerank(weights, [1e308, 1e308, 1e308])
    np.testing.assert_allclose(
        found, dense(np.array([[0, 1, 1], [1, 0, 0], [0, 1, 0]]), np.ones(3))
    )


@pytest.mark.parametrize(
    ("weights", "start", "damping", "message"),
    [
        ([[0, -1.0], [1, 0]], [1, 1], 0.85, "negative"),
        ([[0, np.nan], [1, 0]], [1, 1], 0.85, "NaN"),
        ([[0, 1.0], [1, 0]], [0, 0], 0.85, "0 everywhere"),
        ([[0, 1.0], [1, 0]], [1, -1], 0.85, "negative"),
        ([[0, 1.0], [1, 0]], [1, np.inf], 0.85, "infinite"),
        ([[0, 1.0], [1, 0]], [1, 1, 1], 0.85, "expected"),
        ([[0, 1.0]], [1], 0.85, "expected"),
        ([[0, 1.0], [1, 0]], [1, 1], 1.0, "damping of 1.0"),
        (np.zeros((0, 0)), [], 0.85, "everywhere"),
    ],
)
def test_what_is_no_graph_is_refused(weights, start, damping, message):
    with pytest.raises(ValueError, match=message):
        personalized_pagerank(sparse.csr_array(weights), np.array(start, float), damping)
