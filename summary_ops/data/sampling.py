"""Choose a few inputs of a dataset, as many of each class as there can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from summary_ops.data import batches

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


def split_batch(batch: Any) -> tuple[Any, Any]:
    """Split a loader's batch into inputs and labels; labels are None where it has none.

    A list, or a tuple that `zip(*rows)` has made, may hold an entry an input: images of different
    sizes beside a detector's targets (a dict an image) or labels, texts, or such a list alone. It
    stays, or becomes, a list, which is one argument.

    Raises:
        ValueError: the batch has another shape.
    """
    if isinstance(batch, PackedSequence) or _is_list_of_inputs(batch):
        return batch, None
    inputs, labels = split(batch)
    if inputs is batch and not isinstance(batch, Tensor):
        raise ValueError(
            f"a batch of type {type(batch).__name__} is neither (inputs, labels), inputs, nor a "
            "dict; pass run(unpack=lambda batch: (inputs, labels))"
        )
    return (list(inputs) if _has_one_each(inputs, labels) else inputs), labels


def _has_one_each(inputs: Any, labels: Any) -> bool:
    """Return whether a tuple has one entry per input (as from `zip(*rows)`), not arguments."""
    if type(inputs) is not tuple or not inputs:
        return False
    if all(isinstance(one, str) for one in inputs):
        return True
    single = isinstance(labels, (list, tuple)) and all(map(_is_label, labels))
    return single and batches.has_entries(inputs, len(labels))


def _is_label(value: Any) -> bool:
    """Return whether a value is the label of one input; a detector's is a dict."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        return value.ndim == 0
    return isinstance(value, (Mapping, str, int, float, type(None)))


def _is_list_of_inputs(batch: Any) -> bool:
    if not isinstance(batch, list) or not batch:
        return False
    if all(isinstance(one, Mapping) for one in batch):
        return len({frozenset(one) for one in batch}) == 1
    if not all(isinstance(one, Tensor) and one.is_floating_point() for one in batch):
        return False
    differ = len({one.shape for one in batch}) > 1 and all(one.ndim == 3 for one in batch)
    return differ or (len(batch) > 2 and batches.has_entries(batch))


def labels_of(dataset: Any) -> Any:
    """Labels of a dataset, None where there are none; read from its items if need be."""
    for name in ("targets", "labels"):
        found = getattr(dataset, name, None)
        if isinstance(found, (list, tuple, np.ndarray, Tensor)) and len(found) == len(dataset):
            return _known(found)
    return _known([split(dataset[index])[1] for index in range(len(dataset))])


def _known(labels: Any) -> Any:
    """Labels as they are, None for a detector's targets, which are no class."""
    if isinstance(labels, (list, tuple)):
        return [None if isinstance(label, Mapping) else label for label in labels]
    return labels


def balanced(labels: Array, n: int, seed: int) -> Array:
    """Choose `n` rows, as balanced over labels as possible; return indices by label and index."""
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = order[labels[order] == label]
        turn[own] = np.arange(len(own))
    chosen = order[np.argsort(turn[order], kind="stable")][:n]
    return chosen[np.lexsort((chosen, labels[chosen]))]
