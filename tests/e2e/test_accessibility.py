"""No serious violation of accessibility, found by axe-core, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.e2e.test_selection import is_dark, switch_to_dark
from tests.recording import CLASSES

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FULL: dict[str, Any] = {
    "a": ["plain", "model", 280],
    "b": ["slow", "model", "same", "step"],
    "more": [["other seed", "model"]],
    "layers": ["classifier.1", "classifier.3"],
    "subsets": [["class:1", 1], ["class:8", 8]],
    "instances": [120, 0],
    "marked": [["classifier.3", [4, 7]]],
    "hidden": [["classifier.3", [1]]],
    "unit": ["classifier.3", 4],
}


def violations(neural: Neural) -> list[str]:
    """Serious and critical violations, each with the first elements that have it."""
    neural.frame.evaluate(AXE.read_text())
    found = neural.frame.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']][:4]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_whole_page_with_the_unit_panel_has_no_serious_violation(
    theme: str, open_page: Open
) -> None:
    neural = open_page(**FULL)
    if theme == "dark":
        switch_to_dark(neural)
        eventually(lambda: is_dark(neural, "classifier.3"))
    assert violations(neural) == []


def test_help_problems_and_empty_states_have_no_serious_violation(
    open_page: Open, open_odd: Open
) -> None:
    neural = open_page(a=FULL["a"], subsets=[], layers=["classifier.3"])
    neural.frame.get_by_role("button", name="Help").click()
    assert violations(neural) == []
    odd = open_odd(a=["thousand classes", "model", 10])
    odd.frame.get_by_role("button", name="not recorded").click()
    assert violations(odd) == []


def test_a_row_tells_screen_readers_its_numbers(open_page: Open) -> None:
    neural = open_page(**FULL)
    row = neural.panel("classifier.1").get_by_role("option").first.inner_text()
    for part in ("unit ", f"{CLASSES[1]}: median", f"{CLASSES[8]} at B: median", "instance 1"):
        assert part in row
