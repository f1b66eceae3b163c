"""Answer what shows units: examples from the probe set, and feature visualizations."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.graph_records import FeatureVisualization
from tb_plugin_neural.lookup import pictures, subjects
from tb_plugin_neural.routes.activations.instances import DAY
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.contract.records import Probe
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

MOST_EXAMPLES, MOST_PICTURES = 100, 512
LARGEST_PICTURE = 2**17
"""Bytes of a thumbnail that is sent with others."""

MOST_ATLASES = 64


def examples(store: Store, request: Request) -> Response:
    """Answer the instances of the probe set that excite a unit most, and where."""
    model = arguments.model(store, request)
    layer, unit = arguments.text(request, "layer"), arguments.integer(request, "unit")
    entry, record = pictures.examples_of(store, model, layer, arguments.integer(request, "step"))
    subjects.check_unit(unit, len(record.instance), layer)
    instances = len(pictures.probe_of(store, model)[1].names)
    values = subjects.activations_at(store, model, layer, entry.step)
    columns = record.instance[unit].tolist(), record.position[unit], pictures.boxes(record, unit)
    found = [
        {
            "instance": instance,
            "value": _value(values, instance, unit),
            "box": [round(end, 3) for end in box.tolist()],
            "position": position.tolist(),
        }
        for instance, position, box in zip(*columns, strict=True)
        if instance < instances
    ]
    return arguments.document(
        request,
        {"step": entry.step, "hash": record.probe, "examples": found[:MOST_EXAMPLES]},
    )


def _value(values: Array | None, instance: int, unit: int) -> float | None:
    if values is None or instance >= len(values) or unit >= values.shape[1]:
        return None
    return arguments.rounded(float(values[instance, unit]))


def facets(store: Store, request: Request) -> Response:
    """Answer which units have feature visualizations, and where in which picture."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    layers = {}
    for layer in model.about.layers:
        found = islice(pictures.facets_of(store, model, layer.name, step), MOST_ATLASES)
        listed = [_facet(entry, record) for entry, record in found]
        if listed:
            layers[layer.name] = listed
    return arguments.document(request, {"layers": layers})


def facet_atlas(store: Store, request: Request) -> Response:
    """Answer one picture of feature visualizations."""
    model = arguments.model(store, request)
    layer, atlas_id = arguments.text(request, "layer"), arguments.text(request, "id")
    for entry in store.entries(model, FeatureVisualization, layer):
        if pictures.facet_id(entry) == atlas_id:
            body, kind = pictures.picture(store, entry, 1, "the atlas")
            return arguments.content(request, body, kind, expires=DAY)
    raise errors.NotFoundError(f"no atlas of that id of layer {layer!r} in run {model.run!r}")


def thumbnails(store: Store, request: Request) -> Response:
    """Answer the pictures of many instances, one behind the other."""
    model = arguments.model(store, request)
    entry, probe = pictures.probe_of(store, model)
    known = request.args.get("hash")
    if known not in (None, probe.hash):
        raise errors.NotFoundError(f"the probe set {known!r}; there is {probe.hash!r}")
    first = arguments.integer(request, "first", 0)
    count = arguments.integer(request, "count", MOST_PICTURES)
    if first < 0 or not 0 <= count <= MOST_PICTURES:
        raise errors.InvalidArgumentError(
            f"first is {first} and count {count}, expected from 0, and up to {MOST_PICTURES}"
        )
    found = list(
        prefetch(
            lambda instance: _thumbnail(store, entry, probe, instance),
            range(first, min(first + count, len(probe.names))),
        )
    )
    offsets = np.cumsum([0, *map(len, found)])
    return arguments.arrays(
        request,
        {"bytes": np.frombuffer(b"".join(found), np.uint8), "offset": offsets.astype(np.uint32)},
        {"hash": probe.hash, "first": first, "instances": len(probe.names)},
        expires=DAY if known else 0,
    )


def _thumbnail(store: Store, entry: Entry, probe: Probe, instance: int) -> bytes:
    """Return a picture, or nothing where the record has none."""
    if not probe.pictured:
        return b""
    try:
        body, _ = pictures.picture(store, entry, 1 + instance, f"picture {instance}")
    except errors.NotFoundError:
        return b""
    return body if len(body) <= LARGEST_PICTURE else b""


def _facet(entry: Entry, record: FeatureVisualization) -> dict[str, Any]:
    return {
        "id": pictures.facet_id(entry),
        "step": entry.step,
        "tile": record.tile,
        "columns": record.columns,
        "perUnit": record.activation.shape[1],
        "units": record.units.tolist(),
    }
