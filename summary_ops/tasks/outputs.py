"""Find the prediction in what a model returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from summary_ops.data import trees
from summary_ops.tasks.task import Task

Output = str | int | Callable[[Any], Tensor] | None


def prediction(value: Any, output: Output, task: Task | None = None) -> Tensor:
    """Select the prediction in what the model returned.

    Without a choice it is `logits` where there is such a part, else the only floating tensor, or
    the only one whose shape the task and its class names allow.

    Args:
        value: what the model returned.
        output: which part is meant; None where it is to be found.
        task: tells candidates apart.

    Raises:
        ValueError: there is none, or several, or the chosen part is no floating tensor.
    """
    if callable(output):
        chosen = _call(output, value)
    elif output is not None:
        chosen = trees.part(value, output)
    elif isinstance(value, Mapping) and "logits" in value:
        chosen = value["logits"]
    else:
        chosen = getattr(value, "logits", None)
        chosen = _only(value, task) if chosen is None else chosen
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


def _only(value: Any, task: Task | None) -> Tensor | None:
    """Return the only floating tensor that can be the prediction.

    Raises:
        ValueError: several can.
    """
    found = [tensor for tensor in trees.tensors(value) if tensor.is_floating_point()]
    if len(found) < 2:
        return found[0] if found else None
    fits = [tensor for tensor in found if task is not None and _fits(tensor, task)]
    if len(fits) == 1:
        return fits[0]
    shapes = ", ".join(str(list(tensor.shape)) for tensor in found[:6])
    names = _names(value)
    raise ValueError(
        f"an output of type {type(value).__name__} with {len(found)} tensors that may be the "
        f"prediction, of shapes {shapes}; choose one with output="
        + (f", one of {names}" if names else "")
    )


def _fits(tensor: Tensor, task: Task) -> bool:
    """Return whether the tensor has the task's settled shape."""
    if not (task.classes or task.known_classes or task.quantiles) or not tensor.ndim:
        return False
    try:
        task.check_output(tensor, len(tensor))
    except ValueError:
        return False
    return True


def _names(value: Any) -> str:
    """List the parts that can be chosen by index, key or attribute."""
    if isinstance(value, Mapping):
        parts: list[Any] = list(value)
    elif isinstance(value, (tuple, list)):
        parts = list(range(len(value)))
    else:
        parts = list(vars(value)) if hasattr(value, "__dict__") else []
    return ", ".join(map(repr, parts[:8]))
