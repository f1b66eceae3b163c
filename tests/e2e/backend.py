"""The routes, asked beside the page: what it must show."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from tb_plugin_neural.contract import codec


class Backend:
    """Answers about a model of a TensorBoard."""

    def __init__(self, address: str, run: str, model: str = "model") -> None:
        self.address = address
        self.of = {"run": run, "model": model}

    def json(self, route: str, **arguments: Any) -> Any:
        return json.loads(self.bytes(route, **arguments))

    def arrays(self, route: str, **arguments: Any) -> Any:
        """The arrays of an answer and its metadata."""
        return codec.loads(self.bytes(route, **arguments))

    def bytes(self, route: str, **arguments: Any) -> bytes:
        query = urlencode({**self.of, **arguments})
        with urlopen(f"{self.address}/data/plugin/neural/{route}?{query}") as answer:
            content: bytes = answer.read()
            return content
