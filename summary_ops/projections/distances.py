"""Distances between long rows of numbers, right also where two rows are nearly equal."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 1024
"""Numbers of a row that are multiplied at once; the sums over blocks are in float64."""

NEAR = 0.02
"""Squared distances below this share of the rows' squared lengths are computed by difference."""

CENTRE = 16
"""Rows whose median is taken from all before they are multiplied; a few far ones do not move it."""

AT_ONCE = 2**22
"""Numbers of the differences that are held at once."""


def distances(rows: Tensor, columns: Tensor, metric: str = "euclidean") -> Tensor:
    """Distances between all rows of two matrices.

    Products are of float32 blocks, moved to their middle, where the processor multiplies float32 as
    such; else, and for cosines, of float64 blocks.

    Args:
        rows: float32 `[n, numbers]`, finite.
        columns: float32 `[m, numbers]`, on the same device.
        metric: `euclidean`, or `cosine`: 1 - cosine; two zeros are at distance 0, a zero and
            another row at 1.

    Returns:
        Float64 `[n, m]`, off by less than 1e-4 of each.
    """
    if metric == "euclidean":
        return _squared(rows, columns).sqrt_()
    lengths = [torch.linalg.vector_norm(one, dim=1, dtype=torch.float64) for one in (rows, columns)]
    own, other = (torch.where(length > 0, 1 / length, 0.0)[:, None] for length in lengths)
    found = _squared(rows, columns, own, other).div_(2)
    return found.masked_fill_((lengths[0] > 0)[:, None] != (lengths[1] > 0), 1.0)


def _squared(
    rows: Tensor, columns: Tensor, own: Tensor | None = None, other: Tensor | None = None
) -> Tensor:
    """Squared Euclidean distances of rows, times a factor a row `[n, 1]` where there are some."""
    plain = own is None and _multiplies_exactly(rows)
    kind = torch.float32 if plain else torch.float64
    total = rows.new_zeros(len(rows), len(columns), dtype=torch.float64)
    size = torch.zeros_like(total)
    for start in range(0, rows.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        right = _times(columns[:, block].to(kind), other)
        centre = right[:CENTRE].median(0).values
        right = right - centre
        left = right if rows is columns else _times(rows[:, block].to(kind), own) - centre
        size += left.square().sum(1)[:, None] + right.square().sum(1)
        total -= 2 * (left @ right.T)
    total += size
    if rows is columns:
        total.fill_diagonal_(torch.inf)
    pairs = (total < NEAR * size).nonzero()
    for near in torch.split(pairs, max(1, AT_ONCE // max(1, rows.shape[1]))):
        row, column = near.T
        left = _times(rows[row].double(), own if own is None else own[row])
        right = _times(columns[column].double(), other if other is None else other[column])
        total[row, column] = (left - right).square().sum(1)
    if rows is columns:
        total.fill_diagonal_(0.0)
    return total.clamp_(min=0)


def _times(values: Tensor, factor: Tensor | None) -> Tensor:
    return values if factor is None else values * factor


def _multiplies_exactly(values: Tensor) -> bool:
    """Return whether matrix products of float32 are computed in full precision."""
    try:
        return values.device.type == "cpu" and torch.get_float32_matmul_precision() == "highest"
    except RuntimeError:  # set by torch's newer switches
        return False
