"""Declare the arguments and the answer of a route.

`tools/schema.py` makes the tables of `docs/http_api.md` and the page's `api/schema.ts` from the
declarations, and the tests hold every answer that they are given against them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

FLOATS, COUNTS = "floats", "counts"


@dataclass(frozen=True)
class Array:
    """An array of an answer.

    Attributes:
        holds: `floats` (float32), or `counts` (the narrowest unsigned integers that hold them).
        axes: names of the axes with blanks between; a number is a length. What has one name has one
            length throughout an answer.
        meaning: for the documentation.
    """

    holds: str
    axes: str
    meaning: str


def floats(axes: str, meaning: str) -> Array:
    """Declare an array of float32."""
    return Array(FLOATS, axes, meaning)


def counts(axes: str, meaning: str) -> Array:
    """Declare an array of unsigned integers."""
    return Array(COUNTS, axes, meaning)


@dataclass(frozen=True)
class Json:
    """An answer in JSON.

    Attributes:
        of: its type. The fields of a `TypedDict` are `Annotated` with what they mean.
    """

    of: Any


@dataclass(frozen=True)
class Arrays:
    """An answer of named arrays in safetensors, with JSON metadata."""

    arrays: Mapping[str, Array]
    meta: Any


@dataclass(frozen=True)
class Content:
    """An answer of bytes: a picture, or a file of the page's."""

    types: tuple[str, ...]


PICTURE = Content(("image/png", "image/webp"))


ARGUMENTS: Mapping[str, str] = {
    **dict.fromkeys(("run", "model", "anchor_run", "anchor_model", "layer", "open"), "text"),
    **dict.fromkeys(("subset", "method", "hash", "id", "measure", "of", "replacement"), "text"),
    **dict.fromkeys(("instances", "among", "ranking"), "text"),
    **dict.fromkeys(("step", "since", "most", "unit", "instance", "i", "picture"), "whole"),
    **dict.fromkeys(("first", "count", "rows", "true", "predicted"), "whole"),
    **dict.fromkeys(("mass", "keep"), "number"),
    **dict.fromkeys(("lift", "directed"), "flag"),
    "s": "subject",
}
"""Types of the query parameters, the same in all routes."""


def plain(argument: str) -> str:
    """Return the name of an argument of a `Route`."""
    return argument.removesuffix("*")


@dataclass(frozen=True)
class Route:
    """A function of the store and the request, with what it takes and answers.

    Attributes:
        function: answers a request.
        answers: what it answers.
        needs: arguments without which it is a 400, with `*` where they may be repeated.
        may: further ones, likewise.
    """

    function: Callable[[Store, Request], Response]
    answers: Json | Arrays | Content
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
