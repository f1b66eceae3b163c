"""Establish by values which axes of a network's layers hold the inputs of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import batches, trees
from summary_ops.network import calling
from summary_ops.network.hooks.activations import ForwardPass, ObservedLayers, Pooling
from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.isolation import generators, isolation, sharding
from summary_ops.network.layouts import declared
from summary_ops.network.layouts.folding import Passes, Verdict, compare
from summary_ops.network.layouts.known import Family, KnownLayouts
from summary_ops.network.layouts.masks import is_companion
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.watch import Watch

FEW = 4
"""Inputs that are compared, or all of the batch, where the model takes no fewer."""

ATTEMPTS = 2
"""How often one layer's axes are looked for, in batches that leave them open."""


@dataclass(frozen=True)
class Captured:
    """A copy of one layer's output, and its unit axis."""

    tensor: Tensor
    unit: int


Capture = Callable[[Any], Mapping[Family, Captured]]
"""Calls the model, always in the same random state, and gives the outputs of its layers."""

CHOOSING = frozenset(
    (
        *("embedding", "index", "index_select", "index_add", "index_add_", "index_copy"),
        *("index_copy_", "index_put", "index_put_", "_index_put_impl_", "gather", "take"),
        *("scatter", "scatter_", "scatter_add", "scatter_add_", "scatter_reduce"),
        *("scatter_reduce_", "segment_reduce", "masked_select", "masked_scatter"),
        *("masked_scatter_", "nonzero", "topk", "sort", "_unique", "_unique2", "unique_dim"),
        *("repeat_interleave", "nms", "roi_align", "roi_pool", "ps_roi_align", "arange"),
    )
)
"""Operations that can give an output rows that are not those of the inputs."""


class Choosing(Watch):  # type: ignore[no-untyped-call]
    """Watches for operations that choose rows.

    Attributes:
        seen: whether there was one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def note(self, func: Any, args: Any, kwargs: Mapping[str, Any], made: Any) -> None:
        """Look at an operation's name."""
        del args, kwargs, made
        schema = getattr(func, "_schema", None)  # which higher-order operators do not have
        self.seen |= schema is None or schema.name.partition("::")[2] in CHOOSING


class Comparison:
    """Finds out by a few small batches what single passes leave open.

    Args:
        network: what it finds out is kept in its `layouts`.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._network = network
        self._outputs: dict[Family, Captured] = {}
        self._hooks = LayerHooks(network, self._keep)
        self._hooks.layouts.deciding = False
        self._watched = False
        self._choosing = False
        self._attempts: Counter[str | Family] = Counter()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the first pass inside for operations that choose rows."""
        if self._watched or sharding.is_spread(self._network.model):
            yield
            return
        self._watched = True
        with Choosing() as watch:
            yield
        self._choosing = watch.seen

    def settles(self, inputs: Any, forward: ForwardPass, device: torch.device) -> bool:
        """Compare values, where a pass leaves something open.

        Args:
            inputs: what the model was called with.
            forward: what it put out.
            device: where inputs are sent.

        Returns:
            Whether more is known now, so that the pass is worth repeating. If not, what is open is
            reported.
        """
        if self._learns(inputs, forward, device):
            return True
        for layer, question in forward.questions.items():
            self._network.problems.report(f"layer {layer}", question)
        return False

    def _learns(self, inputs: Any, forward: ForwardPass, device: torch.device) -> bool:
        known = self._network.layouts
        open_ = [layer for layer in forward.questions if self._attempts[layer] < ATTEMPTS]
        doubted = self._choosing and bool(known.by_length)
        weak = [f for f in known.weak & known.by_length.keys() if self._attempts[f] < ATTEMPTS]
        tokens = [f for f in known.masked - known.tokens.keys() if self._attempts[f] < ATTEMPTS]
        if not (open_ or doubted or weak or tokens) or sharding.is_spread(self._network.model):
            return False
        self._attempts.update([*open_, *weak, *tokens])
        self._choosing = False

        def capture(batch: Any) -> Mapping[Family, Captured]:
            self._outputs = {}
            with isolation.isolated(self._network.model), torch.no_grad():
                generators.seed_all(0)
                with self._hooks.listening():
                    calling.call_afresh(self._network.model, batch, device)
            return self._outputs

        try:
            before = known.state
            if open_ or doubted or weak:
                establish(known, capture, inputs, forward.inputs)
            if tokens:
                establish_tokens(known, capture, inputs, forward.inputs)
        except Exception as error:  # noqa: BLE001 - batches may hold anything
            self._network.problems.report("the axes of layers", error)
        finally:
            self._outputs = {}
        return known.state != before

    def _keep(self, output: LayerOutput) -> None:
        family = output.layer, output.tensor.ndim
        if not output.tensor.is_nested:
            copy = output.tensor.detach().clone()
            self._outputs[family] = Captured(copy, output.layout.unit)


def explore(
    network: RecordedNetwork,
    inputs: Any,
    size: int,
    device: torch.device,
    mask: Tensor | None = None,
) -> None:
    """Establish a network's layouts with a few inputs of a batch, before its layers are used.

    Args:
        network: what is learned is kept in its `layouts`.
        inputs: a batch.
        size: number of inputs in it.
        device: where they are sent.
        mask: bool `[size, tokens]`, which tokens count.
    """
    few = min(size, 2 * FEW - 1)
    if few < size:
        with suppress(Exception):  # the model may take whole batches only
            _explore(network, (inputs, mask), range(few), size, device)
            return
    _explore(network, (inputs, mask), range(size), size, device)


def _explore(
    network: RecordedNetwork,
    batch: tuple[Any, Tensor | None],
    few: range,
    size: int,
    device: torch.device,
) -> None:
    axis = network.layouts.input_axis or 0
    given, part = (chosen_of(value, few, axis, size) for value in batch)
    comparison, pooling = Comparison(network), Pooling(network, ObservedLayers())
    again = True
    while again:
        found: list[ForwardPass] = []
        with (
            isolation.isolated(network.model),
            comparison.watching(),
            pooling.collecting(found.append, len(few), part),
            torch.no_grad(),
        ):
            calling.call_afresh(network.model, given, device)
        again = bool(found) and comparison.settles(given, found[-1], device)


def establish(known: KnownLayouts, capture: Capture, inputs: Any, size: int) -> bool:
    """Pass a few batches made of a batch's inputs through the model, and judge its layers.

    Args:
        known: what is learned is kept there.
        capture: calls the model.
        inputs: a batch.
        size: number of inputs in it.

    Returns:
        Whether anything was compared: nothing is where the inputs are all alike, or the model does
        not take the batches.
    """
    axis = known.input_axis or 0
    chosen = _distinct(inputs, axis, size)
    if len(chosen) < 2:
        return False
    everything = [*chosen, *(index for index in range(size) if index not in chosen)]
    for whole in (chosen, everything):
        try:
            passes = _passes(capture, inputs, axis, size, whole)
        except Exception:  # noqa: BLE001, S112 - the model may raise anything
            continue
        for family, found in passes.items():
            known.judge(family, _verdict(found, len(whole)))
        return True
    return False


def establish_tokens(known: KnownLayouts, capture: Capture, inputs: Any, size: int) -> None:
    """See which layers have other positions when the model's first input has half of its tokens.

    Args:
        known: what is learned is kept there.
        capture: calls the model.
        inputs: a batch.
        size: number of inputs in it.
    """
    few = min(size, FEW)
    inputs = chosen_of(inputs, range(few), known.input_axis or 0, size)
    entry = declared.entry_of(inputs)
    axis = 1 - (known.input_axis or 0)
    if not isinstance(entry, Tensor) or entry.is_nested or entry.ndim < 2 or entry.shape[axis] < 2:
        return
    lengths = {entry.shape[axis], entry.shape[axis] * few}
    for everything in (False, True):
        shorter = _halved(inputs, entry, axis, everything=everything)
        try:
            whole, half = capture(inputs), capture(shorter)
        except Exception:  # noqa: BLE001, S112 - the model may raise anything
            continue
        for family, output in whole.items():
            other = half.get(family)
            if other is not None and other.tensor.ndim == output.tensor.ndim:
                pairs = zip(output.tensor.shape, other.tensor.shape, strict=True)
                known.tokens[family] = any(a in lengths and a != b for a, b in pairs)
        return


def _halved(inputs: Any, entry: Tensor, axis: int, *, everything: bool, name: str = "") -> Any:
    """Return the batch with half of its first input's tokens, and whatever goes with them.

    Args:
        inputs: the batch.
        entry: its first input.
        axis: the axis of the tokens.
        everything: cut all that has as many tokens.
        name: under which the model is given it.
    """
    if isinstance(inputs, Tensor):
        same = inputs.ndim > 1 and inputs.shape[:2] == entry.shape[:2]
        mine = inputs is entry or inputs.dtype is torch.bool or is_companion(name)
        other = name.startswith(("decoder", "tgt"))
        cut = same and (everything or mine) and not other
        return inputs.narrow(axis, 0, inputs.shape[axis] // 2) if cut else inputs
    found = trees.split(inputs)
    if found is None:
        return inputs
    parts, rebuild = found
    names = list(inputs) if isinstance(inputs, Mapping) else [""] * len(parts)
    return rebuild(
        [
            _halved(part, entry, axis, everything=everything, name=str(key))
            for part, key in zip(parts, names, strict=True)
        ]
    )


def _passes(
    capture: Capture, inputs: Any, axis: int, size: int, whole: Sequence[int]
) -> dict[Family, list[Captured | None]]:
    """Capture each layer's output for the batches that `Passes` names."""
    orders = (whole, [whole[-1], *whole[:-1]], whole[:-1], [whole[-1], *whole[1:]])
    found = [capture(chosen_of(inputs, order, axis, size)) for order in orders]
    return {family: [outputs.get(family) for outputs in found] for family in found[0]}


def _verdict(found: Sequence[Captured | None], size: int) -> Verdict:
    if any(output is None for output in found):
        return Verdict(None, "it does not run for all batches", final=False)
    outputs = [output for output in found if output is not None]
    return compare(Passes(*(output.tensor for output in outputs)), size, outputs[0].unit)


def chosen_of(inputs: Any, order: Sequence[int], axis: int, size: int) -> Any:
    """Select some inputs of a batch.

    Args:
        inputs: the batch; what has no axis of its size stays as it is.
        order: which inputs.
        axis: of tensors, the one that holds the inputs.
        size: number of inputs.
    """
    if isinstance(inputs, Tensor) and not inputs.is_nested:
        for dim in dict.fromkeys((axis, 0)):
            if dim < inputs.ndim and inputs.shape[dim] == size:
                return inputs.index_select(dim, torch.tensor(order, device=inputs.device))
        return inputs
    packed = isinstance(inputs, PackedSequence) and inputs.batch_sizes[0] == size
    several = isinstance(inputs, list) and batches.has_entries(inputs, size)
    if packed or several or isinstance(inputs, Tensor):
        return batches.rows(inputs, list(order), size)
    found = trees.split(inputs)
    if found is None:
        return inputs
    parts, rebuild = found
    return rebuild([chosen_of(part, order, axis, size) for part in parts])


def _distinct(inputs: Any, axis: int, size: int) -> list[int]:
    """Return the first few inputs of a batch that differ from one another."""
    seen: dict[bytes, int] = {}
    for index in range(size):
        one = chosen_of(inputs, [index], axis, size)
        parts = [tensor.detach().cpu().contiguous() for tensor in trees.tensors(one)]
        key = b"".join(part.flatten().view(torch.uint8).numpy().tobytes() for part in parts)
        seen.setdefault(key, index)
        if len(seen) == FEW:
            break
    return list(seen.values())
