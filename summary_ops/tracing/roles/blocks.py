"""Find the blocks of a network: what repeats and adds to a stream, or joins branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from summary_ops.network.modules.layers import CONTAINERS
from summary_ops.tracing.roles.dataflow import Dataflow
from summary_ops.tracing.roles.program import Call


class Blocks:
    """The calls of a program that are blocks.

    Args:
        flow: the program's dataflow.
    """

    def __init__(self, flow: Dataflow) -> None:
        self._flow, self._program = flow, flow.program
        self._calls = flow.program.named_calls
        self._counts = Counter(type(call.module) for call in self._calls)

    def find(self) -> list[Call]:
        """Find the outermost calls that add to a stream themselves, and those like them."""
        streams = [(call, sums) for call in self._calls if (sums := self._sums(call))]
        streams.sort(key=lambda item: (item[0].first, -item[0].last, item[0].depth))
        chosen: list[tuple[Call, set[int]]] = []
        for call, sums in streams:
            within = any(outer.contains(call) and sums <= own for outer, own in chosen)
            if not within and not self._is_stage(call, sums, streams):
                chosen.append((call, sums))
        blocks = [call for call, _ in chosen]
        blocks += self._alike({type(call.module) for call in blocks}, blocks)
        blocks += [call for call in self._calls if self._joins(call) and apart(call, blocks)]
        return blocks or self._repeated()

    def _sums(self, call: Call) -> set[int]:
        """Return the sums of a stream that a call takes, adds to, and returns."""
        flow = self._flow
        for output in call.outputs:
            value, sums = flow.anchor.get(output, -1), set[int]()
            while (residual := flow.residuals.get(value)) and call.first <= residual.op < call.last:
                sums.add(value)
                value = residual.source
            if sums and not self._is_tail(call, value):
                return sums
        return set()

    def _is_tail(self, call: Call, source: int) -> bool:
        """Return whether a call takes a branch beside the stream: it only ends a block."""
        data = [value for value in call.inputs if value in self._flow.anchor]
        if len({value for value in data if self._flow.anchor[value] == source}) > 1:
            return True
        return any(value != source and self._flow.weights_between(value, source) for value in data)

    def _is_stage(
        self, call: Call, sums: set[int], streams: Collection[tuple[Call, set[int]]]
    ) -> bool:
        """Return whether a call is a row of blocks, or only wraps one."""
        inner = [(c, own) for c, own in streams if call.contains(c) and own <= sums]
        plain = [c for c, _ in inner if not isinstance(c.module, CONTAINERS)]
        outermost = [c for c in plain if not any(other.contains(c) for other in plain)]
        kinds = [type(c.module) for c in outermost]
        repeated = [c for c in outermost if kinds.count(type(c.module)) > 1]
        by_repeated = set[int]().union(*(own for c, own in inner if c in repeated))
        if len(by_repeated) > len(sums) / 2:
            return True
        if sums.difference(*(own for _, own in inner)):
            return False
        mine = self._counts[type(call.module)]
        more = any(self._counts[kind] > mine for kind in kinds)
        return mine == 1 or more or len(kinds) == 1 or isinstance(call.module, CONTAINERS)

    def _alike(self, kinds: set[type], blocks: list[Call]) -> list[Call]:
        """Return calls of the same classes that add nothing, as where the size changes."""
        found: list[Call] = []
        for call in self._calls:
            if type(call.module) in kinds and apart(call, [*blocks, *found]):
                found.append(call)
        return found

    def _joins(self, call: Call) -> bool:
        """Return whether a call concatenates branches of its input, as an Inception block."""
        flow = self._flow
        data = [value for value in call.inputs if value in self._program.tape.floating]
        if isinstance(call.module, CONTAINERS) or len(data) != 1 or len(call.outputs) != 1:
            return False
        index = flow.maker(flow.anchor.get(call.outputs[0], -1))
        if index is None or not call.first <= index < call.last:
            return False
        op, source = self._program.ops[index], flow.anchor.get(data[0])
        if op.name != "cat" or source is None:
            return False
        return sum(flow.weights_between(part, source) > 0 for part in flow.data(op)) > 1

    def _repeated(self) -> list[Call]:
        """Return, without streams or branches, the outermost weighted calls whose class repeats."""
        composite = [
            call
            for call in self._calls
            if self._counts[type(call.module)] > 1
            and not isinstance(call.module, CONTAINERS)
            and sum(call.first <= index < call.last for index in self._flow.weighted) > 1
        ]
        found: list[Call] = []
        for call in composite:
            mine = self._counts[type(call.module)]
            inner = [c for c in composite if call.contains(c)]
            stage = any(self._counts[type(c.module)] > mine for c in inner)
            if not stage and apart(call, found):
                found.append(call)
        return found


def apart(call: Call, others: Collection[Call]) -> bool:
    """Return whether a call is separate from the others, neither inside nor around one."""
    return not any(
        call is other or call.contains(other) or other.contains(call) for other in others
    )
