"""Answer how accurate the model is, class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.records import ClassMetrics
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

OVER_STEPS = ("inputs", "correct", "predicted", "absolute_error", "squared_error")


def metrics(store: Store, request: Request) -> Response:
    """Answer the class metrics over all steps, and the confusion at one."""
    model = store.model(arguments.text(request, "run"), arguments.text(request, "model"))
    found = list(store.over_steps(model, ClassMetrics))
    if not found:
        raise errors.NotFoundError(f"run {model.run!r} has no class metrics of {model.name!r}")
    step = arguments.integer(request, "step", found[-1][0].step)
    entry, at = store.find(model, ClassMetrics, "", step)
    series = {
        name: np.stack(
            [_aligned(getattr(record, name), record.rows, at.rows) for _, record in found]
        )
        for name in OVER_STEPS
    }
    return arguments.arrays(
        request,
        {**series, "confusion": at.confusion, "probability": at.probability},
        {
            "steps": [one.step for one, _ in found],
            "rows": at.rows,
            "total": [record.total for _, record in found],
            "unlabelled": [record.unlabelled for _, record in found],
            "step": entry.step,
            "mode": at.mode,
        },
    )


def _aligned(values: Array, rows: tuple[str, ...], target_rows: tuple[str, ...]) -> Array:
    """Values in the order of the rows wanted; 0 counts or NaN sums where a row is missing."""
    if rows == target_rows:
        return values
    missing = np.nan if values.dtype.kind == "f" else 0
    at = dict(zip(rows, values.tolist(), strict=True))
    return np.array([at.get(row, missing) for row in target_rows], dtype=values.dtype)
