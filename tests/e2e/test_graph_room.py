"""The graph has room: nodes can be told, nothing moves at a click, what stands beside it can go."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open
from tests.e2e.graph_page import Graph, Unit
from tests.e2e.neural_page import eventually
from tests.e2e.plain_pass import LAYERS

A = ["plain", "model", 280]
ONE: dict[str, Any] = {"view": "graph", "a": A, "subsets": [["class:8", 8]]}
TWO: dict[str, Any] = {**ONE, "subsets": [["class:1", 1], ["class:8", 8]]}
LARGE, SMALL, NARROW = (1440, 900), (1024, 700), (820, 700)


def boxes(graph: Graph) -> dict[Unit, Any]:
    """Where each node is in the window, and how large."""
    graph.neural.settle()
    found = {unit: graph.node(unit).bounding_box() for unit in graph.nodes()}
    return {unit: box for unit, box in found.items() if box}


def resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("shown", [ONE, TWO], ids=["one class", "two classes"])
@pytest.mark.parametrize(("size", "least"), [(LARGE, 28), (SMALL, 24)], ids=["large", "small"])
def test_nodes_can_be_told(
    size: tuple[int, int], least: float, shown: dict[str, Any], open_page: Open
) -> None:
    graph = Graph(open_page(**shown))
    resize(graph.neural.page, size)

    def check() -> None:
        assert median(box["width"] for box in boxes(graph).values()) >= least

    eventually(check)


def test_layers_run_from_left_to_right_where_there_is_width(open_page: Open) -> None:
    graph = Graph(open_page(**ONE))
    order = [
        np.median([n["x"] for (of, _), n in graph.nodes().items() if of == at]) for at in LAYERS
    ]
    assert order == sorted(order)
    resize(graph.neural.page, (700, 900))

    def check() -> None:
        nodes = graph.nodes().items()
        heights = [np.median([node["y"] for (of, _), node in nodes if of == at]) for at in LAYERS]
        assert heights == sorted(heights, reverse=True)

    eventually(check)


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("classes", [True, False], ids=["with classes", "without"])
def test_a_click_moves_neither_the_node_nor_the_picture(
    size: tuple[int, int], classes: bool, open_page: Open
) -> None:
    graph = Graph(open_page(**ONE))
    resize(graph.neural.page, size)
    if not classes:
        graph.tools.get_by_role("button", name="Classes").click()
    before = eventually(lambda: boxes(graph))
    stage = graph.frame.locator(".graph-stage").bounding_box()
    assert stage is not None
    inside = [
        unit
        for unit, box in before.items()
        if stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
        if stage["y"] + 60 <= box["y"] <= stage["y"] + stage["height"] - 80
    ]
    assert len(inside) > 2
    for unit in (inside[0], inside[-1]):
        box = before[unit]
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        graph.neural.page.mouse.click(*middle)
        panel = graph.frame.get_by_role("complementary", name=f"Unit {unit[1]} of {unit[0]}")
        expect(panel).to_be_visible()
        assert boxes(graph) == before
        over = panel.bounding_box()
        assert over is not None
        assert not over["x"] <= middle[0] <= over["x"] + over["width"], "the node stays in sight"
        graph.neural.page.keyboard.press("Escape")
        expect(panel).to_have_count(0)


def test_what_stands_beside_the_graph_can_be_closed_and_stays_so(open_page: Open) -> None:
    neural = open_page(**ONE)
    graph = Graph(neural)
    rail, classes = neural.frame.locator("#rail"), neural.frame.locator(".graph-classes")
    stage = neural.frame.locator(".graph-stage")
    wide = (stage.bounding_box() or {})["width"]
    neural.frame.get_by_role("button", name="Close the rail").click()
    graph.tools.get_by_role("button", name="Classes").click()
    expect(rail).to_be_hidden()
    expect(classes).to_have_count(0)
    assert (stage.bounding_box() or {})["width"] > wide + 500
    neural.page.reload()
    again = neural.page.frame_locator('iframe[src*="name=neural"]')
    expect(again.locator(".graph-node").first).to_be_visible()
    expect(again.locator("#rail")).to_be_hidden()
    expect(again.locator(".graph-classes")).to_have_count(0)
    again.get_by_role("button", name="Open the rail").click()
    expect(again.locator("#rail")).to_be_visible()


def test_a_narrow_window_opens_with_the_graph_alone(open_page: Open) -> None:
    neural = open_page(**ONE)
    graph = Graph(neural)
    rail, classes = neural.frame.locator("#rail"), neural.frame.locator(".graph-classes")
    expect(rail).to_be_visible()
    expect(classes).to_be_visible()
    resize(neural.page, NARROW)
    expect(rail).to_be_hidden()
    expect(classes).to_have_count(0)
    stage = neural.frame.locator(".graph-stage")
    wide = (stage.bounding_box() or {})["width"]
    neural.frame.get_by_role("button", name="Open the rail").click()
    expect(rail).to_be_visible()
    assert (stage.bounding_box() or {})["width"] == wide, "it lies over the picture"
    neural.frame.get_by_role("button", name="Close the rail").click()
    graph.tools.get_by_role("button", name="Classes").click()
    expect(classes).to_be_visible()
    resize(neural.page, LARGE)
    expect(rail).to_be_visible()
    expect(classes).to_be_visible()


def test_the_legend_unfolds(open_page: Open) -> None:
    graph = Graph(open_page(**ONE))
    legend = graph.frame.locator(".graph-legend")
    expect(legend.get_by_text("inhibits")).to_be_hidden()
    legend.locator("summary").click()
    expect(legend.get_by_text("inhibits")).to_be_visible()


def test_edges_in_and_out_of_a_unit_differ_and_flow(open_page: Open) -> None:
    graph = Graph(open_page(**ONE, graph={"ranking": "pagerank"}))
    inner = {unit for unit in graph.nodes() if unit[0] in LAYERS[1:-1]}
    ends = graph.edges()
    unit = next(u for u in inner if {u} < {c for _, c in ends} and {u} < {p for p, _ in ends})
    graph.node(unit).hover()

    def look(of: str, what: str) -> set[str]:
        return set(
            graph.frame.eval_on_selector_all(
                f".graph-world {of}", "(all, what) => all.map(e => getComputedStyle(e)[what])", what
            )
        )

    eventually(lambda: check_apart(look(".edge.is-in", "stroke"), look(".edge.is-out", "stroke")))
    assert look(".edge-flow", "animationName") == {"none"}, "motion is not wanted"
    graph.neural.page.emulate_media(reduced_motion="no-preference")
    eventually(lambda: check_apart(look(".edge-flow", "animationName"), {"none"}))


def check_apart(one: set[str], other: set[str]) -> None:
    assert one
    assert other
    assert not one & other
