"""Tables, drawings and pictures of what is shown."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.conftest import STARTING, Open
from tests.e2e.neural_page import link
from tests.e2e.plain_pass import Truth, quantization
from tests.recording import ASKED, CLASSES, RUNS

LAYER = "classifier.3"
A = ["plain", "model", 280]
DIGITS = (1, 8)
SUBSETS = [[f"class:{digit}", digit] for digit in DIGITS]
SVG = "{http://www.w3.org/2000/svg}"


def test_the_table_holds_the_rows_in_order_with_their_numbers(
    open_page: Open, truth: Truth
) -> None:
    instance = truth.attacked[0]
    neural = open_page(a=A, layers=[LAYER], subsets=SUBSETS, instances=[instance])
    neural.sort("value", CLASSES[DIGITS[1]])
    saved = neural.saved("CSV")
    names = "_".join(CLASSES[digit].replace(" ", "-") for digit in DIGITS)
    assert saved.suggested_filename == f"distributions_{names}_plain_step-280.csv"
    text = saved.path().read_text("utf-8-sig")
    table = list(csv.DictReader(text.splitlines()))
    assert [int(line["unit"]) for line in table] == neural.order(LAYER)
    probe = truth.instances("plain", 280)[LAYER]
    (dot,) = [name for name in table[0] if "attacked" in name]
    for digit in DIGITS:
        values = truth.of_class("plain", 280, digit)[LAYER]
        head = f"{CLASSES[digit]} (plain, step 280): "
        for line in table:
            own = values[:, int(line["unit"])]
            assert int(line[f"{head}inputs"]) == len(own)
            assert int(line[f"{head}zero"]) == (own == 0).sum()
            assert float(line[f"{head}mean"]) == pytest.approx(own.mean(), abs=1e-5)
            assert float(line[f"{head}sd"]) == pytest.approx(own.std(), rel=0.03, abs=1e-5)
            width = (values.max() - min(0, values.min())) / 16
            assert float(line[f"{head}median"]) == pytest.approx(np.median(own), abs=width)
    error = quantization(probe)
    for line in table:
        unit = int(line["unit"])
        assert abs(float(line[dot]) - probe[instance, unit]) <= error[unit]


def test_the_drawing_has_as_many_rows_as_the_panel(open_page: Open) -> None:
    neural = open_page(a=A, layers=["classifier.1", LAYER], subsets=SUBSETS)
    root = ET.fromstring(neural.saved("SVG").path().read_text())  # noqa: S314
    assert root.tag == f"{SVG}svg"
    texts = [text.text for text in root.iter(f"{SVG}text")]
    for unit in range(48):
        assert texts.count(str(unit)) >= (2 if unit < 32 else 1)
    bars = sum(
        mark["kind"] == "bar"
        for layer in neural.layers()
        for row in neural.rows(layer).values()
        for mark in row["marks"]
    )
    panels = [one for one in root.iter(f"{SVG}svg") if one.get("class") == "rows-canvas"]
    assert len(panels) == 2
    assert (
        sum(bool(rect.get("opacity")) for one in panels for rect in one.iter(f"{SVG}rect")) == bars
    )


def test_the_picture_shows_something_in_the_colours_of_the_subsets(open_page: Open) -> None:
    neural = open_page(a=A, layers=[LAYER], subsets=SUBSETS)
    marks = [mark for row in neural.picture(LAYER)["rows"] for mark in row["marks"]]
    wanted = {m["colour"] for m in marks if m["kind"] == "bar" and m["opacity"] == 1}
    assert len(wanted) == 2
    with Image.open(neural.saved("PNG").path()) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for colour in wanted:
        rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert (pixels == rgb).all(1).sum() > 50, colour


SHOWN = {
    "architecture": {"view": "architecture"},
    "classes": {"view": "graph"},
    "ablation": {"view": "what-if", "whatIf": {"question": "removal"}},
    "attack-report": {"view": "what-if", "whatIf": {"question": "attacks"}},
    "strips": {"view": "what-if", "whatIf": {"question": "strips"}},
}
"""By file, where it is saved."""


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_on_screen_is_drawn(open_page: Open, name: str) -> None:
    chosen = SHOWN[name]
    step = RUNS[ASKED][2][-1]
    neural = open_page(**{**chosen, "a": [ASKED, "model", step]})
    neural.settle()
    around = ".class-embedding" if name == "classes" else "[role=toolbar]"
    button = neural.frame.locator(around).last.get_by_role("button", name="SVG", exact=True)
    shown = button.evaluate(
        """(button, of) => [...button.closest(of).querySelectorAll('h2, h3 bdi, th, b')]
          .filter(one => one.checkVisibility() && !one.querySelector('*')
            && !one.closest('.visually-hidden, [role=toolbar], [popover]'))
          .map(one => one.innerText.trim().split(/\\s+/)[0]).filter(Boolean)""",
        ".class-embedding" if name == "classes" else ":has(> .view-tools)",
    )
    if name == "classes":
        shown = list(CLASSES[:3])
    assert shown
    with neural.page.expect_download() as waiting:
        button.click()
    named = waiting.value.suggested_filename
    assert named.startswith(f"{name}_")
    assert named.endswith(f"_{ASKED}_step-280.svg")
    root = ET.fromstring(waiting.value.path().read_text())  # noqa: S314
    texts = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert ASKED in texts
    pending = "\N{EN DASH}"  # a value that has come since
    assert [one for one in shown if one not in texts and one != pending] == []
    assert "http" not in "".join(image.get("href") or "" for image in root.iter(f"{SVG}image"))
    assert list(root.iter(f"{SVG}circle")) or name != "classes"


class Held:
    """Answers to the page that wait to be let go, but for what is recorded at all."""

    def __init__(self, context: BrowserContext) -> None:
        self._waiting: list[Route] | None = []
        context.route("**/plugin/neural/*", self._take)

    def _take(self, route: Route) -> None:
        if self._waiting is None or "neural/index" in route.request.url:
            route.continue_()
        else:
            self._waiting.append(route)

    def let_go(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for route in waiting:
            route.continue_()


AT_ONCE = [
    ("distributions", "CSV", "[role=toolbar]"),
    ("distributions", "SVG", "[role=toolbar]"),
    ("projections", "CSV", "[role=toolbar]"),
    ("architecture", "CSV", "[role=toolbar]"),
    ("architecture", "SVG", ".unit-panel"),
]
"""View, kind of file, and what holds its button."""


@pytest.mark.parametrize(("view", "kind", "around"), AT_ONCE)
def test_a_file_waits_for_what_is_still_asked_for(
    open_page: Open, context: BrowserContext, tensorboard: str, view: str, kind: str, around: str
) -> None:
    chosen = {"view": view, "a": A, "unit": [LAYER, 3]}
    held = Held(context)
    page = context.new_page()
    page.goto(link(tensorboard, **chosen))
    frame = page.frame_locator('iframe[src*="name=neural"]')

    button = frame.locator(around).get_by_role("button", name=kind, exact=True)
    button.click(timeout=STARTING)
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(frame.locator(".status")).to_contain_text("saved as soon as everything has loaded")
    with page.expect_download() as waiting:
        held.let_go()
    expect(button).to_have_attribute("aria-disabled", "false")

    later = open_page(**chosen)
    with later.page.expect_download() as calm:
        later.frame.locator(around).get_by_role("button", name=kind, exact=True).click()
    assert content(waiting.value.path()) == content(calm.value.path())


def content(saved: Path) -> Counter[str]:
    """Lines of a table, or texts and marks of a drawing; there are some."""
    text = saved.read_text("utf-8-sig")
    if not text.startswith("<svg"):
        assert text.count("\n") > 5
        return Counter(text.splitlines())
    marks = list(ET.fromstring(text).iter())  # noqa: S314
    assert len(marks) > 100
    return Counter(f"{mark.tag} {mark.text}" for mark in marks)
