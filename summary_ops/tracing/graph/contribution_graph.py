"""Sum nodes, and what their pre-activations are sums of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.kinds import multiplies, rectifies, shifts
from summary_ops.tracing.graph.steps import Operand, Step
from summary_ops.tracing.graph.sum_nodes import Hidden, SumNode, Term
from summary_ops.tracing.graph.tape import Ref
from summary_ops.tracing.graph.unit_dataflow import UnitDataflow
from summary_ops.tracing.graph.unit_groups import UnitGroup

MOST_COPIES = 8
"""Of one producer's unit that are told apart by a backward pass each."""

SCALING = ("add", "sub", "rsub", "mul", "div", "neg", "lerp", "maximum", "minimum")
"""Operations on single elements that scale or combine a term, so that it no longer only moves."""


class ContributionGraph:
    """The sum nodes of a model that recorded layers are reached through, in order of execution."""

    def __init__(self, flow: UnitDataflow) -> None:
        self.flow = flow
        self._own = {
            unit_group.value: index
            for index, unit_group in enumerate(flow.unit_groups)
            if unit_group.node
        }
        self._uses = self._users()
        self.nodes: dict[int, SumNode] = {}
        pending = [index for index, unit_group in enumerate(flow.unit_groups) if unit_group.layer]
        # From the recorded layers back: a sum between them matters only if something leads from it
        # to a recorded layer, and most sums of a model lead nowhere else.
        while pending:
            index = pending.pop()
            if index not in self.nodes:
                self.nodes[index] = node = self._node(index)
                pending += self.producers(node)
                for value in node.hidden:
                    pending += self.behind(value)
        self.nodes = dict(sorted(self.nodes.items()))
        self._name()

    def _name(self) -> None:
        """Name hidden sum nodes by their weighted sums, alike in every sequence of operations."""
        taken: dict[str, int] = {}
        for node in self.nodes.values():
            if not node.layer:
                sums = "+".join(sorted({self.via(term) for term in node.terms}))
                name = f"~{sums} {node.mask}"
                taken[name] = taken.get(name, 0) + 1
                node.key = f"{name} {taken[name]}"

    def producers(self, node: SumNode) -> list[int]:
        """Return the sum nodes that feed a sum node, in order."""
        numbers = self.flow.numbers
        return sorted({p for term in node.terms for p in self.flow.within(numbers[term.given])})

    def behind(self, value: int) -> list[int]:
        """Return the sum nodes that a value's units come from."""
        terms, _, _ = self._walk(value, own=False)
        numbers = self.flow.numbers
        return sorted({p for term in terms for p in self.flow.within(numbers[term.given])})

    def _users(self) -> dict[int, list[tape_.Op]]:
        users: dict[int, list[tape_.Op]] = {}
        for op in self.flow.tape.ops:
            for value in op.refs():
                users.setdefault(value, []).append(op)
        return users

    def _node(self, index: int) -> SumNode:
        unit_group = self.flow.unit_groups[index]
        pre = unit_group.value if unit_group.pre is None else unit_group.pre
        terms, ops, hidden = self._walk(pre, own=pre == unit_group.value)
        units = self._units(unit_group, pre)
        for term in terms:
            term.pairs, term.group = self._pairs(term, pre, units)
        # Units of one producer that one consumer unit gets several times (as in a sum over
        # positions that were units before) need a backward pass per copy: past the limit the term
        # is left to `hidden`, where it counts as unmeasured instead of wrongly.
        kept = [term for term in terms if len(term.group) and int(term.group.max()) < MOST_COPIES]
        steps = {step.op: step for step in self.flow.steps.values()}
        # Summit's measure compares activations themselves. It can read them off the producers
        # only where nothing on the way scales, gates or adds a constant.
        moved = all(self.flow.tape.ops[op].name not in SCALING for op in ops)
        moved &= all(not term.gated and not term.linearised for term in kept)
        moved &= all(len(steps[op].operands) == len(self.flow.tape.ops[op].refs()) for op in ops)
        hidden |= {term.source: True for term in terms if term not in kept}
        return SumNode(
            index,
            unit_group.layer,
            bool(unit_group.layer),
            unit_group.size,
            pre,
            units,
            unit_group.axes,
            self._mask(unit_group),
            kept,
            ops,
            moved,
            hidden,
        )

    def _mask(self, unit_group: UnitGroup) -> str:
        uses = self._uses.get(unit_group.value, []) if unit_group.layer else []
        if unit_group.rectified or (uses and all(rectifies(op) for op in uses)):
            return "rectified"
        return "plain" if unit_group.layer else "signed"

    def _walk(self, start: int, *, own: bool) -> tuple[list[Term], tuple[int, ...], Hidden]:
        """Walk from a value back to its terms; also return operations between, hidden values."""
        flow = self.flow
        terms: dict[int, Term] = {}
        ops: set[int] = set()
        hidden: Hidden = {}
        waiting, seen = [Operand(start)], set[Operand]()
        while waiting:
            operand = waiting.pop()
            step = flow.steps.get(operand.value)
            if step is None:
                hidden |= dict.fromkeys(flow.hides.get(operand.value, ()), True)
            # The same value may be reached gated and ungated: both are walked, as `gated` must
            # hold if any way is gated; hence `seen` has operands rather than values.
            if step is None or operand in seen:
                continue
            seen.add(operand)
            term = self._term(operand.value, step, own=own and operand.value == start)
            if term is not None:
                term = terms.setdefault(operand.value, term)
                term.gated |= operand.gated
                term.linearised |= operand.linearised
            # At an identity the walk has left this sum: what made the activation there is the
            # producer's own affair.
            if term is None or term.op is not None:
                self._note(step, hidden)
            if term is None:
                ops.add(step.op)
                waiting += [back.after(operand) for back in step.operands]
        ordered = []
        for _, term in sorted(terms.items()):
            ordered += self._by_term(term, hidden)
        return ordered, tuple(sorted(ops)), hidden

    def _by_term(self, term: Term, hidden: Hidden) -> list[Term]:
        """Split a weighted sum over terms into one term each; other terms stay whole."""
        if term.op is None:
            if term.value not in self._own:
                self._follow(term, hidden)
            return [term]
        parts, ops, more = self._walk(term.source, own=False)
        _add_hidden(hidden, more)
        # A source that only rearranges recorded activations is measured in one piece: the product
        # with its weights already has a column per producer unit. A sum in it, or a shift by a
        # norm, would credit each producer with what the others add, so each gets a term.
        if not self._is_more(term.source, ops):
            term.gated |= any(part.gated for part in parts)
            term.linearised |= any(part.linearised for part in parts)
            return [term]
        return [
            replace(
                term,
                summand=part.value,
                ops=ops,
                gated=term.gated or part.gated,
                linearised=term.linearised or part.linearised,
            )
            for part in parts
        ]

    def _is_more(self, source: int, ops: tuple[int, ...]) -> bool:
        """Return whether a value is more than rearranged activations of sum nodes."""
        numbers = self.flow.numbers[source]
        # Numbers that are 0 in places stand for elements that no unit has, such as constants
        # concatenated to units: they contribute, but to nobody.
        shifted = any(shifts(self.flow.tape.ops[index]) for index in ops)
        return shifted or not bool(numbers.all()) or self._is_hidden(numbers)

    def _is_hidden(self, numbers: Tensor) -> bool:
        """Return whether some units are not those of recorded layers."""
        return any(not self.flow.unit_groups[index].layer for index in self.flow.within(numbers))

    def curve(self, pre: int, value: int) -> tuple[int, ...]:
        """Return the operations that make a value of a sum node's pre-activation, in order."""
        steps, first = self.flow.steps, self.flow.steps[pre].op
        found, waiting = set[int](), [value]
        while waiting:
            step = steps.get(waiting.pop())
            if step is not None and first < step.op and step.op not in found:
                found.add(step.op)
                waiting += self.flow.tape.ops[step.op].refs()
        return tuple(sorted(found))

    def _term(self, value: int, step: Step, *, own: bool) -> Term | None:
        """Return the term at a value; None where the walk goes on."""
        stays = own or value not in self._own
        # `own` is the node's own value: it is a sum node itself, but its terms are asked for here,
        # so that the walk must not stop where it starts.
        if step.kind == "move" and stays:
            return None
        if step.kind == "mix" and stays:
            return Term(value, step.operands[0].value, step.op)
        return Term(value, value, None)

    def _note(self, step: Step, hidden: Hidden) -> None:
        """Note the values that an operation depends on by ways that are not measured."""
        op = self.flow.tape.ops[step.op]
        adds = not multiplies(op)
        more = {v: adds for ref in op.refs() for v in self.flow.hides.get(ref, frozenset())}
        _add_hidden(hidden, more)

    def _follow(self, term: Term, hidden: Hidden) -> None:
        """Note what happens to a term's units between their sum node and it."""
        flow, waiting = self.flow, [term.source]
        seen: set[int] = set()
        while waiting:
            value = waiting.pop()
            step = flow.steps.get(value)
            if step is None or value in seen or value in self._own:
                continue
            seen.add(value)
            self._note(step, hidden)
            for back in step.operands:
                term.gated |= back.gated
                term.linearised |= back.linearised
                waiting.append(back.value)

    def _units(self, unit_group: UnitGroup, pre: int) -> Tensor:
        shape = self.flow.tape.values[pre].shape
        if unit_group.layer:
            view = [1] * len(shape)
            view[unit_group.axes[0]] = -1
            return torch.arange(unit_group.size).view(view)
        numbers = self.flow.numbers[pre].cpu()
        if unit_group.origin is None:
            return torch.where(numbers > 0, numbers - unit_group.start, -1)
        indices = torch.searchsorted(unit_group.origin.cpu(), numbers)
        return torch.where(numbers > 0, indices, -1)

    def _pairs(self, term: Term, pre: int, units: Tensor) -> tuple[Tensor, Tensor]:
        """Match a term's units with the sum node's, in groups with one match per number."""
        at_pre = self.flow.numbers[pre].cpu()
        both = torch.broadcast_tensors(units, at_pre)  # type: ignore[no-untyped-call]
        # Pairs repeat at every position and input; only which pairs there are matters.
        found = torch.unique(torch.stack([part.flatten() for part in both], 1), dim=0).tolist()
        known = set(torch.unique(self.flow.numbers[term.value]).tolist()) - {0}
        pairs = [
            (unit, number)
            for unit, whole in found
            if unit >= 0
            for number in self._ancestors(whole)
            if number in known
        ]
        if not pairs:
            return term.pairs, term.group
        return torch.tensor(pairs), torch.tensor(_coloured(pairs))

    def _ancestors(self, number: int) -> Iterator[int]:
        """Yield a number and those that it was merged from."""
        if not number:
            return
        yield number
        unit_group = self.flow.unit_groups[self.flow.unit_group(number)]
        if unit_group.parents is not None:
            for parent in set(unit_group.parents[number - unit_group.start].tolist()):
                yield from self._ancestors(parent)

    def via(self, term: Term) -> str:
        """Name a weighted sum by its module, else its operation."""
        if term.op is None:
            return ""
        op = self.flow.tape.ops[term.op]
        for ref in op.args:
            if isinstance(ref, Ref) and ref.value != term.source:
                name = self._named(ref.value)
                if name:
                    return name.rpartition(".")[0] or name
        return op.name

    def _named(self, value: int) -> str:
        """Return the parameter that a value is a view of."""
        constants = self.flow.tape.constants
        made = {out: op for op in self.flow.tape.ops for out in op.outputs}
        while value not in constants and value in made and made[value].refs():
            value = made[value].refs()[0]
        return constants.get(value, "")


def _add_hidden(into: Hidden, more: Hidden) -> None:
    for value, adds in more.items():
        into[value] = into.get(value, False) or adds


def _coloured(pairs: list[tuple[int, int]]) -> list[int]:
    """Group pairs by unit so that no two units of a group share a number."""
    numbers: dict[int, list[int]] = {}
    for unit, number in pairs:
        numbers.setdefault(unit, []).append(number)
    taken: dict[int, set[int]] = {}
    colour = {}
    for unit, own in numbers.items():
        used = set().union(*(taken.get(number, set()) for number in own))
        colour[unit] = next(index for index in range(len(used) + 1) if index not in used)
        for number in own:
            taken.setdefault(number, set()).add(colour[unit])
    return [colour[unit] for unit, _ in pairs]
