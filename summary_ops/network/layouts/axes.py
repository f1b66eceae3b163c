"""Find the axis that holds the units of a layer's output, from what computed it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.network.modules.layers import CONVOLUTIONS

FIRST = (
    *CONVOLUTIONS,
    nn.modules.batchnorm._NormBase,  # noqa: SLF001
    nn.GroupNorm,
    nn.LocalResponseNorm,
)
LAST = (
    nn.Linear,
    nn.Bilinear,
    nn.Embedding,
    nn.EmbeddingBag,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.modules.rnn.RNNBase,
    nn.modules.rnn.RNNCellBase,
)
TOKEN_NORMS = (nn.LayerNorm, nn.RMSNorm)
LAST_NAMES = ("Conv1D",)  # the dense layer of GPT-2 style models, which is no convolution


@dataclass(frozen=True)
class Origin:
    """The last layer that mixed units before an output: where it had how many."""

    shape: tuple[int, ...]
    axis: int

    @property
    def units(self) -> int:
        """Number of units."""
        return self.shape[self.axis]


def own_axis(module: nn.Module) -> int | None:
    """1 for convolutions and their norms, -1 for dense and token layers, None for others.

    A `LayerNorm` over several axes, or of a class of its own (those of convolutional networks
    permute inside), does not tell; what comes before it does.
    """
    if isinstance(module, FIRST):
        return 1
    if type(module) in TOKEN_NORMS and len(module.normalized_shape) == 1:  # type: ignore[arg-type]
        return -1
    if isinstance(module, LAST) or type(module).__name__ in LAST_NAMES:
        return -1
    return None


def unit_axis(output: Tensor, module: nn.Module, origin: Origin | None) -> int:
    """Return the unit axis of `output`, as a non-negative index.

    Raises:
        ValueError: what came before does not tell which axis it is.
    """
    if output.ndim == 2:
        return 1
    own = own_axis(module)
    if own is not None:
        return own % output.ndim
    if origin is not None:
        axis = origin.axis % len(origin.shape)
        if output.ndim == len(origin.shape):
            others = [size for dim, size in enumerate(output.shape) if dim != axis]
            before = [size for dim, size in enumerate(origin.shape) if dim != axis]
            known = output.shape[axis] == origin.units or others[1:] == before[1:]
            permuted = axis > 1 and output.ndim > 3 and any(module.children())
            if known and not (permuted and output.shape[1] == origin.units):
                return axis
        same = [dim for dim in range(1, output.ndim) if output.shape[dim] == origin.units]
        if len(same) == 1:
            return same[0]
        if origin.axis == 1 and output.ndim == len(origin.shape):
            return 1
    raise ValueError(
        f"output of shape {list(output.shape)}: which axis holds the units is not known; "
        "pass statistics=Statistics(unit_axis={layer: axis})"
    )


def pool(
    output: Tensor, axis: int, *, how: str, mask: Tensor | None = None, batch: int = 0
) -> Tensor:
    """Reduce positions: `[batch, …]` with units on `axis` to float32 `[batch, units]`.

    Args:
        output: a layer's output.
        axis: its unit axis.
        how: `max` (NaN if any position is NaN) or `mean`.
        mask: bool `[batch, positions]`, True where a position counts.
        batch: its batch axis.

    Raises:
        ValueError: the mask does not fit the positions.
    """
    positions = positions_of(output, axis, batch)
    if not positions:
        return (output if batch < axis else output.T).to(torch.float32, copy=True)
    if mask is not None:
        return _pool_masked(output, (batch, axis), positions, mask, how)
    if how == "mean":
        pooled = output.float().mean(positions)
    elif _is_channels_last(output) and axis == 1:
        pooled = F.adaptive_max_pool2d(output, 1)[:, :, 0, 0].float()
    else:
        pooled = output.amax(positions).float()
    return pooled if batch < axis else pooled.T


def arg_max(
    output: Tensor, axis: int, rows: Tensor, *, mask: Tensor | None = None, batch: int = 0
) -> Tensor:
    """Return where units are largest on some inputs, flat positions int64 `[units, chosen]`.

    NaN is never the largest, nor a position that does not count. Of each unit, `rows` has the
    inputs that it is asked for, int64 `[units, chosen]`; see `pool` for the other arguments.
    """
    positions = positions_of(output, axis, batch)
    if not positions:
        return torch.zeros_like(rows)
    units = torch.arange(len(rows), device=output.device)[:, None]
    flat = output.permute(axis, batch, *positions)[units, rows].flatten(2)
    lowest = float("-inf")
    flat = flat.masked_fill(torch.isnan(flat), lowest)
    if mask is not None:
        flat = flat.masked_fill(~mask.to(flat.device).bool()[rows], lowest)
    return flat.argmax(2)


def positions_of(output: Tensor, axis: int, batch: int) -> list[int]:
    """Return the axes that are neither the units' nor the inputs'."""
    return [dim for dim in range(output.ndim) if dim not in (axis, batch)]


def flat(output: Tensor, axis: int, *, mask: Tensor | None = None, batch: int = 0) -> Tensor:
    """Return all numbers of each input, `[batch, numbers]`; see `pool` for the arguments.

    Positions that do not count are zero.
    """
    if mask is None:
        return output.movedim(batch, 0).flatten(1)
    positions = positions_of(output, axis, batch)
    values = output.permute(batch, axis, *positions).flatten(2)
    return values.masked_fill(~mask.to(values.device).bool()[:, None, :], 0.0).flatten(1)


def pool_groups(rows: Tensor, groups: Tensor, inputs: int, how: str) -> Tensor:
    """Reduce the rows of each input to float32 `[inputs, units]`; NaN for an input without rows.

    Args:
        rows: float32 `[rows, units]`.
        groups: int64 `[rows]`, the input that each row belongs to; negative for none.
        inputs: their number.
        how: `max` or `mean`.
    """
    groups = groups.to(rows.device)
    rows, groups = rows[groups >= 0], groups[groups >= 0]
    found = rows.new_full((inputs, rows.shape[1]), float("nan"))
    owner = groups[:, None].expand_as(rows)
    kind = "amax" if how == "max" else "mean"
    return found.scatter_reduce_(0, owner, rows, kind, include_self=False)


def pool_nested(output: Tensor, how: str) -> Tensor:
    """Reduce the positions of sequences of different lengths to float32 `[batch, units]`."""
    rows = [part.float().mean(0) if how == "mean" else part.amax(0) for part in output.unbind()]
    return torch.stack(rows).float()


def _is_channels_last(output: Tensor) -> bool:
    return output.ndim == 4 and not output.is_contiguous() and output.stride(1) == 1


def _pool_masked(
    output: Tensor, axes: tuple[int, int], positions: list[int], mask: Tensor, how: str
) -> Tensor:
    flat = output.permute(*axes, *positions).flatten(2)
    if mask.shape != (flat.shape[0], flat.shape[2]):
        raise ValueError(
            f"mask of shape {list(mask.shape)} for {flat.shape[0]} inputs with {flat.shape[2]} "
            "positions each; expected [batch, positions]"
        )
    keep = mask.to(flat.device).bool()[:, None, :]
    if how == "mean":
        total = flat.float().masked_fill(~keep, 0.0).sum(2)
        return total / keep.sum(2)
    lowest = flat.float().masked_fill(~keep, float("-inf")).amax(2)
    return lowest.masked_fill(~keep.any(2), float("nan"))
