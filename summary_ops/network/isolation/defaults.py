"""Keep two sets of defaults for new tensors apart: ours, and the user's where user code runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar

import torch

_Defaults = tuple[torch.dtype, torch.device]

_CPU = torch.device("cpu")
_users: ContextVar[_Defaults | None] = ContextVar("_users", default=None)


def _current() -> _Defaults:
    if not torch._C._len_torch_function_stack():  # noqa: SLF001 - no device was ever chosen
        return torch.get_default_dtype(), _CPU
    return torch.get_default_dtype(), torch.get_default_device()


@contextmanager
def _set(dtype: torch.dtype, device: torch.device) -> Iterator[None]:
    before, there = _current()
    with ExitStack() as stack:
        if dtype != before:
            stack.callback(torch.set_default_dtype, before)
            torch.set_default_dtype(dtype)
        if device != there:
            stack.enter_context(device)
        yield


@contextmanager
def own_defaults() -> Iterator[None]:
    """Make new tensors on the CPU and in float32 by default."""
    found = _current()
    if found == (torch.float32, _CPU):
        yield
        return
    token = _users.set(found)
    try:
        with _set(torch.float32, _CPU):
            yield
    finally:
        _users.reset(token)


@contextmanager
def users_defaults() -> Iterator[None]:
    """Inside `own_defaults`, have the user's defaults again: where the user's code runs."""
    found = _users.get()
    if found is None:
        yield
        return
    with _set(*found):
        yield
