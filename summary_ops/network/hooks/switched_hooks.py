"""Hooks on modules that come and go, and are each time the same to whoever compares them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from summary_ops.network.hooks.hook import Hook


class SwitchedHooks:
    """Forward hooks of one owner.

    What `torch.compile` makes is guarded by which hooks there are, if `hook_guards` are on: by
    their keys and identities, which therefore stay as they are when a hook is put on again.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[nn.Module, str], tuple[int, Hook]] = {}
        self._on: list[tuple[OrderedDict[int, Any], int]] = []

    @property
    def are_on(self) -> bool:
        """Return whether any is on."""
        return bool(self._on)

    def before(self, module: nn.Module, method: Callable[..., Any], *, first: bool = False) -> None:
        """Call a method with module, arguments and keywords, before all other hooks or after."""
        key, hook = self._hook(module, method)
        entries: Any = module._forward_pre_hooks  # noqa: SLF001
        self._put(entries, key, hook)
        self._put(module._forward_pre_hooks_with_kwargs, key, True)  # noqa: SLF001
        if first:
            entries.move_to_end(key, last=False)

    def after(self, module: nn.Module, method: Callable[..., Any], *, always: bool = False) -> None:
        """Call a method with module, arguments and output; always, even if the module raises."""
        key, hook = self._hook(module, method)
        self._put(module._forward_hooks, key, hook)  # noqa: SLF001
        if always:
            self._put(module._forward_hooks_always_called, key, True)  # noqa: SLF001

    def off(self) -> None:
        """Take all of them off."""
        for entries, key in self._on:
            entries.pop(key, None)
        self._on = []

    def _hook(self, module: nn.Module, method: Callable[..., Any]) -> tuple[int, Hook]:
        name = module, method.__name__
        if name not in self._made:
            self._made[name] = RemovableHandle(OrderedDict()).id, Hook(method)
        return self._made[name]

    def _put(self, entries: Any, key: int, value: Any) -> None:
        self._on.append((entries, key))
        entries[key] = value
