"""Parse requests' arguments; whatever is wrong in a request is a 400 here."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors
from tensorboard.backend import http_util

from tb_plugin_neural.contract import codec
from tb_plugin_neural.lookup.recorded_graphs import CountingRule
from tb_plugin_neural.lookup.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from werkzeug import Request, Response

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

MOST_REPEATED = 256
_DIGITS = 20  # of a step, which has 64 bits and a sign
_RANGE = re.compile(rf"([0-9]{{1,{_DIGITS}}})(?:-([0-9]{{1,{_DIGITS}}}))?")
_MOST = np.iinfo(np.uint32).max


def text(request: Request, name: str) -> str:
    """Return the argument `name`.

    Raises:
        InvalidArgumentError: it is missing.
    """
    value = request.args.get(name)
    if value is None:
        raise errors.InvalidArgumentError(f"{name} is missing")
    return value


def integer(request: Request, name: str, default: int | None = None) -> int:
    """Return the argument `name` as a whole number, or `default` where it is missing.

    Raises:
        InvalidArgumentError: it is missing without a default, or is no whole number.
    """
    if default is not None and name not in request.args:
        return default
    return _integer(name, text(request, name))


def optional(request: Request, name: str) -> int | None:
    """Return the argument `name` as a whole number, or None where it is missing.

    Raises:
        InvalidArgumentError: it is no whole number.
    """
    return integer(request, name) if name in request.args else None


def integers(request: Request, name: str) -> list[int]:
    """Return the whole numbers of a repeated argument, at least one.

    Raises:
        InvalidArgumentError: there is none, there are too many, or one is no whole number.
    """
    return [_integer(name, value) for value in _repeated(request, name)]


def instances(request: Request, name: str, size: int) -> np.ndarray[Any, Any]:
    """Return the numbers and ranges of an argument such as `0-99,105`, each once, ascending.

    Raises:
        InvalidArgumentError: it is missing, or something else.
        NotFoundError: there is no such instance among `size`.
    """
    value = text(request, name)
    chosen = np.zeros(size, dtype=bool)
    for part in value.split(","):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first:
            raise errors.InvalidArgumentError(
                f"{name} is {value[:80]!r}, expected numbers and ranges such as 0-99,105"
            )
        if last >= size:
            raise errors.NotFoundError(f"instance {last} of a probe set of {size}")
        chosen[first : last + 1] = True
    return np.flatnonzero(chosen)


def share(request: Request, name: str) -> float | None:
    """Return the argument `name` as a number above 0, at most 1, or None where it is missing.

    Raises:
        InvalidArgumentError: it is no such number.
    """
    value = request.args.get(name)
    if value is None:
        return None
    with contextlib.suppress(ValueError):
        if 0 < float(value) <= 1:
            return float(value)
    raise errors.InvalidArgumentError(f"{name} is {value[:80]!r}, expected above 0, at most 1")


def way(request: Request) -> CountingRule:
    """Return the counting rule of the arguments `mass` and `of`.

    Raises:
        InvalidArgumentError: the mass is no share.
    """
    return CountingRule(share(request, "mass"), request.args.get("of"))


def model(store: Store, request: Request) -> Model:
    """Return the model of the arguments `run` and `model`.

    Raises:
        InvalidArgumentError: one is missing.
        NotFoundError: there is no such model.
    """
    return store.model(text(request, "run"), text(request, "model"))


def flag(request: Request, name: str) -> bool:
    """Return the argument `name`, 0 or 1; 0 where it is missing.

    Raises:
        InvalidArgumentError: it is something else.
    """
    return bool(one_of(request, name, ("0", "1"), "0") == "1")


def one_of(request: Request, name: str, known: Collection[str], default: str | None) -> Any:
    """Return the argument `name`, one of some words, or `default` where it is missing.

    Raises:
        InvalidArgumentError: it is something else.
    """
    value = request.args.get(name, default)
    if value is not default and value not in known:
        raise errors.InvalidArgumentError(
            f"{name} is {str(value)[:80]!r}, expected one of {', '.join(known)}"
        )
    return value


def subjects(request: Request, count: int | None = None) -> list[Subject]:
    """Return the subjects `s`, exactly `count` of them where it is given.

    Raises:
        InvalidArgumentError: there are none, another number, or one is malformed.
    """
    found = [_subject(value) for value in _repeated(request, "s")]
    if count is not None and len(found) != count:
        raise errors.InvalidArgumentError(f"{len(found)} arguments s, expected {count}")
    return found


def _repeated(request: Request, name: str) -> list[str]:
    values = request.args.getlist(name)
    if not 1 <= len(values) <= MOST_REPEATED:
        raise errors.InvalidArgumentError(
            f"{len(values)} arguments {name}, expected 1 to {MOST_REPEATED}"
        )
    return values


def _integer(name: str, value: str) -> int:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        raise errors.InvalidArgumentError(f"{name} is {value[:80]!r}, expected a whole number")
    return int(value)


def _subject(value: str) -> Subject:
    try:
        run, model, step, subset = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        pass
    else:
        named = all(isinstance(part, str) for part in (run, model, subset))
        if named and type(step) is int and abs(step) < 10**_DIGITS:
            return Subject(run, model, step, subset)
    raise errors.InvalidArgumentError(
        f's is {value[:80]!r}, expected ["run", "model", step, "subset"]'
    )


def rounded(value: float | None) -> float | None:
    """Return a number with four digits for JSON; None where it is not finite."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.4g}")
    return short if math.isfinite(short) else value  # the largest numbers round up to infinity


def arrays(
    request: Request,
    values: Mapping[str, np.ndarray[Any, Any]],
    meta: Mapping[str, Any],
    expires: int = 0,
) -> Response:
    """Answer arrays: floats as float32, signed integers in the narrowest that hold their counts.

    What 32 bits do not hold is answered as the most that they do.
    """

    def wire(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if value.dtype.kind == "f":
            with np.errstate(over="ignore"):
                return value.astype(np.float32)
        return value if value.dtype.kind == "u" else codec.narrowest(np.minimum(value, _MOST))

    values = {name: wire(value) for name, value in values.items()}
    return _respond(request, codec.dumps(values, meta), "application/octet-stream", expires)


def document(request: Request, value: Any) -> Response:
    """Answer JSON."""
    body = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return _respond(request, body, "application/json")


def content(request: Request, body: bytes, kind: str, expires: int = 0) -> Response:
    """Answer bytes of a content type, that the browser may keep for `expires` seconds."""
    return _respond(request, body, kind, expires)


def _respond(request: Request, body: Any, kind: str, expires: int = 0) -> Response:
    response: Response = http_util.Respond(request, body, kind, expires=expires)
    return response
