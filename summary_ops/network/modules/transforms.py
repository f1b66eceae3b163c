"""Handle forward passes inside `torch.func`'s transforms."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from torch import Tensor
from torch._C._functorch import (
    TransformType,
    get_interpreter_stack,
    get_unwrapped,
    is_functorch_wrapped_tensor,
    peek_interpreter_stack,
)
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

WHOLE = (TransformType.Grad, TransformType.Jvp)
"""Transforms inside which tensors have the values and shapes that they have outside."""


def keep_batches() -> bool:
    """Return whether tensors hold whole batches, as they do outside of transforms."""
    if peek_interpreter_stack() is None:
        return True
    return all(level.key() in WHOLE for level in get_interpreter_stack() or ())


def left() -> AbstractContextManager[object]:
    """Compute outside of all transforms for a while."""
    if peek_interpreter_stack() is None:
        return nullcontext()
    return temporarily_clear_interpreter_stack()


def plain(tensor: Tensor) -> Tensor:
    """Return the tensor inside the wrappers of transforms."""
    while is_functorch_wrapped_tensor(tensor):
        tensor = get_unwrapped(tensor)
    return tensor
