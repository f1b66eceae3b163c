"""Derive merging, reindexing and reduction from what a statistic declares of its state.

Each tensor says how two values of it become one, and which of its axes counts rows (subsets) and
which one units. Growing, re-indexing, merging two states and reducing those of all processes
derive from this, so that the law that `merge` is held to is the law of what processes do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, ClassVar, Protocol, Self, cast

import torch
from torch import Tensor


class How(Enum):
    """The way in which the values of two states are combined."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"


_COMBINE: Mapping[How, Callable[[Tensor, Tensor], Tensor]] = {
    How.SUM: torch.add,
    How.MIN: torch.minimum,
    How.MAX: torch.maximum,
}

_TOGETHER: Mapping[How, Callable[[Tensor, int], Tensor]] = {
    How.SUM: torch.sum,
    How.MIN: torch.amin,
    How.MAX: torch.amax,
}

Reduction = Generator[tuple[Tensor, How], Tensor, None]
"""Gives out each tensor that is to be reduced, and is sent the result."""


@dataclasses.dataclass(frozen=True)
class Field:
    """One tensor of a state.

    Attributes:
        how: how two values become one.
        rows: the axis of rows; those that are added hold what changes nothing.
        units: the axis of units.
    """

    how: How = How.SUM
    rows: int | None = None
    units: int | None = None


class State(Protocol):
    """A mergeable state: a dataclass of tensors.

    Attributes:
        FIELDS: its tensors.
        PARTS: attributes that are states themselves.
    """

    FIELDS: ClassVar[Mapping[str, Field]]
    PARTS: ClassVar[tuple[str, ...]] = ()

    def tensors(self) -> Iterator[tuple[Field, Tensor]]:
        """Yield all declared tensors, those of parts first."""
        for name in self.PARTS:
            yield from getattr(self, name).tensors()
        for name, field in self.FIELDS.items():
            yield field, getattr(self, name)

    def changed(self, change: Callable[[Field, Tensor], Tensor]) -> Self:
        """Return the state with every tensor changed, in the order of `tensors`."""
        parts = {name: getattr(self, name).changed(change) for name in self.PARTS}
        own = {name: change(field, getattr(self, name)) for name, field in self.FIELDS.items()}
        return cast("Self", dataclasses.replace(cast("Any", self), **parts, **own))

    def clone(self) -> Self:
        """Return an independent copy."""
        return self.changed(lambda _, tensor: tensor.clone())

    def to(self, device: torch.device) -> Self:
        """Move to another device."""
        return self.changed(lambda _, tensor: tensor.to(device))

    def units(self, start: int, stop: int) -> Self:
        """Return a view of some of the units; updating it updates the whole."""

        def narrow(field: Field, tensor: Tensor) -> Tensor:
            axis = field.units
            return tensor if axis is None else tensor.narrow(axis, start, stop - start)

        return self.changed(narrow)

    def join(self, other: Self) -> Self:
        """Join the same rows over different units, side by side."""
        others = other.tensors()

        def beside(field: Field, tensor: Tensor) -> Tensor:
            theirs = next(others)[1].to(tensor.device)
            return tensor if field.units is None else torch.cat((tensor, theirs), field.units)

        return self.changed(beside)

    def with_rows(self, rows: int) -> Self:
        """Return the state with at least `rows` rows; new ones are empty."""

        def lacks(field: Field, tensor: Tensor) -> bool:
            return field.rows is not None and tensor.shape[field.rows] < rows

        def lengthen(field: Field, tensor: Tensor) -> Tensor:
            if field.rows is None or not lacks(field, tensor):
                return tensor
            shape = list(tensor.shape)
            shape[field.rows] = rows - shape[field.rows]
            return torch.cat((tensor, _blank(field, tensor, shape)), field.rows)

        return self.changed(lengthen) if any(lacks(*one) for one in self.tensors()) else self

    def reindexed(self, new: Sequence[int], old: Sequence[int], rows: int) -> Self:
        """Return a copy with `rows` rows, of which row `new[i]` is row `old[i]` of this one."""

        def move(field: Field, tensor: Tensor) -> Tensor:
            if field.rows is None:
                return tensor.clone()
            shape = list(tensor.shape)
            shape[field.rows] = rows
            index = (
                torch.tensor([*at], dtype=torch.int64, device=tensor.device) for at in (new, old)
            )
            into, out = index
            chosen = tensor.index_select(field.rows, out)
            return _blank(field, tensor, shape).index_copy_(field.rows, into, chosen)

        return self.changed(move)

    def sum_rows(self, into: int, rows: Sequence[int]) -> None:
        """Set a row to what other rows are together."""
        for field, tensor in self.tensors():
            if field.rows is not None:
                chosen = tensor.index_select(field.rows, _index(rows, tensor))
                tensor.select(field.rows, into).copy_(_TOGETHER[field.how](chosen, field.rows))

    def row_bytes(self) -> int:
        """Bytes that one row takes."""
        return sum(
            tensor.nbytes // tensor.shape[field.rows]
            for field, tensor in self.tensors()
            if field.rows is not None
        )

    def align(self) -> Reduction:
        """Bring the state into a form in which its tensors can be combined one by one."""
        yield from ()

    def reduction(self) -> Reduction:
        """Reduce the whole state, in place, with those of others that do the same in step."""
        yield from self.align()
        for field, tensor in self.tensors():
            tensor.copy_((yield tensor, field.how))

    def merge(self, other: Self) -> None:
        """Add a state of other inputs, with the same rows and units."""
        mine, theirs = self.reduction(), other.clone().reduction()
        with suppress(StopIteration):
            (tensor, how), (beside, _) = next(mine), next(theirs)
            while True:
                common = _COMBINE[how](tensor, beside)
                (tensor, how), (beside, _) = mine.send(common), theirs.send(common)


def _blank(field: Field, like: Tensor, shape: Sequence[int]) -> Tensor:
    """Return the neutral element of a field's reduction."""
    if field.how is How.SUM:
        return like.new_zeros(shape)
    limits = torch.finfo(like.dtype) if like.is_floating_point() else torch.iinfo(like.dtype)
    high = torch.inf if like.is_floating_point() else limits.max
    low = -torch.inf if like.is_floating_point() else limits.min
    return like.new_full(shape, high if field.how is How.MIN else low)


def _index(rows: Sequence[int], like: Tensor) -> Tensor:
    return torch.tensor([*rows], dtype=torch.int64, device=like.device)
