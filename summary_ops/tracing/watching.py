"""The hooks that put a model's recorded layers on the tape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from summary_ops.network import trees
from summary_ops.problems import Problems
from summary_ops.taps import Taps
from summary_ops.tracing.tape import Tape

OPAQUE = (nn.modules.rnn.RNNBase, nn.modules.rnn.RNNCellBase)
"""Layers that are not looked into: what they hold from before has no place in a graph."""


class Marks(Taps):
    """Taps that put a layer's output on a tape instead of pooling it."""

    tape: Tape | None = None
    input: int | None = None

    def _before_root(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        super()._before_root(module, args, kwargs)
        if self.tape is None:
            return
        self.tape.hidden -= 1
        self.tape.mask = self._mask
        first = next(trees.tensors((args, kwargs)), None)
        if first is not None:
            self.input = self.tape.value(first)

    def _after_root(self, module: nn.Module, args: Any, output: Any) -> None:
        if self.tape is not None:
            self.tape.hidden += 1
        super()._after_root(module, args, output)

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if self.tape is None or output.ndim < 2 or output.is_nested:
            return
        self.tape.mark(layer, output, self._place(layer, name, module, output, selector))


def marks(
    model: nn.Module,
    chosen: Mapping[str, nn.Module],
    unit_axis: Mapping[str, int],
    problems: Problems,
) -> Marks:
    """Hooks on the chosen modules, not yet attached."""
    return Marks(model, chosen, unit_axis=unit_axis, problems=problems)


@contextmanager
def watching(
    model: nn.Module, taps: Marks, tape: Tape, batch: int | None, mask: Tensor | None = None
) -> Iterator[None]:
    """Write a forward pass of the model onto the tape, marks and opaque modules too."""
    handles: list[RemovableHandle] = []
    for name, module in model.named_modules():
        if isinstance(module, OPAQUE):
            before, after = _opaque(tape, name)
            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(after, with_kwargs=True, always_call=True))
    fast = torch.backends.mha.get_fastpath_enabled()
    taps.tape = tape
    tape.hidden = 1  # what is done outside the model does not count
    try:
        torch.backends.mha.set_fastpath_enabled(value=False)
        taps.attach()
        taps.begin(batch, mask)
        with torch.no_grad(), tape:
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fast)
        taps.end()
        taps.detach()
        taps.tape = None
        for handle in handles:
            handle.remove()


def _opaque(tape: Tape, name: str) -> tuple[Callable[..., None], Callable[..., None]]:
    def before(_module: nn.Module, _args: Any, _kwargs: Any) -> None:
        tape.hidden += 1

    def after(_module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        tape.hidden -= 1
        if output is not None and not tape.hidden:
            tape.opaque(name, (*args, *kwargs.values()), output)

    return before, after
