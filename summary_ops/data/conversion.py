"""Arrays of any framework as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.dlpack import from_dlpack


def array(value: Any) -> Tensor:
    """Any framework's array of real numbers as a CPU tensor.

    Whole numbers become int64, truth values bool, floating-point numbers of up to 32 bits float32,
    longer ones float64; byte order and framework do not matter.

    Raises:
        TypeError: it holds complex numbers, text, or anything else that is no real number.
    """
    tensor = value if isinstance(value, Tensor) else _from_numpy(_as_numpy(value))
    if tensor.is_complex():
        raise _refusal(str(tensor.dtype))
    tensor = tensor.detach()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_floating_point():
        return (tensor.float() if tensor.dtype.itemsize < 4 else tensor).cpu()
    return (tensor if tensor.dtype == torch.bool else tensor.long()).cpu()


def _as_numpy(value: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(value)
    except (TypeError, RuntimeError):
        if not hasattr(value, "__dlpack__"):
            raise
        return array(from_dlpack(value)).numpy()


def _from_numpy(values: np.ndarray[Any, Any]) -> Tensor:
    kind, size = values.dtype.kind, values.dtype.itemsize
    if not np.can_cast(values.dtype, np.float64, "same_kind") or kind in "mM":
        raise _refusal(str(values.dtype))
    if kind in "bi" or (kind == "u" and size < 8):
        dtype: Any = np.bool_ if kind == "b" else np.int64
    else:
        dtype = np.float32 if size <= 4 and kind != "u" else np.float64
    return torch.from_numpy(np.array(values, dtype=dtype))


def _refusal(dtype: str) -> TypeError:
    return TypeError(
        f"an array of {dtype}, expected real numbers; of complex ones pass abs() or the real part"
    )
