"""Fixed inputs of a model, in whatever containers it takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import batches, trees

POOLED = 8
"""Positions that an input of a size of its own is compared by, along each of its axes."""


@dataclass(frozen=True, eq=False)
class Instances:
    """A batch of inputs that single ones are taken out of.

    Attributes:
        inputs: as the model takes them: tensors `[N, …]`, a `PackedSequence`, or a list with an
            entry an instance, in tuples, dicts and dataclasses.
        size: how many.
    """

    inputs: Any
    size: int

    @classmethod
    def of(cls, given: Any) -> Self:
        """Copy a user's inputs; a list of tensors of one shape becomes one tensor.

        Raises:
            TypeError: a part is no tensor, array or number.
            ValueError: the parts do not have one row, or one entry, an instance.
        """
        own = trees.map_leaves(_copy, given)
        if isinstance(own, Mapping):
            own = {str(key): part for key, part in own.items()}
        if isinstance(own, list):
            own = _joined(own)
        sizes = dict(_sizes(own))
        if not sizes or len(set(sizes.values())) > 1 or -1 in sizes.values():
            raise ValueError(
                f"inputs with rows {sizes or 'none'}, expected one row an instance in each"
            )
        return cls(own, next(iter(sizes.values())))

    def rows(self, chosen: Sequence[int] | slice) -> Any:
        """Select some of them, as the model takes them."""
        return batches.rows(self.inputs, chosen, self.size)

    def one(self, index: int) -> Any:
        """Return one of them, without the batch axis."""
        return _one(self.inputs, index, self.size)

    def digest(self) -> hashlib.blake2b:
        """Hash the names, types, shapes and bytes."""
        digest = hashlib.blake2b(digest_size=16)
        for name, leaf in sorted(_named(self.inputs), key=lambda pair: pair[0]):
            if not isinstance(leaf, Tensor):
                digest.update(repr((name, leaf)).encode())
                continue
            digest.update(repr((name, str(leaf.dtype), list(leaf.shape))).encode())
            digest.update(leaf.reshape(-1).view(torch.uint8).numpy().data)
        return digest

    def comparable(self) -> list[Tensor]:
        """Tensors `[N, …]` to compare the instances by.

        Of instances that differ in size these are means over the cells of a grid, of 8 cells along
        each axis but the first (of sequences: along their steps).
        """
        return [_table(part) for part in _parts(self.inputs)]

    def pictures(self) -> Tensor | list[Tensor] | None:
        """Return the parts that may be images: a tensor, or a list of tensors of one size each."""
        found = self.inputs
        if isinstance(found, tuple) and len(found) == 1:
            found = found[0]
        whole = isinstance(found, list) and all(isinstance(part, Tensor) for part in found)
        return found if whole or isinstance(found, Tensor) else None


def collated(items: Sequence[Any]) -> Any:
    """Collate single inputs; tensors that differ in shape become a list."""
    first = items[0]
    found = trees.split(first)
    if found is not None:
        columns = zip(*((trees.split(item) or found)[0] for item in items), strict=True)
        return found[1]([collated(column) for column in columns])
    if isinstance(first, (bool, int, float)):
        return torch.as_tensor(items)
    return _joined([_copy(item) for item in items])


def _joined(items: list[Any]) -> Any:
    if not items:
        return torch.empty(0)
    alike = all(isinstance(item, Tensor) for item in items)
    return torch.stack(items) if alike and len({item.shape for item in items}) == 1 else items


def _copy(value: Any) -> Any:
    if isinstance(value, (bool, int, float, type(None))):
        return value
    if not isinstance(value, (Tensor, np.ndarray)):
        raise TypeError(
            f"inputs hold a {type(value).__name__}, expected tensors with one row an instance"
        )
    return torch.as_tensor(value).detach().cpu().clone(memory_format=torch.contiguous_format)


def _parts(inputs: Any) -> list[Any]:
    """Tensors, packed sequences, and lists with an entry an instance."""
    if isinstance(inputs, list):
        return [inputs]
    nodes = trees.nodes(inputs, _is_whole)
    return [node for node, _ in nodes if _is_whole(node) or isinstance(node, Tensor)]


def named_parts(inputs: Any) -> list[tuple[str, Any]]:
    """Return tensors, packed sequences and lists with an entry an instance, and other leaves.

    Each comes with the keys and places that lead to it; the only one is named 0.
    """
    return [("0", inputs)] if isinstance(inputs, list) else list(_named(inputs, whole=True))


def _is_whole(node: Any) -> bool:
    return isinstance(node, PackedSequence) or (
        isinstance(node, list) and batches.has_entries(node)
    )


def _sizes(inputs: Any) -> Iterator[tuple[str, int]]:
    """Rows of every part, by its name."""
    if isinstance(inputs, list):
        yield "0", len(inputs)
        return
    for name, leaf in _named(inputs, whole=True):
        if isinstance(leaf, PackedSequence):
            yield name, int(leaf.batch_sizes[0])
        elif isinstance(leaf, (Tensor, list)):
            yield name, len(leaf) if isinstance(leaf, list) or leaf.ndim else -1


def _named(inputs: Any, name: str = "", *, whole: bool = False) -> Iterator[tuple[str, Any]]:
    """Leaves by the keys and places that lead there; the only one is named 0."""
    if isinstance(inputs, PackedSequence) and not whole:
        order = inputs.unsorted_indices
        lengths = [len(one) for one in batches.sequences(inputs)]
        yield f"{name or 0}/lengths", (lengths, None if order is None else order.tolist())
    found = None if (whole and _is_whole(inputs)) else trees.split(inputs)
    if found is None:
        yield name or "0", inputs
        return
    keys = list(inputs) if isinstance(inputs, Mapping) else range(len(found[0]))
    for key, part in zip(keys, found[0], strict=True):
        yield from _named(part, f"{name}/{key}" if name else str(key), whole=whole)


def _one(inputs: Any, index: int, size: int) -> Any:
    if isinstance(inputs, Tensor):
        return inputs[index]
    if isinstance(inputs, PackedSequence):
        return batches.sequences(inputs)[index]
    if isinstance(inputs, list) and batches.has_entries(inputs, size):
        return inputs[index]
    found = trees.split(inputs)
    return found[1]([_one(part, index, size) for part in found[0]]) if found else inputs


def _table(part: Any) -> Tensor:
    """Convert a part to a tensor `[N, …]`."""
    if isinstance(part, Tensor):
        return part
    items = batches.sequences(part) if isinstance(part, PackedSequence) else part
    rows = [_summary(item) for item in items]
    longest = max(len(row) for row in rows)
    return torch.stack([F.pad(row, (0, longest - len(row))) for row in rows])


def _summary(item: Any) -> Tensor:
    """Means over a grid, of all tensors of an entry."""
    found = [_pooled(tensor.double()) for tensor in trees.tensors(item)]
    return torch.cat([torch.zeros(0, dtype=torch.float64), *found])


def _pooled(tensor: Tensor) -> Tensor:
    if not tensor.numel() or tensor.ndim == 0:
        return tensor.reshape(-1)
    if tensor.ndim == 1:
        return F.adaptive_avg_pool1d(tensor[None], POOLED)[0]
    if tensor.ndim == 2:
        return F.adaptive_avg_pool1d(tensor.T[None], POOLED).flatten()
    if tensor.ndim == 3:
        return F.adaptive_avg_pool2d(tensor[None], POOLED).flatten()
    return F.adaptive_avg_pool3d(tensor.flatten(0, -4)[None], POOLED).flatten()
