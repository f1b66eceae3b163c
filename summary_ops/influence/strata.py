"""Decide for which subsets each input may be sampled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch
from summary_ops.tasks.task import Grouping, partitions
from tb_plugin_neural.contract.record import Array

Members = Mapping[str, Array]
"""Places in a batch, by subset."""

PARTS = ("class:", "predicted:", "target:", "unlabelled")
"""Beginnings of the keys of subsets that share no input."""


def order(subset: str) -> tuple[str, int]:
    """Return a sort key of a subset: kinds by name, classes by index."""
    kind, _, index = subset.rpartition(":")
    return (kind, int(index)) if kind and index.isdecimal() else (subset, -1)


def is_part(accumulator: Accumulator, subset: str) -> bool:
    """Return whether `all` consists of this subset and others, and has no sample of its own."""
    return subset.startswith(PARTS) and is_whole(accumulator)


def is_whole(accumulator: Accumulator) -> bool:
    """Return whether all subsets in `PARTS` are sampled, so that their sum stands for `all`."""
    budget = accumulator.budget
    return partitions(accumulator.settings.task) and budget is not None and budget.whole


def members_of(accumulator: Accumulator, batch: Batch) -> tuple[Members, Array]:
    """Return the sampled subsets of a batch's inputs, and the inputs' classes.

    Returns:
        Places by subset; and int64 `[batch]`, the true class, else the predicted one, else -1.
    """
    budget = accumulator.budget
    division = accumulator.divide(batch)
    truth, guess = division.truth, division.guess
    kept = budget.histograms if budget is not None else None
    found: dict[str, Array] = {}
    if division.counted:
        if not is_whole(accumulator):
            found["all"] = np.arange(batch.size)
        found |= _places(truth, kept)
        if division.unlabelled is not None:
            predicted = budget.predicted if budget is not None else None
            found |= _unlabelled(division.unlabelled, guess, predicted)
    for name, mask in division.slices.items():
        found[f"slice:{name}"] = _array(mask).nonzero()[0]
    for grouping in division.crossed:
        found |= _places(grouping, kept)
    own = np.full(batch.size, -1)
    if accumulator.settings.task.exclusive:
        for one in (truth, guess):
            own = np.where(own < 0, _array(one.index), own) if one is not None else own
    return found, own


def _unlabelled(
    unlabelled: Tensor, guess: Grouping | None, kept: Collection[int] | None
) -> dict[str, Array]:
    """Assign inputs without a label to their predicted class, where that is recorded."""
    found: dict[str, Array] = {}
    rest = _array(unlabelled).copy()
    if guess is not None:
        index = torch.where(unlabelled, guess.index, -1)
        found = _places(replace(guess, index=index), kept)
    for indices in found.values():
        rest[indices] = False
    return found | {"unlabelled": rest.nonzero()[0]}


def _places(grouping: Grouping | None, kept: Collection[int] | None) -> dict[str, Array]:
    """Places in the batch by subset; those that are not kept are left out."""
    if grouping is None:
        return {}
    index = _array(grouping.index)
    inputs = np.arange(len(index)) if grouping.inputs is None else _array(grouping.inputs)
    chosen = [int(c) for c in np.unique(index) if c >= 0 and (kept is None or c in kept)]
    return {f"{grouping.kind}:{c}": inputs[index == c] for c in chosen}


def _array(tensor: Tensor) -> Array:
    return tensor.cpu().numpy()
