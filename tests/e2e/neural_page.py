"""The tab as a person uses it, and its pictures as numbers, read from the canvases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote

from playwright.sync_api import Download, Error, Frame, Locator, Page

PATIENCE = 15.0
QUIET = """() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() =>
  setTimeout(() => resolve(!document.querySelector(
    '[aria-busy=true], .is-loading, .rows-box:not([hidden]):not(:has(canvas))'))))))"""
PICTURE = """layer => [...document.querySelectorAll('section.panel')]
  .find(panel => panel.dataset.layer === layer)?.querySelector('canvas.rows-canvas').picture()"""
SCROLL = """([layer, to]) => [...document.querySelectorAll('section.panel')]
  .find(panel => panel.dataset.layer === layer).querySelector('.rows-scroller').scrollTop = to"""


def link(address: str, **chosen: Any) -> str:
    """The address of the tab with a selection, as the page itself writes it."""
    keys = "".join(f"&p.neural.{key}={quote(json.dumps(value))}" for key, value in chosen.items())
    return f"{address}/#neural{keys}"


def selection_in(address: str) -> dict[str, Any]:
    """The selection in the address of the tab."""
    pairs = parse_qsl(address.partition("#")[2], keep_blank_values=True)
    prefix = "p.neural."
    return {k.removeprefix(prefix): json.loads(v) for k, v in pairs if k.startswith(prefix)}


def eventually(check: Callable[[], Any]) -> Any:
    """What `check` returns as soon as it neither fails nor raises; its failure after some time."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return check()
        except (AssertionError, Error, TypeError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.03)


class Neural:
    """The opened tab."""

    def __init__(self, page: Page, frame: Frame) -> None:
        self.page = page
        self.frame = frame

    def settle(self) -> None:
        """Wait until what was asked for is there and drawn, as long as a person would."""
        deadline = time.monotonic() + PATIENCE
        while not self.frame.evaluate(QUIET) and time.monotonic() < deadline:
            time.sleep(0.03)

    # What the canvases show

    def layers(self) -> list[str]:
        """Layers with a panel, from left to right."""
        return self.frame.eval_on_selector_all(
            "section.panel", "all => all.map(p => p.dataset.layer)"
        )

    def picture(self, layer: str) -> Any:
        """`{layer, order, rows}` of a panel at rest; rows are those in sight."""

        def read() -> Any:
            self.settle()
            found = self.frame.evaluate(PICTURE, layer)
            assert found is not None
            return found

        return eventually(read)

    def order(self, layer: str) -> list[int]:
        """Units of a panel from top to bottom, in sight or not."""
        return self.picture(layer)["order"]

    def rows(self, layer: str) -> dict[int, Any]:
        """All rows of a panel by unit, read while scrolling through it."""
        found: dict[int, Any] = {}
        offset = 0.0
        while True:
            eventually(lambda to=offset: self.frame.evaluate(SCROLL, [layer, to]))
            picture = self.picture(layer)
            before = len(found)
            found |= {row["unit"]: row for row in picture["rows"]}
            if len(found) == len(picture["order"]) or len(found) == before:
                self.frame.evaluate(SCROLL, [layer, 0])
                return found
            offset += sum(row["height"] for row in picture["rows"]) / 2

    # What a person does

    def panel(self, layer: str) -> Locator:
        return self.frame.locator(f'section.panel[aria-label="layer {layer}"]')

    def row_at(self, layer: str, unit: int, x: float | None = None) -> tuple[float, float]:
        """The place of a unit's row in the window: on its data, or at `x` of the panel."""
        picture = self.picture(layer)
        row = next(row for row in picture["rows"] if row["unit"] == unit)
        box = self.panel(layer).locator("canvas").bounding_box()
        assert box is not None
        across = row["scale"]["range"][0] + 3 if x is None else x
        return box["x"] + across, box["y"] + row["top"] + row["height"] / 2

    def click_row(self, layer: str, unit: int, x: float | None = None) -> None:
        self.page.mouse.click(*self.row_at(layer, unit, x))

    def choose_a(self, run: str) -> None:
        self.frame.get_by_label("Run of A").select_option(label=run)
        self.settle()

    def choose_b(self, run: str) -> None:
        self.frame.get_by_label("Run of B").select_option(label=run)
        self.settle()

    def layer(self, name: str) -> Locator:
        """The check box of a layer."""
        return self.frame.get_by_role("region", name="Layers").get_by_label(name, exact=True)

    def subset(self, name: str) -> Locator:
        """The button of a class or another subset."""
        region = self.frame.get_by_role("region", name="Subsets")
        return region.get_by_role("button", name=name, exact=True)

    def instance(self, name: str) -> Locator:
        """The thumbnail of an instance, by how its description begins."""
        region = self.frame.get_by_role("region", name="Instances")
        return region.locator(f'button.thumbnail[aria-label^="{name},"]')

    def sort(self, by: str, of: str = "", minus: str = "", *, descending: bool = True) -> None:
        """Sort with the tool bar; `minus` is the second term of a difference or divergence."""
        tools = self.frame.get_by_role("toolbar", name="Distributions")
        tools.get_by_label("sort by").select_option(by)
        if of:
            tools.get_by_label("sort of").select_option(label=of)
        if minus:
            tools.get_by_label("sort from").select_option(label=minus)
        wrong = tools.get_by_role("button", name="ascending;" if descending else "descending;")
        if wrong.count():
            wrong.click()
        self.settle()

    def tool(self, name: str) -> Locator:
        """A button of the tool bar."""
        tools = self.frame.get_by_role("toolbar", name="Distributions")
        return tools.get_by_role("button", name=name, exact=True)

    def copied_link(self) -> str:
        """What the page's own button puts on the clipboard."""
        self.page.evaluate("navigator.clipboard.writeText('')")
        self.frame.get_by_role("button", name="Copy a link to this page").click()

        def read() -> str:
            text = self.page.evaluate("navigator.clipboard.readText()")
            assert text
            return text

        return eventually(read)

    def selection(self) -> dict[str, Any]:
        """What is chosen at this moment; the address bar follows a little later."""
        return selection_in(self.copied_link())

    def in_address(self) -> dict[str, Any]:
        """The selection in the address bar."""
        return selection_in(self.page.evaluate("location.href"))

    def reload_until(self, check: Callable[[], Any]) -> Any:
        """Press TensorBoard's reload button until the check holds: it reads in the background."""

        def again() -> Any:
            self.page.locator("button.reload-button").click()
            self.settle()
            return check()

        return eventually(again)

    def saved(self, kind: str) -> Download:
        """The file that an export button gives."""
        with self.page.expect_download() as waiting:
            self.tool(kind).click()
        return waiting.value
