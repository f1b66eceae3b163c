"""Fixtures of the recording tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from tests.servers import SERVERS, Provide, serving


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SummaryWriter]:
    """A writer into `tmp_path / "run"`."""
    with SummaryWriter(str(tmp_path / "run")) as found:
        yield found


@pytest.fixture(scope="module", params=SERVERS)
def provide_once(request: pytest.FixtureRequest) -> Iterator[Provide]:
    """As `provide`, for all tests of a module together."""
    with serving(request.param) as provide:
        yield provide
