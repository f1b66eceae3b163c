"""Of which subsets an input may be drawn for the sample that influence is measured on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import torch
from torch import Tensor

from summary_ops import subsets
from summary_ops.accumulator import Accumulator
from summary_ops.batch import Batch
from summary_ops.membership import guess
from tb_plugin_neural.record import Array

Members = Mapping[str, Array]
"""Places in a batch, by subset."""

PARTS = ("class:", "predicted:", "target:", "unlabelled")
"""Beginnings of the keys of subsets that share no input."""


def order(subset: str) -> tuple[str, int]:
    """A key to sort subsets by: kinds by name, classes by index."""
    kind, _, index = subset.rpartition(":")
    return (kind, int(index)) if kind and index.isdecimal() else (subset, -1)


def is_part(accumulator: Accumulator, subset: str) -> bool:
    """Whether `all` consists of this subset and others, and has no sample of its own."""
    return subset.startswith(PARTS) and is_whole(accumulator)


def is_whole(accumulator: Accumulator) -> bool:
    """Whether the subsets in `PARTS` are sampled all, so that their sum stands for `all`."""
    settings, plan = accumulator.settings, accumulator.plan
    grouped = settings.task in ("multiclass", "binary", "regression")
    return grouped and plan is not None and plan.whole


def members_of(accumulator: Accumulator, batch: Batch) -> tuple[Members, Array]:
    """The subsets of a batch's inputs that are sampled, and the inputs' classes.

    Returns:
        Places by subset; and int64 `[batch]`, the true class, else the predicted one, else -1.
    """
    task, plan = accumulator.settings.task, accumulator.plan
    predicted = None
    if batch.logits is not None and task in ("multiclass", "binary"):
        predicted = _array(guess(batch.logits))
    nobody = np.full(batch.size, -1)
    labels = _labels(accumulator, batch)
    known = nobody if labels is None else labels
    found: dict[str, Array] = {}
    if not batch.only:
        if not is_whole(accumulator):
            found["all"] = np.arange(batch.size)
        kept = plan.histograms if plan is not None else None
        if task == "multilabel" and batch.labels is not None:
            inputs, carried = (_array(part) for part in (batch.labels > 0).nonzero(as_tuple=True))
            found |= {key: inputs[at] for key, at in _by_class("class", carried, kept).items()}
        elif task is not None:
            kind = "target" if task == "regression" else "class"
            found |= _by_class(kind, known, kept)
            found |= _unlabelled(accumulator, known, nobody if predicted is None else predicted)
    for name, mask in batch.slices.items():
        inside = _array(mask)
        found[f"slice:{name}"] = inside.nonzero()[0]
        if accumulator.settings.cross_slices and task in ("multiclass", "binary"):
            own = np.where(inside, known, -1)
            found |= _by_class(f"slice:{name}/class", own, plan.histograms if plan else None)
    if task in ("multiclass", "binary"):
        return found, known if predicted is None else np.where(known >= 0, known, predicted)
    return found, nobody


def _unlabelled(accumulator: Accumulator, known: Array, predicted: Array) -> dict[str, Array]:
    """Inputs without a class, by their predicted class where all of these are kept."""
    plan = accumulator.plan
    chances = np.where(known < 0, predicted, -1)
    found = _by_class("predicted", chances, plan.predicted if plan is not None else None)
    rest = known < 0
    for places in found.values():
        rest[places] = False
    return found | {"unlabelled": rest.nonzero()[0]}


def _by_class(kind: str, index: Array, kept: Collection[int] | None) -> dict[str, Array]:
    """Places by class; classes that are not kept and negative ones are left out."""
    classes = [int(c) for c in np.unique(index) if c >= 0 and (kept is None or c in kept)]
    return {f"{kind}:{c}": (index == c).nonzero()[0] for c in classes}


def _labels(accumulator: Accumulator, batch: Batch) -> Array | None:
    """Class, or quantile bin of the target, of every input, -1 where there is none."""
    task, labels = accumulator.settings.task, batch.labels
    if labels is None or task not in ("multiclass", "binary", "regression"):
        return None
    if task == "regression":
        return _array(subsets.quantile_index(labels, accumulator.edges["target"]))
    return _array(torch.where((labels >= 0) & (labels < accumulator.classes), labels, -1))


def _array(tensor: Tensor) -> Array:
    return tensor.cpu().numpy()
