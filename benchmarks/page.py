"""Measure the page in Chromium as a person meets it: first rows, tabs, steps, classes, long tasks.

python -m benchmarks.page            # on the runs of the tests
python -m benchmarks.page runs/demo
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.report import Figure, Section
from tests import recording
from tests.e2e.conftest import FLAGS, SIZE, opened, serve
from tests.e2e.neural_page import Neural, link
from tools.browser import chromium

COMMAND = "python -m benchmarks.page"
ROUNDS = 3
PATIENCE = 120_000
LAST = recording.RUNS[recording.ASKED][2][-1]
FIRST, TASK = 1000.0, 200.0
TABS = {
    "overview": 300.0,
    "distributions": 300.0,
    "architecture": 300.0,
    "graph": 600.0,
    "what-if": 600.0,
    "projections": 300.0,
}
CHANGES = {"distributions": 150.0, "graph": 300.0}

WATCH = """(() => {
  window.longest = [];
  new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries())
      window.longest.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    if (document.querySelector("canvas.rows-canvas, .overview-score"))
      window.rowsAt ??= performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
"""Notes in every frame when rows, or the overview's figures, are there; and tasks over 50 ms."""

TIMED = """([press, view]) => new Promise(resolve => {
  const start = performance.now();
  window.longest = [];
  const keys = { step: ",", back: "." };
  if (press.startsWith("tab ")) document.getElementById(`tab-${press.slice(4)}`).click();
  else if (press === "class") {
    const rows = document.querySelectorAll(".class-rows .class-main");
    (rows[2] ?? document.querySelectorAll(".rail .subset .toggle")[6]).click();
  }
  else document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key: keys[press], bubbles: true }));
  const drawn = () => document.querySelector(`[data-view="${view}"] :is(canvas, svg, .message)`)
    && !document.querySelector(
      "[aria-busy=true], .is-loading, .rows-box:not([hidden]):not(:has(canvas))");
  let calm = 0;
  const look = () => {
    calm = drawn() ? calm + 1 : 0;
    if (calm < 3) requestAnimationFrame(look);
    else resolve([performance.now() - start, Math.max(0, ...window.longest.map(([, ms]) => ms))]);
  };
  requestAnimationFrame(look);
})"""
"""Milliseconds until what was pressed is drawn and two more frames are, and its longest task."""


def first_rows(context: BrowserContext, address: str) -> tuple[float, float]:
    """Milliseconds from TensorBoard's asking for the tab to its rows, and the longest task."""
    page = context.new_page()
    neural = opened(page, address)
    neural.frame.wait_for_function("() => window.rowsAt")
    rows, longest = neural.frame.evaluate(
        "() => [window.rowsAt, Math.max(0, ...window.longest.map(([, ms]) => ms))]"
    )
    page.close()
    return rows, longest


def timed(neural: Neural, press: str, view: str) -> tuple[float, float]:
    """Milliseconds that a press takes, and its longest task."""
    taken, longest = neural.frame.evaluate(TIMED, [press, view])
    neural.settle()
    neural.page.wait_for_timeout(400)  # until what follows, as pictures, is there as well
    return taken, longest


class Figures:
    """What was measured, and the longest task of all."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.longest: list[tuple[float, str]] = []

    def add(self, what: str, most: float, taken: list[tuple[float, float]], note: str = "") -> None:
        """Take the median of what a press took each time."""
        times = [milliseconds for milliseconds, _ in taken]
        spread = f"{min(times):.0f} to {max(times):.0f}"
        self.figures.append(
            Figure(
                what,
                statistics.median(times),
                "ms",
                most,
                note="; ".join(filter(None, (spread, note))),
            )
        )
        self.longest.append((max(task for _, task in taken), what))

    def all(self) -> list[Figure]:
        """Return the figures, and the longest task."""
        task, where = max(self.longest)
        return [*self.figures, Figure("longest task", task, "ms", TASK, note=where)]


def measure_tabs(neural: Neural, found: Figures) -> None:
    """Go through the views again and again; the first round is the first visit."""
    rounds: list[dict[str, tuple[float, float]]] = []
    for _ in range(ROUNDS + 1):
        order = [*(view for view in TABS if view != "distributions"), "distributions"]
        rounds.append({view: timed(neural, f"tab {view}", view) for view in order})
    for view, most in TABS.items():
        first, *again = [one[view] for one in rounds]
        found.add(f"tab {view}", most, again, f"first visit {first[0]:.0f}")


def measure_changes(neural: Neural, found: Figures) -> None:
    """Change step and class, in the views that ask the server for them."""
    for view, most in CHANGES.items():
        timed(neural, f"tab {view}", view)
        timed(neural, "step", view)
        steps = [timed(neural, press, view) for press in ("step", "step", "back", "step", "back")]
        found.add(f"step, {view}", most, steps)
        classes = [timed(neural, "class", view) for _ in range(ROUNDS)]
        found.add(f"class, {view}", most, classes)


def measure(logdir: Path | None = None) -> Section:
    """Drive the page on a log directory."""
    found = Figures()
    with serve(logdir or recording.ensure() / "logs") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context(viewport=SIZE, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_init_script(WATCH)
        context.set_default_timeout(PATIENCE)
        chosen = {} if logdir else {"a": [recording.ASKED, "model", LAST]}
        address = link(server, view="distributions", **chosen)
        first_rows(context, address)  # everything is cold
        opening = [first_rows(context, address) for _ in range(ROUNDS)]
        found.add("first rows after TensorBoard's shell, warm", FIRST, opening)
        page: Page = context.new_page()
        neural = opened(page, address)
        measure_tabs(neural, found)
        measure_changes(neural, found)
        browser.close()
    return Section(
        "The page in a browser",
        COMMAND,
        "Chromium without a GPU at 1440 by 900, on the runs of the tests; medians, from a press to "
        "the second frame after everything asked for is drawn. What the figures are to hold is "
        "meant for two cores that do nothing else.",
        found.all(),
    )


if __name__ == "__main__":
    print(measure(Path(sys.argv[1]) if sys.argv[1:] else None).markdown())
