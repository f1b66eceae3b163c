"""Determine the input of each row of a matrix that mixes inputs and positions."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.kinds import ATTENTION, NORMS, PRODUCTS, SOFTMAX, elementwise
from summary_ops.tracing.graph.tape import Op, Tape
from summary_ops.tracing.graph.unit_ids import along, minimal, moved


class Batches:
    """Numbers of inputs, from 1, followed through the operations like those of units.

    Args:
        tape: kept all values.
        given: value of the model's input, its first axis the batch.
    """

    def __init__(self, tape: Tape, given: int) -> None:
        self._held = tape.values
        self._made = {out: op for op in tape.ops for out in op.outputs}
        size = self._held[given].shape
        first = torch.arange(1, size[0] + 1).view(-1, *[1] * (len(size) - 1))
        self._known: dict[int, Tensor | None] = {given: first.to(self._held[given].device)}

    def of(self, value: int) -> Tensor | None:
        """Small numbers that broadcast to a value; None where they are not known."""
        waiting = [value]
        while waiting:
            last = waiting[-1]
            op = self._made.get(last)
            missing = [ref for ref in op.refs() if ref not in self._known] if op else []
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if last not in self._known:
                try:
                    self._known[last] = self._through(op, last) if op else None
                except RECOVERABLE:
                    self._known[last] = None
        return self._known[value]

    def interleaved(self, value: int) -> bool:
        """Return whether rows alternate between inputs instead of listing input by input."""
        numbers = self.of(value)
        if numbers is None:
            return False
        rows = numbers.flatten()
        return len(rows) > 1 and int(rows[0]) != int(rows[1]) and len(rows) > int(rows.max())

    def _through(self, op: Op, value: int) -> Tensor | None:
        known = {ref: n for ref in op.refs() if (n := self._known[ref]) is not None}
        if not known:
            return None
        if op.name in PRODUCTS:
            left, right = (self._known[factor.value] for factor in op.args[-2:])
            sides = (left, -1), (right, -2)
            parts = [n for n, axis in sides if n is not None and n.shape[axis] == 1]
            return _union(parts)
        first = next(iter(known.values()))
        if op.name == "convolution" or op.func is tape_.opaque:
            axis = next((a for a in range(first.ndim) if first.shape[a] > 1), 0)
            view = [1] * self._held[value].ndim
            view[axis] = -1
            return first.view(view) if along(first, axis) else None
        same = op.func is tape_.mark or elementwise(op) or op.name in (*NORMS, *SOFTMAX)
        if same or op.name.startswith(ATTENTION):
            return _union(list(known.values()))
        if op.name == "embedding":
            return first[..., None]
        index = op.outputs.index(value)
        return moved(op, self._held, known)[index]


def _union(parts: list[Tensor]) -> Tensor | None:
    if not parts:
        return None
    whole: tuple[Tensor, ...] = torch.broadcast_tensors(*parts)  # type: ignore[no-untyped-call]
    return minimal(torch.stack(whole).amax(0))
