"""Divide a batch's inputs into subsets, the same for counting and for sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.streaming.subsets.batch import Batch
from summary_ops.tasks import Facts, Grouping, Task


@dataclass(frozen=True)
class Division:
    """All subsets of a batch.

    Attributes:
        counted: whether inputs count in `all` and by label and prediction, not in slices alone.
        truth: by label; None where there are no labels.
        unlabelled: bool `[batch]`; None where the task has no labels.
        guess: by prediction, or by error.
        slices: bool `[batch]` by name.
        crossed: by slice and class.
    """

    counted: bool
    truth: Grouping | None
    unlabelled: Tensor | None
    guess: Grouping | None
    slices: Mapping[str, Tensor]
    crossed: tuple[Grouping, ...]


def divide(task: Task, batch: Batch, facts: Facts, *, cross_slices: bool) -> Division:
    """Divide a batch, given whether slices are also divided by class."""
    truth = unlabelled = guess = None
    if batch.labels is not None:
        truth, unlabelled = task.truth(batch.labels, facts)
    elif task.name is not None:
        unlabelled = torch.ones(batch.size, dtype=torch.bool, device=batch.device)
    if batch.logits is not None:
        guess = task.guess(batch.logits, batch.labels, facts)
    crossed: tuple[Grouping, ...] = ()
    if cross_slices and task.exclusive and truth is not None:
        crossed = tuple(
            Grouping(f"slice:{name}/class", torch.where(mask, truth.index, -1), truth.count)
            for name, mask in batch.slices.items()
        )
    return Division(not batch.only, truth, unlabelled, guess, batch.slices, crossed)
