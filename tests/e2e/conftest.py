"""A real TensorBoard and a real Chromium, on the recorded runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect, sync_playwright

from tests import recording
from tools.browser import chromium

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = {"width": 1440, "height": 900}
expect.set_options(timeout=20_000)


@contextmanager
def serve(logdir: Path, *flags: str) -> Iterator[str]:
    """A TensorBoard on a log directory; gives its address."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    command += ["--host", "127.0.0.1", "--port", "0", "--reload_interval", "1", *flags]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    told = []
    try:
        for line in process.stderr or ():
            told.append(line)
            if found := re.search(r"at (http://\S+?)/? \(Press", line):
                yield found[1]
                return
        raise RuntimeError("TensorBoard did not start:\n" + "".join(told))
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of the recorded runs, see `tests/recording.py`."""
    return recording.ensure()


@pytest.fixture(scope="session")
def tensorboard(recorded: Path) -> Iterator[str]:
    with serve(recorded / "logs") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


Open = Callable[..., Frame]


@pytest.fixture
def open_page(context: BrowserContext, tensorboard: str) -> Iterator[Open]:
    """Open the tab, cold, by a link; the console must stay free of errors."""
    errors: list[str] = []

    def show(address: str = tensorboard, **chosen: Any) -> Frame:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: _collect(message, errors))
        page.goto(link(address, **chosen))
        return plugin_frame(page)

    yield show
    assert not errors


def _collect(message: Any, errors: list[str]) -> None:
    if message.type == "error" and "favicon" not in message.text:
        errors.append(f"{message.text} {message.location}")


def link(address: str, **chosen: Any) -> str:
    """The address of the tab with a selection, as the page itself writes it."""
    keys = "".join(f"&p.neural.{key}={quote(json.dumps(value))}" for key, value in chosen.items())
    return f"{address}/#neural{keys}"


def plugin_frame(page: Page) -> Frame:
    """The page inside TensorBoard's frame, once it shows something."""
    element = page.wait_for_selector('iframe[src*="name=neural"]', timeout=30_000)
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_selector("[data-view]", timeout=30_000)
    return frame
