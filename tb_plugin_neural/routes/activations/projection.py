"""Maps of the probe set, and the neighbours of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.projection_records import Neighbours
from tb_plugin_neural.lookup import projections
from tb_plugin_neural.lookup.frames import AlignmentFrame
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.lookup.projections import Maps
    from tb_plugin_neural.store.store import Store


def projection(store: Store, request: Request) -> Response:
    """Answer maps of the probe set, or of some instances, for every layer."""
    frame, anchored, reason = _frame(store, request)
    maps = frame.maps
    chosen = _some(request, "instances", maps)
    step, found = frame.at(arguments.integer(request, "step"), chosen)
    shown = np.arange(maps.size) if chosen is None else chosen
    laid = list(found.values())
    quality = np.full((len(laid), len(projections.QUALITY)), np.nan)
    if chosen is None:
        quality = maps.quality(step, found)
    first = laid[0].map
    return arguments.arrays(
        request,
        {
            "xy": np.stack([one.xy[shown] for one in laid]),
            "instance": shown,
            "pivot": first.pivot,
            "radius": np.array([one.radius for one in laid]),
            "stress": np.array([one.map.stress for one in laid]),
            **dict(zip(projections.QUALITY, quality.T, strict=True)),
            "mirrored": np.array([one.mirrored for one in laid], np.uint8),
            "residual": np.array([one.residual for one in laid]),
            "spread": np.array([one.map.spread for one in laid]),
        },
        {
            "step": step,
            "hash": maps.probe,
            "metric": first.metric,
            "layers": list(found),
            "method": [maps.method] * len(laid),
            "anchored": anchored,
            "reason": reason,
        },
    )


def trail(store: Store, request: Request) -> Response:
    """Answer where instances lie at every step in one layer."""
    layer = arguments.text(request, "layer")
    frame, *_ = _frame(store, request)
    shown = arguments.instances(request, "instances", frame.maps.size)
    found = frame.over_steps(layer, _some(request, "among", frame.maps))
    if not found:
        run = frame.maps.model.run
        raise errors.NotFoundError(f"layer {layer!r} in run {run!r} has no {frame.maps.method} map")
    return arguments.arrays(
        request,
        {"xy": np.stack([one.xy[shown] for one in found.values()]), "instance": shown},
        {"steps": list(found), "method": frame.maps.method},
    )


def neighbours(store: Store, request: Request) -> Response:
    """Answer the instances nearest to one by a layer's full activations."""
    model, layer = arguments.model(store, request), arguments.text(request, "layer")
    step, instance = (arguments.integer(request, name) for name in ("step", "instance"))

    def accept(record: Neighbours) -> bool:
        return model.about.probe in (None, record.probe)

    try:
        entry, record = store.find(model, Neighbours, layer, step, accept)
    except errors.NotFoundError:
        raise errors.NotFoundError(
            f"no neighbours in layer {layer!r} of {model.name!r} in run {model.run!r}; they are "
            "recorded with probe=ProbeSet(…), but for layers too large to hold whole: the notes "
            "on what was left out say which, and why"
        ) from None
    if not 0 <= instance < len(record.instance):
        raise errors.NotFoundError(f"instance {instance} of a probe set of {len(record.instance)}")
    with np.errstate(over="ignore", invalid="ignore"):
        distances = record.distances()[instance].tolist()
    pairs = zip(record.instance[instance].tolist(), distances, strict=True)
    nearest = [{"instance": n, "distance": arguments.rounded(distance)} for n, distance in pairs]
    return arguments.document(
        request, {"step": entry.step, "metric": record.metric, "neighbours": nearest}
    )


def _some(request: Request, name: str, maps: Maps) -> Any:
    """Return some instances of the probe set, or None for all."""
    return arguments.instances(request, name, maps.size) if name in request.args else None


def _frame(store: Store, request: Request) -> tuple[AlignmentFrame, bool, str | None]:
    """Return the requested frame, whether it is another run's, and why it is not."""
    method = request.args.get("method", projections.PIVOT_MDS)
    maps = projections.find(store, arguments.model(store, request), method)
    if not {"anchor_run", "anchor_model"}.intersection(request.args):
        return AlignmentFrame(maps), False, None
    names = (arguments.text(request, name) for name in ("anchor_run", "anchor_model"))
    model = store.model(*names)
    if model is maps.model:
        return AlignmentFrame(maps), True, None
    try:
        other = projections.find(store, model, method)
    except errors.NotFoundError as error:
        return AlignmentFrame(maps), False, str(error)
    if (other.probe, other.size) != (maps.probe, maps.size):
        return AlignmentFrame(maps), False, f"run {model.run!r} was recorded with another probe set"
    if other.metric != maps.metric:
        reason = f"distances are {other.metric} in run {model.run!r}, here {maps.metric}"
        return AlignmentFrame(maps), False, reason
    return AlignmentFrame(maps, AlignmentFrame(other)), True, None
