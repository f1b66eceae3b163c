"""The axes of one output of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from summary_ops.network.layouts import axes
from summary_ops.network.layouts.folding import Folding


class View(NamedTuple):
    """An output in which the inputs have an axis of their own.

    Attributes:
        tensor: the output.
        unit: its unit axis.
        batch: its batch axis; all others are positions.
        mask: bool `[inputs, positions]`, the positions that count; None when all do.
    """

    tensor: Tensor
    unit: int
    batch: int
    mask: Tensor | None


@dataclass(frozen=True, eq=False)
class Layout:
    """The axes of an output that hold units and inputs.

    Attributes:
        unit: the axis of the units.
        inputs: number of inputs.
        folding: how they lie along an axis; None if the whole output is of one input without a
            batch axis, or if `groups` says which row is whose.
        groups: int64 `[rows]`, the input that each row of axis 0 belongs to; negative for none.
        mask: bool `[inputs, positions]`, the positions that count; None when all do.
    """

    unit: int
    inputs: int
    folding: Folding | None = None
    groups: Tensor | None = None
    mask: Tensor | None = None

    @property
    def batch(self) -> int | None:
        """The axis that holds the inputs, or rows of them; None where there is none."""
        if self.groups is not None:
            return 0
        return self.folding.axis if self.folding is not None else None

    def pool(self, output: Tensor, how: str) -> Tensor:
        """Reduce positions: float32 `[inputs, units]`.

        Args:
            output: the layer's output.
            how: `max` (NaN if any position is NaN) or `mean`.
        """
        if output.is_nested:
            return axes.pool_nested(output, how)
        if self.groups is not None:
            rows = axes.pool(output, self.unit, how=how)
            return axes.pool_groups(rows, self.groups, self.inputs, how)
        tensor, unit, batch, mask = self.view(output)
        return axes.pool(tensor, unit, how=how, mask=mask, batch=batch)

    def view(self, output: Tensor) -> View:
        """Give the inputs of an output, or of its gradient, an axis of their own."""
        if output.is_nested:
            return View(output, self.unit, 0, None)
        if self.groups is not None:
            return self._by_group(output, self.groups.to(output.device))
        if self.folding is None:
            return View(output[None], self.unit + 1, 0, self.mask)
        tensor, batch, parts = self.folding.unfold(output, self.inputs)
        later = parts is not None and self.unit > self.folding.axis
        return View(tensor, self.unit + int(later), batch, self.mask)

    def _by_group(self, output: Tensor, groups: Tensor) -> View:
        """Return `[inputs, most rows, …]`; missing rows are 0 and do not count."""
        owner, order = groups.sort(stable=True)
        order, owner = order[owner >= 0], owner[owner >= 0]
        counts = owner.bincount(minlength=self.inputs)
        rank = torch.arange(len(owner), device=output.device)
        rank = rank - (counts.cumsum(0) - counts)[owner]
        most = max(int(counts.max()), 1) if len(counts) else 1
        empty = output.new_zeros(self.inputs, most, *output.shape[1:])
        tensor = empty.index_put((owner, rank), output[order])
        there = torch.arange(most, device=output.device) < counts[:, None]
        unit = self.unit + 1
        inner = [length for axis, length in enumerate(tensor.shape) if axis not in (0, 1, unit)]
        mask = there.reshape(self.inputs, most, *[1] * len(inner)).expand(-1, -1, *inner)
        return View(tensor, unit, 0, mask.flatten(1))


def rows_of_packed(packed: PackedSequence) -> Tensor:
    """Return the sequence of each row of a `PackedSequence`'s data, in the user's order."""
    sizes = packed.batch_sizes.tolist()
    order = packed.sorted_indices
    order = torch.arange(sizes[0] if sizes else 0) if order is None else order.cpu()
    return torch.cat([order[:size] for size in sizes] or [order])
