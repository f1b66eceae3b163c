"""Check outputs against what a task expects of them."""

from __future__ import annotations

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
    """Check a prediction of one number per input, `[batch]`.

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


def within_unit(output: Tensor) -> bool:
    """Return whether all numbers, of which there are some, lie between 0 and 1; NaN apart."""
    known = output[~output.isnan()]
    return bool(len(known)) and bool(((known >= 0) & (known <= 1)).all())


def log_odds(chances: Tensor) -> Tensor:
    """`ln(p / (1 - p))` of probabilities, finite also where rounding made them 0 or 1."""
    low = torch.finfo(chances.dtype).tiny
    high = 1 - torch.finfo(chances.dtype).eps / 2
    return chances.clamp(min=low).log() - torch.log1p(-chances.clamp(max=high))
