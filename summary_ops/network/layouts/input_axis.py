"""Track the axis that the model's inputs are batched on through its modules."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn

from summary_ops.network.layouts import declared
from summary_ops.network.layouts.known import KnownLayouts

Flowing = int | Literal["inputs", "single"]
"""A batch axis; that of the model's inputs; or that there is one input without such an axis."""


class InputAxis:
    """Axis 0, unless the user states another, or the inputs go into a time-first module.

    Args:
        model: an unwrapped model.
        modules: the batch axes that PyTorch's modules declare.
        known: the axis, once it is known.
    """

    def __init__(
        self, model: nn.Module, modules: Mapping[nn.Module, int], known: KnownLayouts
    ) -> None:
        self._modules, self._known = modules, known
        if known.input_axis is None:
            known.input_axis = modules.get(model)
        if known.input_axis is None and not any(modules.values()):
            known.input_axis = 0
        self._entry: Tensor | None = None
        self._flows: dict[int, tuple[weakref.ref[Tensor], Flowing]] = {}

    @property
    def waiting(self) -> bool:
        """Return whether the batch axis of this pass's input is still unknown."""
        return self._known.input_axis is None and self._entry is not None

    def begin(self) -> None:
        """Forget what was seen in the pass before."""
        self._flows, self._entry = {}, None

    def enter(self, entry: Any, inputs: int | None) -> tuple[int | None, bool]:
        """Learn from what the model is called with.

        Args:
            entry: see `declared.entry_of`.
            inputs: their number, where labels tell it.

        Returns:
            The number of inputs, None while it is not known, and whether the entry has it.
        """
        if isinstance(entry, Tensor) and entry.ndim and not entry.is_nested:
            self._entry = entry
            self._flow(entry, "inputs")
            if inputs is None:
                return self._length(entry), True
            return inputs, inputs in entry.shape[:2]
        own = declared.entries(entry)
        return (own if inputs is None else inputs), own is None or own == inputs

    def _length(self, entry: Tensor) -> int | None:
        axis = self._known.input_axis
        if axis is None:
            return entry.shape[0] if entry.ndim < 2 else None
        return entry.shape[axis if axis < entry.ndim else 0]

    def follow(self, module: nn.Module, given: Any, output: Any) -> int | None:
        """Note what flows through a module.

        Returns:
            The number of inputs, if this told it.
        """
        if not self._modules and (self._entry is None or self._entry.ndim > 3):
            return None  # images
        source = given[0] if isinstance(given, tuple) and given else None
        result = output if isinstance(output, Tensor) else declared.entry_of(output)
        axis = self._modules.get(module)
        learned = None
        if axis and self._known.input_axis is None and isinstance(source, Tensor):
            learned = self._learn(source)
        if not isinstance(result, Tensor) or result.is_nested:
            return learned
        if isinstance(module, declared.SEQUENCE) and axis is not None:
            self._flow(result, axis if result.ndim > 2 else "single")
        elif isinstance(module, declared.PRESERVING) and isinstance(source, Tensor):
            flowing = self.flowing(source)
            if flowing is not None:
                self._flow(result, flowing)
        return learned

    def _learn(self, source: Tensor) -> int | None:
        """Compare what a time-first module is given with the model's input."""
        entry = self._entry
        if entry is None or entry.ndim < 2 or source.ndim < 3:
            return None
        (first, second), batch = entry.shape[:2], source.shape[1]
        if self.flowing(source) == "inputs":
            self._known.input_axis = 1
        elif first != second and batch in (first, second):
            self._known.input_axis = int(batch == second)
        return None if self._known.input_axis is None else entry.shape[self._known.input_axis]

    def flowing(self, tensor: Any) -> Flowing | None:
        """Return what flowed into a tensor; None where that is unknown."""
        held = self._flows.get(id(tensor))
        return held[1] if held is not None and held[0]() is tensor else None

    def declared(self, module: nn.Module, output: Any, selector: str) -> int | None:
        """Return the batch axis of an output, if its module or input determines it."""
        axis = self._modules.get(module)
        if axis is not None:
            return declared.part_batch_axis(module, selector, axis)
        flowing = self.flowing(output)
        if flowing == "inputs":
            return self._known.input_axis
        return flowing if isinstance(flowing, int) else None

    def _flow(self, tensor: Tensor, what: Flowing) -> None:
        self._flows[id(tensor)] = weakref.ref(tensor), what
