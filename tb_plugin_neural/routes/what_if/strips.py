"""Answer which adversarial strips there are, their descriptions, and their pictures."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.what_if_records import AdversarialStrip
from tb_plugin_neural.lookup import pictures
from tb_plugin_neural.routes.activations.instances import DAY
from tb_plugin_neural.routes.contents import what_if_index
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug import Request, Response

    from tb_plugin_neural.contract.metadata import Series
    from tb_plugin_neural.contract.record import Array
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

KINDS = ("image", "difference", "saliency", "control")


def strips(store: Store, request: Request) -> Response:
    """Answer what strips there are, those of the newest step first."""
    model = arguments.model(store, request)
    entries = list(what_if_index.entries(store, model, AdversarialStrip))
    records = prefetch(lambda entry: store.record(model, entry, AdversarialStrip), entries)
    found = [
        (entry, record)
        for entry, record in zip(entries, records, strict=True)
        if record is not None
    ]
    found.sort(key=lambda one: (-one[0].step, one[1].instance, one[0].wall_time))
    return arguments.document(request, {"strips": [_summary(*one) for one in found]})


def strip(store: Store, request: Request) -> Response:
    """Answer one strip without its pictures."""
    model = arguments.model(store, request)
    entry, record = _find(store, model, arguments.text(request, "id"))
    frames = zip(
        record.frame.tolist(), record.prediction.tolist(), _numbers(record.factor), strict=True
    )
    return arguments.document(
        request,
        {
            **_summary(entry, record),
            "classes": list(record.classes),
            "layers": list(_layers(record)),
            "curve": {
                "effect": _numbers(record.effect),
                "probability": [_numbers(row) for row in record.probability.T],
                "l2": _numbers(record.l2),
                "linf": _numbers(record.linf),
                "controlEffect": _numbers(record.control_effect),
                "controlProbability": [_numbers(row) for row in record.control_probability.T],
            },
            "frames": [
                {"step": step, "prediction": prediction, "factor": factor}
                for step, prediction, factor in frames
            ],
            "picture": {kind: row * len(record.frame) for row, kind in enumerate(KINDS)},
        },
    )


def strip_picture(store: Store, request: Request) -> Response:
    """Answer one picture of a strip."""
    model = arguments.model(store, request)
    strip_id, number = arguments.text(request, "id"), arguments.integer(request, "picture")
    entry = _entry(store, model, strip_id)
    if not 0 <= number < len(entry.keys) - 1:
        raise errors.NotFoundError(f"picture {number} of {len(entry.keys) - 1} of the strip")
    body, kind = pictures.picture(store, entry, 1 + number, f"picture {number}")
    return arguments.content(request, body, kind, expires=DAY)


def _find(store: Store, model: Model, strip_id: str) -> tuple[Entry, AdversarialStrip]:
    entry = _entry(store, model, strip_id)
    record = store.record(model, entry, AdversarialStrip)
    if record is None:
        raise errors.NotFoundError(f"the strip {strip_id[:80]!r} is damaged")
    return entry, record


def _entry(store: Store, model: Model, strip_id: str) -> Entry:
    def may_be(series: Series) -> bool:
        return strip_id.startswith(f"{series.session}-") and strip_id.endswith(_digest(series))

    for entry in what_if_index.entries(store, model, AdversarialStrip, may_be):
        if _id(entry) == strip_id:
            return entry
    raise errors.NotFoundError(f"no strip of id {strip_id[:80]!r} in run {model.run!r}")


def _id(entry: Entry) -> str:
    """Return a strip's identifier."""
    return f"{entry.series.session}-{entry.step}-{_digest(entry.series)}"


def _digest(series: Series) -> str:
    return blake2b(series.layer.encode(), digest_size=4).hexdigest()


def _summary(entry: Entry, record: AdversarialStrip) -> dict[str, Any]:
    ends = _shown(record)
    return {
        "id": _id(entry),
        "step": entry.step,
        "name": record.name,
        "hash": record.probe,
        "instance": record.instance,
        "label": record.label,
        "prediction": int(record.prediction[0]) if len(record.prediction) else -1,
        "target": record.target,
        "norm": record.norm,
        "radius": arguments.rounded(record.radius),
        "smoothing": arguments.rounded(record.smoothing),
        "flip": record.flip,
        "steps": len(record.effect),
        "frames": len(record.frame),
        "first": ends[0] if ends else None,
        "last": ends[-1] if ends else None,
    }


def _shown(record: AdversarialStrip) -> list[float | None]:
    """Return the target's probability, or the unit's activation, at the frames."""
    values = record.effect
    kind, _, number = record.target.partition(":")
    if kind == "class":
        rows = [row for row, label in enumerate(record.classes) if str(label) == number]
        if not rows:
            return []
        values = record.probability[:, rows[0]]
    return _numbers(values[record.frame.astype(int)])


def _layers(record: AdversarialStrip) -> Iterator[dict[str, Any]]:
    for layer, units, activations in zip(
        record.layers, record.unit.tolist(), record.activation, strict=True
    ):
        known = np.isfinite(activations).any(1)
        rows = [
            {"unit": unit, "activation": _numbers(values)}
            for unit, values, is_known in zip(units, activations, known, strict=True)
            if is_known
        ]
        yield {"layer": layer, "units": rows}


def _numbers(values: Array) -> list[float | None]:
    return [arguments.rounded(value) for value in values.tolist()]
