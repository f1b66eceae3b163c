"""Attribution graphs as they are answered."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import numpy as np
import pytest

from tb_plugin_neural import codec
from tb_plugin_neural.records import Layer
from tests import graph_logs
from tests.graph_logs import FEEDING, INPUTS, LAYERS, SUBSETS
from tests.logs import CLASSES, Log, half, probe, session, subject
from tests.routes.probed import png
from tests.servers import Page, start_python

NAMES = [layer.name for layer in LAYERS]
UNITS = {layer.name: layer.units for layer in LAYERS}
STEPS = (0, 10, 20)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    with Log(path / "one") as log:
        log.write(0, [session(layers=LAYERS, weights="a", probe="probe-1"), probe(6)])
        log.write(0, [graph_logs.topology()])
        for step in STEPS:
            log.write(step, graph_logs.step_of(step))
        instance = [[5, 0, 9]] * 5
        position = [[[0, 7], [3, 0], [1, 1]]] * 5
        log.write(20, {"conv": graph_logs.examples(instance, position)})
        log.write(20, {"conv": graph_logs.facets([4, 0, 1, 2, 3], png(0, 12)[0])})
    return path


@pytest.fixture(scope="module")
def one(logdir):
    return Page(start_python(logdir))


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


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("subset", ["all", "class:0", "class:1", "slice:x"])
@pytest.mark.parametrize("measure", ["contribution", "summit"])
def test_a_whole_graph_is_that_of_networkx(one, step, subset, measure):
    answer = one.json("graph", s=subject("one", step, subset), measure=measure)
    rank, kept, edges, relaxed = reference(step, subset, measure=measure)
    units = [unit_of(answer, node) for node in answer["nodes"]]
    assert len(units) == len(set(units))
    assert set(units) == kept
    assert answer["relaxed"] == relaxed
    assert answer["retained"] == [pytest.approx(sum(rank[node] for node in kept), rel=1e-3)]
    made, row = graph_logs.numbers(step), SUBSETS.index(subset)
    for node, unit in zip(answer["nodes"], units, strict=True):
        name, at = unit
        count = made.counts[name][row, at]
        assert node["rank"] == [pytest.approx(rank[unit], rel=1e-3)]
        assert node["count"] == [count]
        assert node["share"] == [pytest.approx(count / INPUTS[row], rel=1e-3)]
        assert node["importance"] == [made.importance[name][subset][at]]
        assert (node["side"], node["other"], node["lift"]) == ("A", None, [None])
    found = {(units[edge["from"]], units[edge["to"]]): edge for edge in answer["edges"]}
    strongest = {
        ends
        for consumer in kept
        for ends in sorted((e for e in edges if e[1] == consumer), key=lambda e: -abs(edges[e]))[:8]
    }
    assert set(found) == strongest
    for ends, edge in found.items():
        assert edge["weight"] == [pytest.approx(edges[ends], rel=1e-3)]


def test_kinds_of_links_name_the_edges(one):
    answer = one.json("graph", s=subject("one", 0, "all"), keep=1)
    for edge in answer["edges"]:
        ends = [unit_of(answer, answer["nodes"][edge[end]])[0] for end in ("from", "to")]
        assert edge["kind"] == ("identity" if ends == ["conv", "fc"] else "direct")


def test_with_lift_units_are_chosen_by_rank_times_rank_over_the_mean_of_the_classes(one):
    classes = [reference(20, f"class:{label}")[0] for label in (0, 1)]
    mean = {node: np.mean([rank[node] for rank in classes]) for node in classes[0]}
    answer = one.json("graph", s=subject("one", 20, "class:1"), lift=1)
    rank, kept, _, relaxed = reference(20, "class:1", mean=mean)
    assert {unit_of(answer, node) for node in answer["nodes"]} == kept
    assert answer["relaxed"] == relaxed
    for node in answer["nodes"]:
        unit = unit_of(answer, node)
        assert node["lift"] == [pytest.approx(rank[unit] / mean[unit], rel=1e-3)]


def test_a_subject_is_told_with_its_number_of_inputs(one):
    (told,) = one.json("graph", s=subject("one", 15, "slice:x"))["subjects"]
    assert told == {
        "run": "one",
        "model": "model",
        "step": 10,
        "subset": "slice:x",
        "inputs": 20,
        "sampled": 16,
        "few": False,
        "identity": "same",
        "reason": None,
    }
    assert one.json("graph", s=subject("one", 15, "slice:x/class:1"))["subjects"][0]["few"]


@pytest.mark.parametrize(
    ("subset", "stand_in"),
    [("predicted:0", "class:0"), ("slice:x/class:1", "class:1"), ("class:2", "all")],
)
def test_influence_of_another_subset_stands_in_and_is_told(one, subset, stand_in):
    answer = one.json("graph", s=subject("one", 0, subset))
    assert any(f"recorded for {subset}; that of {stand_in} is shown" in n for n in answer["notes"])
    own = one.json("graph", s=subject("one", 0, stand_in), keep=1)
    known = {
        tuple(unit_of(own, own["nodes"][edge[end]]) for end in ("from", "to")): edge["weight"]
        for edge in own["edges"]
    }
    for edge in answer["edges"]:
        ends = tuple(unit_of(answer, answer["nodes"][edge[end]]) for end in ("from", "to"))
        assert known[ends] == edge["weight"]


def test_the_logit_of_the_class_is_always_shown(one):
    for label in range(3):
        answer = one.json(
            "graph",
            s=subject("one", 0, f"predicted:{label}" if not label else f"class:{label}"),
            keep=0.01,
        )
        assert ("logits", label) in {unit_of(answer, node) for node in answer["nodes"]}


def test_what_shows_a_unit_comes_along(one):
    answer = one.json("graph", s=subject("one", 20, "all"), keep=1)
    nodes = {unit_of(answer, node): node for node in answer["nodes"]}
    assert len(nodes) == sum(UNITS.values())
    node = nodes["conv", 1]
    assert node["examples"] == [[5, 0.0, 0.812, 0.188, 1.0], [0, 0.312, 0.0, 0.562, 0.188]]
    assert {key: node["facet"][key] for key in ("tile", "count")} == {"tile": 4, "count": 2}
    assert nodes["fc", 0]["examples"] == []
    assert nodes["fc", 0]["facet"] is None


def test_two_classes_are_laid_over_each_other(one):
    pair = [subject("one", 20, f"class:{label}") for label in (0, 1)]
    both = one.json("graph", s=pair)
    alone = [one.json("graph", s=s) for s in pair]
    for at, sides in enumerate((("A", "both"), ("B", "both"))):
        nodes = {unit_of(both, node): node for node in both["nodes"] if node["side"] in sides}
        assert set(nodes) == {unit_of(alone[at], node) for node in alone[at]["nodes"]}
        for node in alone[at]["nodes"]:
            for number in ("rank", "count", "share", "importance"):
                assert nodes[unit_of(alone[at], node)][number][at] == node[number][0]
        edges = [edge for edge in both["edges"] if edge["side"] in sides]
        assert len(edges) == len(alone[at]["edges"])
        assert both["retained"][at] == alone[at]["retained"][0]
    assert all(node["matched"] and node["unit"] == node["other"] for node in both["nodes"])
    assert both["subjects"][1]["identity"] == "same"


def test_rows_that_are_not_shown_are_composed_and_can_be_opened(one):
    asked = {"s": subject("one", 0, "class:1"), "keep": 1}
    folded = one.json("graph", **asked, rows=2)
    assert [(r["name"], r["inner"]) for r in folded["layers"]] == [
        ("conv", []),
        ("logits", ["mid", "fc"]),
    ]
    made = graph_logs.numbers(0).weights
    mid, fc, logits = (shares(made[name]["class:1"]) for name in ("mid", "fc", "logits"))
    expected = logits @ (fc[:, 4:] + fc[:, :4] @ mid)
    for edge in folded["edges"]:
        producer, consumer = (folded["nodes"][edge[end]]["unit"] for end in ("from", "to"))
        assert edge["weight"] == [pytest.approx(expected[consumer, producer], rel=1e-3)]
        assert edge["kind"] == "composed"
    opened = one.json("graph", **asked, rows=2, open="logits")
    assert [row["name"] for row in opened["layers"]] == NAMES
    whole = one.json("graph", **asked)
    assert (opened["nodes"], opened["edges"]) == (whole["nodes"], whole["edges"])


def test_the_way_of_counting_is_chosen(open_page, tmp_path):
    table = np.random.default_rng(0).integers(0, 20, (2, len(SUBSETS), 4))
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": graph_logs.counts(table, of=("activation", "deviation"))})
    page = open_page(tmp_path)
    asked = {"s": subject("run", 0, "class:1"), "keep": 1}
    for way, row in (({}, 0), ({"mass": 0.1}, 1), ({"of": "deviation"}, 1), ({"mass": 0.03}, 0)):
        answer = page.json("graph", **asked, **way)
        assert (answer["mass"], answer["of"]) == ((0.03, "activation"), (0.1, "deviation"))[row]
        found = {node["unit"]: node["count"][0] for node in answer["nodes"]}
        expected = {unit: count for unit, count in enumerate(table[row, 2]) if count}
        assert found == expected
    assert answer["options"] == {
        "masses": [0.03, 0.1],
        "of": ["activation", "deviation"],
        "measures": [],
    }
    assert "no influence is recorded" in answer["notes"][1]
    response = page.get("graph", **asked, mass=0.5)
    assert response.status_code == 404
    assert "for 50.000% of the activation" in response.text


def permuted(order, seed):
    """The records of a step of a run whose hidden units are in another order."""
    made = graph_logs.numbers(seed)
    for name, places in order.items():
        made.counts[name] = made.counts[name][:, places]
        made.importance[name] = {key: row[places] for key, row in made.importance[name].items()}
    for tables in (made.weights, made.summit):
        for consumer, producers in FEEDING.items():
            columns, first = [], 0
            for name, count, _ in producers:
                columns += list(first + order[name])
                first += count
            tables[consumer] = {
                key: table[order[consumer]][:, columns] for key, table in tables[consumer].items()
            }
    return graph_logs.records_of(made)


@pytest.mark.parametrize("probed", [True, False])
def test_runs_of_other_weights_are_matched_unit_by_unit(tmp_path, probed):
    random = np.random.default_rng(3)
    order = {name: random.permutation(count) for name, count in UNITS.items()}
    order["logits"] = np.array([2, 0, 1])
    names = tuple(CLASSES[at] for at in order["logits"])
    seen = {name: random.normal(size=(6, count)) for name, count in UNITS.items()}
    runs = {
        "one": (CLASSES, {name: np.arange(n) for name, n in UNITS.items()}),
        "two": (names, order),
    }
    for run, (classes, places) in runs.items():
        with Log(tmp_path / run) as log:
            hash_ = "probe-1" if probed else None
            log.write(0, [session(layers=LAYERS, weights=run, classes=classes, probe=hash_)])
            log.write(0, permuted(places, 4))
            if probed:
                log.write(0, {name: half(values[:, places[name]]) for name, values in seen.items()})
    page = Page(start_python(tmp_path))
    answer = page.json("graph", s=[subject("one", 0, "all"), subject("two", 0, "all")])
    assert answer["subjects"][1]["identity"] == ("matched" if probed else "none")
    for node in answer["nodes"]:
        name, unit = unit_of(answer, node)
        if probed or name == "logits":
            assert order[name][node["other"]] == unit
            assert node["rank"][0] == node["rank"][1]
            assert (node["side"], node["matched"]) == ("both", True)
        else:
            assert node["side"] in ("A", "B")
            assert not node["matched"]
            assert None in node["rank"]
    sides = {edge["side"] for edge in answer["edges"]}
    assert sides == ({"both"} if probed else {"A", "B"})


def test_a_run_without_counts_is_told_the_line_that_records_them(page, open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
    response = open_page(tmp_path).get("graph", s=subject("run", 0))
    assert response.status_code == 404
    assert "Recorder(model, graph=Graph())" in response.text
    response = page.get("graph", s=subject("one", 0, "class:0"), measure="maximum")
    assert 'graph=Graph(influence=("maximum", …))' in response.text
    response = page.get("graph", s=subject("one", 0, "slice:nothing"))
    assert "of the subset 'slice:nothing', but of: all, class:0" in response.text


def test_everything_is_of_one_step(open_page, tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=LAYERS)])
        log.write(0, graph_logs.step_of(0))
        found = graph_logs.step_of(1)
        log.write(5, {name: group[:1] for name, group in found.items()})
        del found["mid"]
        log.write(9, found)
    page = open_page(tmp_path)
    for asked, step in ((0, 0), (7, 0), (9, 9), (100, 9), (-1, 0)):
        answer = page.json("graph", s=subject("run", asked, "all"))
        assert answer["subjects"][0]["step"] == step
    assert [row["name"] for row in answer["layers"]] == NAMES
    answer = page.json("graph", s=subject("run", 9, "all"))
    assert answer["notes"][0] == "run at step 9: no activation counts of mid."
    assert [row["name"] for row in answer["layers"]] == ["conv", "fc", "logits"]


def test_a_class_without_inputs_is_its_logit_alone(open_page, tmp_path):
    table = np.zeros((len(SUBSETS), 3), int)
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=LAYERS)])
        inputs = np.zeros(len(SUBSETS), np.uint32)
        log.write(0, {"logits": graph_logs.counts(table, inputs=inputs)})
    (node,) = open_page(tmp_path).json("graph", s=subject("run", 0, "class:2"))["nodes"]
    assert (node["unit"], node["rank"], node["share"]) == (2, [0.0], [None])


@pytest.mark.parametrize(
    "wrong",
    [
        {"keep": 0},
        {"keep": "nan"},
        {"mass": 2},
        {"rows": 0},
        {"rows": 99},
        {"lift": "yes"},
        {"measure": "shap"},
        {"s": 3 * [subject("one", 0)]},
    ],
)
def test_a_wrong_argument_is_named(page, wrong):
    response = page.get("graph", **{"s": subject("one", 0), **wrong})
    assert response.status_code == 400
    assert next(iter(wrong)) in response.text


def test_a_class_of_a_wide_network_stays_small(open_page, tmp_path):
    random = np.random.default_rng(0)
    layers = tuple(Layer(f"block{at}.relu", "ReLU", 400, "max") for at in range(12))
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=layers, probe="probe-1"), probe(4000)])
        found = {}
        for at, layer in enumerate(layers):
            group = [graph_logs.counts(random.integers(0, 6, (len(SUBSETS), 400)))]
            group.append(
                graph_logs.examples(
                    random.integers(0, 4000, (400, 10)), random.integers(0, 8, (400, 10, 2))
                )
            )
            if at:
                weights = random.integers(-99, 99, (400, 400)) * (random.random((400, 400)) < 0.02)
                group.append(
                    graph_logs.influence({"all": weights}, [(layers[at - 1].name, 400, "direct")])
                )
            found[layer.name] = group
        log.write(0, found)
    response = open_page(tmp_path).get("graph", s=subject("run", 0, "class:1"), keep=0.5)
    answer = json.loads(response.data)
    assert len(answer["nodes"]) == 100
    assert len(response.data) < 100_000
    assert len(codec.deflate(response.data)) < 25_000
    assert any("100 units of highest rank" in note for note in answer["notes"])
