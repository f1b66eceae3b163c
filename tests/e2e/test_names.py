"""Names are text from strangers: shown as they are, matched by name, harmless in a spreadsheet."""

from __future__ import annotations

import csv

from playwright.sync_api import expect

from tests.e2e import odd_logs as logs
from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually

A, B = [logs.ODD_RUN, "model", 0], ["turned", "model", "same", "step"]
LAYER = f"1.{logs.ODD_LAYER}"
HARMLESS = """() => [...document.querySelectorAll("img")].map(one => one.getAttribute("src"))
  .filter(source => source === "x").length + document.querySelectorAll("[onclick]").length"""


def subsets(*indices: int) -> list[list[object]]:
    return [[f"class:{index}", index] for index in indices]


def test_odd_names_are_text_wherever_they_stand(open_odd: Open) -> None:
    neural = open_odd(a=A, subsets=subsets(*range(10)), instances=[0, 1, 2, 3], unit=[LAYER, 0])
    region = neural.frame.get_by_role("region", name="Subsets")
    shown = region.locator("button.toggle").all_inner_texts()
    named = [*logs.ODD[:5], "crane #5", "crane #6", *logs.ODD[7:]]
    named[2] = "(empty)"
    assert shown == ["all", *named]
    expect(neural.frame.locator("aside.unit-panel")).to_contain_text(logs.IMAGE)
    chosen = neural.frame.get_by_label("Run of A").locator("option:checked")
    assert chosen.inner_text() == logs.ODD_RUN
    assert neural.layers() == [LAYER]
    neural.settle()
    assert neural.frame.evaluate(HARMLESS) == 0


def test_long_and_right_to_left_names_keep_the_page_in_shape(open_odd: Open) -> None:
    neural = open_odd(a=A, subsets=subsets(3, 4), layers=[LAYER])
    wide = neural.frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    arabic = neural.subset(logs.ARABIC).locator("bdi")
    assert arabic.evaluate("one => getComputedStyle(one).direction") == "rtl"
    long = neural.subset(logs.ODD[3])
    box, rail = long.bounding_box(), neural.frame.get_by_role("navigation").bounding_box()
    assert box is not None
    assert rail is not None
    assert box["x"] + box["width"] <= rail["x"] + rail["width"]


def test_classes_match_between_runs_by_name_and_keep_their_hue(open_odd: Open) -> None:
    neural = open_odd(a=A, b=B, subsets=subsets(0, 1, 5), layers=[LAYER])
    rows = neural.rows(LAYER)
    assert len(rows) == 12
    compared = 0
    for row in rows.values():
        bars = [mark for mark in row["marks"] if mark["kind"] in {"bar", "zero"}]
        for a, b in ((0, 1), (2, 3)):
            one, other = ([look(m) for m in bars if m["subject"] == s] for s in (a, b))
            assert one == other, "both runs recorded the same network on the same inputs"
            compared += len(one)
    assert compared > 100
    names = neural.panel(LAYER).locator(".subjects li:not(.faint)").all_inner_texts()
    assert [name.split("n ")[0].strip() for name in names] == [
        logs.IMAGE, f"{logs.IMAGE} at B", "=1+1", "=1+1 at B", "crane #5"
    ]  # fmt: skip
    row = neural.subset("crane #5").locator("xpath=..")
    expect(row).to_contain_text("A only")


def look(mark: dict[str, object]) -> tuple[object, ...]:
    keys = ("kind", "bins", "x", "opacity", "share", "colour")
    return tuple(str(mark.get(key)) for key in keys)


def test_moving_a_to_the_other_run_keeps_the_classes_and_their_hues(open_odd: Open) -> None:
    neural = open_odd(a=A, subsets=subsets(0, 1), layers=[LAYER])
    neural.choose_a("turned")
    found = eventually(lambda: shown_subsets(neural, 2))
    assert found == [["class:9", 0], ["class:8", 1]]
    for name in (logs.IMAGE, "=1+1"):
        expect(neural.subset(name)).to_have_attribute("aria-pressed", "true")


def shown_subsets(neural: Neural, count: int) -> list[list[object]]:
    found = neural.selection()["subsets"]
    assert len(found) == count
    assert neural.selection()["a"][0] == "turned"
    return found


def test_a_spreadsheet_takes_no_name_for_a_formula(open_odd: Open) -> None:
    neural = open_odd(a=A, subsets=subsets(1, 8), instances=[3], layers=[LAYER])
    text = neural.saved("CSV").path().read_text("utf-8-sig")
    table = list(csv.reader(text.splitlines()))
    cells = {cell for line in table for cell in line}
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "+"}]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert any(cell.startswith("'@SUM(A1)") for cell in cells)
    assert f"{LAYER}" in {line[0] for line in table[1:]}


def test_odd_names_survive_a_link_and_the_picture(open_odd: Open) -> None:
    neural = open_odd(a=A, subsets=subsets(0, 3), layers=[LAYER], marked=[[LAYER, [2]]])
    cold = open_odd(**neural.selection())
    assert cold.layers() == [LAYER]
    assert cold.picture(LAYER) == neural.picture(LAYER)
    svg = neural.saved("SVG").path().read_text()
    assert "<img" not in svg
    assert "&lt;img src=x onerror=alert(1)&gt;" in svg
