"""Which subsets the inputs of a batch belong to, given the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from summary_ops import subsets
from summary_ops.batch import Batch

if TYPE_CHECKING:
    from summary_ops.accumulator import Accumulator


def membership_of(accumulator: Accumulator, batch: Batch) -> subsets.Membership:
    """Which subsets each input of a batch belongs to; new subsets are numbered as they come."""
    task, keys = accumulator.settings.task, accumulator.keys
    device = next(iter(batch.pooled.values())).device
    labels = batch.labels if task is not None else None
    groups: list[Tensor] = []
    pairs: list[tuple[Tensor, Tensor]] = []
    grouped = task in ("multiclass", "binary")
    first = (
        keys.block("class", accumulator.classes)
        if task != "regression" and accumulator.classes
        else -1
    )
    if not batch.only:
        if task == "multilabel" or task is None or (grouped and not accumulator.whole):
            groups.append(_constant(accumulator, "all", batch.size, device))
        if task == "multilabel" and labels is not None:
            inputs, label = (labels > 0).nonzero(as_tuple=True)
            pairs.append((first + label, inputs))
        elif grouped or task == "regression":
            groups.append(_partition(accumulator, batch, labels, first, device))
        if task == "regression" and batch.logits is not None and "error" in accumulator.edges:
            errors = (
                (batch.logits - labels).abs() if labels is not None else batch.logits * torch.nan
            )
            start = keys.block("error", subsets.QUANTILES)
            index = subsets.quantile_index(errors, accumulator.edges["error"])
            groups.append(subsets.indices(start, index, subsets.QUANTILES))
        if grouped and batch.logits is not None:
            start = keys.block("predicted", accumulator.classes)
            groups.append(subsets.indices(start, _guess(batch.logits), accumulator.classes))
    for name, mask in batch.slices.items():
        groups.append(torch.where(mask, keys.of(f"slice:{name}"), -1))
        if accumulator.settings.cross_slices and grouped and labels is not None:
            start = keys.block(f"slice:{name}/class", accumulator.classes)
            index = torch.where(mask, labels, -1)
            groups.append(subsets.indices(start, index, accumulator.classes))
    if not groups:
        groups.append(torch.full((batch.size,), -1, device=device))
    return subsets.join(groups, batch.size, pairs)


def _constant(accumulator: Accumulator, name: str, size: int, device: torch.device) -> Tensor:
    return torch.full((size,), accumulator.keys.of(name), device=device)


def _guess(logits: Tensor) -> Tensor:
    return (logits > 0).long() if logits.ndim == 1 else logits.argmax(1)


def _partition(
    accumulator: Accumulator, batch: Batch, labels: Tensor | None, first: int, device: torch.device
) -> Tensor:
    unlabelled = _constant(accumulator, "unlabelled", batch.size, device)
    if labels is None:
        return unlabelled
    if accumulator.settings.task == "regression":
        start = accumulator.keys.block("target", subsets.QUANTILES)
        index = subsets.quantile_index(labels, accumulator.edges["target"])
        keyed = subsets.indices(start, index, subsets.QUANTILES)
    else:
        keyed = subsets.indices(first, labels, accumulator.classes)
    return torch.where(keyed >= 0, keyed, unlabelled)
