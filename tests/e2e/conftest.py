"""A real TensorBoard and a real Chromium, on recorded runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect, sync_playwright

from tests import recording
from tests.e2e import odd_logs as logs
from tests.e2e.neural_page import Neural, link
from tests.e2e.plain_pass import Truth
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
STARTING = 60_000
HOSTS_OWN = "/font-roboto/"  # TensorBoard asks for its fonts without its path prefix
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder drive a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


class Server:
    """A TensorBoard of its own."""

    def __init__(self, logdir: Path, *flags: str) -> None:
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
        command += ["--host", "127.0.0.1", "--port", "0", "--reload_interval", "1", *flags]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self._told: list[str] = []

    @property
    def address(self) -> str:
        """Where it listens, once it does."""
        for line in self._process.stderr or ():
            self._told.append(line)
            if found := re.search(r"at (http://\S+?)/? \(Press", line):
                return found[1]
        raise RuntimeError("TensorBoard did not start:\n" + "".join(self._told))

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def serve(logdir: Path, *flags: str) -> Iterator[str]:
    """A TensorBoard on a log directory; gives its address."""
    server = Server(logdir, *flags)
    try:
        yield server.address
    finally:
        server.stop()


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of the recorded runs, see `tests/recording.py`."""
    return recording.ensure()


@pytest.fixture(scope="session")
def truth(recorded: Path) -> Truth:
    return Truth(recorded / "truth")


@pytest.fixture(scope="session")
def tensorboard(recorded: Path) -> Iterator[str]:
    with serve(recorded / "logs") as address:
        yield address


@pytest.fixture(params=["data server", "python loader, path prefix"])
def either_tensorboard(request: pytest.FixtureRequest, recorded: Path) -> Iterator[str]:
    """The same with either way of reading event files."""
    if request.param == "data server":
        yield request.getfixturevalue("tensorboard")
        return
    flags = ("--load_fast=false", "--path_prefix=/lab/boards")
    with serve(recorded / "logs", *flags) as address:
        assert address.endswith("/lab/boards")
        yield address


@pytest.fixture(scope="session")
def odd_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small, large and odd runs, see `odd_logs.py`."""
    return logs.make(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def odd_tensorboard(odd_logs: Path) -> Iterator[str]:
    with serve(odd_logs) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport=SIZE, permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def console(context: BrowserContext) -> list[str]:
    """Errors of any page: on the console, caught by nothing, or a dialog, which none opens."""
    errors: list[str] = []

    def on_message(message: Any) -> None:
        if message.type == "error" and HOSTS_OWN not in str(message.location):
            errors.append(f"{message.text} {message.location}")

    context.on("console", on_message)

    def on_dialog(dialog: Dialog) -> None:
        errors.append(f"a dialog says {dialog.message!r}")
        dialog.dismiss()

    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("dialog", on_dialog)
    return errors


Open = Callable[..., Neural]


@pytest.fixture
def open_at(context: BrowserContext, console: list[str]) -> Iterator[Open]:
    """Open the tab of a TensorBoard, cold, by a link; the console must stay free of errors."""

    def show(address: str, **chosen: Any) -> Neural:
        return opened(context.new_page(), address if "#" in address else link(address, **chosen))

    yield show
    assert console == []


@pytest.fixture
def open_page(open_at: Open, tensorboard: str) -> Open:
    """Open the tab on the recorded runs by a link, or by the parts of one."""

    def show(address: str = "", **chosen: Any) -> Neural:
        return open_at(address or tensorboard, **chosen)

    return show


@pytest.fixture
def open_odd(open_at: Open, odd_tensorboard: str) -> Open:
    """Open the tab on the odd runs by the parts of a link."""
    return partial(open_at, odd_tensorboard)


def opened(page: Page, address: str) -> Neural:
    """The tab at an address, as soon as its view is drawn."""
    page.goto(address)
    element = page.wait_for_selector('iframe[src*="name=neural"]', timeout=STARTING)
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_selector("[data-view], .message:not(.is-loading)", timeout=STARTING)
    neural = Neural(page, frame)
    neural.settle()
    return neural
