"""Check outputs and labels against what a task expects of them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def output(task: str | None, fits: bool, expected: str, batch: int, logits: Tensor) -> None:
    """Check the shape of a prediction.

    Raises:
        ValueError: it does not fit.
    """
    if not fits:
        raise ValueError(
            f"task {task!r} expects an output of shape {expected} with batch = {batch}, the model "
            f"gave {list(logits.shape)}; choose the prediction with output=, or another task, or "
            "task=None"
        )


def single_output(task: str | None, logits: Tensor, batch: int) -> Tensor:
    """A prediction of one number an input, `[batch]`.

    Raises:
        ValueError: it has another shape.
    """
    fits = logits.ndim in (1, 2) and logits.numel() == len(logits) == batch
    output(task, fits, "[batch] or [batch, 1]", batch, logits)
    return logits.reshape(-1)


def class_names(task: str | None, classes: tuple[str, ...], logits: Tensor) -> None:
    """Check that a prediction `[batch, classes]` has a column a class name.

    Raises:
        ValueError: it has not.
    """
    if classes and logits.shape[1] != len(classes):
        raise ValueError(
            f"task {task!r} with {len(classes)} class names, but the model's output has shape "
            f"{list(logits.shape)}"
        )


def size_of(labels: Any) -> int | None:
    """How many inputs labels are of, as far as they tell."""
    try:
        return len(labels)
    except TypeError:
        return None


def labels(
    given: Any,
    axes: tuple[str, ...],
    batch: int | None,
    device: torch.device,
    *,
    unknown: float = -1,
) -> Tensor:
    """Labels as a tensor with the given axes; one more of length 1 is dropped.

    Args:
        given: any array, or a list in which None stands for an unknown label.
        axes: names of the axes expected.
        batch: number of inputs, where it is known.
        device: where the labels are to be.
        unknown: what stands for None.

    Raises:
        ValueError: they have another shape or length.
    """
    if isinstance(given, (list, tuple)):
        given = [unknown if label is None else label for label in given]
    tensor = torch.as_tensor(given, device=device).detach()
    if tensor.ndim == len(axes) + 1 and tensor.shape[-1] == 1:
        tensor = tensor[..., 0]
    if tensor.ndim != len(axes) or (batch is not None and len(tensor) != batch):
        raise ValueError(
            f"labels of shape {list(tensor.shape)}, expected [{', '.join(axes)}] with batch = "
            f"{batch}"
        )
    return tensor


def indices(found: Tensor) -> Tensor:
    """Labels as int64, -1 where they are NaN or infinite.

    Raises:
        ValueError: one is no whole number.
    """
    if found.is_floating_point():
        found = torch.where(torch.isfinite(found), found, -1)
        if bool((found != found.round()).any()):
            raise ValueError(
                f"soft labels (the first is {found.flatten()[0].item():.4g}), expected class "
                "indices, or 0 and 1; pass the hard ones, as before smoothing or mixing"
            )
    return found.long()
