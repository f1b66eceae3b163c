"""No serious violation of accessibility in the views of maps, what-ifs and the architecture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.e2e.test_accessibility import violations
from tests.e2e.test_selection import background, luminance, switch_to_dark
from tests.recording import ASKED, RUNS

SHOWN: dict[str, Any] = {
    "a": [ASKED, "model", RUNS[ASKED][2][-1]],
    "subsets": [["class:1", 1], ["class:8", 8]],
    "instances": [0, 120],
}
VIEWS = {
    "architecture": {"architecture": {"layer": "classifier.1"}},
    "projections": {"projection": {"trails": "layers"}, "b": ["slow", "model", "same", "step"]},
    "what-if": {},
}


def switched(neural: Neural, view: str) -> Iterator[str]:
    """Go through what a view can show."""
    bars = {"architecture": "Architecture", "projections": "Projections"}
    if view in bars:
        for shown in ("Picture", "Table"):
            bar = neural.frame.get_by_role("toolbar", name=bars[view], exact=True)
            bar.get_by_role("button", name=shown, exact=True).click()
            yield shown
    else:
        for question in ("Strips", "Ablation", "Attacks"):
            neural.frame.get_by_role("tab", name=question).click()
            yield question


def is_dark(neural: Neural) -> None:
    assert luminance(background(neural)) < 0.1


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_serious_violation_in_both_themes(view: str, open_page: Open) -> None:
    neural = open_page(view=view, **SHOWN, **VIEWS[view])
    for theme in ("light", "dark"):
        if theme == "dark":
            switch_to_dark(neural)
            eventually(lambda: is_dark(neural))
        for shown in switched(neural, view):
            neural.settle()
            assert violations(neural) == [], (theme, shown)
