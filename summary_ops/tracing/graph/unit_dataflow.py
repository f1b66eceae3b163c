"""Follow units through the operations of a tape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor

from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.kinds import (
    ATTENTION,
    LINEAR,
    NORMS,
    PRODUCTS,
    SUMS,
    elementwise,
    frozen_norm,
    rectifies,
)
from summary_ops.tracing.graph.steps import Operand, Step
from summary_ops.tracing.graph.tape import Op, Ref, Tape
from summary_ops.tracing.graph.unit_groups import UnitGroup, terms_of
from summary_ops.tracing.graph.unit_ids import joined, minimal, moved, profile, renumbered


class UnitDataflow:
    """Units and how each value was made, from a tape that kept all values.

    Attributes:
        numbers: unit numbers by value, see `summary_ops.tracing.graph.unit_ids`; of values that no
            recorded unit reaches there are none.
        steps: how a value was made.
        hides: the values whose units a value depends on by ways that are not measured.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.numbers: dict[int, Tensor] = {}
        self.steps: dict[int, Step] = {}
        self.unit_groups: list[UnitGroup] = []
        self.hides: dict[int, frozenset[int]] = {}
        self._next = 1
        for index, op in enumerate(tape.ops):
            self._follow(index, op)

    def unit_group(self, number: int) -> int:
        """Return the index of the unit group that a number belongs to."""
        low, high = 0, len(self.unit_groups)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if self.unit_groups[middle].start <= number else (low, middle)
            )
        return low

    def within(self, numbers: Tensor) -> list[int]:
        """Return the unit groups of some numbers, in order."""
        known = torch.unique(numbers)
        return sorted({self.unit_group(int(number)) for number in known if number > 0})

    def raw(self, numbers: Tensor) -> list[int]:
        """Return those unit groups that are not sum nodes."""
        return [index for index in self.within(numbers) if not self.unit_groups[index].node]

    def _follow(self, index: int, op: Op) -> None:
        if op.func is tape_.mark:
            self._mark(index, op)
            return
        traced = [value for value in op.refs() if value in self.numbers]
        hidden: frozenset[int] = frozenset()
        for value in op.refs():
            hidden |= self.hides.get(value, frozenset())
        if not traced:
            self._hide(op, hidden)
            return
        # An operation that cannot be followed costs only what passes through it: its results are
        # marked as depending on units by an unmeasured way, and the walk goes on beside it.
        try:
            done = self._keep(index, op, traced)
        except RECOVERABLE:
            done = False
        if not done:
            self._hide(op, hidden | set(traced))

    def _hide(self, op: Op, hidden: frozenset[int]) -> None:
        if hidden:
            self.hides |= dict.fromkeys(op.outputs, hidden)

    def _keep(self, index: int, op: Op, traced: list[int]) -> bool:
        name, known = op.name, len(traced) == 1
        if op.func is tape_.opaque or not self._floats(op.outputs[:1]):
            return False
        if name in NORMS:
            return self._norm(index, op)
        if name == "convolution":
            weighted = (
                known and op.args[0].value == traced[0] and self._mix(index, op, traced[0], 1)
            )
            return weighted or (known and self._move(index, op, traced))
        if name in PRODUCTS:
            return known and self._product(index, op, *traced)
        # Given its weights, attention averages the values' positions. Query and key only set
        # the weights, which the input chose; so units pass through the values alone.
        if name.startswith(ATTENTION):
            value = op.args[2].value
            return value in traced and self._move(index, op, [value], linearised=True)
        rule = self._pointwise if elementwise(op) else self._move
        return rule(index, op, traced)

    def _floats(self, values: Iterable[int]) -> bool:
        return all(self.tape.values[value].is_floating_point() for value in values)

    def _set(self, value: int, numbers: Tensor, step: Step) -> None:
        self.numbers[value], self.steps[value] = numbers, step

    def _new(self, unit_group: UnitGroup) -> int:
        """Add a unit group; return the number of its first unit."""
        start, self._next = self._next, self._next + unit_group.size
        self.unit_groups.append(replace(unit_group, start=start))
        return start

    def _norm(self, index: int, op: Op) -> bool:
        value, out = op.args[0].value, op.outputs[0]
        if value not in self.numbers:
            return False
        step = Step(index, "move", (Operand(value, linearised=not frozen_norm(op)),))
        self._set(out, self.numbers[value], step)
        return True

    def _mix(self, index: int, op: Op, value: int, axis: int) -> bool:
        """Make new units for a weighted sum along an axis, if all units lie along it."""
        numbers, out = profile(self.numbers[value], axis), op.outputs[0]
        if numbers is None:
            return False
        # A sum becomes a node only when weights follow: before, it may still be added to more (a
        # residual stream), and a node at every addition would make paths without end.
        for unit_group in self.raw(numbers):
            self.promote(unit_group)
        size = self.tape.values[out].shape
        start = self._new(UnitGroup(0, size[axis], out))
        shape = [1] * len(size)
        shape[axis] = -1
        fresh = torch.arange(start, self._next).view(shape)
        self._set(out, fresh.to(numbers.device), Step(index, "mix", (Operand(value),)))
        return True

    def promote(self, index: int, *, whole: bool = False) -> None:
        """Make a sum node of a sum, or of each of its terms where it has any."""
        # A sum of sums that are kept apart is measured through its parts: then each addition of a
        # residual stream passes on what it was given, instead of mixing all before it.
        for term in () if whole else self.unit_groups[index].terms:
            self.promote(term, whole=True)
        unit_group = self.unit_groups[index]
        if not unit_group.node and (whole or not unit_group.terms):
            self.unit_groups[index] = replace(unit_group, node=True, pre=unit_group.value)

    def _product(self, index: int, op: Op, value: int) -> bool:
        factors = op.args[-2:]
        if Ref(value) not in factors:
            return False
        axis = -1 if factors[0].value == value else -2
        if self._mix(index, op, value, axis):
            return True
        if op.name.endswith("addmm"):
            op = Op(torch.ops.aten.mm.default, factors, {}, op.outputs)
        frozen = any(factor.value in self.hides for factor in factors)
        return self._move(index, op, [value], linearised=frozen)

    def _move(self, index: int, op: Op, traced: list[int], *, linearised: bool = False) -> bool:
        known = {value: self.numbers[value] for value in traced}
        held = self.tape.values
        for value, numbers in zip(op.outputs, moved(op, held, known), strict=True):
            if numbers is not None and bool(numbers.any()):
                operands = tuple(Operand(ref, linearised=linearised) for ref in traced)
                self._set(value, numbers, Step(index, "move", operands))
        return True

    def _pointwise(self, index: int, op: Op, traced: list[int]) -> bool:
        if op.name not in LINEAR and len(traced) > 1:
            return False
        out = op.outputs[0]
        twice = sum(ref.value == traced[0] for ref in op.args if isinstance(ref, Ref)) > 1
        # x · x is no product of a unit with a gate but a square of the unit.
        if op.name not in LINEAR or (len(traced) == 1 and twice and op.name in {"mul", "div"}):
            self._nonlinear(index, op, traced[0])
            return True
        if op.name == "div" and op.args[0].value not in traced:
            self._nonlinear(index, op, traced[0])
            return True
        scaled = op.name in {"mul", "div"}
        # A factor that depends on units by an unmeasured way is taken as the input chose it; the
        # contribution is then a linearisation, and says so.
        frozen = scaled and any(ref in self.hides for ref in op.refs() if ref not in traced)
        operands = [Operand(value, linearised=frozen) for value in traced]
        if len(operands) > 1 and op.name == "div":
            operands = [replace(operands[0], linearised=True)]
        if len(operands) > 1 and op.name == "mul":
            operands = self._gates(traced)
        parts = [self.numbers[operand.value] for operand in operands]
        if op.name == "mul" and self._gates_itself(index, out, operands, parts):
            return True
        self._set(
            out,
            self._merged(parts, out, adds=op.name in SUMS),
            Step(index, "move", tuple(operands)),
        )
        return True

    def _gates_itself(
        self, index: int, out: int, operands: list[Operand], parts: list[Tensor]
    ) -> bool:
        """Return whether it is one non-linearity written as a product, such as x · σ(x)."""
        raw = [operand for operand, part in zip(operands, parts, strict=True) if self.raw(part)]
        same = same_units(self, parts)
        if len(operands) != 2 or len(raw) != 1 or same is None:
            return False
        for unit_group in self.within(same):
            self.unit_groups[unit_group] = replace(self.unit_groups[unit_group], rectified=True)
        self._set(out, same, Step(index, "nonlinear", (Operand(raw[0].value),), rectifies=True))
        return True

    def _gates(self, traced: list[int]) -> list[Operand]:
        """Two factors: the one of fewer elements is the gate, else the one made non-linearly."""
        # A product is shared out unevenly: all of it goes to the factor that carries the signal,
        # as a gate that is closed adds nothing of its own. A gate is usually broadcast (squeeze
        # and excitation), else it comes out of a non-linearity (GLU, GRU).
        sizes = [self.tape.values[value].numel() for value in traced]
        curved = [not self.raw(self.numbers[value]) for value in traced]
        if same_units(self, [self.numbers[value] for value in traced]) is not None:
            return [Operand(value) for value in traced]
        if len(set(sizes)) == 1 and len(set(curved)) == 1:
            return [Operand(value, gated=True) for value in traced]
        gates = [n < max(sizes) for n in sizes] if len(set(sizes)) > 1 else curved
        return [Operand(value, gated=gate) for value, gate in zip(traced, gates, strict=True)]

    def _nonlinear(self, index: int, op: Op, value: int) -> None:
        numbers, out = self.numbers[value], op.outputs[0]
        if self.raw(numbers):
            indices, known = renumbered(numbers)
            unit_group = UnitGroup(
                0, len(known), out, value, origin=known, rectified=rectifies(op), node=True
            )
            numbers = torch.where(indices >= 0, indices + self._new(unit_group), 0)
        self._set(out, numbers, Step(index, "nonlinear", (Operand(value),), rectifies(op)))

    def _merged(self, parts: list[Tensor], out: int, *, adds: bool) -> Tensor:
        # Values of the same units, such as x and what a dropout made of x, combine to these units.
        same = same_units(self, parts)
        if same is not None:
            return same
        indices, parents = joined(parts)
        terms = terms_of(self.unit_groups, parents) if adds else frozenset()
        return indices + self._new(UnitGroup(0, len(parents), out, parents=parents, terms=terms))

    def _mark(self, index: int, op: Op) -> None:
        (before,), (out,) = op.refs(), op.outputs
        held, (axis, _) = self.tape.values[out], op.axes
        step = self.steps.get(before)
        curved = step if step is not None and step.kind == "nonlinear" else None
        unit_group = UnitGroup(
            0,
            held.shape[axis],
            out,
            before if curved is None else curved.operands[0].value,
            rectified=curved is not None and curved.rectifies,
            layer=op.label,
            axes=op.axes,
            node=True,
        )
        shape = [1] * held.ndim
        shape[axis] = -1
        start = self._new(unit_group)
        numbers = torch.arange(start, self._next, device=held.device).view(shape)
        self._set(out, numbers, Step(index, "mark", (Operand(before),)))


def same_units(flow: UnitDataflow, parts: list[Tensor]) -> Tensor | None:
    """Numbers that several tensors have in common, element by element; None if they differ.

    A unit and what a non-linearity made of it are the same: x · σ(x) has the units of x.
    """
    whole: tuple[Tensor, ...] = torch.broadcast_tensors(*parts)  # type: ignore[no-untyped-call]
    latest = torch.stack(whole).amax(0)
    for part in whole:
        found = latest
        for _ in range(len(flow.unit_groups)):
            later = found > part
            if not bool((later & (part > 0)).any()):
                break
            older = _origins(flow, found)
            if bool((older == found).all()):
                break
            found = torch.where(later & (part > 0), older, found)
        if bool(((part > 0) & (part != found)).any()):
            return None
    return minimal(latest)


def _origins(flow: UnitDataflow, numbers: Tensor) -> Tensor:
    """Return the numbers before a non-linearity; others stay."""
    known, inverse = torch.unique(numbers, return_inverse=True)
    before = known.clone()
    for index, number in enumerate(known.tolist()):
        unit_group = flow.unit_groups[flow.unit_group(number)] if number else None
        if unit_group is not None and unit_group.origin is not None:
            before[index] = unit_group.origin[number - unit_group.start]
    found: Tensor = before[inverse].view(numbers.shape)
    return found
