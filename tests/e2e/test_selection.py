"""Marking, hiding, searching; links, the history of the browser; light and dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import SIZE, Open, opened
from tests.e2e.neural_page import Neural, eventually, link, selection_in
from tests.e2e.plain_pass import Truth

LAYER = "classifier.3"
PLAIN = ["plain", "model", 280]
STORED = "localStorage.setItem('_tb_global_settings', JSON.stringify({theme: 'dark'}))"


def test_marked_units_stay_first_and_larger_over_sorting(open_page: Open) -> None:
    neural = open_page(a=PLAIN, layers=[LAYER])
    chosen = neural.order(LAYER)[3:6]
    for unit in chosen:
        neural.click_row(LAYER, unit)
    eventually(lambda: marked_first(neural, set(chosen)))
    neural.sort("index", descending=False)
    assert neural.order(LAYER)[:3] == sorted(chosen), "marked units are sorted among themselves"
    marked_first(neural, set(chosen))
    neural.click_row(LAYER, chosen[0])
    eventually(lambda: marked_first(neural, set(chosen[1:])))


def marked_first(neural: Neural, units: set[int]) -> None:
    picture = neural.picture(LAYER)
    assert set(picture["order"][: len(units)]) == units
    assert {row["unit"] for row in picture["rows"] if row["marked"]} == units
    heights = {row["marked"]: row["height"] for row in picture["rows"]}
    assert heights[True] > heights[False]


def test_units_are_hidden_searched_for_and_brought_back(open_page: Open) -> None:
    neural = open_page(a=PLAIN, layers=[LAYER])
    order = neural.order(LAYER)
    x, y = neural.row_at(LAYER, order[0], x=20)
    neural.page.mouse.move(x, y)
    neural.panel(LAYER).get_by_title("hide (h)").click()
    eventually(lambda: shows(neural, order[1:]))
    neural.panel(LAYER).get_by_role("button", name="Show 1 hidden").click()
    eventually(lambda: shows(neural, order))
    search = neural.frame.get_by_label("Search units by index or name")
    search.fill("3, 10-12, 99")
    eventually(lambda: shows(neural, [unit for unit in order if unit in {3, 10, 11, 12}]))
    search.fill("3 to 7")
    expect(neural.frame.get_by_role("alert")).to_contain_text("“to” is no unit")
    search.fill("99")
    expect(neural.panel(LAYER)).to_contain_text("No unit of this layer matches “99”")
    search.fill("")
    eventually(lambda: shows(neural, order))


def test_marked_only_shows_the_marked_or_says_that_there_are_none(open_page: Open) -> None:
    neural = open_page(a=PLAIN, layers=[LAYER])
    neural.frame.get_by_label("marked only").check()
    expect(neural.panel(LAYER)).to_contain_text("No marked units in this layer")
    neural.frame.get_by_label("marked only").uncheck()
    unit = neural.order(LAYER)[2]
    neural.click_row(LAYER, unit)
    neural.frame.get_by_label("marked only").check()
    eventually(lambda: shows(neural, [unit]))


def shows(neural: Neural, units: list[int]) -> None:
    assert neural.order(LAYER) == units


def test_a_copied_link_opens_the_same_picture_cold(open_page: Open, truth: Truth) -> None:
    neural = open_page(view="distributions")
    neural.choose_a("plain")
    neural.choose_b("slow")
    neural.instance(f"{truth.benign[0]}").click()
    neural.subset("digit 7").click()
    neural.layer("features.4").click()
    neural.click_row(LAYER, neural.order(LAYER)[1])
    neural.sort("value", "digit 7 at A", descending=False)
    neural.tool("Symmetric log").click()
    neural.tool("Shared axis").click()
    neural.tool("Overlaid").click()
    neural.settle()
    copied = neural.copied_link()
    eventually(lambda: same(neural.in_address(), selection_in(copied)))
    cold = open_page(copied)
    assert cold.layers() == ["features.4", "classifier.1", LAYER]
    for layer in cold.layers():
        eventually(lambda of=layer: same(cold.picture(of), neural.picture(of)))
    assert cold.in_address() == selection_in(copied)


def same(one: object, other: object) -> None:
    assert one == other


def test_going_back_and_forward_in_the_history_moves_the_selection(open_page: Open) -> None:
    neural = open_page(a=PLAIN, layers=[LAYER])
    address = neural.page.evaluate("location.origin")
    further = link(address, a=["slow", "model", 45], layers=["features.1"])
    neural.page.evaluate("address => location.href = address", further)
    eventually(lambda: same((neural.layers(), a_of(neural)), (["features.1"], "slow")))
    neural.page.go_back()
    eventually(lambda: same((neural.layers(), a_of(neural)), ([LAYER], "plain")))
    neural.page.go_forward()
    eventually(lambda: same((neural.layers(), a_of(neural)), (["features.1"], "slow")))


def a_of(neural: Neural) -> str:
    return neural.frame.get_by_label("Run of A").locator("option:checked").inner_text()


@pytest.mark.parametrize("how", ["button", "remembered"])
def test_the_dark_theme_of_tensorboard_is_followed(
    how: str, open_page: Open, browser: Browser, tensorboard: str
) -> None:
    if how == "button":
        neural = open_page(a=PLAIN, layers=[LAYER])
        light = background(neural)
        assert luminance(light) > 0.9
        switch_to_dark(neural)
        eventually(lambda: is_dark(neural))
        return
    context = browser.new_context(viewport=SIZE)
    context.add_init_script(STORED)
    neural = opened(context.new_page(), link(tensorboard, a=PLAIN, layers=[LAYER]))
    eventually(lambda: is_dark(neural))
    context.close()


def switch_to_dark(neural: Neural) -> None:
    neural.page.get_by_role("button", name="Menu for changing light or dark theme").click()
    neural.page.get_by_role("menuitem", name="Dark").click()


def is_dark(neural: Neural, layer: str = LAYER) -> None:
    """Background and text contrast, on the page and on the canvas."""
    dark = luminance(background(neural))
    assert dark < 0.1
    text = neural.frame.evaluate("getComputedStyle(document.body).color")
    assert contrast(luminance(text), dark) > 7
    painted = neural.frame.evaluate(BRIGHTEST, layer)
    assert contrast(luminance(f"rgb({painted}, {painted}, {painted})"), dark) > 7


BRIGHTEST = """layer => {
  const canvas = document.querySelector(`section.panel[data-layer="${layer}"] canvas`);
  const { data } = canvas.getContext("2d").getImageData(0, 0, 60, canvas.height);
  let brightest = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 200) brightest = Math.max(brightest, Math.min(...data.slice(at, at + 3)));
  return brightest;
}"""


def background(neural: Neural) -> str:
    return neural.frame.evaluate("getComputedStyle(document.body).backgroundColor")


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    """Contrast ratio of WCAG 2.2."""
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)
