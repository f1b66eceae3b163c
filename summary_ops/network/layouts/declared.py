"""Read what PyTorch's modules declare about the axes of their outputs."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

RECURRENT = (nn.modules.rnn.RNNBase,)
SEQUENCE = (
    *RECURRENT,
    nn.MultiheadAttention,
    nn.Transformer,
    nn.TransformerEncoder,
    nn.TransformerDecoder,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
)
"""Layers with an argument `batch_first`."""

CONVOLUTIONS = (nn.modules.conv._ConvNd,)  # noqa: SLF001
SPATIAL = (*CONVOLUTIONS, nn.modules.batchnorm._NormBase, nn.GroupNorm)  # noqa: SLF001
"""Layers whose inputs are batched on axis 0, if they are."""

PRESERVING = (
    nn.Linear,
    nn.Embedding,
    nn.LayerNorm,
    nn.RMSNorm,
    nn.Dropout,
    nn.Identity,
    nn.ReLU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
)
"""Layers whose outputs have the leading axes of their inputs."""


def declared_batch_axes(model: nn.Module, outer: int | None = None) -> dict[nn.Module, int]:
    """Return the batch axes of torch's sequence layers and of the modules in them."""
    axis = _declared(model, outer)
    found = {} if axis is None else {model: axis}
    for child in model.children():
        found |= declared_batch_axes(child, axis)
    return found


def _declared(module: nn.Module, outer: int | None) -> int | None:
    if isinstance(module, (nn.TransformerEncoder, nn.TransformerDecoder)):
        module = next(iter(module.layers), module)
    if isinstance(module, (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)):
        module = module.self_attn
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention, nn.Transformer)):
        return int(not module.batch_first)
    return outer


def part_batch_axis(module: nn.Module, selector: str, whole: int | None) -> int | None:
    """Return the batch axis of a selected part of an output, given that of its first part."""
    if not selector.startswith("[1]"):
        return whole
    if isinstance(module, nn.RNNBase):
        return 1  # states: [layers, batch, units]
    return 0 if isinstance(module, nn.MultiheadAttention) else whole


def is_unbatched(module: nn.Module, output: Tensor) -> bool:
    """Return whether an output is that of one input without a batch axis."""
    return output.ndim == 1 or (isinstance(module, SEQUENCE) and output.ndim == 2)


def lacks_batch_axis(module: nn.Module, output: Tensor) -> bool:
    """Return whether a convolution got one input without a batch axis."""
    return isinstance(module, CONVOLUTIONS) and output.ndim == len(module.kernel_size) + 1


def entry_of(inputs: Any) -> Any:
    """Return what the number of inputs is read from: the first tensor, `PackedSequence` or list."""
    if isinstance(inputs, (Tensor, PackedSequence)):
        return inputs
    if isinstance(inputs, dict):
        inputs = tuple(inputs.values())
    if isinstance(inputs, list) and inputs and all(isinstance(part, Tensor) for part in inputs):
        return inputs
    if isinstance(inputs, (tuple, list)):
        found = (entry_of(part) for part in inputs)
        return next((part for part in found if part is not None), None)
    return None


def entries(entry: Any) -> int | None:
    """Return the number of inputs in a `PackedSequence`, list or nested tensor; None for others."""
    if isinstance(entry, PackedSequence):
        return int(entry.batch_sizes[0])
    if isinstance(entry, list):
        return len(entry)
    return entry.size(0) if isinstance(entry, Tensor) and entry.is_nested else None
