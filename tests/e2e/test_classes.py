"""Choosing classes beside the graph: by list and map, and what a switch costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.sync_api import Response, expect

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.e2e.plain_graph import counts
from tests.e2e.plain_pass import Truth
from tests.recording import CLASSES

A = ["plain", "model", 280]
DOTS = """() => {
  const {dots, moving} = document.querySelector('.class-map canvas').picture();
  return {dots: [...dots], moving};
}"""
FIRST_LABEL = "document.querySelector('.class-map canvas').picture().labels[0].row"
MOST_BYTES = 150_000


def chosen(neural: Neural) -> list[str]:
    return [key for key, _ in neural.in_address()["subsets"]]


def first_name(neural: Neural) -> str:
    return neural.frame.locator(".class-list .class-line bdi").first.inner_text()


def dots(neural: Neural) -> dict[int, Any]:
    """Dots of the map by row, in pixels of its canvas, at rest."""
    found = neural.frame.evaluate(DOTS)
    assert found["dots"]
    assert not found["moving"]
    return dict(found["dots"])


def test_a_switch_of_class_asks_two_questions_and_moves_little(open_page: Open) -> None:
    neural = open_page(view="graph", a=A, subsets=[["class:1", 1], ["class:8", 8]])
    eventually(lambda: dots(neural))
    neural.page.wait_for_load_state("networkidle")
    answers: list[Response] = []
    neural.page.on("response", lambda a: answers.append(a) if "/plugin/neural/" in a.url else None)
    before = ["class:1", "class:8"]
    other = neural.frame.locator(".class-rows .class-main").nth(1)
    label = other.locator(".visually-hidden").inner_text()
    other.click()
    eventually(lambda: assert_switched(neural, before))
    eventually(lambda: assert_asked(neural, answers))
    assert sum(len(answer.body()) for answer in answers) <= MOST_BYTES
    assert first_name(neural) == label.split(",")[0]


def assert_asked(neural: Neural, answers: list[Response]) -> None:
    neural.settle()
    routes = [answer.url.split("/neural/")[1].split("?")[0] for answer in answers]
    assert sorted(route for route in routes if route != "thumbnails") == ["graph", "similarity"]


def assert_switched(neural: Neural, before: list[str]) -> None:
    assert chosen(neural)[0] != before[0]
    assert chosen(neural)[1:] == before[1:]


def test_the_map_chooses_by_pointer_and_by_keys(open_page: Open) -> None:
    neural = open_page(view="graph", a=A, subsets=[["class:1", 1], ["class:8", 8]])
    there = eventually(lambda: dots(neural))
    box = neural.frame.locator(".class-map canvas").bounding_box()
    assert box is not None
    neural.page.mouse.click(box["x"] + there[4]["x"], box["y"] + there[4]["y"])
    eventually(lambda: assert_chosen(neural, ["class:4", "class:8"]))
    neural.page.mouse.move(0, 0)
    neural.frame.get_by_label("map of").focus()
    neural.page.keyboard.press("ArrowLeft")  # where one starts: at a chosen class
    neural.page.keyboard.press("Shift+Enter")
    eventually(lambda: assert_one_left(neural))


def assert_chosen(neural: Neural, expected: list[str]) -> None:
    assert chosen(neural) == expected


def assert_one_left(neural: Neural) -> None:
    assert len(chosen(neural)) == 1


def test_the_layer_of_the_map_is_in_the_address_and_moves_the_classes(open_page: Open) -> None:
    neural = open_page(view="graph", a=A)
    before = eventually(lambda: dots(neural))
    layers = neural.frame.get_by_label("Layer of the map and of similarity")
    other = layers.locator("option").first.inner_text()
    layers.select_option(label=other)
    eventually(lambda: assert_moved(neural, before))
    assert neural.selection()["graph"]["embedding"] == other
    again = open_page(neural.copied_link())
    expect(again.frame.get_by_label("Layer of the map and of similarity")).to_have_value(other)


def assert_moved(neural: Neural, before: dict[int, Any]) -> None:
    assert dots(neural) != before


def test_the_list_is_in_the_order_of_numbers_computed_from_scratch(
    open_page: Open, truth: Truth
) -> None:
    neural = open_page(view="graph", a=A, subsets=[["class:8", 8]])
    lines = neural.frame.locator(".class-rows .class-line bdi")
    others = [label for label in range(10) if label != 8]
    for sort in ("highest", "lowest", "name", "inputs", "similarity"):
        neural.frame.get_by_label("Sort classes").select_option(sort)
        values = sorting_values(truth, sort, reference=8)
        expected = [CLASSES[n] for n in sorted(others, key=values.__getitem__)]  # ties by index
        expect(lines).to_have_text(expected)


def sorting_values(truth: Truth, sort: str, reference: int) -> list[Any]:
    """What the classes are sorted by, the least first."""
    labels = range(10)
    if sort == "name":
        return CLASSES
    if sort == "inputs":
        return [-(truth.labels == label).sum() for label in labels]
    if sort == "similarity":
        layer = "classifier.3"  # the last hidden one
        counted = [counts(truth, "plain", 280, label)[layer] for label in labels]
        lengths = [np.linalg.norm(count) for count in counted]
        cosines = [counted[reference] @ counted[n] / lengths[n] for n in labels]
        return [-cosine for cosine in cosines]
    taken = [truth.of_class("plain", 280, label)["classifier.4"].argmax(1) for label in labels]
    sign = {"highest": -1, "lowest": 1}[sort]
    return [sign * (taken[label] == label).mean() for label in labels]


def test_map_and_list_point_at_each_other(open_page: Open) -> None:
    neural = open_page(view="graph", a=A, subsets=[["class:8", 8]])
    there = eventually(lambda: dots(neural))
    box = neural.frame.locator(".class-map canvas").bounding_box()
    assert box is not None
    hovered = neural.frame.locator(".class-line.is-hovered bdi")
    for label in (3, 8):
        at = there[label]
        neural.page.mouse.move(box["x"] + at["x"], box["y"] + at["y"])
        expect(hovered).to_have_text(CLASSES[label])
    neural.frame.locator(".class-line", has_text=CLASSES[5]).hover()
    eventually(lambda: assert_pointed(neural, 5))


def assert_pointed(neural: Neural, label: int) -> None:
    """The class's name goes before all others on the map."""
    assert neural.frame.evaluate(FIRST_LABEL) == label


def test_a_name_given_in_the_panel_is_found_and_saved_with_the_rows(open_page: Open) -> None:
    layer = "classifier.1"
    neural = open_page(a=A, layers=[layer], unit=[layer, 5])
    field = neural.frame.get_by_label(f"name of unit 5 of {layer}")
    field.fill("=round eyes")
    field.press("Enter")
    neural.frame.get_by_label("Search units by index or name").fill("EYES")
    eventually(lambda: assert_units(neural, layer, [5]))
    assert "5,'=round eyes" in neural.saved("CSV").path().read_text("utf-8-sig")


def assert_units(neural: Neural, layer: str, units: list[int]) -> None:
    assert neural.order(layer) == units
