"""TensorBoard as a page meets it: its data servers, and its application with our plugin."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboard import context as tensorboard_context
from tensorboard.backend import application
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.data import server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.util import grpc_util
from werkzeug import Response
from werkzeug.test import Client

from tb_plugin_neural.contract import codec
from tb_plugin_neural.plugin import NeuralPlugin
from tests import declared

SERVERS = ("python", "rust")
KEEP_ALL = {"neural": 0}
Provide = Callable[[Path], Any]


@contextlib.contextmanager
def serving(server: str) -> Iterator[Provide]:
    """A function from a log directory to the data provider of one of TensorBoard's servers."""
    ingesters: list[Any] = []

    def rust(logdir: Path) -> Any:
        ingesters.append(start_rust(logdir))
        return ingesters[-1].data_provider

    yield {"python": start_python, "rust": rust}[server]
    for ingester in ingesters:
        ingester._stdin_handle.close()  # the server ends with its input


def start_python(logdir: Path) -> Any:
    """The data provider that reads event files in Python."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=KEEP_ALL)
    multiplexer.AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, str(logdir))


def start_rust(logdir: Path) -> Any:
    """The data server in a process of its own, once it has read all event files."""
    try:
        binary = server_ingester.get_server_binary()
    except server_ingester.NoDataServerError:
        pytest.skip("TensorBoard has no data server for this platform")
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=binary,
        logdir=str(logdir),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin=KEEP_ALL,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # TensorBoard lets go of the process
        ingester.start()
    _wait_until_read(ingester.data_provider, {path.parent for path in logdir.rglob("*tfevents*")})
    return ingester


def _wait_until_read(provider: Any, runs: set[Path]) -> None:
    ask = {"experiment_id": "", "plugin_name": "neural"}
    context = tensorboard_context.RequestContext()
    before, deadline = None, time.monotonic() + 30
    while time.monotonic() < deadline:
        found = provider.list_blob_sequences(context, **ask)
        if found == before and len(provider.list_runs(context, experiment_id="")) == len(runs):
            return
        before = found
        time.sleep(0.05)
    raise TimeoutError(f"the data server has not read {len(runs)} runs within 30 s")


class Page:
    """Asks the backend as a page does, through TensorBoard's own application."""

    def __init__(self, provider: Any, **flags: Any) -> None:
        context = base_plugin.TBContext(data_provider=provider, flags=_Flags(flags))
        plugin = NeuralPlugin(context)
        wsgi = application.TensorBoardWSGI([plugin], data_provider=provider)
        self.client = Client(wsgi, Response)

    def get(self, route: str, **arguments: Any) -> Any:
        """The response, which is as the route declares it; a list repeats an argument."""
        response = self.client.get(f"/data/plugin/neural/{route}", query_string=arguments)
        declared.check(route, response)
        return response

    def json(self, route: str, **arguments: Any) -> Any:
        """The JSON of an answer that must be one."""
        response = self.get(route, **arguments)
        assert response.status_code == 200, response.text
        return response.json

    def arrays(self, route: str, **arguments: Any) -> Any:
        """The arrays and metadata of an answer that must have them."""
        response = self.get(route, **arguments)
        assert response.status_code == 200, response.text
        return codec.loads(response.data)


class _Flags:
    def __init__(self, flags: dict[str, Any]) -> None:
        self.__dict__.update(flags)
