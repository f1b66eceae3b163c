"""Call a model with what a loader gives."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import trees
from summary_ops.network.isolation.defaults import users_defaults


def call(model: nn.Module, inputs: Any, device: torch.device) -> Any:
    """Call a model with inputs moved to a device, see `arguments`."""
    args, kwargs = arguments(model, to_device(inputs, device))
    try:
        return invoke(model, *args, **kwargs)
    except (TypeError, AttributeError) as error:
        if isinstance(inputs, list):
            error.add_note(
                "the inputs are a list, which the model gets as one argument; give a tuple for "
                "several, by unpack= or the loader's collate_fn"
            )
        raise


def invoke(model: nn.Module, *args: Any, **kwargs: Any) -> Any:
    """Call a model with the user's default dtype and device, whatever ours are meanwhile."""
    with users_defaults():
        return model(*args, **kwargs)


def call_afresh(model: nn.Module, inputs: Any, device: torch.device) -> Any:
    """Call a model with copies, which it may write into."""
    return call(model, trees.map_tensors(torch.clone, to_device(inputs, device)), device)


def arguments(model: nn.Module, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Split inputs into the positional arguments and keywords that the model takes.

    A tuple is several arguments; a list, a tensor, a dataclass and anything else is one. A dict is
    keywords, and a named tuple too where the model has all of its fields as parameters; else they
    are one argument where the model can be called so. The model's signature decides where it
    leaves only one way.
    """
    if isinstance(inputs, Mapping):
        return _of_mapping(model, inputs)
    if isinstance(inputs, PackedSequence) or not isinstance(inputs, (tuple, list)):
        return (inputs,), {}
    fields = getattr(inputs, "_fields", ())
    if fields and set(fields) <= _parameters(model).keys():
        return (), {name: getattr(inputs, name) for name in fields}
    one, several = _accepts(model, inputs), _accepts(model, *inputs)
    plain = isinstance(inputs, tuple) and not fields
    as_one = (one and not several) if plain else (one or not several)
    return ((inputs,), {}) if as_one else (tuple(inputs), {})


def _of_mapping(
    model: nn.Module, inputs: Mapping[Any, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if all(isinstance(key, str) for key in inputs):
        known = inputs.keys() & _parameters(model).keys()
        if known or _accepts(model, **inputs) or not _accepts(model, inputs):
            return (), dict(inputs)
    return (inputs,), {}


def _parameters(model: nn.Module) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return {}


def _accepts(model: nn.Module, *args: Any, **kwargs: Any) -> bool:
    """Return whether the model's signature takes these; True where it has none."""
    try:
        inspect.signature(model.forward).bind(*args, **kwargs)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def to_device(inputs: Any, device: torch.device) -> Any:
    """Move inputs to a device; objects with a method `to`, such as graphs, are copied."""

    def moved(leaf: Any) -> Any:
        if isinstance(leaf, Tensor):
            return leaf.to(device, non_blocking=True)
        movable = callable(getattr(leaf, "to", None)) and not isinstance(leaf, (nn.Module, type))
        return copy.copy(leaf).to(device) if movable else leaf

    return trees.map_leaves(moved, inputs)


def versions(inputs: Any) -> list[int]:
    """Return how often each tensor was written into, as far as torch counts it."""
    return [tensor._version for tensor in trees.tensors(inputs) if not tensor.is_inference()]  # noqa: SLF001
