"""The attribution graph of a class: every number is computed again, every control moves it."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from typing import Any

import networkx as nx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.graph_page import Ends, Graph, Unit
from tests.e2e.neural_page import eventually, selection_in
from tests.e2e.plain_graph import PlainGraph, contributions, recorded, top_mass_counts
from tests.e2e.plain_pass import LAYERS, Truth
from tests.recording import CLASSES

RUN, STEP, DIGIT = "plain", 280, 8
NAME = CLASSES[DIGIT]
AT = f"{NAME} ({RUN}, step {STEP})"
ALONE: dict[str, Any] = {
    "view": "graph",
    "a": [RUN, "model", STEP],
    "subsets": [[f"class:{DIGIT}", DIGIT]],
}
ROUNDED = 1e-4
SVG = "{http://www.w3.org/2000/svg}"


def named(units: Any) -> set[Unit]:
    """Units as the page calls them."""
    return {(layer, str(unit)) for layer, unit in units}


def test_the_graph_of_a_class_is_the_one_computed_from_its_inputs(
    either_tensorboard: str, open_at: Open, truth: Truth
) -> None:
    graph = Graph(open_at(either_tensorboard, **ALONE))
    expected = PlainGraph(truth, RUN, STEP, DIGIT)
    nodes, table = graph.nodes(), graph.table()
    assert set(nodes) == set(table.nodes) == named(expected.units)
    for (layer, unit), line in table.nodes.items():
        number = int(unit)
        assert float(line[f"{AT}: count"]) == expected.counts[layer][number]
        share = expected.counts[layer][number] / expected.inputs
        assert float(line[f"{AT}: share"]) == pytest.approx(share, abs=ROUNDED)
        rank = expected.ranks[layer, number]
        assert float(line[f"{AT}: PageRank"]) == pytest.approx(rank, abs=ROUNDED)
    check_sizes(nodes, {unit: float(table.nodes[unit][f"{AT}: count"]) for unit in nodes})
    head = graph.frame.locator(".graph-heads li").inner_text()
    assert f"n {expected.inputs}" in head
    assert f"{100 * expected.retained:.0f} % of importance" in head
    check_edges(graph, expected, contributions(truth, RUN, STEP, DIGIT))
    rows = {
        layer: {node["x"] for (of, _), node in nodes.items() if of == layer} for layer in LAYERS
    }
    places = [place for layer in LAYERS for place in rows[layer]]
    assert places == sorted(places), "the output stands at the right"
    assert len(places) == len(LAYERS)


def check_sizes(nodes: dict[Unit, Any], values: dict[Unit, float]) -> None:
    """The area grows evenly with the value."""
    largest = max(abs(value) for value in values.values())
    for unit, node in nodes.items():
        area = 34**2 + abs(values[unit]) / largest * (60**2 - 34**2)
        assert node["width"] == pytest.approx(math.sqrt(area), abs=1)


def check_edges(graph: Graph, expected: PlainGraph, computed: dict[str, Any]) -> None:
    """What is shown is what is recorded, and that is what the weights and inputs give."""
    edges, drawn = graph.table().edges, graph.edges()
    assert set(edges) == set(drawn) == {tuple(named_ends(ends)) for ends in expected.edges}
    for (producer, consumer), line in edges.items():
        ends = (producer[0], int(producer[1])), (consumer[0], int(consumer[1]))
        weight = float(line[f"{AT}: weight"])
        assert weight == pytest.approx(expected.edges[ends], abs=ROUNDED)
        assert weight == pytest.approx(computed[consumer[0]][ends[1][1], ends[0][1]], abs=0.005)
        look = "is-inhibits" if weight < 0 else "is-excites"
        assert look in drawn[producer, consumer]["look"]


def named_ends(ends: Any) -> Ends:
    (producer, unit), (consumer, other) = ends
    return (producer, str(unit)), (consumer, str(other))


def test_choices_make_the_graph_anew_and_stand_in_the_address(
    open_page: Open, truth: Truth
) -> None:
    graph = Graph(open_page(**ALONE))
    direction = graph.tools.get_by_role("checkbox", name="Follow edge direction")
    before = set(graph.nodes())
    by = graph.tools.get_by_role("combobox", name="Select units by")
    for ranking in ("lift", "pagerank"):
        by.select_option(ranking)
        chosen = {"ranking": ranking}
        check_choice(graph, chosen, PlainGraph(truth, RUN, STEP, DIGIT, ranking=ranking))
    graph.more()
    direction.check()
    directed = PlainGraph(truth, RUN, STEP, DIGIT, ranking="pagerank", directed=True)
    check_choice(graph, {"ranking": "pagerank", "directed": True}, directed)
    direction.uncheck()
    by.select_option("importance")
    graph.more().get_by_role("button", name="Summit").click()
    by_summit = PlainGraph(truth, RUN, STEP, DIGIT, measure="summit_influence")
    check_choice(graph, {"measure": "summit"}, by_summit)
    graph.more().get_by_role("button", name="Contribution", exact=True).click()
    eventually(lambda: same(set(graph.nodes()), before))
    graph.tools.get_by_role("combobox", name="kept").select_option("0.75")
    more = {"measure": "contribution", "keep": 0.75}
    check_choice(graph, more, PlainGraph(truth, RUN, STEP, DIGIT, keep=0.75))
    assert before < set(graph.nodes())


def test_logits_are_counted_by_their_distance_from_the_mean_on_request(
    open_page: Open, truth: Truth
) -> None:
    graph = Graph(open_page(**ALONE))
    graph.frame.get_by_role("button", name="% negative").click()
    eventually(lambda: same(graph.neural.in_address().get("graph"), {"of": "deviation"}))
    output = LAYERS[-1]
    record = recorded(truth.folder.parent / "logs" / RUN)[STEP, "activation_counts", output]
    distance = np.abs(truth.of_class(RUN, STEP, DIGIT)[output] - record.center)
    counted = top_mass_counts(distance)
    eventually(lambda: check_counts(graph, output, counted))


def check_counts(graph: Graph, layer: str, counted: Any) -> None:
    graph.neural.settle()
    lines = {unit: line for (of, unit), line in graph.table().nodes.items() if of == layer}
    assert lines
    for unit, line in lines.items():
        assert float(line[f"{AT}: count"]) == counted[int(unit)]


def check_choice(graph: Graph, options: dict[str, Any], expected: PlainGraph) -> None:
    eventually(lambda: same(graph.neural.in_address().get("graph"), options))
    eventually(lambda: same(set(graph.nodes()), named(expected.units)))
    edges = graph.table().edges
    assert set(edges) == {named_ends(ends) for ends in expected.edges}
    for ends, weight in expected.edges.items():
        told = float(edges[named_ends(ends)][f"{AT}: weight"])
        assert told == pytest.approx(weight, abs=ROUNDED)


def same(one: object, other: object) -> None:
    assert one == other


def test_the_size_of_nodes_says_what_is_chosen(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    lines = graph.table().nodes
    for size, column in (("rank", "PageRank"), ("importance", "importance")):
        graph.tools.get_by_label("Node area").select_option(size)
        eventually(lambda of=size: same(graph.neural.in_address().get("graph"), {"size": of}))
        check_sizes(graph.nodes(), {unit: float(lines[unit][f"{AT}: {column}"]) for unit in lines})


def test_filter_rows_and_gaps_hide_and_place_nodes(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    values = {unit: float(line[f"{AT}: count"]) for unit, line in graph.table().nodes.items()}
    least = 0.5 * max(values.values())
    left = {unit for unit, value in values.items() if value >= least or unit[0] == LAYERS[-1]}
    assert left < set(values)
    graph.more().get_by_label("Hide below").fill("50")
    eventually(lambda: same(set(graph.nodes()), left))
    graph.tools.get_by_label("Hide below").fill("0")
    graph.tools.get_by_label("Layer spacing").fill("200")
    graph.tools.get_by_label("Unit spacing").fill("70")
    eventually(lambda: check_distances(graph, 200, 60 + 16 + 70))
    eventually(lambda: same(graph.neural.in_address().get("graph"), {"pitch": 200, "gap": 70}))


def check_distances(graph: Graph, across: float, down: float) -> None:
    """From layer to layer, and from unit to unit of one, whose numbers stand above them."""
    nodes = graph.nodes().values()
    layers = sorted({node["x"] for node in nodes})
    assert np.diff(layers) == pytest.approx(across)
    for layer in layers:
        column = sorted(node["y"] for node in nodes if node["x"] == layer)
        assert np.diff(column) == pytest.approx(down)


def test_pointing_at_a_node_lights_all_paths_through_it_and_no_others(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE, graph={"ranking": "pagerank"}))
    edges: nx.DiGraph[Unit] = nx.DiGraph(list(graph.table().edges))
    inner = [unit for unit in graph.nodes() if unit[0] in LAYERS[1:4]]
    assert graph.lit() == (set(), set())
    some = 0
    for unit in inner[:5]:
        edges.add_node(unit)
        before, after = nx.ancestors(edges, unit), nx.descendants(edges, unit)
        ways = [edges.subgraph({unit, *side}) for side in (before, after)]
        graph.node(unit).hover()
        units, lit = {unit, *before, *after}, {ends for way in ways for ends in way.edges}
        eventually(lambda units=units, lit=lit: same(graph.lit(), (units, lit)))
        some += 0 < len(lit) < edges.number_of_edges()
    assert some
    graph.neural.page.mouse.move(5, 5)
    eventually(lambda: same(graph.lit(), (set(), set())))


def test_the_card_of_what_is_pointed_at_tells_its_numbers(open_page: Open, truth: Truth) -> None:
    graph = Graph(open_page(**ALONE))
    expected = PlainGraph(truth, RUN, STEP, DIGIT)
    card = graph.frame.locator(".graph-card")
    for layer, unit in sorted(expected.units)[:3]:
        graph.node((layer, str(unit))).hover()
        expect(card).to_contain_text(f"{layer} · unit {unit}")
        expect(card).to_contain_text(f"{expected.counts[layer][unit]:.0f} of {expected.inputs} ·")
        expect(card.locator(".graph-examples svg")).not_to_have_count(0)


def test_the_picture_is_zoomed_panned_and_fit(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    nodes = list(graph.nodes())
    stage = graph.frame.locator(".graph-stage")
    frame = stage.locator(".graph-frame").bounding_box()
    assert frame is not None
    stage.get_by_role("button", name="Fit the graph").click()

    def fitted() -> Any:
        found = places(graph, nodes)
        for x, y in found:
            assert frame["x"] < x < frame["x"] + frame["width"]
            assert frame["y"] < y < frame["y"] + frame["height"]
        return found

    whole = eventually(fitted)
    stage.get_by_role("button", name="zoom in").click()
    eventually(lambda: check_wider(places(graph, nodes), whole))
    near = places(graph, nodes)
    x, y = frame["x"] + frame["width"] - 60, frame["y"] + 90
    mouse = graph.neural.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 40, y + 25, steps=3)
    mouse.up()
    moved = [[x - 40, y + 25] for x, y in near]
    eventually(lambda: same(np.allclose(places(graph, nodes), moved, atol=1), True))
    stage.get_by_role("button", name="Fit the graph").click()
    eventually(lambda: same(np.allclose(places(graph, nodes), whole, atol=1), True))


def places(graph: Graph, units: list[Unit]) -> Any:
    """Middles of nodes in the window `[node, 2]`."""
    boxes = [graph.node(unit).bounding_box() for unit in units]
    return np.array([[b["x"] + b["width"] / 2, b["y"] + b["height"] / 2] for b in boxes if b])


def check_wider(one: Any, other: Any) -> None:
    factor = np.ptp(one, axis=0) / np.ptp(other, axis=0)
    assert factor[0] > 1.1
    assert factor[0] == pytest.approx(factor[1], rel=0.02)


def test_the_keyboard_walks_along_the_strongest_edges_and_opens_units(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    keys, table = graph.neural.page.keyboard, graph.table()
    (top,) = [unit for unit in graph.nodes() if unit == (LAYERS[-1], str(DIGIT))]
    graph.node(top).focus()
    at = top
    for _ in range(2):
        feeding = {
            p: abs(float(line[f"{AT}: weight"])) for (p, c), line in table.edges.items() if c == at
        }
        keys.press("ArrowLeft")
        at = max(feeding, key=feeding.__getitem__)
        expect(graph.node(at)).to_be_focused()
    nodes = graph.nodes()
    row = sorted((unit for unit in nodes if unit[0] == at[0]), key=lambda unit: nodes[unit]["y"])
    keys.press("Home")
    expect(graph.node(row[0])).to_be_focused()
    keys.press("End")
    expect(graph.node(row[-1])).to_be_focused()
    keys.press("ArrowDown")
    expect(graph.node(row[-1])).to_be_focused()
    keys.press("Enter")
    panel = graph.frame.get_by_role("complementary", name=f"unit {row[-1][1]} of {row[-1][0]}")
    expect(panel).to_be_visible()
    expect(graph.node(row[-1])).to_have_attribute("aria-pressed", "true")
    keys.press("Escape")
    expect(panel).to_have_count(0)


def test_a_link_opens_the_same_graph_cold(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    graph.tools.get_by_role("combobox", name="Select units by").select_option("lift")
    graph.tools.get_by_label("Node area").select_option("rank")
    graph.more().get_by_label("Unit spacing").fill("40")
    chosen = {"ranking": "lift", "size": "rank", "gap": 40}
    eventually(lambda: same(graph.neural.in_address().get("graph"), chosen))
    graph.frame.get_by_role("button", name="Re-layout").click()
    graph.node(next(iter(graph.nodes()))).click()
    copied = graph.neural.copied_link()
    cold = Graph(open_page(copied))
    eventually(lambda: same(cold.nodes(), graph.nodes()))
    assert cold.edges() == graph.edges()
    assert cold.neural.in_address() == selection_in(copied)


def test_the_table_says_what_the_picture_shows(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))
    nodes, edges = graph.nodes(), graph.edges()
    graph.tools.get_by_role("button", name="Table", exact=True).click()
    tables = graph.frame.get_by_role("region", name="Graph as tables").locator("table")
    expect(tables.locator("caption").first).to_have_text(f"{len(nodes)} units")
    expect(tables.locator("caption").last).to_have_text(f"{len(edges)} edges")
    cells = tables.first.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(0, 2).map(cell => cell.innerText))"
    )
    assert {tuple(pair) for pair in cells} == set(nodes)
    assert [pair[0] for pair in cells] == sorted(
        (pair[0] for pair in cells), key=LAYERS.index, reverse=True
    )
    ends = tables.last.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    assert {((one[0], one[1]), (one[3], one[4])) for one in ends} == set(edges)


def test_drawing_and_picture_hold_all_units_and_edges(open_page: Open) -> None:
    graph = Graph(open_page(**ALONE))

    def drawing() -> ET.Element:
        """As the page is, once all pictures that are under way have come."""
        nodes, edges = graph.nodes(), graph.edges()
        root = ET.fromstring(graph.saved("SVG").path().read_text())  # noqa: S314
        texts = [text.text or "" for text in root.iter(f"{SVG}text")]
        assert {text for unit in nodes for text in unit} <= set(texts)
        drawn = {path.get("d") for path in root.iter(f"{SVG}path")}
        assert drawn >= {edge["path"] for edge in edges.values()}
        images = list(root.iter(f"{SVG}image"))
        assert len(images) == sum(node["pictured"] for node in nodes.values()) > 0
        assert {NAME, RUN} <= set(texts)
        assert f"step {STEP}" in " ".join(texts)
        return root

    root = eventually(drawing)
    with Image.open(graph.saved("PNG").path()) as image:
        width, height = float(root.get("width") or 0), float(root.get("height") or 0)
        assert image.width / image.height == pytest.approx(width / height, rel=0.01)
        assert len(image.convert("RGB").getcolors(2**24) or []) > 50
