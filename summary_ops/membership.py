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
    count = accumulator.classes if task != "regression" else 0
    classes = keys.block("class", count, device)
    if not batch.only:
        if task in ("multilabel", None) or (grouped and not accumulator.whole):
            groups.append(_constant(accumulator, "all", batch.size, device))
        if task == "multilabel" and labels is not None:
            inputs, label = (labels > 0).nonzero(as_tuple=True)
            pairs.append((classes[label], inputs))
        if task is not None:
            groups.append(_partition(accumulator, batch, labels, classes, device))
        if batch.logits is not None:
            groups += _by_output(accumulator, batch.logits, labels, device)
    for name, mask in batch.slices.items():
        groups.append(torch.where(mask, keys.of(f"slice:{name}"), -1))
    if accumulator.settings.cross_slices and grouped and labels is not None:
        for name, mask in batch.slices.items():
            numbers = keys.block(f"slice:{name}/class", count, device)
            groups.append(subsets.indices(numbers, torch.where(mask, labels, -1)))
    if not groups:
        groups.append(torch.full((batch.size,), -1, device=device))
    return subsets.join(groups, batch.size, pairs)


def _constant(accumulator: Accumulator, name: str, size: int, device: torch.device) -> Tensor:
    return torch.full((size,), accumulator.keys.of(name), device=device)


def guess(logits: Tensor) -> Tensor:
    """The predicted class `[batch]`; -1, none, for an output of NaN or without a finite maximum."""
    if logits.ndim == 1:
        return torch.where(torch.isnan(logits), -1, (logits > 0).long())
    best, guess = logits.max(1)
    return torch.where(torch.isfinite(best), guess, -1)


def _by_output(
    accumulator: Accumulator, logits: Tensor, labels: Tensor | None, device: torch.device
) -> list[Tensor]:
    """By predicted class, or by the quantile of the error."""
    task, keys, edges = accumulator.settings.task, accumulator.keys, accumulator.edges
    if task in ("multiclass", "binary"):
        numbers = keys.block("predicted", accumulator.classes, device)
        return [subsets.indices(numbers, guess(logits))]
    if task != "regression" or labels is None or "error" not in edges:
        return []
    index = subsets.quantile_index((logits - labels).abs(), edges["error"])
    return [subsets.indices(keys.block("error", subsets.QUANTILES, device), index)]


def _partition(
    accumulator: Accumulator,
    batch: Batch,
    labels: Tensor | None,
    classes: Tensor,
    device: torch.device,
) -> Tensor:
    """By class or by the quantile of the target, else `unlabelled`."""
    unlabelled = _constant(accumulator, "unlabelled", batch.size, device)
    task = accumulator.settings.task
    if labels is None:
        return unlabelled
    if task == "multilabel":
        return torch.where((labels < 0).all(1), unlabelled, -1)
    if task == "regression":
        index = subsets.quantile_index(labels, accumulator.edges["target"])
        numbers = accumulator.keys.block("target", subsets.QUANTILES, device)
        keyed = subsets.indices(numbers, index)
    else:
        keyed = subsets.indices(classes, labels)
    return torch.where(keyed >= 0, keyed, unlabelled)
