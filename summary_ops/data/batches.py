"""Single inputs out of batches, and batches of single inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from summary_ops.data import trees

CONSTANTS = (type(None), bool, int, float, str)
DEEPEST = 64
"""Containers in each other; a batch that holds itself is deeper than that."""


@dataclass(frozen=True)
class Entries:
    """Single inputs out of a list with one entry an input, such as images of different sizes."""

    items: list[Any]


@dataclass(frozen=True)
class Turned:
    """A tensor whose axes 0 and 1 are exchanged, so that it has one row an input."""

    tensor: Tensor


def turned(inputs: Any, axis: int, size: int) -> Any:
    """Move the batch axis to the front, so that single inputs can be taken; `stack` undoes it.

    Args:
        inputs: a batch of `size`.
        axis: of its tensors, the one that holds the inputs: 0 or 1.
        size: number of inputs.
    """

    def turn(leaf: Any) -> Any:
        plain = isinstance(leaf, Tensor) and not leaf.is_nested and leaf.ndim > axis
        return Turned(leaf.transpose(0, axis)) if plain and leaf.shape[axis] == size else leaf

    return trees.map_leaves(turn, inputs) if axis else inputs


def has_entries(items: Sequence[Any], size: int | None = None) -> bool:
    """Return whether a list has one entry per input, rather than tensors with one row per input.

    Args:
        items: the list.
        size: number of inputs; None where it is not known.
    """
    if not items or (size is not None and len(items) != size):
        return False
    found = list(trees.tensors(list(items)))
    if all(isinstance(item, Tensor) and item.ndim == 3 for item in items):
        return size is not None or _are_images(found)
    rows = {int(tensor.size(0)) if tensor.ndim else -1 for tensor in found}
    if size is None:
        return len(rows) > 1 or all(isinstance(item, Mapping) for item in items)
    return not found or rows != {size}


def _are_images(items: Sequence[Tensor]) -> bool:
    return all(len(item) in (1, 3, 4) for item in items)


def take(inputs: Any, index: int, size: int) -> Any:
    """Take one input of a batch of `size`, with a batch axis of length 1; tensors are views.

    Raises:
        ValueError: a part is no tensor with one row an input, and no constant.
    """
    return _chosen(inputs, slice(index, index + 1), size, 0)


def rows(inputs: Any, chosen: Sequence[int] | slice, size: int) -> Any:
    """Take some inputs of a batch of `size`, as a batch.

    Raises:
        ValueError: a part is no tensor with one row an input, and no constant.
    """
    return stack([_chosen(inputs, chosen, size, 0)])


def _chosen(inputs: Any, chosen: Sequence[int] | slice, size: int, depth: int) -> Any:
    if isinstance(inputs, Tensor):
        return _of_tensor(inputs, chosen, size)
    if isinstance(inputs, PackedSequence):
        every = sequences(inputs)
        return packed([every[index] for index in _indices(chosen, len(every))])
    if isinstance(inputs, list) and has_entries(inputs, size):
        return Entries([inputs[index] for index in _indices(chosen, size)])
    found = trees.split(inputs)
    if found is None and isinstance(inputs, CONSTANTS):
        return inputs
    if found is None or depth > DEEPEST:
        what = "container that holds itself" if found else type(inputs).__name__
        raise ValueError(
            f"a batch holds a {what}; an input can be taken out of tensors, lists, tuples, dicts "
            "and dataclasses only"
        )
    parts, rebuild = found
    return rebuild([_chosen(part, chosen, size, depth + 1) for part in parts])


def _indices(chosen: Sequence[int] | slice, size: int) -> Sequence[int]:
    return range(size)[chosen] if isinstance(chosen, slice) else chosen


def _of_tensor(tensor: Tensor, chosen: Sequence[int] | slice, size: int) -> Tensor:
    if tensor.is_nested and tensor.size(0) == size:
        parts = tensor.unbind()
        return torch.nested.as_nested_tensor(
            [parts[index] for index in _indices(chosen, size)], layout=tensor.layout
        )
    whole = tensor.layout is torch.strided and not tensor.is_nested and tensor.ndim
    if not whole or len(tensor) != size:
        shape = list(tensor.shape) if not tensor.is_nested else "nested"
        raise ValueError(
            f"a batch of {size} inputs holds a tensor of shape {shape}; an input can be taken "
            "out of tensors with one row an input only, the batch axis first"
        )
    return tensor[chosen] if isinstance(chosen, slice) else tensor[list(chosen)]


def packed(parts: Sequence[Tensor]) -> PackedSequence:
    """Pack sequences into a `PackedSequence`, in any order of lengths."""
    return pack_sequence(list(parts), enforce_sorted=False)


def sequences(given: PackedSequence) -> list[Tensor]:
    """Split a `PackedSequence` into its sequences, in the user's order."""
    sizes = given.batch_sizes.tolist()
    starts = [0, *accumulate(sizes)]
    back = given.unsorted_indices
    order = range(sizes[0]) if back is None else back.tolist()
    return [
        given.data[[starts[step] + index for step, held in enumerate(sizes) if held > index]]
        for index in order
    ]


def stack(parts: Sequence[Any]) -> Any:
    """Stack inputs of one `form` into a batch."""
    first = parts[0]
    if isinstance(first, Tensor):
        return _stacked(parts)
    if isinstance(first, PackedSequence):
        return packed([one for part in parts for one in sequences(part)])
    if isinstance(first, Turned):
        return _stacked([part.tensor for part in parts]).transpose(0, 1)
    if isinstance(first, Entries):
        return [item for part in parts for item in part.items]
    found = trees.split(first)
    if found is None:
        return first
    columns = zip(*((trees.split(part) or found)[0] for part in parts), strict=True)
    return found[1]([stack(column) for column in columns])


def _stacked(parts: Sequence[Tensor]) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    if parts[0].is_nested:
        items = [item for part in parts for item in part.unbind()]
        return torch.nested.as_nested_tensor(items, layout=parts[0].layout)
    return torch.cat(list(parts))


def form(inputs: Any) -> str:
    """Describe what inputs must share to be in one batch: types, shapes and constants."""
    return repr([_form(node, found) for node, found in trees.nodes(inputs, _is_whole)])


def _is_whole(node: Any) -> bool:
    return isinstance(node, (PackedSequence, Entries))


def _form(node: Any, found: trees.Split | None) -> str:
    kind = type(node).__name__
    if isinstance(node, PackedSequence):
        return f"{kind}{_form(node.data, None)}"
    if isinstance(node, Entries):
        return kind
    if isinstance(node, Tensor):
        shape = f"nested{node.ndim}" if node.is_nested else list(node.shape[1:])
        return f"{node.dtype}{shape}"
    if found is None:
        return repr(node)
    return f"{kind}{list(node) if isinstance(node, Mapping) else len(found[0])}"


def is_finite(inputs: Any) -> bool:
    """Return whether no floating-point tensor has a NaN or an infinity."""
    return all(
        bool(torch.isfinite(tensor.values() if tensor.is_nested else tensor).all())
        for tensor in trees.tensors(inputs)
        if tensor.is_floating_point()
    )


def size_in_bytes(inputs: Any) -> int:
    """Bytes of all tensors."""
    return sum(tensor.nbytes for tensor in trees.tensors(inputs))


copy_of = partial(trees.map_tensors, lambda tensor: tensor.detach().to("cpu", copy=True))
"""The same on the CPU, in memory of its own."""
