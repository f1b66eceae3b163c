"""One hook on one module."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from summary_ops.network.defaults import own_defaults


def in_backward() -> bool:
    """Whether autograd is running a backward pass, as in a recomputed checkpoint."""
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

    def is_of(self, owner: object) -> bool:
        """Whether the method is one of this object."""
        method = self._method()
        return getattr(method, "__self__", None) is owner

    def __reduce__(self) -> tuple[Callable[[], Callable[..., None]], tuple[()]]:
        return _no_hook, ()


def _no_hook() -> Callable[..., None]:
    return _nothing


def _nothing(*_: Any) -> None:
    """What is left of a hook in a copy of the model."""


def sweep(model: nn.Module, owner: object) -> None:
    """Take off all hooks of an object, those too that an interrupt has left without a handle."""
    for module in model.modules():
        for hooks in (module._forward_pre_hooks, module._forward_hooks):  # noqa: SLF001
            for key, hook in list(hooks.items()):
                if isinstance(hook, Hook) and hook.is_of(owner):
                    del hooks[key]
