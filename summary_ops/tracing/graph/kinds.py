"""Classify operations."""

from __future__ import annotations

import torch

from summary_ops.tracing.graph.tape import Op

RECTIFIERS = (
    *("relu", "leaky_relu", "elu", "celu", "gelu", "silu", "hardswish", "mish", "softplus"),
    *("threshold", "_prelu_kernel", "rrelu_with_noise"),
)
"""Non-linearities that let the positive part of what they get pass."""

CLAMPS = ("clamp", "clamp_min", "hardtanh")
"""Those that do so where their lower bound is not negative."""

LINEAR = (
    *("add", "sub", "rsub", "neg", "mul", "div", "clone", "positive", "_to_copy"),
    *("where", "masked_fill", "lerp", "maximum", "minimum"),
)
"""Operations on single elements that make no new units."""

SUMS = ("add", "sub", "rsub")
"""Those among them that add up."""

MIXTURES = ("where", "masked_fill", "lerp", "maximum", "minimum")
"""Those whose result may hold a constant's elements."""

NORMS = (
    *("native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training"),
    *("cudnn_batch_norm", "miopen_batch_norm"),
    *("native_layer_norm", "native_group_norm", "_fused_rms_norm"),
)
PRODUCTS = ("mm", "addmm", "_sparse_addmm", "bmm")
FACTORS = (*PRODUCTS, "convolution", "mul", "div")
"""Operations that multiply what they are given."""
SOFTMAX = ("_softmax", "_log_softmax")
ATTENTION = "_scaled_dot_product"
"""Prefix of the fused attention's names."""


def shifts(op: Op) -> bool:
    """Return whether a unit that is 0 may become something else."""
    return op.name in (*NORMS, *SUMS, *MIXTURES)


def multiplies(op: Op) -> bool:
    """Return whether one argument is a factor of another."""
    return op.name in FACTORS or op.name.startswith(ATTENTION)


def frozen_norm(op: Op) -> bool:
    """Return whether it is a batch norm that uses its running statistics."""
    batch = op.name.endswith("batch_norm") and not op.args[5]
    return batch or op.name.endswith("no_training")


def rectifies(op: Op) -> bool:
    """Return whether an operation passes little but the positive part."""
    if op.name not in CLAMPS:
        return op.name in RECTIFIERS
    low = op.args[1] if len(op.args) > 1 else op.kwargs.get("min")
    return isinstance(low, (int, float)) and low >= 0


def elementwise(op: Op) -> bool:
    """Return whether each element of the result depends on those at its position only."""
    tags = getattr(op.func, "tags", ())
    return torch.Tag.pointwise in tags or op.name in (*LINEAR, *RECTIFIERS)
