"""Choose a few inputs of a dataset, as many of each class as there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

Array = np.ndarray[Any, Any]

LABEL_KEYS = ("labels", "label", "targets", "target")


def split(item: Any) -> tuple[Any, Any]:
    """Input and label of a dataset's item; the label is None where there is none."""
    if isinstance(item, Mapping):
        inputs = dict(item)
        key = next((key for key in LABEL_KEYS if key in inputs), None)
        return inputs, inputs.pop(key) if key else None
    if isinstance(item, (tuple, list)) and len(item) in (1, 2):
        return item[0], item[1] if len(item) == 2 else None
    return item, None


def labels_of(dataset: Any) -> Array:
    """Class indices of a dataset, -1 where there are none; read from its items if need be."""
    for name in ("targets", "labels"):
        found = getattr(dataset, name, None)
        if isinstance(found, (list, tuple, np.ndarray, Tensor)) and len(found) == len(dataset):
            return np.asarray(found)
    labels = [split(dataset[index])[1] for index in range(len(dataset))]
    return np.asarray([-1 if label is None else label for label in labels])


def balanced(labels: Array, n: int, seed: int) -> Array:
    """Indices of `n` rows, as many of each label as there can be, by label and then by index."""
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turn[own] = np.arange(len(own))
    chosen = order[np.argsort(turn[order], kind="stable")][:n]
    return chosen[np.lexsort((chosen, labels[chosen]))]
