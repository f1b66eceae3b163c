"""Establish by values which axes of a network's layers hold the inputs of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
from torch.utils._python_dispatch import TorchDispatchMode

from summary_ops.network import batches, trees
from summary_ops.network.layouts.folding import Passes, Verdict, compare
from summary_ops.network.layouts.known import Family, KnownLayouts

FEW = 4
"""Inputs that are compared, or all of the batch, where the model takes no fewer."""

FEWEST_TOKENS = 2


@dataclass(frozen=True)
class Captured:
    """A copy of one layer's output.

    Attributes:
        tensor: the output.
        unit: its unit axis.
    """

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


class Choosing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watches for operations that choose rows.

    Attributes:
        seen: whether there was one.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Look at an operation's name, and do it."""
        self.seen |= func._schema.name.partition("::")[2] in CHOOSING  # noqa: SLF001
        return func(*args, **(kwargs or {}))


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


def _passes(
    capture: Capture, inputs: Any, axis: int, size: int, whole: Sequence[int]
) -> dict[Family, list[Captured | None]]:
    """What each layer puts out for the batches that `Passes` names."""
    orders = (whole, [whole[-1], *whole[:-1]], whole[:-1], [whole[-1], *whole[1:]])
    found = [capture(chosen_of(inputs, order, axis, size)) for order in orders]
    return {family: [outputs.get(family) for outputs in found] for family in found[0]}


def _verdict(found: Sequence[Captured | None], size: int) -> Verdict:
    if any(output is None for output in found):
        return Verdict(None, "it does not run for all batches, or puts out other shapes")
    outputs = [output for output in found if output is not None]
    return compare(Passes(*(output.tensor for output in outputs)), size, outputs[0].unit)


def chosen_of(inputs: Any, order: Sequence[int], axis: int, size: int) -> Any:
    """Some inputs of a batch, as a batch.

    Args:
        inputs: the batch; what has no axis of its size stays as it is.
        order: which inputs.
        axis: of tensors, the one that holds the inputs.
        size: number of inputs.
    """
    if isinstance(inputs, Tensor) and not inputs.is_nested:
        for place in dict.fromkeys((axis, 0)):
            if place < inputs.ndim and inputs.shape[place] == size:
                return inputs.index_select(place, torch.tensor(order, device=inputs.device))
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
    """The first few inputs of a batch that differ from one another."""
    seen: dict[bytes, int] = {}
    for index in range(size):
        one = chosen_of(inputs, [index], axis, size)
        parts = [tensor.detach().cpu().contiguous() for tensor in trees.tensors(one)]
        key = b"".join(part.flatten().view(torch.uint8).numpy().tobytes() for part in parts)
        seen.setdefault(key, index)
        if len(seen) == FEW:
            break
    return list(seen.values())
