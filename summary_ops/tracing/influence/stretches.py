"""Ablation through all that lies between recorded layers.

Where units reach a consumer through several weighted layers, norms or attention, what they give it
has no closed form. It is measured: by how much the consumer's pre-activation falls when one unit
goes to its baseline, through the operations since the recorded layers before it.
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
from summary_ops.tracing.influence.baselines import Means, at_baseline
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
        after: those among them that each layer reaches.
        lost: the layers that reach it through something that is not looked into.
        cost: multiplications and additions of replacing every unit in a batch, one by one.
    """

    pre: int
    axis: int
    terms: Mapping[str, int]
    axes: Mapping[str, int]
    ops: tuple[int, ...]
    after: Mapping[str, tuple[int, ...]]
    lost: frozenset[str]
    cost: int

    @property
    def layers(self) -> frozenset[str]:
        """Names of the layers that feed the consumer."""
        return frozenset(self.terms)

    def read(self, tape: Tape) -> set[int]:
        """Return the values that measuring along it needs."""
        made = {value for index in self.ops for value in tape.ops[index].outputs}
        refs = {value for index in self.ops for value in tape.ops[index].refs()}
        return (refs - made) | {self.pre, *self.terms.values()}

    def falls(
        self, tape: Tape, weights: Tensor, cut: frozenset[int], means: Means | None = None
    ) -> dict[str, Tensor]:
        """Return the fall of each unit's weighted sum without each unit of the layers.

        Args:
            tape: holds the values that `read` names.
            weights: of the elements of the pre-activation.
            cut: places of operations that give what they gave with all units.
            means: what units of a layer go to, `[units]` by its name; 0 without.

        Returns:
            By layer, float64 `[units of the consumer, units of the layer]`.
        """
        whole = self.replayed(tape)
        return {layer: self._falls(layer, tape, weights, cut, whole, means) for layer in self.terms}

    def replayed(self, tape: Tape) -> dict[int, Tensor]:
        """Recompute all values along it."""
        found = {value: tape.values[value].detach() for value in self.terms.values()}
        for index in self.ops:
            replayed(tape.ops[index], tape, found)
        return found

    def _falls(
        self,
        layer: str,
        tape: Tape,
        weights: Tensor,
        cut: frozenset[int],
        whole: Mapping[int, Tensor],
        means: Means | None,
    ) -> Tensor:
        value, axis = self.terms[layer], self.axes[layer]
        gone = at_baseline(whole[value], axis, layer, means)
        falls = []
        for unit in range(gone.shape[axis]):
            without = whole[value].clone()
            without.select(axis, unit).copy_(gone.select(axis, unit))
            found = {**whole, value: without}
            for index in self.after[layer]:
                if index not in cut:
                    replayed(tape.ops[index], tape, found)
            fall = (whole[self.pre] - found[self.pre]) * weights
            falls.append(fall.movedim(self.axis, 0).flatten(1).sum(1, dtype=torch.float64))
        return torch.stack(falls, 1).cpu()


def stretch(tape: Tape, pre: int, own: int, axis: int) -> Stretch | None:
    """Return the stretch before a recorded layer; None where no recorded layer feeds it.

    Args:
        tape: kept all values.
        pre: value of the layer's pre-activation.
        own: value of the layer's output as it was recorded.
        axis: of its units.
    """
    made = {out: index for index, op in enumerate(tape.ops) for out in op.outputs}
    marks = {op.outputs[0]: op for op in tape.ops if op.func is tape_.mark and op.outputs[0] != own}
    behind, waiting = set[int](), [pre]
    terms: dict[int, Op] = {}
    while waiting:
        value = waiting.pop()
        if value in marks:
            terms[value] = marks[value]
        elif value in made and made[value] not in behind:
            behind.add(made[value])
            waiting += tape.ops[made[value]].refs()
    reach = {value: frozenset({op.label}) for value, op in terms.items()}
    lost: dict[int, frozenset[str]] = {}
    ops, reached = [], dict[int, frozenset[str]]()
    for index in sorted(behind):
        op = tape.ops[index]
        names = frozenset[str]().union(*(reach.get(value, frozenset()) for value in op.refs()))
        gone = frozenset[str]().union(*(lost.get(value, frozenset()) for value in op.refs()))
        floats = [value for value in op.outputs if tape.values[value].is_floating_point()]
        if op.func is tape_.opaque:
            names, gone = frozenset(), gone | names
        if names:
            ops.append(index)
            reached |= {index: names}
            reach |= dict.fromkeys(floats, names)
        if gone:
            lost |= dict.fromkeys(floats, gone)
    there = reach.get(pre, frozenset())
    missing = lost.get(pre, frozenset())
    if not there:
        return None
    kept = {op.label: value for value, op in terms.items() if op.label in there}
    axes = {op.label: op.axes[0] for op in terms.values()}
    after = {name: tuple(index for index in ops if name in reached[index]) for name in kept}
    cost = sum(
        tape.values[value].shape[axes[name]]
        * sum(cost_of(tape.ops[index], tape) for index in after[name])
        for name, value in kept.items()
    )
    return Stretch(pre, axis, kept, axes, tuple(ops), after, missing, cost)


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
