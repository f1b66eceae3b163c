"""Holds answers against what their routes declare."""

from __future__ import annotations

import functools
import types
import typing
from typing import Any

from tb_plugin_neural.contract import codec
from tb_plugin_neural.routes import ROUTES
from tb_plugin_neural.routes.requests.declared import FLOATS, Arrays, Json


def check(route: str, response: Any) -> None:
    """Assert that an answer is as its route declares it; errors are none."""
    declared = ROUTES["/static/*" if route.startswith("static/") else f"/{route}"].answers
    if response.status_code != 200:
        return
    if isinstance(declared, Json):
        assert response.content_type == "application/json"
        assert_fits(response.json, declared.of, f"/{route}")
    elif isinstance(declared, Arrays):
        assert response.content_type == "application/octet-stream"
        arrays, meta = codec.loads(response.data)
        assert_fits(meta, declared.meta, f"/{route}")
        assert arrays.keys() == declared.arrays.keys(), route
        lengths: dict[str, int] = {}
        for name, array in arrays.items():
            expected = declared.arrays[name]
            dtypes = {"float32"} if expected.holds == FLOATS else {"uint8", "uint16", "uint32"}
            assert str(array.dtype) in dtypes, (route, name, array.dtype)
            axes = expected.axes.split()
            assert len(axes) == array.ndim, (route, name, array.shape)
            for axis, length in zip(axes, array.shape, strict=True):
                wanted = int(axis) if axis.isdigit() else lengths.setdefault(axis, length)
                assert length == wanted, (route, name, axis, array.shape, lengths)
    else:
        assert response.content_type.partition(";")[0] in declared.types


def assert_fits(value: Any, declared: Any, place: str) -> None:
    """Assert that JSON is of a type: no field is missing, and none is there undeclared."""
    origin, parts = typing.get_origin(declared), typing.get_args(declared)
    if typing.is_typeddict(declared):
        assert isinstance(value, dict), (place, value)
        hints = _hints(declared)
        assert value.keys() == hints.keys(), (place, value.keys() ^ hints.keys())
        for name, hint in hints.items():
            assert_fits(value[name], hint, f"{place}.{name}")
    elif origin is typing.Literal:
        assert value in parts, (place, value)
    elif origin in (typing.Union, types.UnionType):
        if value is not None:
            assert_fits(value, parts[0], place)
    elif origin in (list, tuple, dict):
        _assert_items_fit(value, origin, parts, place)
    else:
        kinds = (int, float) if declared is float else (declared,)
        assert type(value) in kinds, (place, value, declared)


@functools.cache
def _hints(declared: Any) -> dict[str, Any]:
    return typing.get_type_hints(declared)


def _assert_items_fit(value: Any, origin: Any, parts: tuple[Any, ...], place: str) -> None:
    assert isinstance(value, dict if origin is dict else list), (place, value)
    items = list(value.values()) if origin is dict else value
    kinds = parts if origin is tuple else (parts[-1],) * len(items)
    for one, kind in zip(items, kinds, strict=True):
        assert_fits(one, kind, f"{place}[]")
