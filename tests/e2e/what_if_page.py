"""Strips, removed units and attack reports as a test reads them."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import Any
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator

from tests.e2e.neural_page import Neural, eventually

Pictures = NDArray[np.float64]
STRIPS = """() => [...document.querySelectorAll('.strip-row')].map(row => ({
  id: row.dataset.strip, control: 'control' in row.dataset,
  name: row.querySelector('h3 bdi').textContent,
  frames: [...row.querySelectorAll('.frame')].map(frame => ({
    source: frame.querySelector('img').src, step: Number(frame.dataset.step),
    flip: frame.classList.contains('is-flip'), chosen: frame.ariaPressed === 'true',
    words: [...frame.querySelectorAll(':scope > span:not(.flip, .frame-picture)')]
      .map(span => span.textContent),
  })),
}))"""


class WhatIf:
    """The opened view."""

    def __init__(self, neural: Neural) -> None:
        self.neural = neural
        self.frame = neural.frame

    def strips(self) -> list[Any]:
        """The rows of pictures, from top to bottom; the last one is the random change."""

        def read() -> list[Any]:
            self.neural.settle()
            found: list[Any] = self.frame.evaluate(STRIPS)
            assert found
            return found

        return eventually(read)  # type: ignore[no-any-return]

    def tool(self, bar: str, name: str) -> Locator:
        """A button of a tool bar."""
        return self.frame.get_by_role("toolbar", name=bar, exact=True).get_by_role(
            "button", name=name, exact=True
        )

    def rows(self, region: str) -> dict[str, Any]:
        """Rows of a table by what they are of, each with its cells, and numbers where known."""
        self.neural.settle()
        rows = self.frame.get_by_role("region", name=region).locator("tbody tr")
        found: list[Any] = rows.evaluate_all(
            """all => all.map(row => ({...row.dataset,
              cells: [...row.cells].map(cell => cell.innerText.trim())}))"""
        )
        return {row["row"]: row for row in found}


@lru_cache(maxsize=512)
def levels(source: str) -> Pictures:
    """The grey levels `[height, width]` of the picture at an address, as they are in the file."""
    with urlopen(source) as answer, Image.open(io.BytesIO(answer.read())) as image:
        return np.asarray(image.convert("L")).astype(np.float64)


def pictures(row: Any) -> Pictures:
    """The grey levels `[frames, height, width]` of a strip."""
    return np.stack([levels(frame["source"]) for frame in row["frames"]])


def probability(text: str) -> float:
    """What `.71`, `<.01` or `>.99` stands for."""
    return {"<.01": 0.0, ">.99": 1.0}.get(text) or float(re.sub("[<>]", "", text))
