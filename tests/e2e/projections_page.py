"""Maps of the probe set as a test reads them: from the stage, the saved table and the pixels."""

from __future__ import annotations

import csv
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.e2e.neural_page import Neural, eventually

Points = NDArray[np.float64]
STAGE = "document.querySelector('.projection-canvas').picture()"
WATCH = """track => {
  const stage = document.querySelector('.projection-canvas');
  window.seen = [];
  const look = () => {
    const place = Number(stage.dataset[track]);
    if (place !== window.seen.at(-1)) window.seen.push(place);
    requestAnimationFrame(look);
  };
  look();
}"""


class Projections:
    """The opened view."""

    def __init__(self, neural: Neural) -> None:
        self.neural = neural
        self.frame = neural.frame
        self.tools = self.frame.get_by_role("toolbar", name="Projections", exact=True)

    # What is drawn

    def stage(self) -> Any:
        """The stage at rest: where it is along layers and steps, and a side a moment."""

        def read() -> Any:
            self.neural.settle()
            found = self.frame.evaluate(STAGE)
            assert found["sides"]
            assert not found["moving"]
            return found

        return eventually(read)

    def side(self, place: str = "A") -> Any:
        """A moment at rest: `instances`, `xy` in units of the map, `screen` in pixels, `lines`."""
        return next(side for side in self.stage()["sides"] if side["place"] == place)

    def xy(self, place: str = "A") -> Points:
        return np.array(self.side(place)["xy"])

    def table(self) -> list[dict[str, str]]:
        """The rows of the saved table."""
        text = self.saved("CSV").read_text("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))

    def pixels(self) -> NDArray[np.int64]:
        """The saved picture `[height, width, 3]`."""
        with Image.open(self.saved("PNG")) as image:
            return np.asarray(image.convert("RGB")).astype(np.int64)

    def top(self) -> int:
        """Pixels of the page from the top of a saved picture to the stage: captions stand above."""
        text = self.saved("SVG").read_text("utf-8")
        stage = re.search(r'<svg x="[^"]*" y="([^"]*)"[^>]*class="projection-canvas"', text)
        edge = re.search(r'viewBox="0 ([^ "]*)', text)
        assert stage is not None
        assert edge is not None
        return round(float(stage[1]) - float(edge[1]))

    def saved(self, kind: str) -> Any:
        """The path of the file that an export button gives; the pointer stays where it is."""
        with self.neural.page.expect_download() as waiting:
            self.tools.get_by_role("button", name=kind, exact=True).dispatch_event("click")
        return waiting.value.path()

    # What a person does

    def slider(self, track: str) -> Locator:
        return self.frame.get_by_role("slider", name=f"Place along the {track}")

    def slide(self, track: str, place: float) -> None:
        """Drag a slider, to between two stops too."""
        self.slider(track).fill(str(place))

    def button(self, name: str) -> Locator:
        return self.frame.get_by_role("button", name=name, exact=True)

    def places_while(self, track: str) -> None:
        """From now on keep the places that the stage passes through."""
        self.frame.evaluate(WATCH, track)

    def places(self) -> list[float]:
        """Those kept."""
        found: list[float] = self.frame.evaluate("window.seen")
        return found

    def click(self, instance: int) -> None:
        """Click on an instance."""
        side = self.side()
        self.neural.page.mouse.click(
            *self._window(side["screen"][side["instances"].index(instance)])
        )

    def lasso(self, corners: Any) -> None:
        """Draw around points, from corner to corner in pixels of the stage."""
        self.frame.get_by_role("group", name="Dragging").get_by_text("Lasso").click()
        mouse = self.neural.page.mouse
        first, *others = (self._window(corner) for corner in corners)
        mouse.move(*first)
        mouse.down()
        for other in others:
            mouse.move(*other)
        mouse.up()

    def _window(self, point: Any) -> tuple[float, float]:
        box = self.frame.locator(".projection-canvas").bounding_box()
        assert box is not None
        return box["x"] + point[0], box["y"] + point[1]

    def pinned(self) -> Locator:
        """The card of the instance chosen last."""
        card = self.frame.get_by_role("complementary", name="Last selected instance")
        expect(card).to_be_visible()
        return card
