"""What people expect of a page in a browser: Back, double clicks, trying again, useful files."""

from __future__ import annotations

import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from tests.e2e.conftest import Open
from tests.e2e.graph_page import Graph
from tests.e2e.neural_page import Neural, eventually, link

A = ["plain", "model", 280]
LAYER = "classifier.3"
SUBSETS = [["class:1", 0], ["class:8", 1]]
GRAPH: dict[str, Any] = {"view": "graph", "a": A, "subsets": SUBSETS}


def tab(neural: Neural, name: str) -> Any:
    return neural.frame.get_by_role("tab", name=name)


def where(neural: Neural) -> tuple[Any, Any, Any]:
    """View, run and unit, as the address has them."""
    chosen = neural.in_address()
    return chosen["view"], chosen["a"][0], chosen.get("unit")


def arrives(neural: Neural, expected: tuple[Any, Any, Any]) -> None:
    def check() -> None:
        assert where(neural) == expected
        assert tab(neural, expected[0].title()).get_attribute("aria-selected") == "true"

    eventually(check)


def test_back_and_forward_step_through_views_runs_and_units(open_page: Open) -> None:
    neural = open_page(view="distributions", a=A, layers=[LAYER], subsets=SUBSETS)
    tab(neural, "Graph").click()
    neural.settle()
    graph = Graph(neural)
    node = next(unit for unit in graph.nodes() if unit[0] == LAYER)
    graph.node(node).click()
    unit = [node[0], int(node[1])]
    arrives(neural, ("graph", "plain", unit))
    tab(neural, "Projections").click()
    arrives(neural, ("projections", "plain", unit))
    neural.choose_a("slow")
    steps = [
        ("projections", "slow", unit),  # both started from the same weights
        ("projections", "plain", unit),
        ("graph", "plain", unit),
        ("graph", "plain", None),
        ("distributions", "plain", None),
    ]
    arrives(neural, steps[0])
    for expected in steps[1:]:
        neural.page.go_back()
        arrives(neural, expected)
    for expected in reversed(steps[:-1]):
        neural.page.go_forward()
        arrives(neural, expected)
    assert neural.frame.is_detached() is False, "the tab was never left"


def test_a_step_or_a_class_makes_no_entry_of_the_history(open_page: Open) -> None:
    neural = open_page(view="distributions", a=A, layers=[LAYER], subsets=SUBSETS)
    length = neural.page.evaluate("history.length")
    neural.frame.get_by_label("Step of A").press("ArrowLeft")
    neural.subset("digit 5").click()
    eventually(lambda: same(len(neural.in_address()["subsets"]), 3))
    assert neural.page.evaluate("history.length") == length


def same(one: object, other: object) -> None:
    assert one == other


def test_the_second_click_of_a_double_click_hits_no_other_row(open_page: Open) -> None:
    neural = open_page(view="distributions", a=A, layers=[LAYER], subsets=SUBSETS)
    unit = neural.order(LAYER)[6]
    neural.page.mouse.dblclick(*neural.row_at(LAYER, unit))
    neural.settle()
    eventually(lambda: same(neural.in_address().get("marked"), [[LAYER, [unit]]]))
    graph = open_page(**GRAPH)
    line = graph.frame.locator(".class-rows .class-main").nth(4)
    expect(line.locator(".alike .number")).to_have_text(re.compile(r"\d"))
    chosen = line.locator(".class-name .name").inner_text()
    box = line.bounding_box()
    assert box is not None
    graph.page.mouse.dblclick(box["x"] + 20, box["y"] + 10)
    first = graph.frame.locator(".class-pinned .class-name .name").first
    expect(first).to_have_text(chosen)
    graph.page.wait_for_timeout(300)
    expect(first).to_have_text(chosen)


@pytest.mark.parametrize(
    ("chosen", "route"),
    [
        (GRAPH, "**/graph?*"),
        (
            {"view": "distributions", "a": A, "layers": [LAYER], "subsets": SUBSETS},
            "**/distributions?*",
        ),
    ],
    ids=["graph", "distributions"],
)
def test_what_failed_can_be_tried_again(
    chosen: dict[str, Any], route: str, open_page: Open
) -> None:
    neural = open_page(view="architecture", a=A)
    broken = True

    def answer(request: Route) -> None:
        if broken:
            request.fulfill(status=200, content_type="text/plain", body="broken")
        else:
            request.continue_()

    neural.page.route(route, answer)
    neural.page.evaluate("hash => { location.hash = hash }", address_of(chosen))
    failed = neural.frame.locator(".message.is-failed").first
    expect(failed).to_be_visible()
    broken = False
    failed.get_by_role("button", name="Try again").click()
    expect(neural.frame.locator(".message.is-failed")).to_have_count(0)
    expect(neural.frame.locator(".graph-node, canvas.rows-canvas").first).to_be_visible()


def address_of(chosen: dict[str, Any]) -> str:
    return link("", **chosen).partition("#")[2]


def test_files_say_of_what_they_are_and_pictures_have_two_pixels_each(open_page: Open) -> None:
    graph = Graph(open_page(**GRAPH))
    graph.nodes()
    png = graph.saved("PNG")
    assert png.suggested_filename == "graph_digit-1_digit-8_plain_step-280.png"
    shown = graph.frame.locator(".graph-main").bounding_box()
    assert shown is not None
    with Image.open(png.path()) as image:
        assert image.width == pytest.approx(2 * shown["width"], abs=4)
    table = graph.table()
    assert set(table.nodes) == set(graph.nodes())


TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const box = walker.currentNode.parentElement;
    if (!text || !box.checkVisibility() || box.closest('.visually-hidden, option, text')) continue;
    found.push([text, parseFloat(getComputedStyle(box).fontSize)]);
  }
  return found;
}"""
VIEWS = ("overview", "architecture", "distributions", "graph", "projections", "what-if")


@pytest.mark.parametrize("view", VIEWS)
def test_all_text_but_that_of_axes_has_13_pixels(open_page: Open, view: str) -> None:
    page = open_page(view=view)
    page.settle()
    texts = page.frame.evaluate(TEXTS)
    assert len(texts) > 20
    assert [text for text, size in texts if size < 12.9] == []
