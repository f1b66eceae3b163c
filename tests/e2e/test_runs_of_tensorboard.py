"""Runs look as in TensorBoard: its colours, its choice of runs, names that can be told apart."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Open, serve
from tests.e2e.neural_page import Neural, link
from tests.recording import RUNS

PALETTE = ["255, 112, 67", "0, 119, 187", "204, 51, 17", "51, 187, 238", "238, 51, 119"]


def runs(neural: Neural) -> Locator:
    return neural.frame.get_by_role("region", name="Runs").locator(".runs > li")


def test_runs_have_the_colours_of_tensorboards_charts(open_page: Open) -> None:
    neural = open_page(view="distributions", a=["plain", "model", 280])
    listed = neural.page.evaluate("() => fetch('data/runs').then(answer => answer.json())")
    assert set(listed) == set(RUNS)
    for row in runs(neural).all():
        colour = PALETTE[listed.index(row.locator(".name").inner_text())]
        expect(row.locator(".run-dot")).to_have_css("background-color", f"rgb({colour})")


def test_runs_that_are_not_chosen_in_tensorboard_are_left_out(open_page: Open) -> None:
    chosen = {"view": "distributions", "a": ["plain", "model", 280]}
    neural = open_page(**chosen)
    expect(runs(neural)).to_have_count(len(RUNS))
    address = neural.page.url
    neural.page.goto("about:blank")
    ticks = base64.b64encode(json.dumps({"once": False}).encode()).decode()
    there = f"&regexInput={quote('^(o|th)')}&runSelectionState={quote(ticks)}"
    again = open_page(address + there)
    kept = ["plain", *(run for run in RUNS if run[0] in "ot" and run != "once")]
    expect(runs(again)).to_have_count(len(kept))
    assert {row.locator(".name").inner_text() for row in runs(again).all()} == set(kept)
    again.frame.get_by_role("button", name="not selected in TensorBoard").click()
    expect(runs(again)).to_have_count(len(RUNS))


def test_names_of_runs_lose_what_all_begin_with(
    recorded: Path, tmp_path: Path, open_at: Open
) -> None:
    for run in ("once", "third"):
        shutil.copytree(recorded / "logs" / run, tmp_path / "lab-20261130-142254" / run)
    with serve(tmp_path) as address:
        neural = open_at(link(address, view="distributions"))
        names = [row.locator(".name").inner_text() for row in runs(neural).all()]
        assert sorted(names) == ["once", "third"]
        titles = [row.locator(".name").get_attribute("title") for row in runs(neural).all()]
        assert sorted(filter(None, titles)) == [
            f"lab-20261130-142254/{name}" for name in sorted(names)
        ]
        picked = neural.frame.get_by_label("Run of A").locator("option").all_inner_texts()
        assert sorted(picked) == sorted(names)
