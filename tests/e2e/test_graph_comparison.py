"""Two graphs in one picture: of two classes, steps, runs, of clean and attacked inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.e2e import odd_logs as logs
from tests.e2e.conftest import Open
from tests.e2e.graph_page import Graph, Unit
from tests.e2e.neural_page import eventually
from tests.e2e.plain_graph import PlainGraph, Weights, influence, recorded, top_mass_counts
from tests.e2e.plain_pass import LAYERS, Truth, forward
from tests.e2e.test_moments import assignment
from tests.recording import CLASSES, RUNS

A = ["plain", "model", 280]
ONE, OTHER = 1, 8
STEPS = RUNS["plain"][2]
SIDES = ("A", "both", "B")
ROUNDED = 1e-4
NOBODY = "\N{EN DASH}"


def shown(*labels: int) -> list[list[Any]]:
    return [[f"class:{label}", label] for label in labels]


def same(one: object, other: object) -> None:
    assert one == other


def sides(graph: Graph) -> dict[str, set[Unit]]:
    """Units of the picture by the side that their look tells."""
    return {
        side: {unit for unit, node in graph.nodes().items() if f"side-{side}" in node["look"]}
        for side in SIDES
    }


def expected_sides(a: set[Any], b: set[Any]) -> dict[str, set[Unit]]:
    parts = zip(SIDES, (a - b, a & b, b - a), strict=True)
    return {side: {(layer, str(unit)) for layer, unit in units} for side, units in parts}


def check_bands(graph: Graph) -> None:
    """Only A's stand above what both have, only B's below."""
    nodes = graph.nodes()
    reach = [[nodes[unit]["y"] for unit in units] for units in sides(graph).values()]
    for left, right in ((reach[0], reach[1]), (reach[1], reach[2]), (reach[0], reach[2])):
        assert max(left, default=-np.inf) < min(right, default=np.inf)


def test_two_classes_stand_apart_as_set_operations_say(open_page: Open, truth: Truth) -> None:
    graph = Graph(open_page(view="graph", a=A, subsets=shown(ONE, OTHER)))
    a, b = (PlainGraph(truth, "plain", 280, label) for label in (ONE, OTHER))
    expected = expected_sides(a.units, b.units)
    assert all(expected.values()), "the two classes share some units, not all"
    assert sides(graph) == expected
    check_bands(graph)
    table = graph.table()
    words = [f"only {CLASSES[ONE]}", "both", f"only {CLASSES[OTHER]}"]
    for side, word in zip(SIDES, words, strict=True):
        assert {unit for unit, line in table.nodes.items() if line["in"] == word} == expected[side]
    heads = [f"{CLASSES[label]} (plain, step 280)" for label in (ONE, OTHER)]
    for (layer, unit), line in table.nodes.items():
        for head, one in zip(heads, (a, b), strict=True):
            assert float(line[f"{head}: count"]) == one.counts[layer][int(unit)]
    records = recorded(truth.folder.parent / "logs" / "plain")
    weights = [influence(records, 280, f"class:{n}", measure="contributions") for n in (ONE, OTHER)]
    check_changes(table.edges, heads, weights)
    assert set(table.edges) == {
        ((p[0], str(p[1])), (c[0], str(c[1]))) for p, c in {**a.edges, **b.edges}
    }


def check_changes(edges: Any, heads: list[str], weights: list[Weights]) -> None:
    changed = 0
    for (producer, consumer), line in edges.items():
        ends = (producer[0], int(producer[1])), (consumer[0], int(consumer[1]))
        told = [line[f"{head}: weight"] for head in heads]
        known = [weight.get(ends) for weight in weights]
        assert [float(w) if w else None for w in told] == pytest.approx(known, abs=ROUNDED)
        if None not in known:
            assert float(line["change"]) == pytest.approx(known[1] - known[0], abs=2 * ROUNDED)  # type: ignore[operator]
            changed += 1
    assert changed


def test_a_node_keeps_its_place_while_the_steps_go_by(open_page: Open, truth: Truth) -> None:
    graph = Graph(open_page(view="graph", a=A, subsets=shown(OTHER)))
    before = graph.nodes()
    left, stayed = 0, 0
    for step in STEPS[-2:-5:-1]:
        graph.move_a("ArrowLeft")
        units = PlainGraph(truth, "plain", step, OTHER).units
        named = {(layer, str(unit)) for layer, unit in units}
        eventually(lambda named=named: same(set(graph.nodes()), named))
        after = graph.nodes()
        for unit in before.keys() & after.keys():
            assert [after[unit][at] for at in "xy"] == [before[unit][at] for at in "xy"]
        left += len(before.keys() ^ after.keys())
        stayed += len(before.keys() & after.keys())
        before = after
    assert left
    assert stayed > len(LAYERS)
    expect(graph.frame.locator(".graph-heads")).to_contain_text(f"step {STEPS[-4]}")


@pytest.mark.parametrize(("run", "step"), [("plain", 60), ("slow", 245)])
def test_moments_of_equal_units_are_compared_unit_by_unit(
    run: str, step: int, open_page: Open, truth: Truth
) -> None:
    b = [run, "model", "pinned", step]
    graph = Graph(open_page(view="graph", a=A, b=b, subsets=shown(OTHER)))
    units = [PlainGraph(truth, *of, OTHER).units for of in (("plain", 280), (run, step))]
    assert sides(graph) == expected_sides(*units)
    check_bands(graph)
    heads = graph.frame.locator(".graph-heads li").all_inner_texts()
    assert [f"{run}, step {step}" in head for head in heads] == [False, True]
    (line, *_) = graph.table().nodes.values()
    assert f"{CLASSES[OTHER]} at B ({run}, step {step}): PageRank" in line


def test_units_of_another_seed_are_matched_or_said_to_have_no_partner(
    open_page: Open, truth: Truth
) -> None:
    b = ["other seed", "model", "pinned", 150]
    graph = Graph(open_page(view="graph", a=A, b=b, subsets=shown(OTHER)))
    seen = [truth.instances("plain", 280), truth.instances("other seed", 150)]
    pairs = {layer: assignment(seen[0][layer], seen[1][layer]) for layer in LAYERS[:-1]}
    pairs[LAYERS[-1]] = {label: label for label in range(10)}
    units = [PlainGraph(truth, *of, OTHER).units for of in (("plain", 280), ("other seed", 150))]
    nodes = {(layer, *label.split("↔")): node for (layer, label), node in graph.nodes().items()}
    told = [(pairs[layer].get(int(one)), other) for layer, one, other in nodes if one != NOBODY]
    agreeing = sum(other == (NOBODY if found is None else str(found)) for found, other in told)
    assert agreeing >= 0.9 * len(told)
    own = {
        side: {unit for unit, node in nodes.items() if f"side-{side}" in node["look"]}
        for side in SIDES
    }
    assert {(layer, int(one)) for layer, one, _ in own["A"] | own["both"]} == units[0]
    assert {(layer, int(other)) for layer, _, other in own["B"] | own["both"]} == units[1]
    check_bands(graph)
    expect(graph.frame.locator(".graph-main .note")).to_contain_text(
        "matched to those of A by correlation"
    )
    (foreign, *_) = [other for _, one, other in own["B"] if one == NOBODY]
    graph.frame.locator(".graph-node", has_text=f"{NOBODY}↔{foreign}").first.click()
    expect(graph.frame.get_by_role("status")).to_contain_text("Only run B has this unit")


def test_attacked_inputs_are_compared_with_clean_ones(open_odd: Open, odd_logs: Path) -> None:
    target = logs.ATTACKED
    keys = [[f"class:{target}", target], ["slice:attacked", 3]]
    graph = Graph(open_odd(view="graph", a=["attacked", "model", 0], subsets=keys))
    kept = torch.load(odd_logs / "attacked.pt")
    state = {name: value.double().numpy() for name, value in kept["state"].items()}
    counted = [
        {k: top_mass_counts(v) for k, v in forward(state, kept[key].double().numpy()).items()}
        for key in ("clean", "attacked")
    ]
    expect(graph.frame.locator(".graph-heads li")).to_have_count(2)
    heads = graph.frame.locator(".graph-heads li").all_inner_texts()
    for head, key in zip(heads, ("clean", "attacked"), strict=True):
        assert f"n {len(kept[key])}" in head
    assert ["few" in head for head in heads] == [False, True]
    for (layer, unit), line in graph.table().nodes.items():
        told = [value for name, value in line.items() if name.endswith(": count")]
        assert [float(one) for one in told] == [count[layer][int(unit)] for count in counted]
    check_bands(graph)
