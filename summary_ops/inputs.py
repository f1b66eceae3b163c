"""What a model is called with: single inputs out of a batch, and batches of single inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops import tasks

CONSTANTS = (type(None), bool, int, float, str)


def call(model: nn.Module, inputs: Any, device: torch.device) -> Any:
    """Call a model with a tensor, a tuple of arguments, or a dict of keywords."""
    inputs = to_device(inputs, device)
    if isinstance(inputs, Mapping):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, tuple) else model(inputs)


def call_afresh(model: nn.Module, inputs: Any, device: torch.device) -> Any:
    """Call a model with copies, which it may write into."""
    return call(model, _map(torch.clone, to_device(inputs, device)), device)


def versions(inputs: Any) -> list[int]:
    """How often each tensor was written into, as far as torch knows."""
    return [tensor._version for tensor in tasks.tensors(inputs) if not tensor.is_inference()]  # noqa: SLF001


def to_device(inputs: Any, device: torch.device) -> Any:
    """The same on another device; lists become tuples."""
    return _map(lambda tensor: tensor.to(device, non_blocking=True), inputs)


def copy_of(inputs: Any) -> Any:
    """The same on the CPU, in memory of its own; lists become tuples."""
    return _map(lambda tensor: tensor.detach().to("cpu", copy=True), inputs)


def _map(change: Callable[[Tensor], Tensor], inputs: Any) -> Any:
    """All tensors changed."""
    if isinstance(inputs, Tensor):
        return change(inputs)
    if isinstance(inputs, Mapping):
        return {key: _map(change, value) for key, value in inputs.items()}
    if isinstance(inputs, (tuple, list)):
        return tuple(_map(change, value) for value in inputs)
    return inputs


def take(inputs: Any, index: int, size: int) -> Any:
    """One input of a batch of `size`, with a batch axis of length 1: views of its tensors.

    Raises:
        ValueError: a part is no tensor with one row an input, and no constant.
    """
    if isinstance(inputs, Tensor):
        whole = inputs.layout is torch.strided and not inputs.is_nested and inputs.ndim
        if not whole or len(inputs) != size:
            shape = list(inputs.shape) if not inputs.is_nested else "nested"
            raise ValueError(
                f"a batch of {size} inputs holds a tensor of shape {shape}; an input can be taken "
                "out of tensors with one row an input only, the batch axis first"
            )
        return inputs[index : index + 1]
    if isinstance(inputs, Mapping):
        return {key: take(value, index, size) for key, value in inputs.items()}
    if isinstance(inputs, (tuple, list)):
        return tuple(take(value, index, size) for value in inputs)
    if isinstance(inputs, CONSTANTS):
        return inputs
    raise ValueError(
        f"a batch holds a {type(inputs).__name__}; an input can be taken out of tensors, tuples "
        "and dicts only"
    )


def stack(parts: Sequence[Any]) -> Any:
    """A batch of inputs of one `form`."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    if isinstance(first, Mapping):
        return {key: stack([part[key] for part in parts]) for key in first}
    if isinstance(first, tuple):
        return tuple(stack(values) for values in zip(*parts, strict=True))
    return first


def form(inputs: Any) -> str:
    """What two inputs must have in common to be in one batch: types, shapes and constants."""
    if isinstance(inputs, Tensor):
        return f"{inputs.dtype}{list(inputs.shape[1:])}"
    if isinstance(inputs, Mapping):
        return str({key: form(value) for key, value in inputs.items()})
    if isinstance(inputs, tuple):
        return str([form(value) for value in inputs])
    return repr(inputs)


def is_finite(inputs: Any) -> bool:
    """Whether no floating-point tensor has a NaN or an infinity."""
    return all(
        bool(torch.isfinite(tensor).all())
        for tensor in tasks.tensors(inputs)
        if tensor.is_floating_point()
    )


def size_in_bytes(inputs: Any) -> int:
    """Bytes of all tensors."""
    return sum(tensor.nbytes for tensor in tasks.tensors(inputs))
