"""Look on at the operations of a model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Looks on at every operation while it is active, and changes none."""

    supports_higher_order_operators = True

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Let what a model compiles itself run as it is."""
        return True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    @abstractmethod
    def note(self, func: Any, args: Any, kwargs: Mapping[str, Any], made: Any) -> None:
        """Take note of an operation, its arguments and its result."""

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Do the operation, and take note of it."""
        del types
        kwargs = kwargs or {}
        made = func(*args, **kwargs)
        self.note(func, args, kwargs, made)
        return made
