"""Find the layers that a person would want to record, by the part each plays in the network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from summary_ops.network.modules.layers import INPUT
from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.roles.blocks import Blocks
from summary_ops.tracing.roles.dataflow import NONLINEAR, Dataflow
from summary_ops.tracing.roles.program import Call, Program, trace

BLOCK, HIDDEN, ACTIVATION, RECURRENT, PRODUCT, OUTPUT = (
    "block",
    "hidden",
    "activation",
    "recurrent",
    "product",
    "output",
)

PASSING = (nn.Identity, nn.modules.dropout._DropoutNd)  # noqa: SLF001
"""Modules that return what they get, in evaluation mode."""


@dataclass(frozen=True)
class Role:
    """A layer and the part that it plays.

    Attributes:
        layer: its name, see `summary_ops.network.modules.layers.choose`.
        role: `block` (adds to a residual stream, or joins branches), `hidden` (units of an MLP),
            `activation` (after an activation function), `recurrent`, `product` (of a layer with
            weights, in a network that has none of these) or `output`.
        kind: class of the module.
        index: of its first operation.
        signed: whether it is a sum that no activation function follows, as a residual stream is.
    """

    layer: str
    role: str
    kind: str
    index: int
    signed: bool = False


def find_roles(
    model: nn.Module, forward: Callable[[], Any], predict: Callable[[Any], Tensor] | None = None
) -> tuple[Role, ...]:
    """Find the layers of a model that are worth recording, in order of execution.

    Args:
        model: an unwrapped model.
        forward: calls it once; a batch of two inputs suffices.
        predict: from what the model returns to the prediction.

    Returns:
        Outputs of blocks that repeat and add to a residual stream or join branches; hidden units of
        their MLPs, after the activation function and the gate; outside of blocks what activation
        functions and recurrent layers put out; and what makes the prediction. If that is all, the
        layers with weights.

    Examples:
        >>> import torch
        >>> net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
        >>> [(role.layer, role.role) for role in find_roles(net, lambda: net(torch.zeros(2, 4)))]
        [('1', 'activation'), ('2', 'output')]
    """
    return Roles(trace(model, forward, predict)).find()


class Roles:
    """The roles of a program's modules.

    Args:
        program: a recorded forward pass.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._flow = Dataflow(program)
        self._calls = program.named_calls
        self._users: dict[int, list[int]] = {}
        for index, op in enumerate(program.ops):
            for value in op.refs():
                self._users.setdefault(value, []).append(index)

    def find(self) -> tuple[Role, ...]:
        """Find all roles; see `find_roles`."""
        found: dict[str, Role] = {}
        blocks = Blocks(self._flow).find()
        outputs = {role.layer: role for role in self._outputs()}
        for call in blocks:
            self._add(found, call.name, BLOCK, call, signed=self._is_signed(call))
        for role in self._hidden():
            found.setdefault(role.layer, role)
        for role in self._activations(blocks, outputs):
            found.setdefault(role.layer, role)
        for role in () if found else self._products():
            found.setdefault(role.layer, role)
        found |= outputs
        return tuple(sorted(found.values(), key=lambda role: role.index))

    def _add(
        self, found: dict[str, Role], layer: str, role: str, call: Call, *, signed: bool = False
    ) -> None:
        made = Role(layer, role, type(call.module).__name__, call.first, signed)
        found.setdefault(layer, made)

    def _is_signed(self, call: Call) -> bool:
        """Return whether a block returns a sum unchanged."""
        value = next((v for v in call.outputs if v in self._program.tape.floating), -1)
        anchor = self._flow.anchor.get(value, -1)
        return anchor in self._flow.residuals and value not in self._flow.curved

    # Hidden units

    def _hidden(self) -> Iterator[Role]:
        """Yield the inputs of MLPs' projections back into the stream."""
        for residual in self._flow.residuals.values():
            for index in self._flow.terms(residual.branch):
                given = self._given(index)
                if given is None or not self._is_mlp(index, given):
                    continue
                role = self._named(index, given)
                if role is not None:
                    yield role

    def _given(self, index: int) -> int | None:
        if not self._flow.is_weighted(index) or not self._is_pointwise(index):
            return None
        return self._flow.data(self._program.ops[index])[0]

    def _is_mlp(self, index: int, given: int) -> bool:
        """Return whether units were made by one product, or two, and an activation function."""
        flow = self._flow
        maker = flow.maker(flow.anchor[given])
        if maker is None:
            return False
        op = self._program.ops[maker]
        if flow.is_weighted(maker):
            dense = self._program.ops[index].name != "convolution"
            return given in flow.curved and (dense or self._is_pointwise(maker))
        parts = flow.data(op) if op.name == "mul" else []
        products = [flow.maker(flow.anchor[part]) for part in parts]
        gated = len(parts) == 2 and not flow.curved.isdisjoint(parts)
        return gated and all(flow.is_weighted(p) and self._is_pointwise(p or 0) for p in products)

    def _is_pointwise(self, index: int) -> bool:
        """Return whether a product mixes units, not positions."""
        op = self._program.ops[index]
        if op.name != "convolution":
            return "embedding" not in op.name
        return all(n == 1 for n in self._program.tape.shapes[op.args[1].value][2:])

    def _named(self, index: int, value: int) -> Role | None:
        """Return the module that returns a value, else the layer that takes it."""
        values = list(self._flow.rearranged(value))
        for wanted in values:
            owners = [call for call in self._calls if wanted in call.outputs and _acts(call)]
            if owners:
                call = min(owners, key=lambda c: (c.last, -c.depth))
                return Role(call.name, HIDDEN, type(call.module).__name__, call.first)
        call = self._program.calls[self._program.caller[index]]
        if not call.name or not any(value in call.inputs for value in values):
            return None
        return Role(f"{call.name}{INPUT}", HIDDEN, type(call.module).__name__, index)

    # Outside of blocks

    def _activations(self, blocks: list[Call], outputs: Collection[str]) -> Iterator[Role]:
        """Yield the outputs of activation functions and recurrent layers outside of blocks."""
        program, flow = self._program, self._flow
        carried = self._carried()
        for index, op in enumerate(program.ops):
            if any(call.first <= index < call.last for call in blocks):
                continue
            if op.func is tape_.opaque:
                kind = type(program.calls[program.caller[index]].module).__name__
                yield Role(op.label, RECURRENT, kind, index)
                continue
            data = flow.data(op)
            if op.name not in NONLINEAR or len(data) != 1 or op.outputs[0] not in flow.anchor:
                continue
            value = self._whole(op.outputs[0]) if op.outputs[0] in carried else None
            maker = flow.maker(flow.anchor[data[0]])
            after = maker is not None and program.calls[program.caller[maker]].name in outputs
            if value is not None and not after:
                yield self._activation(index, value)

    def _products(self) -> Iterator[Role]:
        """Yield the outputs of weighted layers, for networks without activation functions."""
        for index in self._flow.weighted:
            call = self._program.calls[self._program.caller[index]]
            if call.name:
                yield Role(call.name, PRODUCT, type(call.module).__name__, call.first)

    def _carried(self) -> set[int]:
        """Values that reach the prediction other than by scaling or shifting whole units.

        Such gates and shifts, as squeeze-excite layers and embeddings of time make them, have fewer
        elements than what they act on.
        """
        flow, shapes = self._flow, self._program.tape.shapes
        waiting = list(self._ends())
        found: set[int] = set()
        while waiting:
            value = waiting.pop()
            index = flow.maker(value)
            if value in found or value not in flow.anchor:
                continue
            found.add(value)
            if index is None:
                continue
            op = self._program.ops[index]
            parts = flow.data(op)
            if op.name in ("mul", "div", "add", "sub"):
                whole = [part for part in parts if shapes[part] == shapes[value]]
                parts = whole or parts
            waiting += parts
        return found

    def _ends(self) -> list[int]:
        """Return the values of the prediction, or of all that the model returns."""
        program = self._program
        if program.prediction is not None:
            return [program.prediction]
        return [value for value in program.calls[0].outputs if value in program.tape.floating]

    def _whole(self, value: int) -> int | None:
        """Return the last operation of an activation function made of several.

        None where the value only gates other units.
        """
        flow, ops = self._flow, self._program.ops
        shapes = self._program.tape.shapes
        for index in self._users.get(value, ()):
            op = ops[index]
            data = [part for part in flow.data(op) if shapes[part] == shapes[value]]
            if op.name == "mul" and len({flow.anchor[part] for part in data}) > 1:
                return None
            if op.name == "mul" and len(data) > 1:
                return self._whole(op.outputs[0])
        return value

    def _activation(self, index: int, value: int) -> Role:
        program = self._program
        made = self._flow.maker(value)
        index = index if made is None else made
        owners = [call for call in self._calls if value in call.outputs and _acts(call)]
        owners = [call for call in owners if call.first <= index < call.last]
        if owners:
            call = max(owners, key=lambda c: c.depth)
            return Role(call.name, ACTIVATION, type(call.module).__name__, call.first)
        before = program.previous[index]
        name = program.calls[before].name if before >= 0 else ""
        function = program.ops[index].name
        return Role(f"{name}.{function}" if name else function, ACTIVATION, "function", index)

    # The prediction

    def _outputs(self) -> Iterator[Role]:
        """Yield the layers whose sum, or rearrangement, is the prediction."""
        program = self._program
        value = next((value for value in self._ends() if value in self._flow.anchor), None)
        if value is None:
            return
        anchor = self._flow.anchor[value]
        whole = [call for call in self._calls if anchor in call.outputs and _acts(call)]
        ends = [anchor] if whole else [self._made(index) for index in self._flow.terms(value)]
        for end in ends:
            owners = [call for call in self._calls if end in call.outputs and _acts(call)]
            maker = self._flow.maker(end)
            call = min(owners, key=lambda c: (-c.depth, c.last)) if owners else None
            if call is None and maker is not None:
                call = program.calls[program.caller[maker]]
            if call is not None and call.name:
                yield Role(call.name, OUTPUT, type(call.module).__name__, call.last - 1)

    def _made(self, index: int) -> int:
        return self._program.ops[index].outputs[0]


def _acts(call: Call) -> bool:
    return not isinstance(call.module, PASSING)
