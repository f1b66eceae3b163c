"""Two fingers on a map or a graph: it grows as they part, about the place between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext

from tests.e2e.conftest import SIZE, opened
from tests.e2e.neural_page import Neural, eventually, link

A = ["plain", "model", 280]
Points = NDArray[np.float64]
PLACES = {
    "graph": """() => [...document.querySelectorAll('.graph-world [data-key]')].map(node => {
      const box = node.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2]; })""",
    "classes": """() => { const canvas = document.querySelector('.class-map canvas');
      const box = canvas.getBoundingClientRect();
      return [...canvas.picture().dots.values()].map(({x, y}) => [box.x + x, box.y + y]); }""",
    "projections": """() => { const canvas = document.querySelector('.projection-canvas');
      const box = canvas.getBoundingClientRect();
      return canvas.picture().sides[0].screen.map(([x, y]) => [box.x + x, box.y + y]); }""",
}
"""By picture, where its things are in the frame of the page."""
FRAMES = {
    "graph": ".graph-frame",
    "classes": ".class-map canvas",
    "projections": ".projection-canvas",
}
APART, WIDER = 40.0, 1.5


@pytest.fixture
def touched(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SIZE, reduced_motion="reduce", has_touch=True)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.mark.parametrize("picture", PLACES)
def test_what_is_between_two_fingers_stays_and_all_else_moves_apart(
    touched: BrowserContext, tensorboard: str, picture: str
) -> None:
    view = "graph" if picture == "classes" else picture
    neural = opened(touched.new_page(), link(tensorboard, a=A, view=view))
    before = places(neural, picture)
    page = neural.page.locator('iframe[src*="name=neural"]').bounding_box()
    box = neural.frame.locator(FRAMES[picture]).bounding_box()
    assert box is not None
    assert page is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = touched.new_cdp_session(neural.page)

    def touch(kind: str, *across: float) -> None:
        points = [{"x": x + dx, "y": y, "id": at} for at, dx in enumerate(across)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -APART)
    touch("touchStart", -APART, APART)
    for part in np.linspace(1, WIDER, 9)[1:]:
        touch("touchMove", -APART * part, APART)
        touch("touchMove", -APART * part, APART * part)
    touch("touchEnd")

    middle = np.array([x - page["x"], y - page["y"]])

    def check() -> None:
        now = places(neural, picture)
        assert now - middle == pytest.approx((before - middle) * WIDER, abs=9 * WIDER)
        assert np.ptp(now, 0) == pytest.approx(np.ptp(before, 0) * WIDER, rel=0.08)

    eventually(check)


def places(neural: Neural, picture: str) -> Points:
    neural.settle()
    found = np.array(neural.frame.evaluate(PLACES[picture]))
    assert len(found) > 2
    return found
