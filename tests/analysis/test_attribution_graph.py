"""Which units and edges a graph keeps, and two graphs laid over each other."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tb_plugin_neural.analysis import attribution_graph as analysis
from tb_plugin_neural.analysis.attribution_graph import (
    MOST_EDGES,
    MOST_NODES,
    Network,
    attribution_graph,
    ranks,
)
from tb_plugin_neural.analysis.graph_comparison import compare
from tb_plugin_neural.analysis.networks.influence import Influence

UNITS = (6, 8, 7, 4)
LAYERS = ("a", "b", "c", "d")


def network(seed=0, units=UNITS, density=0.6):
    random = np.random.default_rng(seed)
    found = []
    for at in range(1, len(units)):
        shape = units[at], units[at - 1]
        share = random.uniform(-1, 1, shape) * (random.random(shape) < density)
        found.append(Influence(LAYERS[at - 1], LAYERS[at], "direct", sparse.csr_array(share)))
    return Network(LAYERS[: len(units)], units, tuple(found))


def counts(seed=0, units=UNITS):
    random = np.random.default_rng(seed)
    return {name: random.integers(0, 50, n) for name, n in zip(LAYERS, units, strict=False)}


def graph_of(seed=0, **changes):
    made = network(seed)
    return attribution_graph(made, ranks(made, counts(seed), directed=False), **changes)


@given(st.integers(0, 10**6), st.floats(0.01, 1))
def test_the_units_kept_are_the_fewest_that_hold_the_share(seed, keep):
    graph = graph_of(seed, keep=keep)
    share = keep + graph.relaxed * analysis.RELAXATION
    descending = np.sort(graph.rank)[::-1]
    fewest = 1 + int(np.searchsorted(descending.cumsum(), min(share, 1) - 1e-9))
    assert len(graph.kept) == fewest
    assert graph.retained == pytest.approx(descending[:fewest].sum())
    assert graph.rank[graph.kept].min() >= np.delete(graph.rank, graph.kept).max(initial=0)


@given(st.integers(0, 10**6))
def test_the_share_is_raised_until_every_layer_is_fed(seed):
    graph = graph_of(seed)
    fed = {graph.network.layer[consumer] for _, consumer in graph.edges}
    assert {LAYERS[at] for at in range(1, 4)} - {LAYERS[at] for at in fed} == {*graph.disconnected}
    if graph.relaxed:
        before = graph_of(seed, keep=analysis.KEEP + (graph.relaxed - 1) * analysis.RELAXATION)
        assert before.relaxed == 1 or before.disconnected


def test_a_layer_that_no_share_connects_is_told():
    made = network()
    lonely = np.zeros((4, 7))
    lonely[3, 6] = 1e-9
    last = dataclasses.replace(made.influence[2], share=sparse.csr_array(lonely))
    made = dataclasses.replace(made, influence=(*made.influence[:2], last))
    active = counts()
    active["d"], active["c"] = np.array([50, 50, 50, 0]), np.array([50] * 6 + [0])
    graph = attribution_graph(made, ranks(made, active, directed=True))
    assert graph.disconnected == ("d",)


def test_units_of_equal_rank_are_kept_or_cut_together():
    rank = np.repeat([0.06, 0.03, 0.004], [5, 5, 15])
    made = dataclasses.replace(network(), influence=())
    graph = attribution_graph(made, rank, keep=0.7)
    np.testing.assert_array_equal(graph.kept, np.arange(10))


@pytest.mark.parametrize(
    ("rank", "keep", "kept"),
    [
        ([0.1 + 0.2, 0.3, 0.3, 0.1], 0.2, 3),
        ([0.1] * 5 + [0.05] * 10, 0.5, 5),
        ([0.07] * 5 + [0.05] * 7, 0.5, 5),
    ],
)
def test_rounding_parts_no_equal_ranks_and_adds_no_unit_to_a_share_that_is_held(rank, keep, kept):
    rank = np.array(rank + [0.0] * (sum(UNITS) - len(rank)))
    made = dataclasses.replace(network(), influence=())
    graph = attribution_graph(made, rank, keep=keep)
    np.testing.assert_array_equal(graph.kept, np.arange(kept))


def test_never_more_than_a_hundred_units_are_kept_and_the_own_one_is_among_them():
    units = (90, 90, 90, 90)
    made = network(units=units)
    rank = ranks(made, {name: np.ones(90) for name in LAYERS}, directed=False)
    weakest = int(rank.argmin())
    graph = attribution_graph(made, rank, keep=0.9, own=weakest)
    assert graph.crowded
    assert len(graph.kept) == MOST_NODES
    assert weakest in graph.kept
    strongest = set(np.argsort(-rank)[: MOST_NODES - 1].tolist())
    assert set(graph.kept.tolist()) == strongest | {weakest}


def test_each_unit_shows_its_strongest_producers_with_their_signs():
    graph = graph_of(3, keep=1.0)
    weights = graph.network.weights.toarray()
    for consumer in range(sum(UNITS)):
        expected = sorted(weights[consumer], key=abs, reverse=True)[:MOST_EDGES]
        shown = [weight for (_, at), weight in graph.edges.items() if at == consumer]
        assert sorted(shown) == pytest.approx(sorted(weight for weight in expected if weight))
    assert min(graph.edges.values()) < 0 < max(graph.edges.values())


def test_no_active_unit_makes_an_empty_graph():
    made = network()
    rank = ranks(
        made, {name: np.zeros(n) for name, n in zip(LAYERS, UNITS, strict=True)}, directed=False
    )
    graph = attribution_graph(made, rank, own=24)
    assert graph.retained == 0
    np.testing.assert_array_equal(graph.kept, [24])
    assert not attribution_graph(made, rank).kept.size


def test_lift_is_the_rank_over_the_mean_and_turns_from_hubs():
    made = network()
    of_classes = [ranks(made, counts(seed), directed=False) for seed in range(30)]
    mean = np.mean(of_classes, axis=0)
    hubs = [0.0, 0.0]
    for rank in of_classes:
        graph = attribution_graph(made, rank, mean=mean)
        np.testing.assert_allclose(graph.lift, rank / mean)
        for at, one in enumerate((attribution_graph(made, rank), graph)):
            hubs[at] += int(mean.argmax()) in one.kept
    assert hubs[1] < hubs[0]


def test_directed_ranks_go_from_consumers_to_producers():
    made = Network(
        ("a", "b"),
        (2, 2),
        (Influence("a", "b", "direct", sparse.csr_array([[-3.0, 1], [0, 0]])),),
    )
    rank = ranks(made, {"a": np.zeros(2), "b": np.array([4, 0])}, directed=True)
    np.testing.assert_allclose(rank, np.array([0.6375, 0.2125, 1, 0]) / 1.85, atol=1e-12)


def test_the_stronger_of_two_links_names_an_edge():
    a, b = sparse.csr_array([[0.2, 0.5]]), sparse.csr_array([[0.3, -0.1]])
    found = Influence("a", "b", "identity", a), Influence("a", "b", "composed", b)
    graph = attribution_graph(Network(("a", "b"), (2, 1), found), np.ones(3) / 3, keep=1)
    both = compare(graph)
    kinds = {(edge.producer, edge.consumer): edge.kind for edge in both.edges}
    assert kinds == {(0, 2): "composed", (1, 2): "identity"}
    assert [edge.weight for edge in both.edges] == [(0.5, None), (pytest.approx(0.4), None)]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_graphs_together_are_what_each_has(seed, other):
    a, b = graph_of(seed, keep=0.3), graph_of(other, keep=0.3)
    both = compare(a, b)
    kept_a, kept_b = set(a.kept.tolist()), set(b.kept.tolist())
    sides = {node.a: node.side for node in both.nodes}
    assert len(sides) == len(both.nodes)
    for node in both.nodes:
        assert node.a == node.b
    assert {at for at, side in sides.items() if side != "B"} == kept_a
    assert {at for at, side in sides.items() if side != "A"} == kept_b
    ends = {}
    for edge in both.edges:
        place = both.nodes[edge.producer].a, both.nodes[edge.consumer].a
        ends[place] = edge.side
        for graph, weight in zip((a, b), edge.weight, strict=True):
            recorded = graph.network.weights[place[1], place[0]]
            assert weight == (recorded or None)
    assert {at for at, side in ends.items() if side != "B"} == set(a.edges)
    assert {at for at, side in ends.items() if side != "A"} == set(b.edges)


def test_a_network_is_its_own_copy_with_permuted_units():
    made, active = network(5), counts(5)
    random = np.random.default_rng(0)
    orders = [random.permutation(n) for n in UNITS]
    place = dict(zip(LAYERS, orders, strict=True))
    moved = Network(
        made.layers,
        made.units,
        tuple(
            dataclasses.replace(
                one, share=one.share[place[one.consumer]][:, place[one.producer]].tocsr()
            )
            for one in made.influence
        ),
    )
    permuted = {name: values[place[name]] for name, values in active.items()}
    a = attribution_graph(made, ranks(made, active, directed=False))
    b = attribution_graph(moved, ranks(moved, permuted, directed=False))
    starts = np.cumsum((0, *UNITS))
    match = np.concatenate(
        [start + np.argsort(order) for start, order in zip(starts, orders, strict=False)]
    )
    both = compare(a, b, match)
    assert {node.side for node in both.nodes} == {"both"}
    assert {edge.side for edge in both.edges} == {"both"}
    for edge in both.edges:
        assert edge.weight[0] == edge.weight[1]


def test_units_without_a_partner_stay_on_their_side():
    a, b = graph_of(1, keep=0.5), graph_of(2, keep=0.5)
    both = compare(a, b, np.full(sum(UNITS), -1))
    assert [node.side for node in both.nodes] == ["A"] * len(a.kept) + ["B"] * len(b.kept)
    assert all((edge.weight[0] is None) == (edge.side == "B") for edge in both.edges)
    assert len(both.edges) == len(a.edges) + len(b.edges)


def halves(seed, units=60, inputs=64, noise=1.0):
    """Graphs by the importance in two samples of one class, and the importance's errors."""
    random = np.random.default_rng(seed)
    truth = random.exponential(1, units) * (random.random(units) < 0.5)
    made = []
    for _ in range(2):
        values = truth + noise * random.normal(size=(inputs, units))
        error = values.std(0, ddof=1) / np.sqrt(inputs)
        network = Network(("layer",), (units,), ())
        rank = np.full(units, 1 / units)
        made.append((attribution_graph(network, rank, importance=values.mean(0), keep=0.6), error))
    return made


def test_of_two_samples_of_one_class_hardly_a_unit_is_told_to_be_of_one_alone():
    told, differ = 0, 0
    for seed in range(40):
        (a, error), (b, other) = halves(seed)
        nodes = compare(a, b, errors=(error, other)).nodes
        differ += sum(node.side != "both" for node in nodes)
        told += sum(node.side != "both" and node.decided for node in nodes)
    assert differ > 60
    assert told <= 0.1 * differ


def test_what_two_classes_do_not_share_is_told():
    (a, error), _ = halves(0, noise=0.1)
    (b, other), _ = halves(1, noise=0.1)
    sides = {node.side for node in compare(a, b, errors=(error, other)).nodes if node.decided}
    assert sides == {"A", "both", "B"}


def test_without_errors_all_is_taken_as_decided():
    (a, _), (b, _) = halves(0)
    assert all(node.decided for node in compare(a, b).nodes)
