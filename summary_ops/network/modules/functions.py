"""Activation functions that a model calls without a module: `F.relu(self.conv(x))`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

NAMES = (
    *("relu", "gelu", "silu", "tanh", "sigmoid", "elu", "selu", "celu", "leaky_relu", "mish"),
    *("hardswish", "hardsigmoid", "hardtanh", "softplus", "softsign", "relu6"),
)
"""Names of the functions, as torch has them."""

FUNCTIONS: dict[Any, str] = {
    function: name
    for name in NAMES
    for namespace in (F, torch, Tensor)
    for spelling in (name, f"{name}_")
    if (function := getattr(namespace, spelling, None)) is not None
}


class FunctionCalls(TorchFunctionMode):
    """While it is on, hand on what activation functions return.

    Args:
        called: takes the function's name and what it returned; what it returns, if anything, goes
            on through the model instead.
    """

    def __init__(self, called: Callable[[str, Tensor], Tensor | None]) -> None:
        super().__init__()
        self._called = called

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function, and hand on what it returns if it is one of those."""
        del types
        result = func(*args, **(kwargs or {}))
        name = FUNCTIONS.get(func)
        if name is None or not isinstance(result, Tensor):
            return result
        changed = self._called(name, result)
        return result if changed is None else changed


def is_function(selector: str) -> bool:
    """Return whether a layer's name ends in a function, as `conv1.relu`."""
    return selector.removeprefix(".") in NAMES and selector.startswith(".")
