"""Compute what a value would be with the recorded layers before it at their baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from summary_ops.tracing.graph.tape import Tape, mark
from summary_ops.tracing.graph.unit_dataflow import UnitDataflow
from summary_ops.tracing.influence.segments import replayed

Means = Mapping[str, Tensor]
"""Means of layers' units, `[units]` by the layer's name."""


def at_baseline(values: Tensor, axis: int, layer: str, means: Means | None) -> Tensor:
    """Return a layer's output with all units at their means; 0 without means.

    Raises:
        ValueError: the means of the layer are not known.
    """
    if means is None:
        return torch.zeros_like(values)
    if layer not in means:
        raise ValueError(f"no means of {layer}, which its units are to be replaced by")
    shape = [1] * values.ndim
    shape[axis] = -1
    return torch.zeros_like(values) + means[layer].to(values).view(shape)


class Baselines:
    """The values that producers give, less what they would give at their baseline.

    Args:
        flow: of a tape that kept all values.
        mean: whether the baseline of a layer's units is their mean, else it is 0.
    """

    def __init__(self, flow: UnitDataflow, *, mean: bool) -> None:
        self._flow, self._mean = flow, mean
        self._known: dict[int, tuple[int, ...]] = {}
        self._mixes: set[int] = set()

    def learn(self, values: Iterable[int]) -> None:
        """Find how values are made of recorded layers, while the tape has all values."""
        for value in values:
            indices = self._behind(value)
            if indices and not self._mean:
                found = self._replayed(indices, self._flow.tape, None)
                indices = indices if bool(found[value].any()) else ()
            self._known[value] = indices

    def ops(self, value: int) -> tuple[int, ...]:
        """Places of the operations from recorded layers to a value; none if it is 0 at baseline."""
        return self._known[value]

    def _behind(self, value: int) -> tuple[int, ...]:
        steps, found, waiting = self._flow.steps, set[int](), [value]
        while waiting:
            step = steps.get(waiting.pop())
            if step is None or step.op in found:
                continue
            found.add(step.op)
            if step.kind == "mix":
                self._mixes.add(step.op)
            elif step.kind != "mark":
                waiting += [operand.value for operand in step.operands]
        ops = self._flow.tape.ops
        there = any(ops[index].func is mark for index in found)
        return tuple(sorted(found)) if there else ()

    def read(self, value: int) -> set[int]:
        """Return the values that `given` needs besides the value itself."""
        ops = self._flow.tape.ops
        first = [ops[index] for index in self.ops(value) if self._begins(index)]
        others = [ops[index] for index in self.ops(value) if not self._begins(index)]
        made = {out for op in others for out in op.outputs}
        begun = {op.outputs[0] for op in first}
        return ({ref for op in others for ref in op.refs()} - made) | begun

    def given(self, value: int, tape: Tape, means: Means | None) -> Tensor:
        """Return what a value holds beyond its value at the baseline."""
        held = tape.values[value].detach()
        indices = self.ops(value)
        return held - self._replayed(indices, tape, means)[value] if indices else held

    def _begins(self, index: int) -> bool:
        return index in self._mixes or self._flow.tape.ops[index].func is mark

    def _replayed(
        self, indices: tuple[int, ...], tape: Tape, means: Means | None
    ) -> dict[int, Tensor]:
        found: dict[int, Tensor] = {}
        for index in indices:
            op = tape.ops[index]
            if self._begins(index):
                held = tape.values[op.outputs[0]].detach()
                known = means if op.func is mark else None
                found[op.outputs[0]] = at_baseline(held, op.axes[0], op.label, known)
            else:
                replayed(op, tape, found)
        return found
