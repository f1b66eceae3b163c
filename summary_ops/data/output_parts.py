"""Parts of what modules put out, by the ends of layers' names: `lstm[1]`, `encoder.logits`."""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import trees


def selected(output: Any, selector: str) -> Tensor | PackedSequence:
    """Select the part of an output that a selector names; by default the first floating one."""
    for index, attribute in re.findall(r"\[([^\]]+)\]|\.(\w+)", selector):
        part = index or attribute
        output = trees.part(output, int(part) if part.lstrip("-").isdigit() else part.strip("'\""))
    if isinstance(output, (tuple, list)) and output and isinstance(output[0], PackedSequence):
        output = output[0]
    if isinstance(output, PackedSequence):
        return output
    tensor = trees.floating(output)
    if tensor is None:
        raise ValueError(f"an output of type {type(output).__name__} has no floating-point tensor")
    return tensor


def replaced(output: Any, old: Tensor, new: Tensor) -> Any:
    """Replace one tensor of an output by another."""
    found = []

    def change(tensor: Tensor) -> Tensor:
        found.append(tensor is old)
        return new if tensor is old else tensor

    changed = trees.map_tensors(change, output)
    if not any(found):
        raise ValueError(
            "its output holds the units in a type that cannot be copied; leave the layer out "
            "with layers=[…]"
        )
    return changed
