"""Which subsets the inputs of a batch are counted in, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from summary_ops import subsets
from summary_ops.batch import Batch
from summary_ops.streaming.division import Division
from summary_ops.subsets import Keys
from summary_ops.tasks import Grouping
from summary_ops.tasks.task import partitions

if TYPE_CHECKING:
    from summary_ops.accumulator import Accumulator


def membership_of(accumulator: Accumulator, batch: Batch) -> subsets.Membership:
    """Which subsets each input of a batch belongs to; new subsets are numbered as they come."""
    task, keys = accumulator.settings.task, accumulator.keys
    division = accumulator.divide(batch)
    nobody = torch.full((batch.size,), -1, device=batch.device)
    groups: list[Tensor] = []
    pairs: list[tuple[Tensor, Tensor]] = []
    if task.has_classes:
        keys.block("class", accumulator.classes, batch.device)
    if division.counted:
        if not (partitions(task) and accumulator.whole):
            groups.append(nobody.new_full((batch.size,), keys.of("all")))
        if division.unlabelled is not None:
            groups.append(_by_label(division, division.unlabelled, keys, pairs))
        if division.guess is not None:
            groups.append(_numbers(division.guess, keys))
    for name, mask in division.slices.items():
        groups.append(torch.where(mask, keys.of(f"slice:{name}"), -1))
    groups += [_numbers(grouping, keys) for grouping in division.crossed]
    return subsets.join(groups or [nobody], batch.size, pairs)


def _by_label(
    division: Division, unlabelled: Tensor, keys: Keys, pairs: list[tuple[Tensor, Tensor]]
) -> Tensor:
    """One number an input; where an input has several labels, they are added to `pairs`."""
    group, truth = torch.where(unlabelled, keys.of("unlabelled"), -1), division.truth
    if truth is None:
        return group
    numbers = _numbers(truth, keys)
    if truth.inputs is None:
        return torch.where(unlabelled, group, numbers)
    pairs.append((numbers, truth.inputs))
    return group


def _numbers(grouping: Grouping, keys: Keys) -> Tensor:
    block = keys.block(grouping.kind, grouping.count, grouping.index.device)
    return subsets.indices(block, grouping.index)
