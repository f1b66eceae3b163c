"""What a model's output means: find the prediction, check it against the task, read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from summary_ops.network import trees

TASKS = ("multiclass", "binary", "multilabel", "regression", None)
Output = str | int | Callable[[Any], Tensor] | None


def prediction(value: Any, output: Output) -> Tensor:
    """The prediction tensor of what the model returned.

    Without a choice it is `logits` where there is such a part, else the first floating tensor.

    Raises:
        ValueError: there is none, or the chosen part is no floating tensor.
    """
    if callable(output):
        chosen = _call(output, value)
    elif output is not None:
        chosen = trees.part(value, output)
    elif isinstance(value, Mapping) and "logits" in value:
        chosen = value["logits"]
    else:
        chosen = getattr(value, "logits", None)
        chosen = trees.floating(value) if chosen is None else chosen
    if not isinstance(chosen, Tensor) or not chosen.is_floating_point():
        raise ValueError(
            f"no prediction in an output of type {type(value).__name__}; choose it with output="
        )
    return chosen


def _call(output: Callable[[Any], Tensor], value: Any) -> Any:
    try:
        return output(value)
    except Exception as error:
        raise ValueError(f"output= raised {type(error).__name__}: {error}") from error


def check_output(task: str | None, logits: Tensor, batch: int, classes: int | None) -> Tensor:
    """The prediction in the task's own shape.

    Returns:
        `[batch, classes]` for multiclass and multilabel, `[batch]` for binary and regression.

    Raises:
        ValueError: the shape contradicts the task or the class names.
    """
    shape = list(logits.shape)
    if task in ("binary", "regression"):
        fits = logits.ndim in (1, 2) and logits.numel() == len(logits) == batch
        expected = "[batch] or [batch, 1]"
    else:
        fits = logits.ndim == 2 and len(logits) == batch and (task != "multiclass" or shape[1] > 1)
        expected = "[batch, classes]" if task == "multiclass" else "[batch, labels]"
    if not fits:
        raise ValueError(
            f"task {task!r} expects an output of shape {expected} with batch = {batch}, the model "
            f"gave {shape}; choose the prediction with output=, or another task, or task=None"
        )
    if classes is not None and task in ("multiclass", "multilabel") and shape[1] != classes:
        raise ValueError(
            f"task {task!r} with {classes} class names, but the model's output has shape {shape}"
        )
    return logits.reshape(-1) if task in ("binary", "regression") else logits


def own_output(task: str, logits: Tensor, label: Tensor) -> Tensor:
    """What an output says of each input's own class `[batch]`; differentiable.

    The class's logit; for binary tasks the logit with the class's sign; for multilabel the largest
    logit; for regression the output. It is 0 where the class is not known.

    Args:
        task: what the outputs mean.
        logits: as `check_output` returns them.
        label: int64 `[batch]`, class indices.
    """
    if task == "regression":
        return logits
    if task == "multilabel":
        return logits.amax(1)
    if task == "binary":
        return logits * torch.where(label < 0, 0, 2 * label - 1)
    known = (label >= 0) & (label < logits.shape[1])
    own = logits.gather(1, torch.where(known, label, 0)[:, None])[:, 0]
    return torch.where(known, own, 0)


def probabilities(task: str, logits: Tensor) -> Tensor:
    """`[batch, classes]`, float32; a column a label for multilabel, two columns for binary."""
    logits = logits.float()
    if task == "multiclass":
        return logits.softmax(1)
    chance = logits.sigmoid()
    return chance if task == "multilabel" else torch.stack((1 - chance, chance), 1)


def size_of(labels: Any) -> int | None:
    """How many inputs labels are of, as far as they tell."""
    try:
        return len(labels)
    except TypeError:
        return None


def check_labels(task: str | None, labels: Any, batch: int | None, device: torch.device) -> Tensor:
    """Labels as a tensor: int64 `[batch]`, `[batch, labels]` for multilabel, float for regression.

    An unknown label is None, NaN or negative; for regression None or NaN.

    Raises:
        ValueError: the labels have another shape or length than task and batch ask for.
    """
    if isinstance(labels, (list, tuple)):
        unknown = math.nan if task == "regression" else -1
        labels = [unknown if label is None else label for label in labels]
    tensor = torch.as_tensor(labels, device=device).detach()
    dims = 2 if task == "multilabel" else 1
    if tensor.ndim == dims + 1 and tensor.shape[-1] == 1:
        tensor = tensor[..., 0]
    if tensor.ndim != dims or (batch is not None and len(tensor) != batch):
        expected = "[batch, labels]" if task == "multilabel" else "[batch]"
        raise ValueError(
            f"labels of shape {list(tensor.shape)}, expected {expected} with batch = {batch}"
        )
    if task == "regression":
        return tensor.float()
    if tensor.is_floating_point():
        tensor = torch.where(torch.isfinite(tensor), tensor, -1)
        if bool((tensor != tensor.round()).any()):
            raise ValueError(
                f"soft labels (the first is {tensor.flatten()[0].item():.4g}), expected class "
                "indices, or 0 and 1; pass the hard ones, as before smoothing or mixing"
            )
    return tensor.long()
