"""Gradient × activation through all that lies between recorded layers.

Where units reach a consumer through several weighted layers, norms or attention, what they give it
has no closed form. To first order it is Σ ∂(Σ g · pre_j)/∂a_i · a_i, a backward pass a unit of the
consumer, through the operations since the recorded layers before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.kinds import ATTENTION, PRODUCTS
from summary_ops.tracing.graph.tape import Op, Tape
from summary_ops.tracing.influence.segments import replayed


@dataclass(frozen=True)
class Stretch:
    """The operations from the recorded layers that feed a consumer to its pre-activation.

    Attributes:
        pre: value of the pre-activation.
        axis: of the consumer's units.
        leaves: outputs of the layers that feed it, by name.
        axes: their unit axes.
        ops: places of the operations, in order.
        lost: the layers that reach it through something that is not looked into.
        cost: multiplications and additions of a forward pass of the operations, a batch.
    """

    pre: int
    axis: int
    leaves: Mapping[str, int]
    axes: Mapping[str, int]
    ops: tuple[int, ...]
    lost: frozenset[str]
    cost: int

    @property
    def layers(self) -> frozenset[str]:
        """Names of the layers that feed the consumer."""
        return frozenset(self.leaves)

    def read(self, tape: Tape) -> set[int]:
        """The values that measuring along it needs."""
        made = {value for place in self.ops for value in tape.ops[place].outputs}
        refs = {value for place in self.ops for value in tape.ops[place].refs()}
        return (refs - made) | {self.pre, *self.leaves.values()}

    def sums(self, tape: Tape, weights: Tensor, cut: frozenset[int]) -> dict[str, Tensor]:
        """Gradient × activation of every unit of the layers in each unit's weighted sum.

        Args:
            tape: holds the values that `read` names.
            weights: of the elements of the pre-activation.
            cut: places of operations that nothing passes.

        Returns:
            By layer, float64 `[units of the consumer, units of the layer]`.
        """
        with torch.enable_grad():
            given = {
                value: tape.values[value].detach().requires_grad_()
                for value in self.leaves.values()
            }
            found = dict(given)
            for place in self.ops:
                replayed(tape.ops[place], tape, found)
                if place in cut:
                    found |= {value: found[value].detach() for value in tape.ops[place].outputs}
            pre = found.get(self.pre)
            rows = weights.shape[self.axis]
            if pre is not None:
                pre = pre.narrow(self.axis, 0, rows)
            tables = {
                layer: torch.zeros(rows, given[value].shape[self.axes[layer]], dtype=torch.float64)
                for layer, value in self.leaves.items()
            }
            if pre is None or not pre.requires_grad:
                return tables
            by_unit = (pre * weights).movedim(self.axis, 0).flatten(1).sum(1)
            for row, one in enumerate(by_unit):
                backs = torch.autograd.grad(
                    one, list(given.values()), retain_graph=True, materialize_grads=True
                )
                for (layer, value), back in zip(self.leaves.items(), backs, strict=True):
                    product = back.double() * given[value].detach()
                    summed = product.movedim(self.axes[layer], 0).flatten(1).sum(1)
                    tables[layer][row] = summed.cpu()
        return tables


def stretch(tape: Tape, pre: int, own: int, axis: int) -> Stretch | None:
    """The stretch before a recorded layer; None where no recorded layer feeds it.

    Args:
        tape: kept all values.
        pre: value of the layer's pre-activation.
        own: value of the layer's output as it was recorded.
        axis: of its units.
    """
    made = {out: place for place, op in enumerate(tape.ops) for out in op.outputs}
    marks = {op.outputs[0]: op for op in tape.ops if op.func is tape_.mark and op.outputs[0] != own}
    behind, waiting = set[int](), [pre]
    leaves: dict[int, Op] = {}
    while waiting:
        value = waiting.pop()
        if value in marks:
            leaves[value] = marks[value]
        elif value in made and made[value] not in behind:
            behind.add(made[value])
            waiting += tape.ops[made[value]].refs()
    reach = {value: frozenset({op.label}) for value, op in leaves.items()}
    lost: dict[int, frozenset[str]] = {}
    ops = []
    for place in sorted(behind):
        op = tape.ops[place]
        names = frozenset[str]().union(*(reach.get(value, frozenset()) for value in op.refs()))
        gone = frozenset[str]().union(*(lost.get(value, frozenset()) for value in op.refs()))
        floats = [value for value in op.outputs if tape.values[value].is_floating_point()]
        if op.func is tape_.opaque:
            names, gone = frozenset(), gone | names
        if names:
            ops.append(place)
            reach |= dict.fromkeys(floats, names)
        if gone:
            lost |= dict.fromkeys(floats, gone)
    there = reach.get(pre, frozenset())
    missing = lost.get(pre, frozenset())
    if not there:
        return None
    kept = {op.label: value for value, op in leaves.items() if op.label in there}
    axes = {op.label: op.axes[0] for op in leaves.values()}
    cost = sum(cost_of(tape.ops[place], tape) for place in ops)
    return Stretch(pre, axis, kept, axes, tuple(ops), missing, cost)


def cost_of(op: Op, tape: Tape) -> int:
    """Multiplications and additions of an operation, roughly."""
    values = tape.values
    if not op.outputs:
        return 0
    size = values[op.outputs[0]].numel()
    if op.name in PRODUCTS:
        return size * values[op.args[-2].value].shape[-1]
    if op.name == "convolution":
        return size * math.prod(values[op.args[1].value].shape[1:])
    if op.name.startswith(ATTENTION):
        query, key = (values[ref.value].shape for ref in op.args[:2])
        return 2 * math.prod(query) * key[-2]
    return size
