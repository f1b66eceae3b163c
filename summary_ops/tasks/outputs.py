"""Find the prediction in what a model returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from summary_ops.network import trees

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
