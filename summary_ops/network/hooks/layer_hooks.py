"""Forward hooks that find a network's layer outputs and hand them on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import trees
from summary_ops.data.output_parts import replaced, selected
from summary_ops.network.hooks.hook import in_backward
from summary_ops.network.hooks.placing import PassLayouts, Question
from summary_ops.network.hooks.switched_hooks import SwitchedHooks
from summary_ops.network.isolation.module_state import Unwatched
from summary_ops.network.layouts import axes
from summary_ops.network.layouts.layout import Layout, View
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import transforms
from summary_ops.network.modules.calls import PassCalls
from summary_ops.network.modules.functions import FunctionCalls, is_function
from summary_ops.network.modules.layers import INPUT, named_layers, split_output


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """A layer's output in one call.

    Attributes:
        layer: its name, with the number of the call where it is not the first: `relu:1`.
        name: without that number.
        kind: class of the module, or the name of the function.
        module: the layer's module, or that which ran before the function.
        tensor: the output, or that part of it that the name chooses.
        layout: which axes hold what.
        whole: all that the module put out.
    """

    layer: str
    name: str
    kind: str
    module: nn.Module
    tensor: Tensor
    layout: Layout
    whole: Any

    @property
    def replaceable(self) -> bool:
        """Return whether another tensor can replace this one in the forward pass."""
        return any(tensor is self.tensor for tensor in trees.tensors(self.whole))

    @property
    def view(self) -> View:
        """The output with an axis of its own for the inputs, see `Layout.view`."""
        return self.layout.view(self.tensor)


Sink = Callable[[LayerOutput], Tensor | None]
"""Takes a layer's output; what it returns, if anything, goes on through the model instead."""


class StopForward(BaseException):
    """Raised by a sink to end the forward pass, as nothing after the layer is needed.

    It is no `Exception`, so that neither hooks nor a user's `except Exception` swallow it.
    """


class LayerHooks:
    """Hand every recorded layer's output to a sink, while they listen.

    An exception in a sink is reported as a problem of the layer; it never reaches the forward pass.

    Args:
        network: its layers are hooked.
        sink: called with each output, in order of execution.
        started: called with the positional and keyword arguments of each call of the whole model.
        finished: called with what the whole model returns.
        asked: called with a layer whose axes are open; by default that is reported.

    Attributes:
        layouts: of the outputs in the present forward pass.
        fired: whether any hook was ever called.
        heard: whether any was since `listening` began last.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        sink: Sink,
        *,
        started: Callable[[tuple[Any, ...], Mapping[str, Any]], None] | None = None,
        finished: Callable[[Any], None] | None = None,
        asked: Callable[[str, Question], None] | None = None,
    ) -> None:
        self._network = network
        self._sink, self._started, self._finished = sink, started, finished
        self._asked = asked if asked is not None else self._report
        self.layouts = PassLayouts(network)
        self._hooks = SwitchedHooks()
        self._thread: int | None = None
        self._names: dict[nn.Module, list[tuple[str, str]]] = {}
        modules = named_layers(network.model)
        for name, module in network.layers.items():
            self._names.setdefault(module, []).append((name, split_output(name, modules)[1]))
        selectors = [selector for own in self._names.values() for _, selector in own]
        self._functions: FunctionCalls | None = None
        if any(map(is_function, selectors)):
            self._functions = FunctionCalls(self._after_function)
        self._given: tuple[int | None, Tensor | None, Tensor | None] = None, None, None
        self._only: Collection[str] | None = None
        self._skipped: set[str] = set()
        self.fired = self.heard = False
        self._begin()

    def attach(self) -> None:
        """Put the hooks on; they do nothing until `listening`."""
        if self._hooks.are_on:
            return
        root, hooks = self._network.model, self._hooks
        hooks.before(root, self._before_root)
        for module in root.modules():
            if module in self._names:
                if any(selector == INPUT for _, selector in self._names[module]):
                    hooks.before(module, self._before_layer)
                hooks.after(module, self._after_layer)
            elif axes.own_axis(module) is not None:
                hooks.after(module, self._after_other)
            if self._functions is not None and module not in self._names:
                hooks.after(module, self._ended)
        for module in self.layouts.masks.modules:
            hooks.before(module, self._before_tokens, first=True)
            hooks.after(module, self._after_tokens, always=True)
        hooks.after(root, self._after_root)

    def detach(self) -> None:
        """Take the hooks off."""
        self._hooks.off()

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Have the hooks on for a while; those that are on already stay on."""
        if self._hooks.are_on:
            yield
            return
        try:
            self.attach()
            yield
        finally:
            try:
                self.detach()
            finally:
                self.detach()  # what an interrupt has left

    @contextmanager
    def listening(
        self,
        inputs: int | None = None,
        mask: Tensor | None = None,
        groups: Tensor | None = None,
        *,
        only: Collection[str] | None = None,
    ) -> Iterator[None]:
        """Hand on what this thread's forward passes put out, for a while.

        Args:
            inputs: their number in each pass; by default as many as the first tensor has.
            mask: bool `[inputs, tokens]`, the tokens of the model's first input that count.
            groups: int64 `[rows]`, the input that each row belongs to, see `Recorder.run`.
            only: layers that are handed on; by default all.

        Raises:
            RuntimeError: the hooks are listening already.
        """
        if self._thread is not None:
            raise RuntimeError("these hooks are listening already")
        self._only = only
        self._skipped.clear()
        self._given = inputs, None, None
        self._begin()
        with self._network.problems.guard("mask"):
            self.layouts.begin(inputs, mask, groups)
            self._given = inputs, mask, groups
        with self.attached():
            self._thread, self.heard = threading.get_ident(), False
            try:
                with self._functions or nullcontext():
                    yield
            finally:
                self._thread = None
                self.layouts.begin(None, None)

    def _begin(self) -> None:
        self.layouts.begin(*self._given)
        self._calls = PassCalls(self._network.calls)
        self._running: dict[nn.Module, list[int | None]] = {}
        self._latest: tuple[nn.Module, int | None] | None = None

    def _hears(self) -> bool:
        """Return whether the running forward pass is one to record."""
        if self._thread is None or in_backward():
            return False
        if self._thread != threading.get_ident():
            self._skip(
                "forward passes of other threads",
                "labels and slices are those of the thread that observes; call the model there",
            )
            return False
        if not transforms.keep_batches():
            self._skip(
                "forward passes under torch.func.vmap",
                "tensors inside are no outputs of a whole batch; call the model outside too",
            )
            return False
        return torch._C._get_tracing_state() is None  # noqa: SLF001

    def _skip(self, what: str, why: str) -> None:
        """Report once, while the hooks listen, what is not looked at."""
        self.fired = self.heard = True
        if what not in self._skipped:
            self._skipped.add(what)
            self._network.problems.report(what, why)

    def _before_root(
        self, _module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        if not self._hears():
            return
        with self._network.problems.guard("the beginning of a forward pass"):
            self._begin()
            self.layouts.called(args, kwargs)
            if self._started is not None:
                self._started(args, kwargs)

    def _after_root(self, _module: nn.Module, _args: Any, output: Any) -> None:
        if not self._hears():
            return
        self.fired = self.heard = True
        if self._finished is not None:
            with self._network.problems.guard("the end of a forward pass"), transforms.left():
                self._finished(trees.map_tensors(transforms.plain, output))

    def _before_tokens(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        if self._hears():
            with self._network.problems.guard("the masks of tokens"):
                self.layouts.entered(module, args, kwargs)

    def _after_tokens(self, _module: nn.Module, _args: Any, _output: Any) -> None:
        if self._hears():
            self.layouts.masks.leave()

    def _after_other(self, module: nn.Module, args: Any, output: Any) -> None:
        if not self._hears():
            return
        with self._network.problems.guard("the axes of layers"):
            self.layouts.passed(module, args, output)
            self._calls.passed(module)

    def _before_layer(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        if not self._hears():
            return None
        call = self._number(module)
        self._running.setdefault(module, []).append(call)
        given = args, kwargs
        for name, selector in self._names[module]:
            if selector == INPUT:
                given = self._hand_on(name, call, module, "", given)
        return given if given[0] is not args or given[1] is not kwargs else None

    def _after_layer(self, module: nn.Module, args: Any, output: Any) -> Any:
        if not self._hears():
            return None
        self.fired = self.heard = True
        begun = self._running.get(module)
        call = begun.pop() if begun else self._number(module)
        self._after_other(module, args, output)
        found = output
        for name, selector in self._names[module]:
            if selector != INPUT and not is_function(selector):
                found = self._hand_on(name, call, module, selector, found)
        self._latest = module, call
        return found if found is not output else None

    def _ended(self, _module: nn.Module, _args: Any, _output: Any) -> None:
        self._latest = None

    def _after_function(self, function: str, output: Tensor) -> Tensor | None:
        """Hand on what a function returns right after the module that a layer is named after."""
        if self._latest is None or not self._hears():
            return None
        module, call = self._latest
        for name, selector in self._names[module]:
            if selector == f".{function}":
                self._latest = None
                new: Tensor = self._hand_on(name, call, module, "", output, kind=function)
                return None if new is output else new
        return None

    def _number(self, module: nn.Module) -> int | None:
        with self._network.problems.guard("calls of layers"):
            names = [name for name, _ in self._names[module]]
            return self._calls.next(module, names, len(self._network.layers))
        return None

    def _hand_on(
        self,
        name: str,
        call: int | None,
        module: nn.Module,
        selector: str,
        output: Any,
        kind: str = "",
    ) -> Any:
        layer = f"{name}:{call}" if call else name
        if call is None or (self._only is not None and layer not in self._only):
            return output
        with self._network.problems.guard(f"layer {layer}"), transforms.left(), Unwatched():
            chosen = selected(output, selector)
            try:
                layout = self.layouts.of(layer, name, module, selector, chosen)
            except Question as question:
                self._asked(layer, question)
                return output
            tensor = chosen.data if isinstance(chosen, PackedSequence) else chosen
            tensor = transforms.plain(tensor)
            kind = kind or type(module).__name__
            new = self._sink(LayerOutput(layer, name, kind, module, tensor, layout, output))
            if new is not None:
                return replaced(output, tensor, new)
        return output

    def _report(self, layer: str, question: Question) -> None:
        self._network.problems.report(f"layer {layer}", question)
