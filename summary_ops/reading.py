"""From what the hooks saw to a batch that can be counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from summary_ops import subsets
from summary_ops.batch import Batch
from summary_ops.problems import RECOVERABLE

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


@dataclass(frozen=True)
class Context:
    """What is known of the inputs before the model sees them."""

    labels: Any
    slices: Mapping[str, Tensor | bool] | None
    only: bool


def batch_of(recorder: Recorder, context: Context, *, raising: bool) -> Batch:
    """The batch that the hooks have just seen.

    A prediction or labels that contradict the task are left out and told, unless `raising`.

    Raises:
        ValueError: with `raising`, the contradiction; always, a slice of another length.
    """
    taps, task = recorder.taps, recorder.network.task
    size = taps.batch or 0
    pooled = {name: values for name, values in taps.pooled.items() if len(values) == size}
    device = next(iter(pooled.values())).device

    def attempt(what: str, make: Callable[[], Tensor]) -> Tensor | None:
        try:
            return make()
        except RECOVERABLE as error:
            if raising:
                raise
            recorder.problems.tell(what, error)
            return None

    logits = labels = None
    if task.name is not None and taps.prediction is not None:
        logits = attempt("predictions", lambda: _logits(recorder, size, device))
    if task.name is not None and context.labels is not None:
        labels = attempt("labels", lambda: task.check_labels(context.labels, size, device))
    if logits is not None:
        _mark_output(recorder, pooled, logits)
    return Batch(
        pooled=pooled,
        size=size,
        labels=labels,
        logits=logits,
        slices=subsets.slice_masks(context.slices, size, device),
        only=context.only,
        mode="train" if recorder.model.training else "eval",
    )


def _logits(recorder: Recorder, size: int, device: torch.device) -> Tensor:
    prediction = recorder.taps.prediction
    if not isinstance(prediction, Tensor):
        raise prediction or ValueError("the model has returned nothing")
    return recorder.network.task.check_output(prediction.float(), size).to(device)


def _mark_output(recorder: Recorder, pooled: Mapping[str, Tensor], logits: Tensor) -> None:
    """Note, with the first batch, which layer is the prediction itself."""
    if recorder.accumulator.spans:
        return
    known = recorder.taps.layers
    logits = logits[:, None] if logits.ndim == 1 else logits
    for name, values in reversed(list(pooled.items())):
        if values.shape == logits.shape and torch.equal(values, logits):
            known[name] = replace(known[name], output=True)
            return
