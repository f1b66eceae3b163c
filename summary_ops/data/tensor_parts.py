"""The ordinary tensors that a tensor's values lie in, whatever its layout or class."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

_COMPRESSED = {
    torch.sparse_csr: ("crow_indices", "col_indices"),
    torch.sparse_bsr: ("crow_indices", "col_indices"),
    torch.sparse_csc: ("ccol_indices", "row_indices"),
    torch.sparse_bsc: ("ccol_indices", "row_indices"),
}
_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def strided_parts(tensor: Tensor) -> Iterator[Tensor]:
    """Yield the strided tensors that hold a tensor's values, sharing its memory.

    The tensor itself, ordinarily; the local part of a DTensor, the integers and scales of a
    quantized weight, the indices and values of a sparse tensor. Nothing where there are no values
    (meta, lazy) or they are out of reach.
    """
    if tensor.is_meta or is_lazy(tensor):
        return
    if is_traceable_wrapper_subclass(tensor):
        names, _ = tensor.__tensor_flatten__()
        for part in (getattr(tensor, name) for name in names):
            if isinstance(part, Tensor):  # a DTensor names its device mesh as well
                yield from strided_parts(part)
    elif tensor.layout is torch.sparse_coo:
        yield from (tensor._indices(), tensor._values())  # noqa: SLF001
    elif tensor.layout in _COMPRESSED:
        yield from (getattr(tensor, name)() for name in _COMPRESSED[tensor.layout])
        yield tensor.values()
    elif tensor.layout is torch.strided:
        yield tensor


def same_bits(first: Tensor, second: Tensor) -> bool:
    """Return whether two strided tensors of one shape and dtype have the same bits."""
    if first.is_quantized:
        return torch.equal(first, second)
    if first.is_complex():
        first, second = (torch.view_as_real(part.resolve_conj()) for part in (first, second))
    integer = _INTEGERS[first.element_size()]
    return torch.equal(first.view(integer), second.view(integer))
