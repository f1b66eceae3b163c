"""The architecture as a test reads it: from the picture's elements and the saved table."""

from __future__ import annotations

import csv
from typing import Any

from playwright.sync_api import Locator

from tests.e2e.graph_page import css
from tests.e2e.neural_page import Neural, eventually

PICTURE = """side => ({
  nodes: [...side.querySelectorAll('.architecture-node')].map(node => ({
    key: node.dataset.key, block: node.dataset.block !== undefined,
    value: node.dataset.value === undefined ? null : Number(node.dataset.value),
    share: Number(node.style.getPropertyValue('--share')),
    box: (({x, y, width, height}) => [x, y, x + width, y + height])(node.getBoundingClientRect()),
  })),
  links: [...side.querySelectorAll('[data-ends]')].map(link => link.dataset.ends.split('\\n')),
  stage: (({x, y, width, height}) => [x, y, x + width, y + height])(
    side.querySelector('.architecture-stage').getBoundingClientRect()),
})"""


class Architecture:
    """The opened view."""

    def __init__(self, neural: Neural) -> None:
        self.neural = neural
        self.frame = neural.frame
        self.tools = self.frame.get_by_role("toolbar", name="Architecture", exact=True)

    def sides(self) -> list[Any]:
        """Nodes, links and the room of each picture, from left to right, with its numbers."""

        def read() -> list[Any]:
            self.neural.settle()
            found = self.frame.locator(".architecture-side").all()
            assert found
            pictures = [side.evaluate(PICTURE) for side in found]
            assert all(picture["nodes"] for picture in pictures)
            assert all(node["value"] is not None for one in pictures for node in one["nodes"])
            return pictures

        return eventually(read)  # type: ignore[no-any-return]

    def nodes(self, side: int = 0) -> dict[str, Any]:
        """Nodes of a picture by their keys: a layer's is its name, a block's ends with a dot."""
        return {node["key"]: node for node in self.sides()[side]["nodes"]}

    def node(self, key: str) -> Locator:
        return self.frame.locator(f".architecture-node[data-key={css(key)}]")

    def colour_by(self, shade: str) -> None:
        self.tools.get_by_role("button", name=shade, exact=True).click()

    def table(self) -> list[dict[str, str]]:
        """The rows of the saved table, a layer each."""
        with self.neural.page.expect_download() as waiting:
            self.tools.get_by_role("button", name="CSV", exact=True).dispatch_event("click")
        text = waiting.value.path().read_text("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))
