"""The hooks that put a model's recorded layers on the tape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from summary_ops.data import trees
from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.tracing.graph.tape import Tape

OPAQUE = (nn.modules.rnn.RNNBase, nn.modules.rnn.RNNCellBase)
"""Layers that are not looked into: what they hold from before has no place in a graph."""


class TapeHooks:
    """Marks layers' outputs on a tape.

    Args:
        network: its layers are marked.

    Attributes:
        input: the value of the first tensor that the model was last called with.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._model = network.model
        self._tape: Tape | None = None
        self._hooks = LayerHooks(
            network, self._mark, started=self._started, finished=self._finished
        )
        self._masks: dict[str, Tensor | None] = {}
        self.input: int | None = None

    @contextmanager
    def recording(
        self, tape: Tape, batch: int | None, mask: Tensor | None = None
    ) -> Iterator[None]:
        """Write a forward pass of the model onto the tape, marks and opaque modules too."""
        handles: list[RemovableHandle] = []
        fast = torch.backends.mha.get_fastpath_enabled()
        self._tape, self._masks = tape, {}
        tape.mask_of = self._mask_of
        tape.hidden = 1  # what is done outside the model does not count
        try:
            for name, module in self._model.named_modules():
                if isinstance(module, OPAQUE):
                    handles += _opaque(tape, name, module)
            torch.backends.mha.set_fastpath_enabled(value=False)
            with self._hooks.listening(batch, mask), torch.no_grad(), tape:
                yield
        finally:
            torch.backends.mha.set_fastpath_enabled(value=fast)
            self._tape = None
            for handle in handles:
                handle.remove()

    def _started(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if self._tape is None:
            return
        self._tape.hidden -= 1
        first = next(trees.tensors((args, kwargs)), None)
        if first is not None:
            self.input = self._tape.value(first)

    def _mask_of(self, layer: str) -> Tensor | None:
        """Return the mask of a layer that has run, else that of the module that runs or has run."""
        if layer in self._masks:
            return self._masks[layer]
        scope = self._hooks.layouts.masks.scope
        if scope.mask is not None and not scope.open:
            return scope.mask
        found = {id(mask): mask for mask in self._masks.values() if mask is not None}
        return next(iter(found.values())) if len(found) == 1 else None

    def _finished(self, _output: Any) -> None:
        if self._tape is not None:
            self._tape.hidden += 1

    def _mark(self, output: LayerOutput) -> None:
        if self._tape is not None and not output.tensor.is_nested:
            layout = output.layout
            self._masks[output.layer] = layout.mask
            self._tape.mark(output.layer, output.tensor, (layout.unit, layout.batch or 0))


def _opaque(tape: Tape, name: str, module: nn.Module) -> list[RemovableHandle]:
    def before(_module: nn.Module, _args: Any, _kwargs: Any) -> None:
        tape.hidden += 1

    def after(_module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        tape.hidden -= 1
        if output is not None and not tape.hidden:
            tape.opaque(name, (*args, *kwargs.values()), output)

    first: Callable[..., Any] = before
    return [
        module.register_forward_pre_hook(first, with_kwargs=True),
        module.register_forward_hook(after, with_kwargs=True, always_call=True),
    ]
