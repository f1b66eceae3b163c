"""While a network trains: records come, the selection stays, A follows the newest from there on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from tests.e2e import odd_logs as logs
from tests.e2e.conftest import Server, opened
from tests.e2e.neural_page import Neural, eventually, link


class Training:
    """Writes a record at each call of `advance`, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        images, labels = logs.digits()
        self.loader = logs.batches(images[:200].flatten(1), labels[:200])
        self.model = logs.dense(64, 12, 8, 10)
        self.recorder = Recorder(self.model, verbose=False)
        self.writer = SummaryWriter(str(folder))
        self.step = -10

    def advance(self) -> None:
        thread = threading.Thread(target=self._record)
        thread.start()
        thread.join()

    def _record(self) -> None:
        self.step += 10
        self.recorder.run(self.loader, progress=False)
        self.recorder.write(self.writer, self.step)
        self.writer.flush()
        logs.change(self.model)


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    training = Training(tmp_path / "growing")
    training.advance()
    training.advance()
    yield training
    training.writer.close()


def test_a_follows_the_newest_record_and_the_selection_stays(
    training: Training, tmp_path: Path, context: BrowserContext, console: list[str]
) -> None:
    server = Server(tmp_path)
    try:
        neural = opened(context.new_page(), link(server.address, subsets=[["class:4", 4]]))
        eventually(lambda: at(neural, 10, 2))
        unit = neural.order("1")[2]
        neural.click_row("1", unit)
        neural.sort("index")
        before = neural.selection()
        training.advance()
        neural.reload_until(lambda: at(neural, 20, 3))
        after = neural.selection()
        assert after.pop("a")[2] == 20
        before.pop("a")
        assert after == before, "everything but A's step is as it was"
        assert neural.order("1")[0] == unit

        neural.frame.get_by_role("slider").press("Home")
        eventually(lambda: at(neural, 0, 3))
        training.advance()
        neural.reload_until(lambda: at(neural, 0, 4))
    finally:
        server.stop()
    assert console == []


def at(neural: Neural, step: int, records: int) -> None:
    slider = neural.frame.get_by_role("slider", name="Step of A")
    place = step // 10 + 1
    expected = f"step {step}, record {place} of {records}"
    assert slider.get_attribute("aria-valuetext") == expected
    assert f"step {step}" in neural.panel("1").locator(".panel-head").inner_text()
