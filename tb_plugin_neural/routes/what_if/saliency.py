"""Saliency: the pixels that a prediction rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.what_if_records import Saliency
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

METHODS = ("occlusion", "integrated_gradients")


def saliency(store: Store, request: Request) -> Response:
    """Answer the map of an instance, of the step that is asked for or the nearest that has one."""
    model = arguments.model(store, request)
    step, instance = arguments.integer(request, "step"), arguments.integer(request, "instance")
    method = arguments.one_of(request, "method", METHODS, None)
    if method is None:
        raise errors.InvalidArgumentError("method is missing")

    def has(record: Saliency) -> bool:
        return record.probe == model.about.probe and instance in record.instance

    try:
        entry, record = store.find(model, Saliency, method, step, has)
    except errors.NotFoundError:
        raise errors.NotFoundError(
            f"no {method} of instance {instance} of {model.name!r} in run {model.run!r}; record it "
            f"with add_saliency(writer, recorder, [{instance}], step=…)"
        ) from None
    row = int(np.flatnonzero(record.instance == instance)[0])
    with np.errstate(over="ignore", invalid="ignore"):
        values = record.values(row)
    return arguments.arrays(
        request,
        {"values": values},
        {
            "step": entry.step,
            "method": record.method,
            "parameters": record.parameters,
            "target": int(record.target[row]),
        },
    )
