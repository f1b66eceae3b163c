"""Attribution graphs as they are answered."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.records import Layer
from tests import graph_logs
from tests.graph_logs import INPUTS, LAYERS, SUBSETS
from tests.logs import CLASSES, Log, probe, session, subject
from tests.routes.graph_reference import NAMES, UNITS, reference, shares, unit_of

STEPS = (0, 10, 20)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("subset", ["all", "class:0", "class:1", "slice:x"])
@pytest.mark.parametrize("measure", ["contribution", "summit"])
def test_a_whole_graph_is_that_of_networkx(page_of_graphs, step, subset, measure):
    answer = page_of_graphs.json(
        "graph", ranking="pagerank", s=subject("one", step, subset), measure=measure
    )
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


@pytest.mark.parametrize("subset", ["all", "class:0", "class:1"])
def test_by_default_the_units_of_largest_importance_are_kept(page_of_graphs, subset):
    answer = page_of_graphs.json("graph", s=subject("one", 10, subset))
    assert answer["ranking"] == "importance"
    made = graph_logs.numbers(10)
    outputs = {layer["name"] for layer in answer["layers"] if layer["output"]}
    scores = {
        (name, unit): max(float(value), 0)
        for name, of in made.importance.items()
        for unit, value in enumerate(of[subset])
        if name not in outputs
    }
    kept = {unit_of(answer, node): node["score"] for node in answer["nodes"]}
    inner = {unit: score for unit, score in kept.items() if unit[0] not in outputs}
    assert inner
    for unit, score in inner.items():
        assert score == [pytest.approx(scores[unit], rel=1e-3)]
    others = [score for unit, score in scores.items() if unit not in inner]
    assert min(score for (score,) in inner.values()) >= max(others, default=0) * (1 - 1e-3)
    share = sum(scores[unit] for unit in inner) / sum(scores.values())
    assert answer["retained"] == [pytest.approx(share, rel=1e-3)]
    assert share >= 0.3 - 1e-6


def test_an_unknown_ranking_is_a_400_that_names_those_there_are(page_of_graphs):
    response = page_of_graphs.get("graph", s=subject("one", 10, "all"), ranking="size")
    assert response.status_code == 400
    assert "importance" in response.text


def test_kinds_of_links_name_the_edges(page_of_graphs):
    answer = page_of_graphs.json("graph", ranking="pagerank", s=subject("one", 0, "all"), keep=1)
    for edge in answer["edges"]:
        ends = [unit_of(answer, answer["nodes"][edge[end]])[0] for end in ("from", "to")]
        assert edge["kind"] == ("identity" if ends == ["conv", "fc"] else "direct")


def test_with_lift_units_are_chosen_by_rank_times_rank_over_the_mean_of_the_classes(page_of_graphs):
    classes = [reference(20, f"class:{label}")[0] for label in (0, 1)]
    mean = {node: np.mean([rank[node] for rank in classes]) for node in classes[0]}
    answer = page_of_graphs.json("graph", s=subject("one", 20, "class:1"), lift=1)
    rank, kept, _, relaxed = reference(20, "class:1", mean=mean)
    assert {unit_of(answer, node) for node in answer["nodes"]} == kept
    assert answer["relaxed"] == relaxed
    for node in answer["nodes"]:
        unit = unit_of(answer, node)
        assert node["lift"] == [pytest.approx(rank[unit] / mean[unit], rel=1e-3)]


def test_a_subject_is_told_with_its_number_of_inputs(page_of_graphs):
    (told,) = page_of_graphs.json("graph", ranking="pagerank", s=subject("one", 15, "slice:x"))[
        "subjects"
    ]
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
        "instances": None,
        "threshold": None,
    }
    assert page_of_graphs.json(
        "graph", ranking="pagerank", s=subject("one", 15, "slice:x/class:1")
    )["subjects"][0]["few"]


@pytest.mark.parametrize(
    ("subset", "stand_in"),
    [("predicted:0", "class:0"), ("slice:x/class:1", "class:1"), ("class:2", "all")],
)
def test_influence_of_another_subset_stands_in_and_is_told(page_of_graphs, subset, stand_in):
    answer = page_of_graphs.json("graph", ranking="pagerank", s=subject("one", 0, subset))
    told = [
        f"{key} ({CLASSES[int(key[-1])]})" if key[-1].isdigit() else key
        for key in (subset, stand_in)
    ]
    expected = f"recorded for {told[0]}; that of {told[1]} is shown"
    assert any(expected in note for note in answer["notes"])
    own = page_of_graphs.json("graph", ranking="pagerank", s=subject("one", 0, stand_in), keep=1)
    known = {
        tuple(unit_of(own, own["nodes"][edge[end]]) for end in ("from", "to")): edge["weight"]
        for edge in own["edges"]
    }
    for edge in answer["edges"]:
        ends = tuple(unit_of(answer, answer["nodes"][edge[end]]) for end in ("from", "to"))
        assert known[ends] == edge["weight"]


def test_the_logit_of_the_class_is_always_shown(page_of_graphs):
    for label in range(3):
        answer = page_of_graphs.json(
            "graph",
            s=subject("one", 0, f"predicted:{label}" if not label else f"class:{label}"),
            keep=0.01,
        )
        assert ("logits", label) in {unit_of(answer, node) for node in answer["nodes"]}


def test_what_shows_a_unit_comes_along(page_of_graphs):
    answer = page_of_graphs.json("graph", ranking="pagerank", s=subject("one", 20, "all"), keep=1)
    nodes = {unit_of(answer, node): node for node in answer["nodes"]}
    assert len(nodes) == sum(UNITS.values())
    node = nodes["conv", 1]
    assert node["examples"] == [[5, 0.0, 0.812, 0.188, 1.0], [0, 0.312, 0.0, 0.562, 0.188]]
    assert {key: node["facet"][key] for key in ("tile", "count")} == {"tile": 4, "count": 2}
    assert nodes["fc", 0]["examples"] == []
    assert nodes["fc", 0]["facet"] is None


def test_rows_that_are_not_shown_are_composed_and_can_be_opened(page_of_graphs):
    asked = {"s": subject("one", 0, "class:1"), "keep": 1}
    folded = page_of_graphs.json("graph", ranking="pagerank", **asked, rows=2)
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
    opened = page_of_graphs.json("graph", ranking="pagerank", **asked, rows=2, open="logits")
    assert [row["name"] for row in opened["layers"]] == NAMES
    whole = page_of_graphs.json("graph", ranking="pagerank", **asked)
    assert (opened["nodes"], opened["edges"]) == (whole["nodes"], whole["edges"])


def test_the_way_of_counting_is_chosen(open_page, tmp_path):
    table = np.random.default_rng(0).integers(0, 20, (2, len(SUBSETS), 4))
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": graph_logs.counts(table, of=("activation", "deviation"))})
    page = open_page(tmp_path)
    asked = {"s": subject("run", 0, "class:1"), "keep": 1}
    for way, row in (({}, 0), ({"mass": 0.1}, 1), ({"of": "deviation"}, 1), ({"mass": 0.03}, 0)):
        answer = page.json("graph", ranking="pagerank", **asked, **way)
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


def test_layers_that_are_not_counted_by_deviation_keep_their_activation(open_page, tmp_path):
    tables = np.random.default_rng(1).integers(1, 20, (3, len(SUBSETS), 4))
    both = graph_logs.counts(tables[:2], masses=(0.03, 0.03), of=("activation", "deviation"))
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=LAYERS)])
        log.write(0, {"mid": graph_logs.counts(tables[2]), "fc": both})
    page = open_page(tmp_path)
    asked = {"s": subject("run", 0, "class:1"), "keep": 1}
    answer = page.json("graph", ranking="pagerank", **asked, of="deviation")
    of = {layer["name"]: layer["of"] for layer in answer["layers"]}
    assert (of, answer["of"]) == ({"mid": "activation", "fc": "deviation"}, "deviation")
    assert {unit_of(answer, node): node["count"][0] for node in answer["nodes"]} == {
        (name, unit): tables[row, 2, unit]
        for name, row in (("mid", 2), ("fc", 1))
        for unit in range(4)
    }
    for layer in of:
        subject_of = {"s": subject("run", 0, "class:1"), "of": "deviation", "layer": layer}
        assert page.get("similarity", **subject_of).status_code == 200
    plain = page.json("graph", ranking="pagerank", **asked)
    assert {layer["of"] for layer in plain["layers"]} == {plain["of"]} == {"activation"}


def test_importance_is_the_subsets_own_also_where_no_influence_is_recorded(open_page, tmp_path):
    values = {"all": [1, 2, 3, 4], "class:1": [5, 6, 7, 8]}
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": graph_logs.counts(np.ones((len(SUBSETS), 4)))})
        log.write(0, {"fc": graph_logs.importance(values)})
    asked = {"s": subject("run", 0, "class:1"), "keep": 1}
    nodes = open_page(tmp_path).json("graph", ranking="pagerank", **asked)["nodes"]
    assert [node["importance"] for node in nodes] == [[5], [6], [7], [8]]


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
        answer = page.json("graph", ranking="pagerank", s=subject("run", asked, "all"))
        assert answer["subjects"][0]["step"] == step
    assert [row["name"] for row in answer["layers"]] == NAMES
    answer = page.json("graph", ranking="pagerank", s=subject("run", 9, "all"))
    assert answer["notes"][0] == "run at step 9: no activation counts of mid."
    assert [row["name"] for row in answer["layers"]] == ["conv", "fc", "logits"]


def test_a_class_without_inputs_is_its_logit_alone(open_page, tmp_path):
    table = np.zeros((len(SUBSETS), 3), int)
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=LAYERS)])
        inputs = np.zeros(len(SUBSETS), np.uint32)
        log.write(0, {"logits": graph_logs.counts(table, inputs=inputs)})
    (node,) = open_page(tmp_path).json("graph", ranking="pagerank", s=subject("run", 0, "class:2"))[
        "nodes"
    ]
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
    assert any("100 units that matter most" in note for note in answer["notes"])
