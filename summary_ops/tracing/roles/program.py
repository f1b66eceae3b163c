"""Record one forward pass as operations and the module calls that made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from summary_ops.data.trees import tensors
from summary_ops.network.modules.layers import clean_name
from summary_ops.tracing.graph.tape import Op, Tape

OPAQUE = (nn.modules.rnn.RNNBase, nn.modules.rnn.RNNCellBase)
"""Modules that are recorded as one operation."""


@dataclass(eq=False)
class Call:
    """One call of a module.

    Attributes:
        name: clean qualified name of the module; empty for the model itself.
        module: the module.
        depth: number of calls that it runs inside of.
        first, last: its operations are `ops[first:last]`.
        inputs, outputs: values of the tensors that it is given and returns.
    """

    name: str
    module: nn.Module
    depth: int
    first: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...] = ()
    last: int = -1

    def contains(self, other: Call) -> bool:
        """Return whether another call happens inside this one."""
        return self.depth < other.depth and self.first <= other.first and other.last <= self.last


class ShapedTape(Tape):  # type: ignore[no-untyped-call]
    """A tape that keeps no values, only their shapes and which of them are floating-point."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.floating: set[int] = set()
        super().__init__(names, kept=lambda _: False)

    def _give(self, tensor: Tensor) -> int:
        value = super()._give(tensor)
        self.shapes[value] = tuple(tensor.shape)
        if tensor.is_floating_point():
            self.floating.add(value)
        return value


@dataclass
class Program:
    """The operations of a forward pass, in order, and the module calls around them.

    Attributes:
        tape: the operations, and the shapes of their values.
        calls: of modules, in the order in which they begin.
        inputs: values of the tensors that the model is called with.
        prediction: value of the prediction; None where it is not known.
        caller: by operation, the innermost call that it happens in, an index of `calls`.
        previous: by operation, the call that ended last before it, an index of `calls`, or -1.
    """

    tape: ShapedTape
    calls: list[Call] = field(default_factory=list)
    inputs: set[int] = field(default_factory=set)
    prediction: int | None = None
    caller: list[int] = field(default_factory=list)
    previous: list[int] = field(default_factory=list)

    @property
    def named_calls(self) -> list[Call]:
        """The finished calls of modules inside the model."""
        return [call for call in self.calls if call.name and call.last >= 0]

    @property
    def ops(self) -> list[Op]:
        """The operations."""
        return self.tape.ops


def trace(
    model: nn.Module, forward: Callable[[], Any], predict: Callable[[Any], Tensor] | None = None
) -> Program:
    """Record one forward pass.

    Args:
        model: an unwrapped model.
        forward: calls it once; a batch of two inputs suffices.
        predict: from what the model returns to the prediction.

    Returns:
        What was computed. No activation is kept.
    """
    with torch.no_grad(), _recording(model, predict) as program:
        forward()
    return program


@contextmanager
def _recording(model: nn.Module, predict: Callable[[Any], Tensor] | None) -> Iterator[Program]:
    named = [*model.named_parameters(), *model.named_buffers()]
    tape = ShapedTape({id(tensor): name for name, tensor in named})
    recorder = _Calls(Program(tape), model, predict)
    handles: list[RemovableHandle] = []
    fast = torch.backends.mha.get_fastpath_enabled()
    tape.hidden = 1  # only what happens inside the model counts
    try:
        for name, module in model.named_modules():
            before, after = recorder.hooks(clean_name(name))
            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(after, with_kwargs=True, always_call=True))
        torch.backends.mha.set_fastpath_enabled(value=False)
        with tape:
            yield recorder.program
        recorder.fill()
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fast)
        for handle in handles:
            handle.remove()


class _Calls:
    """The hooks that follow a model's calls."""

    def __init__(
        self, program: Program, model: nn.Module, predict: Callable[[Any], Tensor] | None
    ) -> None:
        self.program = program
        self._model, self._predict = model, predict
        self._stack: list[int] = []
        self._ended = -1

    def hooks(self, name: str) -> tuple[Callable[..., None], Callable[..., None]]:
        """Forward hooks of one module, to go before and after it."""
        tape = self.program.tape

        def before(module: nn.Module, args: Any, kwargs: Any) -> None:
            if module is self._model and not self._stack:
                tape.hidden -= 1
            if not tape.hidden:
                self._begin(name, module, (args, kwargs))
            if isinstance(module, OPAQUE):
                tape.hidden += 1

        def after(module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            if isinstance(module, OPAQUE):
                tape.hidden -= 1
                if not tape.hidden and output is not None:
                    self.fill()
                    tape.opaque(name, list(tensors((args, kwargs))), list(tensors(output)))
            if not tape.hidden:
                self._end(output)
            if module is self._model and not self._stack:
                tape.hidden += 1

        return before, after

    def _begin(self, name: str, module: nn.Module, given: Any) -> None:
        self.fill()
        tape = self.program.tape
        inputs = tuple(tape.value(tensor) for tensor in tensors(given))
        if not self._stack:
            self.program.inputs |= set(inputs)
        self._stack.append(len(self.program.calls))
        self.program.calls.append(Call(name, module, len(self._stack) - 1, len(tape.ops), inputs))

    def _end(self, output: Any) -> None:
        tape, call = self.program.tape, self.program.calls[self._stack[-1]]
        call.outputs = tuple(tape.value(tensor) for tensor in tensors(output))
        if len(self._stack) == 1 and self._predict is not None and output is not None:
            self.program.prediction = tape.value(self._predict(output))
        self.fill()
        call.last = len(tape.ops)
        self._ended = self._stack.pop()

    def fill(self) -> None:
        """Note in which call the latest operations happened."""
        program = self.program
        missing = len(program.ops) - len(program.caller)
        program.caller += [self._stack[-1] if self._stack else 0] * missing
        program.previous += [self._ended] * missing
