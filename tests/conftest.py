"""Fixtures that all tests share: both of TensorBoard's data servers, and fixed random tests."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import hypothesis
import pytest
import torch

from summary_ops import RecordingWarning
from tb_plugin_neural import reader
from tests.servers import SERVERS, Page, Provide, serving

hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("fixed")
torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _fast_crc() -> Iterator[None]:
    """Also TensorBoard's own writer is slow without."""
    reader.accelerate()
    yield
    reader.restore()


@pytest.fixture(autouse=True)
def _nothing_is_reported_unexpectedly() -> Iterator[None]:
    """Our warnings are never raised, not even where all others are: a test that has one fails."""
    action = next(kind for kind, _, of, *_ in warnings.filters if issubclass(RecordingWarning, of))
    with warnings.catch_warnings(record=True) as told:
        if action == "error":
            warnings.filterwarnings("always", category=RecordingWarning)
        yield
    assert [str(warning.message) for warning in told] == []


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """Which of TensorBoard's data servers a test runs on."""
    return str(request.param)


@pytest.fixture
def provide(server: str) -> Iterator[Provide]:
    """A function from a log directory to the data provider, once for each server."""
    with serving(server) as provide:
        yield provide


@pytest.fixture
def open_page(provide: Provide) -> Callable[..., Page]:
    """A function from a log directory to a page on it."""
    return lambda logdir, **flags: Page(provide(logdir), **flags)
