"""Number the subsets of a batch as they are counted."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.statistics.members import Membership
from summary_ops.streaming.subsets.division import Division
from summary_ops.streaming.subsets.numbering import Keys
from summary_ops.tasks import Grouping


def membership_of(
    division: Division, keys: Keys, size: int, device: torch.device, *, total: bool
) -> Membership:
    """Count the inputs of a batch under the numbers of their subsets.

    Args:
        division: the subsets.
        keys: the numbers known so far; new subsets get the next ones.
        size: number of inputs.
        device: where they are.
        total: whether `all` is counted by itself; else it is the sum of other subsets.
    """
    nobody = torch.full((size,), -1, device=device)
    groups: list[Tensor] = []
    pairs: list[tuple[Tensor, Tensor]] = []
    if division.counted:
        if total:
            groups.append(torch.full_like(nobody, keys.of("all")))
        if division.unlabelled is not None:
            groups.append(_by_label(division, division.unlabelled, keys, pairs))
        if division.guess is not None:
            groups.append(_numbers(division.guess, keys))
    for name, mask in division.slices.items():
        groups.append(torch.where(mask, keys.of(f"slice:{name}"), -1))
    groups += [_numbers(grouping, keys) for grouping in division.crossed]
    return Membership.join(groups or [nobody], size, pairs)


def _by_label(
    division: Division, unlabelled: Tensor, keys: Keys, pairs: list[tuple[Tensor, Tensor]]
) -> Tensor:
    """Return one number per input; further labels of an input are added to `pairs`."""
    group, truth = torch.where(unlabelled, keys.of("unlabelled"), -1), division.truth
    if truth is None:
        return group
    numbers = _numbers(truth, keys)
    if truth.inputs is None:
        return torch.where(unlabelled, group, numbers)
    pairs.append((numbers, truth.inputs))
    return group


def _numbers(grouping: Grouping, keys: Keys) -> Tensor:
    """Return the number of each membership, -1 where its index is out of range."""
    index = grouping.index
    block = keys.block(grouping.kind, grouping.count, index.device)
    if not len(block):
        return torch.full_like(index, -1)
    known = (index >= 0) & (index < len(block))
    return torch.where(known, block[torch.where(known, index, 0)], -1)
