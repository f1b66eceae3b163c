"""Wires the routes into TensorBoard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tensorboard import plugin_util
from tensorboard.plugins import base_plugin
from werkzeug import Request, Response

from tb_plugin_neural import routes
from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.metadata import PLUGIN_NAME
from tb_plugin_neural.routes.requests import files
from tb_plugin_neural.store.cache import Cache
from tb_plugin_neural.store.source import Source
from tb_plugin_neural.store.store import Memory, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CACHE_MEGABYTES = 256
"""Where TensorBoard has no flags of ours, as in a test."""


VARYING = ("Accept-Encoding",)
"""Headers that an answer depends on."""


class NeuralPlugin(base_plugin.TBPlugin):
    """The tab."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        flags = context.flags
        megabytes = getattr(flags, "neural_cache", CACHE_MEGABYTES)
        limit = getattr(flags, "neural_record_limit", codec.INFLATE_LIMIT)
        self._provider = context.data_provider
        self._memory = Memory(Cache(max(0, megabytes) * 2**20), max(0, limit))

    def is_active(self) -> bool:
        """Return whether the tab is shown; TensorBoard itself shows it when there are records."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Return the tab's name and module."""
        return base_plugin.FrontendMetadata(
            es_module_path=f"/static/{files.ENTRY}", tab_name="Neural"
        )

    def get_plugin_apps(self) -> Mapping[str, Any]:
        """Return the routes as WSGI applications."""
        return {
            path: Request.application(partial(self._answer, routes.reading(route)))
            for path, route in routes.ROUTES.items()
        }

    def _answer(self, route: Callable[[Store, Request], Response], request: Request) -> Response:
        experiment = plugin_util.experiment_id(request.environ)
        source = Source(self._provider, plugin_util.context(request.environ), experiment)

        def make() -> tuple[Response, int]:
            with self._memory.gate:
                return route(Store(source, self._memory), request), 1

        headers = (request.headers.get(name) for name in VARYING)
        key = request.method, request.path, request.query_string, *headers
        return self._memory.answers.get((experiment, *key), make)
