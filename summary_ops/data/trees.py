"""Walk nested inputs and outputs, the only place that takes containers apart.

Lists, tuples, named tuples, dicts and other mappings, dataclasses, namespaces, `PackedSequence` and
whatever is registered with `torch.utils._pytree` are containers; anything else is a leaf. Each
container is visited once, so that one that holds itself is no endless recursion.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from torch import Size, Tensor
from torch.nn.utils.rnn import PackedSequence
from torch.utils._pytree import tree_flatten, tree_unflatten

ATOMS = frozenset((type(None), bool, int, float, str, bytes, Size))

Split = tuple[Sequence[Any], Callable[[list[Any]], Any]]
"""The parts of a container, and a function that makes one like it of others."""


def nodes(
    value: Any, is_leaf: Callable[[Any], bool] = lambda _: False
) -> Iterator[tuple[Any, Split | None]]:
    """Yield every container and every leaf, containers before what they hold.

    Args:
        value: anything.
        is_leaf: returns whether a container counts as a leaf.

    Yields:
        The node, and the container taken apart; None for a leaf.
    """
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        node = waiting.pop()
        found = None if isinstance(node, Tensor) or is_leaf(node) else split(node)
        if found is None:
            yield node, None
        elif id(node) not in seen:
            seen[id(node)] = node
            yield node, found
            waiting.extend(reversed(found[0]))


def tensors(value: Any) -> Iterator[Tensor]:
    """Yield all tensors, in order; of a `PackedSequence` its data.

    Examples:
        >>> import torch
        >>> [len(t) for t in tensors({"a": [torch.zeros(2)], "b": (torch.zeros(3), "text")})]
        [2, 3]
    """
    if isinstance(value, Tensor):
        yield value
    else:
        yield from (node for node, _ in nodes(value) if isinstance(node, Tensor))


def floating(value: Any) -> Tensor | None:
    """Return the first floating-point tensor, or None."""
    return next((tensor for tensor in tensors(value) if tensor.is_floating_point()), None)


def part(value: Any, which: str | int) -> Any:
    """Return one part of a container, by index, key or attribute.

    Raises:
        ValueError: there is no such part.
    """
    try:
        if isinstance(which, int) or (isinstance(value, Mapping) and which in value):
            return value[which]
        return getattr(value, which)
    except (KeyError, IndexError, AttributeError, TypeError) as error:
        raise ValueError(f"a {type(value).__name__} has no part {which!r}") from error


def map_tensors(change: Callable[[Tensor], Tensor], value: Any) -> Any:
    """Return a like container with every tensor changed; other leaves stay as they are."""
    if isinstance(value, Tensor):
        return change(value)
    return _map(lambda leaf: change(leaf) if isinstance(leaf, Tensor) else leaf, value, {})


def map_leaves(change: Callable[[Any], Any], value: Any) -> Any:
    """Return a like container with every leaf changed."""
    return _map(change, value, {})


def _map(change: Callable[[Any], Any], value: Any, made: dict[int, tuple[Any, Any]]) -> Any:
    if id(value) in made:
        return made[id(value)][1]
    found = None if isinstance(value, Tensor) else split(value)
    if found is None:
        return change(value)
    made[id(value)] = value, value  # for what it holds; the first keeps its id taken
    parts, rebuild = found
    new = rebuild([_map(change, item, made) for item in parts])
    made[id(value)] = value, new
    return new


def split(value: Any) -> Split | None:
    """Take a container apart by one level; None for a leaf."""
    kind = type(value)
    if kind is list or kind is tuple:
        return value, kind
    if kind is dict:
        return list(value.values()), lambda parts: dict(zip(value, parts, strict=True))
    if kind in ATOMS:
        return None
    if isinstance(value, PackedSequence):
        return [value.data], partial(_repacked, value)
    if isinstance(value, (SimpleNamespace, Mapping)) or _is_dataclass(value):
        return _split_named(value)
    return _split_registered(value)


def _is_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _split_named(value: Any) -> Split:
    """Split what holds its parts by key or by attribute."""
    if isinstance(value, Mapping):
        return [value[key] for key in value], partial(_refilled, value)
    names = vars(value) if isinstance(value, SimpleNamespace) else _fields(value)
    return [getattr(value, name) for name in names], partial(_reset, value, list(names))


def _fields(value: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]


def _split_registered(value: Any) -> Split | None:
    """Split what PyTorch knows as a container, named tuples among them."""
    calls = iter((False,))  # the root is no leaf, all else is: one level, whatever it holds
    parts, spec = tree_flatten(value, is_leaf=lambda _: next(calls, True))
    if len(parts) == 1 and parts[0] is value:
        return (value, type(value)) if isinstance(value, list) else None
    return parts, lambda new: tree_unflatten(new, spec)


def _repacked(value: PackedSequence, parts: list[Any]) -> PackedSequence:
    data = parts[0]
    order, back = (
        None if index is None else index.to(data.device)
        for index in (value.sorted_indices, value.unsorted_indices)
    )
    return PackedSequence(data, value.batch_sizes, order, back)


def _refilled(value: Mapping[Any, Any], parts: list[Any]) -> Mapping[Any, Any]:
    items = dict(zip(value, parts, strict=True))
    if not isinstance(value, MutableMapping):
        return items
    new = copy.copy(value)
    for key, item in items.items():
        new[key] = item
    return new


def _reset(value: Any, names: list[str], parts: list[Any]) -> Any:
    new = copy.copy(value)
    for name, item in zip(names, parts, strict=True):
        object.__setattr__(new, name, item)  # frozen ones too
    return new
