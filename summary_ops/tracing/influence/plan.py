"""Plan what one sequence of operations must keep, and when its sum nodes can be measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.fields.batch_rows import Batches
from summary_ops.tracing.fields.receptive_fields import Fields
from summary_ops.tracing.graph.contribution_graph import ContributionGraph
from summary_ops.tracing.graph.edges import ReceptiveField
from summary_ops.tracing.graph.kinds import NORMS
from summary_ops.tracing.graph.links import LayerInputs, is_complex, links, with_lost, with_measured
from summary_ops.tracing.graph.steps import Step
from summary_ops.tracing.graph.sum_nodes import SumNode, Term
from summary_ops.tracing.graph.tape import Tape, mark, memory_of
from summary_ops.tracing.graph.unit_dataflow import UnitDataflow
from summary_ops.tracing.graph.unit_ids import profile
from summary_ops.tracing.influence import segments
from summary_ops.tracing.influence.baselines import Baselines, Means
from summary_ops.tracing.influence.measured import Measured, MeasuredNode
from summary_ops.tracing.influence.stretches import Stretch, cost_of, stretch

AT_ONCE = 32
"""Inputs of a batch, as its cost is reckoned."""


class TracePlan:
    """The sum nodes of one sequence of operations, known once it was traced.

    Attributes:
        tokens: of the operations, see `Tape`.
        layers: units of the recorded layers, in order of execution.
        interleaved: values whose rows go from input to input, and not input by input.
        fed: what feeds the recorded layers, see `summary_ops.tracing.graph.links`.
        stretches: of the recorded layers whose producers are replaced one by one.
        cost: multiplications and additions of a pass of 32 inputs there and back.
        size: bytes of all that a forward pass computes of an input.
        fields: receptive fields of the recorded layers.
        nodes: by the place of the operation that makes their pre-activation.
        measured: those among them whose contributions are measured.
        steps: how values were made.
        hidden: names of what was not looked into, by recorded layer.
    """

    def __init__(
        self, tape: Tape, given: int | None, work: float = math.inf, *, mean: bool = False
    ) -> None:
        self._producers: dict[int, list[SumNode]] = {}
        self._units: dict[int, Tensor] = {}
        self._flow = UnitDataflow(tape)
        self._graph = ContributionGraph(self._flow)
        self._baselines = Baselines(self._flow, mean=mean)
        self.tokens = tape.tokens
        self.cost, self.size = self._cost(given), self._size(given)
        self.steps: dict[int, Step] = self._flow.steps
        marks = [op for op in tape.ops if op.func is mark]
        fields = Fields(tape, given) if given is not None else None
        self.fields: dict[str, ReceptiveField | None] = {
            op.label: fields.of(op.outputs[0], op.axes) if fields else None for op in marks
        }
        self.layers = {op.label: tape.values[op.outputs[0]].shape[op.axes[0]] for op in marks}
        self.hidden = self._hidden()
        self.fed, self.stretches = self._reached(work)
        made = {out: index for index, op in enumerate(tape.ops) for out in op.outputs}
        self.nodes: dict[int, list[SumNode]] = {}
        for node in self._graph.nodes.values():
            if node.terms or node.key in self.stretches:
                self.nodes.setdefault(made[node.pre], []).append(node)
        self._baselines.learn(
            {term.given for nodes in self.nodes.values() for node in nodes for term in node.terms}
        )
        self.measured = self._measured()
        self.later = self._later()
        self.interleaved = self._interleaved(given)

    def _cost(self, given: int | None) -> int:
        """Multiplications and additions of a pass of 32 inputs there and back."""
        tape = self._flow.tape
        inputs = 1 if given is None else max(len(tape.values[given]), 1)
        return 3 * AT_ONCE * sum(cost_of(op, tape) for op in tape.ops) // inputs

    def _size(self, given: int | None) -> int:
        """Return the bytes of all that is computed of an input."""
        tape = self._flow.tape
        inputs = 1 if given is None else max(len(tape.values[given]), 1)
        sizes: dict[int, int] = {}
        for value in (value for op in tape.ops for value in op.outputs):
            tensor = tape.values[value]
            with suppress(RuntimeError, NotImplementedError):  # sparse ones have no storage
                sizes[memory_of(tensor)] = tensor.untyped_storage().nbytes()
        return sum(sizes.values()) // inputs

    def _reached(self, work: float) -> tuple[dict[str, LayerInputs], dict[str, Stretch]]:
        """Return what feeds each recorded layer, and how far that is measured by ablation.

        Args:
            work: the most multiplications and additions for a batch and layer.
        """
        fed = links(self._graph)
        stretches = {}
        for node in self._graph.nodes.values():
            if node.layer and is_complex(fed[node.key]):
                found = self._stretch(node, work)
                if found is not None:
                    stretches[node.key] = found
                    fed[node.key] = with_measured(fed[node.key], found.layers, found.lost)
        return {name: with_lost(one, self.layers) for name, one in fed.items()}, stretches

    def _stretch(self, node: SumNode, work: float) -> Stretch | None:
        tape, unit_group = self._flow.tape, self._flow.unit_groups[node.unit_group]
        unit, batch = node.axes
        found = stretch(tape, node.pre, unit_group.value, unit)
        if found is None:
            return None
        if found.cost / tape.values[unit_group.value].shape[batch] * AT_ONCE > work:
            return None
        try:  # whatever cannot be computed again
            found.replayed(tape)
        except RECOVERABLE:
            return None
        return found

    def _measured(self) -> dict[int, list[SumNode]]:
        """Return the sum nodes to measure: hidden ones only where paths lead through them."""
        groups = set()
        for node in reversed(self._graph.nodes.values()):
            if (node.layer or node.unit_group in groups) and node.key not in self.stretches:
                groups |= {node.unit_group, *self._graph.producers(node)}
            elif node.layer:
                groups.add(node.unit_group)
        return {
            index: kept
            for index, nodes in self.nodes.items()
            if (kept := [node for node in nodes if node.unit_group in groups])
        }

    def unmixed(self, key: str) -> frozenset[int]:
        """Operations of a layer's stretch after which units are no longer what they were."""
        kept = {step.op for step in self.steps.values() if step.kind != "mix"}
        return frozenset(self.stretches[key].ops) - kept

    def _interleaved(self, given: int | None) -> set[int]:
        """Matrices that weighted sums are over, whose rows go from input to input."""
        if given is None:
            return set()
        batches = Batches(self._flow.tape, given)
        terms = [term for nodes in self.nodes.values() for node in nodes for term in node.terms]
        dense = [term.source for term in terms if term.op is not None and not self._slides(term)]
        return {value for value in dense if batches.interleaved(value)}

    def _slides(self, term: Term) -> bool:
        return self._flow.tape.ops[term.op or 0].name == "convolution"

    def _hidden(self) -> dict[str, tuple[str, ...]]:
        found = {}
        ops = self._flow.tape.ops
        makers = {value: op for op in reversed(ops) for value in op.refs() if not _known(self, op)}
        for node in self._graph.nodes.values():
            if node.layer and node.hidden:
                names = {makers[v].label or makers[v].name for v in node.hidden if v in makers}
                found[node.key] = tuple(sorted(names))
        return found

    def _later(self) -> dict[int, list[SumNode]]:
        """Return sum nodes by the index of the operation after which their units are not needed."""
        index_of = {node.unit_group: index for index, nodes in self.nodes.items() for node in nodes}
        last: dict[int, int] = {}
        for node in reversed(self._graph.nodes.values()):
            if node.unit_group not in index_of:
                continue
            last[node.unit_group] = max(last.get(node.unit_group, -1), index_of[node.unit_group])
            for producer in self._graph.producers(node):
                if not self._graph.nodes[producer].layer:
                    last[producer] = max(last.get(producer, -1), last[node.unit_group])
        found: dict[int, list[SumNode]] = {}
        for unit_group in sorted(last, reverse=True):
            found.setdefault(last[unit_group], []).append(self._graph.nodes[unit_group])
        return found

    def producers(self, term: Term) -> list[SumNode]:
        """Return the sum nodes whose units a term's source has."""
        if term.given not in self._producers:
            flow, nodes = self._flow, self._graph.nodes
            found = [nodes[index] for index in flow.within(flow.numbers[term.given])]
            self._producers[term.given] = found
        return self._producers[term.given]

    def numbers(self, value: int) -> Tensor:
        """Return the unit numbers of a value, on the CPU."""
        return self._flow.numbers[value].cpu()

    def given(self, term: Term, tape: Tape, means: Means | None) -> Tensor:
        """Return a term's producers beyond their baseline; of hidden units, their slopes."""
        hidden = self.hidden_producer(term)
        if hidden is None:
            return self._baselines.given(term.given, tape, means)
        return self.slope(hidden, tape, term.given)

    def only_moves(self, node: SumNode) -> bool:
        """Return whether a sum node's pre-activation only rearranges its producers' own."""
        return node.moved and all(
            term.op is None
            and self.hidden_producer(term) is None
            and not self._baselines.ops(term.given)
            for term in node.terms
        )

    def hidden_producer(self, term: Term) -> SumNode | None:
        """Return the hidden sum node that all of a term's units belong to, if any."""
        nodes = self.producers(term)
        return nodes[0] if len(nodes) == 1 and not nodes[0].layer else None

    def slope(self, node: SumNode, tape: Tape, value: int | None = None) -> Tensor:
        """Return the slope of a value in the pre-activation that a hidden sum node makes it of.

        Args:
            node: a hidden one.
            tape: holds the pre-activation.
            value: by default the sum node's activations.
        """
        value = self._flow.unit_groups[node.unit_group].value if value is None else value
        return segments.slope(self._graph.curve(node.pre, value), tape, node.pre, value)

    def _sloped(self, node: SumNode, value: int | None = None) -> set[int]:
        """Return the values that a slope is computed from."""
        value = self._flow.unit_groups[node.unit_group].value if value is None else value
        ops = self._flow.tape.ops
        curve = self._graph.curve(node.pre, value)
        made = {out for index in curve for out in ops[index].outputs}
        return {node.pre} | ({ref for index in curve for ref in ops[index].refs()} - made)

    def channels(self, term: Term, source: Tensor) -> Tensor:
        """Return the unit numbers along the axis that a weighted sum is over."""
        op = self._flow.tape.ops[term.op or 0]
        if op.name == "convolution":
            axis = 1
        else:
            axis = source.ndim - (1 if op.args[-2].value == term.source else 2)
        found = profile(self.numbers(term.source), axis)
        if found is None:
            raise ValueError(f"{op.name} is over units that lie beside others")
        return found.flatten().expand(source.shape[axis])

    def units(self, numbers: Tensor, node: SumNode) -> Tensor:
        """Return the sum node's units that numbers belong to or are sums of, −1 for others."""
        if node.unit_group not in self._units:
            self._units[node.unit_group] = self._units_of(node.unit_group)
        return self._units[node.unit_group][numbers]

    def _units_of(self, index: int) -> Tensor:
        """Return, by number, the sum node's unit that it belongs to or is a sum with."""
        unit_groups = self._flow.unit_groups
        found = torch.full((unit_groups[-1].start + unit_groups[-1].size,), -1)
        own = unit_groups[index]
        found[own.start : own.start + own.size] = torch.arange(own.size)
        for unit_group in unit_groups[index + 1 :]:
            if unit_group.terms and not unit_group.node and unit_group.parents is not None:
                units = found[unit_group.parents.cpu()].amax(1)
                found[unit_group.start : unit_group.start + unit_group.size] = units
        return found

    def until(self, *, contributions: bool, summit: bool) -> dict[int, int]:
        """Return the operation until which each value is kept, for the requested measures."""
        last: dict[int, int] = {}
        for index, due in self.measured.items() if contributions else ():
            for node in due:
                last |= {value: max(last.get(value, -1), index) for value in self.needed(node)}
        for index, due in self.later.items() if summit else ():
            for node in due:
                values = {value for term in node.terms for value in self.operands(term)}
                last |= {value: max(last.get(value, -1), index) for value in values}
        return last

    def needed(self, node: SumNode) -> set[int]:
        """Return the values that a sum node's contributions are computed from."""
        if node.key in self.stretches:
            return self.stretches[node.key].read(self._flow.tape)
        found = {node.pre} | {value for term in node.terms for value in self.operands(term)}
        found |= set() if node.layer else self._sloped(node)
        for term in node.terms:
            hidden = self.hidden_producer(term)
            found |= (
                self._baselines.read(term.given)
                if hidden is None
                else self._sloped(hidden, term.given)
            )
        if self.only_moves(node):
            return found
        ops = self._flow.tape.ops
        if node.ops:
            found |= {term.value for term in node.terms}
        inner = {value for index in node.ops for value in ops[index].outputs[:1]} - {node.pre}
        found = (found | self._read(node.ops)) - inner
        for term in node.terms:
            if term.summand is not None:
                found |= {term.summand} | self._read(term.ops)
        return found

    def _read(self, indices: Sequence[int]) -> set[int]:
        """Return the values that operations read when they are replayed."""
        found: set[int] = set()
        for index in indices:
            op = self._flow.tape.ops[index]
            found |= set(op.refs()) | set(op.outputs[1:3] if op.name in NORMS else ())
        return found

    def empty(self, inputs: int) -> Measured:
        """Return empty measurements of `inputs` inputs."""
        indices = {
            node.key: MeasuredNode(node.layer, node.size) for node in self._graph.nodes.values()
        }
        return Measured(inputs, indices, {name: fed.paths for name, fed in self.fed.items()})

    def operands(self, term: Term) -> list[int]:
        """Return the values that a term's own part is computed from."""
        if term.op is None:
            return [term.source]
        refs = self._flow.tape.ops[term.op].args
        pair = refs[:2] if self._flow.tape.ops[term.op].name == "convolution" else refs[-2:]
        return [ref.value for ref in pair]


def _known(plan: TracePlan, op: Any) -> bool:
    return any(out in plan.steps for out in op.outputs)
