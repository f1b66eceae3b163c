"""Lay out every output of one forward pass, by what is known and by what the pass shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from summary_ops.network.layouts import axes, declared
from summary_ops.network.layouts.folding import Folding
from summary_ops.network.layouts.input_axis import InputAxis
from summary_ops.network.layouts.known import ADVICE, Contradiction, Family, KnownLayouts, LeftOut
from summary_ops.network.layouts.layout import Layout, rows_of_packed
from summary_ops.network.layouts.masks import Masks

if TYPE_CHECKING:
    from summary_ops.network.model.recorded import RecordedNetwork


class Question(LeftOut):
    """An output is not recorded, unless comparing values shows where its inputs are."""


@dataclass
class _Seen:
    """The findings of the current pass."""

    inputs: int | None = None
    groups: Tensor | None = None
    trusted: bool = True
    batched: set[str] = field(default_factory=set)
    single: set[str] = field(default_factory=set)
    contradicting: dict[str, str] = field(default_factory=dict)
    lacking: bool = False


class PassLayouts:
    """Lays out the outputs of a network's layers, one forward pass at a time.

    Args:
        network: whose layers are meant; what the passes show is kept in its `layouts`.

    Attributes:
        masks: the token masks of the present pass.
        deciding: whether layouts are decided on; else units alone are found.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._network = network
        self._known: KnownLayouts = network.layouts
        modules = declared.declared_batch_axes(network.model)
        self._input = InputAxis(network.model, modules, self._known)
        self._units: dict[Family, int] = {}
        self.deciding = True
        self.masks = Masks(network.model)
        self.begin(None, None)

    def begin(self, inputs: int | None, mask: Tensor | None, groups: Tensor | None = None) -> None:
        """Begin a forward pass.

        Args:
            inputs: their number; None for as many as the model is called with.
            mask: bool `[inputs, tokens]`, which tokens of the model's first input count.
            groups: int64 `[rows]`, the input that each row of some layers belongs to.
        """
        if inputs is None and groups is not None:
            inputs = int(groups.max()) + 1 if groups.numel() else 0
        self._seen = _Seen(inputs, groups)
        self._origin: axes.Origin | None = None
        self._origins: dict[int, axes.Origin] = {}
        self._input.begin()
        self.masks.begin(mask)

    def called(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Learn from what the whole model is called with."""
        seen = self._seen
        entry = declared.entry_of((args, dict(kwargs)))
        seen.inputs, seen.trusted = self._input.enter(entry, seen.inputs)
        self.masks.enter_model(args, kwargs, entry)

    def entered(self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Learn from what one of `masks.modules` is called with."""
        given = (*args, *kwargs.values())
        first = any(self._input.flowing(value) == "inputs" for value in given)
        self.masks.enter(module, args, kwargs, first=first)

    def passed(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """Learn from a module's output."""
        learned = self._input.follow(module, args, output)
        if self._seen.inputs is None:
            self._seen.inputs = learned
        axis = axes.own_axis(module)
        tensor = declared.entry_of(output) if axis is not None else None
        if axis is None or not isinstance(tensor, Tensor) or tensor.is_nested or not tensor.ndim:
            return
        self._seen.lacking |= declared.lacks_batch_axis(module, tensor)
        self._origin = self._origins[tensor.ndim] = axes.Origin(tuple(tensor.shape), axis)

    def of(self, layer: str, name: str, module: nn.Module, selector: str, output: Any) -> Layout:
        """Lay out a layer's output.

        Args:
            layer: the layer's name, with the number of the call.
            name: the name without it.
            module: whose output it is.
            selector: of one of several outputs, see `layers.choose`.
            output: a tensor, or a `PackedSequence`.

        Raises:
            LeftOut: its axes are not established, or contradict earlier passes.
            ValueError: the axis of the units is ambiguous.
        """
        seen = self._seen
        if layer in self._known.excluded and self.deciding:
            raise LeftOut(self._known.excluded[layer])
        if isinstance(output, PackedSequence):
            seen.batched.add(layer)
            return Layout(1, int(output.batch_sizes[0]), groups=rows_of_packed(output))
        if output.is_nested:
            seen.batched.add(layer)
            return Layout(output.ndim - 1, output.size(0), Folding(0))
        unit = self._unit(layer, name, module, output)
        if output.shape[unit] > self._network.most_units:
            self._known.excluded[layer] = self._network.too_many(output.shape[unit])
            raise LeftOut(self._known.excluded[layer])
        if not self.deciding:
            return Layout(unit, 0)
        if declared.is_unbatched(module, output) or self._input.flowing(output) == "single":
            seen.single.add(layer)
            return Layout(unit, 1)
        if seen.inputs is None and self._input.waiting:
            raise Question(
                f"output of shape {list(output.shape)}, computed before the axis of the model's "
                "inputs was known; pass statistics=Statistics(batch_axis=0), or 1"
            )
        if seen.inputs is None:
            seen.inputs = output.shape[0]
        try:
            layout = self._batched((layer, output.ndim), name, module, selector, output, unit)
        except Contradiction as error:
            seen.contradicting[layer] = str(error)
            raise
        layout = self._masked((layer, output.ndim), output, layout)
        seen.batched.add(layer)
        return layout

    def _batched(
        self,
        family: Family,
        name: str,
        module: nn.Module,
        selector: str,
        output: Tensor,
        unit: int,
    ) -> Layout:
        known, seen, shape = self._known, self._seen, output.shape
        inputs = seen.inputs or 0
        fits = [axis for axis in range(output.ndim) if axis != unit and shape[axis] == inputs]
        if unit == 1 or isinstance(module, declared.SPATIAL):  # inputs come before channels
            fits = [axis for axis in fits if axis == 0]
        stated = known.of_layer(name, output.ndim)
        if stated is not None and stated not in fits:
            raise LeftOut(
                f"batch_axis={{{name!r}: {stated}}}, but its output has shape {list(shape)} with "
                f"{inputs} inputs in the batch"
            )
        if stated is None and self._is_grouped(family, unit, shape[0], fits):
            return Layout(unit, inputs, groups=seen.groups)
        flowing = self._input.declared(module, output, selector)
        for axis in (stated, known.stated, flowing):
            if isinstance(axis, int) and axis in fits:
                if axis == flowing and self._input.flowing(output) is not None:
                    known.by_length[family] = axis  # also where a copy of it goes on
                return Layout(unit, inputs, Folding(axis))
        folding = known.folding(family, shape, fits, inputs)
        if folding is not None:
            return Layout(unit, inputs, folding)
        if self._is_only(fits, module, output, unit, flowing):
            known.settle_by_length(family, fits[0], weak=bool(_multiples(shape, unit, inputs)))
        elif not fits or inputs != 1:  # of a single input, all of them leave the same numbers
            raise Question(_question(name, list(shape), fits, inputs, announced=not seen.trusted))
        return Layout(unit, inputs, Folding(fits[0]))

    def _is_only(
        self, fits: list[int], module: nn.Module, output: Tensor, unit: int, flowing: int | None
    ) -> bool:
        """Return whether a single axis can hold the inputs, going by its length."""
        if fits not in ([0], [1]) or (output.ndim > 2 and not self._seen.trusted):
            return False
        inputs = output.shape[fits[0]]
        multiples = _multiples(output.shape, unit, inputs)
        if flowing in multiples or (fits == [1] and 0 in multiples):
            return False  # that axis may hold several parts of each
        near = self._near(output)
        known = axes.own_axis(module) is not None or near is None or near.units == inputs
        return known or output.shape[unit] != inputs  # else units may be inputs

    def _near(self, output: Tensor) -> axes.Origin | None:
        """Return the last layer that mixed units in an output of as many axes, else the last."""
        return self._origins.get(output.ndim, self._origin)

    def _is_grouped(self, family: Family, unit: int, rows: int, fits: list[int]) -> bool:
        """Return whether the rows of an output are those of `groups`."""
        groups, known = self._seen.groups, self._known
        if groups is None or not unit or rows != len(groups):
            return False
        if 0 not in fits:
            known.by_groups.add(family)
        elif family not in known.by_groups and family not in known.by_length:
            raise LeftOut(
                f"{rows} rows, as many as groups= and as many as inputs: this batch does not tell "
                "which of them they are"
            )
        return family in known.by_groups

    def _masked(self, family: Family, output: Tensor, layout: Layout) -> Layout:
        """Add the token mask to the layout, where the layer has the mask's tokens."""
        scope = self.masks.scope
        if scope.mask is None or layout.folding is None:
            return layout
        view = layout.view(output)
        named = view.unit, view.batch
        lengths = [n for axis, n in enumerate(view.tensor.shape) if axis not in named and n > 1]
        if scope.mask.shape != (layout.inputs, *lengths):
            return layout
        tokens = None if scope.decoder else self._known.tokens.get(family)
        if tokens is None and scope.open:
            self._known.masked.add(family)
            raise Question(
                f"output of shape {list(output.shape)} in a model with several inputs that have "
                "tokens: whether the mask is for this layer is open; let recorder.run compare "
                "values, or give the inputs different lengths"
            )
        if tokens is False:
            return layout
        if not scope.decoder:
            self._known.masked.add(family)
        return replace(layout, mask=scope.mask)

    def _unit(self, layer: str, name: str, module: nn.Module, output: Tensor) -> int:
        if name in self._network.unit_axes:
            return self._network.unit_axes[name] % output.ndim
        if output.ndim == 1:
            return 0
        family = layer, output.ndim
        if family not in self._units:
            self._units[family] = axes.unit_axis(output, module, self._near(output))
        return self._units[family]

    @property
    def single(self) -> bool:
        """Return whether the pass is that of one input without a batch axis."""
        return bool(self._seen.single)

    @property
    def inputs(self) -> int | None:
        """Number of inputs in the pass; None while it is not known."""
        return 1 if self.single else self._seen.inputs

    def end(self) -> frozenset[str]:
        """End a forward pass.

        Returns:
            Layers that have contradicted what was known of them: nothing of them counts any more.

        Raises:
            LeftOut: the layers do not agree on whether the inputs have a batch axis.
        """
        seen = self._seen
        if seen.lacking or (seen.single and seen.batched):
            raise LeftOut(
                "the model was called with an input without a batch axis, and not all layers show "
                "that; give it one: model(x[None])"
            )
        if not seen.batched:  # then it is the number of inputs that is wrong
            return frozenset()
        self._known.excluded.update(seen.contradicting)
        return frozenset(seen.contradicting)


def _multiples(shape: torch.Size, unit: int, inputs: int) -> list[int]:
    """Return the axes that may hold parts of each input; none where axis 1 has the units."""
    return (
        []
        if unit == 1
        else [
            axis
            for axis, length in enumerate(shape)
            if axis != unit and length > inputs > 0 and length % inputs == 0
        ]
    )


def _question(name: str, shape: list[int], fits: list[int], inputs: int, *, announced: bool) -> str:
    if announced and not fits:
        return (
            f"output of shape {shape}, batch axis of length {shape[0]} where {inputs} inputs were "
            f"announced; {ADVICE}"
        )
    found = f"output of shape {shape} with {inputs} inputs in the batch"
    if fits:
        return (
            f"{found}: which of the axes {' and '.join(map(str, fits))} holds them is open; pass "
            f"statistics=Statistics(batch_axis={{{name!r}: {fits[0]}}}), or let recorder.run "
            "compare values"
        )
    return f"{found}: no axis is known to hold them; {ADVICE}, or let recorder.run compare values"
