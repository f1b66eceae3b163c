"""Forward hooks that see layers' outputs and keep their pooled activations."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from summary_ops import axes
from summary_ops.architecture import Sizes
from summary_ops.layers import named_layers, split_output
from summary_ops.network import trees
from summary_ops.problems import RECOVERABLE, Problems
from tb_plugin_neural.records import Layer

Watch = Callable[[str, Tensor | None], None]
"""Is given a layer and what it put out, `[batch, numbers]`; None where inputs differ in size."""


def in_backward() -> bool:
    """Whether autograd is running a backward pass, as in a recomputed checkpoint."""
    return bool(torch._C._current_graph_task_id() != -1)  # noqa: SLF001


class Taps:
    """The hooks on one model; they collect between `begin` and `end`.

    Args:
        model: an unwrapped model.
        chosen: modules to record by name, as `layers.choose` returns them.
        reduction: `max` or `mean` over positions.
        unit_axis: axes by layer name, where they are not known.
        problems: where a dropped layer is told.
        predict: from what the root returns to a tensor of its own that nobody changes later.
        on_forward: called when the root starts another forward inside one context.

    Attributes:
        pooled: activations `[batch, units]` of the last forward, by layer.
        sizes: shapes of the layers' outputs.
        largest: while `locating`, where each unit is largest, as `axes.arg_max` tells it.
    """

    def __init__(
        self,
        model: nn.Module,
        chosen: Mapping[str, nn.Module],
        *,
        reduction: str = "max",
        unit_axis: Mapping[str, int],
        problems: Problems,
        predict: Callable[[Any], Tensor] = lambda _: torch.empty(0),
        on_forward: Callable[[], object] = lambda: None,
    ) -> None:
        self.model = model
        self.reduction = reduction
        self.problems = problems
        self.fired = False
        self._locating = False
        self._watch: Watch | None = None
        self.layers: dict[str, Layer] = {}
        self.sizes = Sizes()
        self._unit_axis = unit_axis
        self._predict = predict
        self._on_forward = on_forward
        self._handles: list[RemovableHandle] = []
        self._open = False
        self._resolved: dict[tuple[str, int], int] = {}
        self._given_mask: Tensor | None = None
        self._batch_axes = axes.batch_axes(model)
        modules = named_layers(model)
        self._names: dict[nn.Module, list[tuple[str, str]]] = {}
        for name, module in chosen.items():
            self._names.setdefault(module, []).append((name, split_output(name, modules)[1]))
        self._clear(None)

    def attach(self) -> None:
        """Put the hooks on; they do nothing outside `begin` and `end`."""
        if self._handles:
            return
        before = Hook(self._before_root)
        self._handles = [self.model.register_forward_pre_hook(before, with_kwargs=True)]
        for module in self.model.modules():
            if module not in self._names and axes.own_axis(module) is not None:
                self._handles.append(module.register_forward_hook(Hook(self._locate)))
        for module in self._names:
            self._handles.append(module.register_forward_hook(Hook(self._see)))
        self._handles.append(self.model.register_forward_hook(Hook(self._after_root)))

    def detach(self) -> None:
        """Take all hooks off."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    @contextmanager
    def collecting(self, batch: int | None, mask: Tensor | None = None) -> Iterator[None]:
        """Put the hooks on for one batch, see `begin`."""
        self.attach()
        self.begin(batch, mask)
        try:
            yield
        finally:
            self.end()
            self.detach()

    @contextmanager
    def locating(self, wanted: object) -> Iterator[None]:
        """Note for a while where each unit is largest, if that is wanted."""
        self._locating = bool(wanted)
        try:
            yield
        finally:
            self._locating = False

    @contextmanager
    def watching(self, watch: Watch | None) -> Iterator[None]:
        """Hand out for a while whole outputs too; whoever keeps one copies it at once.

        Numbers at positions that do not count are zero.
        """
        self._watch = watch
        try:
            yield
        finally:
            self._watch = None

    def begin(self, batch: int | None, mask: Tensor | None = None) -> None:
        """Start collecting one batch of so many inputs (None: as many as the first layer gives)."""
        self._expected, self._given_mask, self._open = batch, mask, True
        self._clear(batch)

    def end(self) -> None:
        """Stop collecting."""
        self._open = False
        self._clear(None)

    def _clear(self, batch: int | None) -> None:
        self.pooled: dict[str, Tensor] = {}
        self.largest: dict[str, tuple[Tensor, tuple[int, ...]]] = {}
        self.prediction: Tensor | Exception | None = None
        self.batch = batch
        self.inside = False
        self._calls: dict[nn.Module, int] = {}
        self._mask: Tensor | None = self._given_mask
        self._origin: axes.Origin | None = None
        self._origins: dict[int, axes.Origin] = {}

    def _before_root(
        self, _module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        if not self._open or in_backward():
            return
        self._on_forward()
        self._clear(self._expected)
        self.inside = True
        if self.batch is None:
            first = next(trees.tensors((args, kwargs)), None)
            self.batch = first.size(0) if first is not None and first.ndim else None
        mask = kwargs.get("attention_mask")
        if self._mask is None and isinstance(mask, Tensor) and mask.ndim == 2:
            self._mask = mask

    def _after_root(self, _module: nn.Module, _args: Any, output: Any) -> None:
        if not self._open or in_backward():
            return
        self.fired, self.inside = True, False
        try:
            with torch.no_grad():
                self.prediction = self._predict(output)
        except RECOVERABLE as error:
            self.prediction = error

    def _locate(self, module: nn.Module, _args: Any, output: Any) -> None:
        if not self._open:
            return
        axis, tensor = axes.own_axis(module), trees.floating(output)
        if axis is None or tensor is None or tensor.is_nested or not tensor.ndim:
            return
        batch = axes.batch_axis(
            tensor, axis % tensor.ndim, self._batch_axes.get(module), self._near(tensor), self.batch
        )
        self._origin = axes.Origin(tuple(tensor.shape), axis, batch)
        self._origins[tensor.ndim] = self._origin

    def _near(self, output: Tensor) -> axes.Origin | None:
        """The last layer that mixed units in an output with as many axes, else the last one."""
        return self._origins.get(output.ndim, self._origin)

    def _see(self, module: nn.Module, _args: Any, output: Any) -> Tensor | None:
        if not self._open or in_backward():
            return None
        self.fired = True
        call = self._calls.get(module, 0)
        self._calls[module] = call + 1
        for name, selector in self._names[module]:
            layer = f"{name}:{call}" if call else name
            try:
                with torch.no_grad():
                    self._keep(layer, name, module, _select(output, selector), selector)
            except RECOVERABLE as error:
                self.problems.tell(f"layer {layer}", error)
        self._locate(module, _args, output)
        return None

    def _keep(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> None:
        if output.ndim < 2:
            raise ValueError(f"output of shape {list(output.shape)} has no batch and unit axes")
        largest, whole, batch = None, None, 0
        if output.is_nested:
            pooled = axes.pool_nested(output.detach(), self.reduction)
        else:
            where, batch = self._place(layer, name, module, output, selector)
            mask = self._mask_of(layer, output, where, batch)
            pooled = axes.pool(output.detach(), where, how=self.reduction, mask=mask, batch=batch)
            if self._locating:
                largest = axes.arg_max(output, where, mask=mask, batch=batch)
            if self._watch is not None:
                whole = axes.flat(output.detach(), where, mask=mask, batch=batch)
        self._check(layer, pooled)
        if pooled.device.type == "mps":
            pooled = pooled.cpu()
        first = next(iter(self.pooled.values()), pooled)
        self.pooled[layer] = pooled.to(first.device)
        self.sizes.see(layer, output, batch)
        if largest is not None:
            self.largest[layer] = largest
        if self._watch is not None:
            self._watch(layer, whole)
        if layer not in self.layers:
            how = "none" if output.ndim == 2 else self.reduction
            self.layers[layer] = Layer(layer, type(module).__name__, pooled.shape[1], how)

    def _check(self, layer: str, pooled: Tensor) -> None:
        """As many inputs as were announced, as many units as before."""
        if self.batch is None:
            self.batch = len(pooled)
        if len(pooled) != self.batch:
            raise ValueError(
                f"batch axis of length {len(pooled)} where {self.batch} inputs were announced; "
                "this batch is dropped for the layer"
            )
        before = self.layers.get(layer)
        if before is not None and before.units != pooled.shape[1]:
            raise ValueError(f"{pooled.shape[1]} units, it had {before.units} before")

    def _place(
        self, layer: str, name: str, module: nn.Module, output: Tensor, selector: str
    ) -> tuple[int, int]:
        """Unit axis and batch axis of an output."""
        unit = self._axis(layer, name, module, output)
        known = axes.part_batch_axis(module, selector, self._batch_axes.get(module))
        return unit, axes.batch_axis(output, unit, known, self._near(output), self.batch)

    def _axis(self, layer: str, name: str, module: nn.Module, output: Tensor) -> int:
        if name in self._unit_axis:
            return self._unit_axis[name] % output.ndim
        key = (layer, output.ndim)
        if key not in self._resolved:
            self._resolved[key] = axes.unit_axis(output, module, self._near(output))
        return self._resolved[key]

    def _mask_of(self, layer: str, output: Tensor, unit: int, batch: int) -> Tensor | None:
        """The token mask, where the output has its positions."""
        if self._mask is None or output.ndim != 3:
            return None
        positions = output.shape[3 - unit - batch]
        if self._mask.shape[1:] == (positions,):
            return self._mask
        self.problems.tell(
            f"mask in layer {layer}",
            f"mask of shape {list(self._mask.shape)}, output of shape {list(output.shape)}: all "
            "of the layer's positions count",
        )
        return None


def _select(output: Any, selector: str) -> Tensor:
    """The tensor of a module's output that a selector names; the first floating one by default."""
    for index, attribute in re.findall(r"\[([^\]]+)\]|\.(\w+)", selector):
        part = index or attribute
        output = trees.part(output, int(part) if part.lstrip("-").isdigit() else part.strip("'\""))
    tensor = trees.floating(output)
    if tensor is None:
        raise ValueError(f"an output of type {type(output).__name__} has no floating-point tensor")
    return tensor


class Hook:
    """A hook that torch.compile stays out of, and that a copy or pickle of the model loses.

    Args:
        method: what to call, as long as its object is there.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = weakref.WeakMethod(method)

    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def __call__(self, *args: Any) -> Any:
        """Call the method with what torch gives a hook; returns what it returns."""
        method = self._method()
        return method(*args) if method is not None else None

    def __reduce__(self) -> tuple[Callable[[], Callable[..., None]], tuple[()]]:
        return _no_hook, ()


def _no_hook() -> Callable[..., None]:
    return _nothing


def _nothing(*_: Any) -> None:
    """What is left of a hook in a copy of the model."""
