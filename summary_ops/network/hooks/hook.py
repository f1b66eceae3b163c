"""Put one hook on one module."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch

from summary_ops.network.isolation.defaults import own_defaults


def in_backward() -> bool:
    """Return whether autograd is running a backward pass, as in a recomputed checkpoint."""
    return bool(torch._C._current_graph_task_id() != -1)  # noqa: SLF001


class Hook:
    """A hook that torch.compile stays out of, and that a copy or pickle of the model loses.

    Args:
        method: what to call, as long as its object is there.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = weakref.WeakMethod(method)

    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def __call__(self, *args: Any) -> Any:
        """Call the method with what torch gives a hook; returns what it returns."""
        method = self._method()
        if method is None:
            return None
        with own_defaults():
            return method(*args)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Be a function of Python's own that does nothing, wherever the copy is loaded."""
        return getattr, (nullcontext(), "__exit__")
