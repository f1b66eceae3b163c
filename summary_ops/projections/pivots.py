"""The pivots: instances far from each other, chosen by the inputs alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from summary_ops.probe.probe_set import ProbeSet

AT_ONCE = 2**20
"""Numbers whose differences are held at once."""


def choose(probe: ProbeSet, count: int, seed: int) -> tuple[int, ...]:
    """Choose the pivots of a probe set; the same for every model, step and run.

    Altered copies are pivots only where there are not enough other instances.
    """
    benign = [pair < 0 for pair in probe.pairs]
    return farthest_first(probe.instances.comparable(), count, seed=seed, first=benign)


def farthest_first(
    parts: Sequence[Tensor], count: int, *, seed: int, first: Sequence[bool] | None = None
) -> tuple[int, ...]:
    """Instances each of which is as far as can be from those before it.

    Distances are Euclidean. Whole numbers (but those of 8 bits, which are pixels) and booleans name
    something, words say: they are equal or at distance 1. Of several parts each has the same say,
    as their squared distances to the first pivot have mean 1.

    Args:
        parts: tensors `[n, …]` that an instance consists of.
        count: how many at most; fewer where all others equal one that is chosen.
        seed: of the first, which is drawn at random.
        first: bool `[n]`, those to take before the others; by default all are alike.

    Returns:
        Indices in the order of choice; of equally far ones the first is taken.

    References:
        Gonzalez (1985), Clustering to minimize the maximum intercluster distance; as the pivots of
        Brandes & Pich (2007), Eigensolver methods for progressive multidimensional scaling.
    """
    rows = [_rows(part) for part in parts]
    preferred = np.ones(len(rows[0]), bool) if first is None else np.asarray(first)
    group = preferred if preferred.any() else ~preferred
    chosen = [int(np.random.default_rng(seed).choice(np.flatnonzero(group)))]
    weights = [1.0] * len(rows)
    if len(rows) > 1:
        means = [float(_squared(part, chosen[0]).mean()) for part in rows]
        weights = [1 / mean if mean > 0 else 0.0 for mean in means]
    nearest = np.full(len(group), np.inf)
    while len(chosen) < count:
        last = chosen[-1]
        found = sum(w * _squared(part, last) for w, part in zip(weights, rows, strict=True))
        nearest = np.minimum(nearest, found)
        left = np.where(group, nearest, 0.0)
        if not left.any():
            if group.all():
                break
            group = np.ones(len(group), bool)
            left = nearest
        if not left.any():
            break
        chosen.append(int(left.argmax()))
    return tuple(chosen)


def _rows(part: Tensor) -> Tensor:
    """Convert a part to one row of numbers per instance; other values count as names."""
    rows = part.detach().cpu().flatten(1) if part.ndim > 1 else part.detach().cpu()[:, None]
    if rows.is_complex():
        rows = torch.view_as_real(rows).flatten(1)
    return torch.nan_to_num(rows) if rows.is_floating_point() else rows


def _squared(rows: Tensor, one: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Squared distances of all rows to one of them, `[n]`."""
    names = not (rows.is_floating_point() or rows.dtype in (torch.uint8, torch.int8))
    found = []
    for some in torch.split(rows, max(1, AT_ONCE // max(1, rows.shape[1]))):
        if names:
            found.append((some != rows[one]).sum(1).double())
        else:
            found.append((some.double() - rows[one].double()).square().sum(1))
    return torch.cat(found).numpy()
