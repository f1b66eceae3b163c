"""The probe set: its instances, what the model says of them, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural import subjects
from tb_plugin_neural.analysis import instances as standing
from tb_plugin_neural.records import (
    Histograms,
    Probe,
    ProbePredictions,
)
from tb_plugin_neural.routes import arguments
from tb_plugin_neural.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.sessions import Model
    from tb_plugin_neural.store import Store

Array = np.ndarray[Any, Any]

PICTURES = ((b"\x89PNG\r\n\x1a\n", 0, "image/png"), (b"WEBP", 8, "image/webp"))
DAY = 24 * 3600


def instances(store: Store, request: Request) -> Response:
    """Answer the probe set's instances, in its order."""
    _, probe = _probe(store, _model(store, request))
    columns = zip(probe.names, probe.labels, probe.pairs, probe.notes, probe.texts, strict=True)
    fields = ("name", "label", "pair", "note", "text")
    return arguments.document(
        request,
        {
            "hash": probe.hash,
            "pictured": probe.pictured,
            "lossless": probe.lossless,
            "instances": [dict(zip(fields, row, strict=True)) for row in columns],
        },
    )


def thumbnail(store: Store, request: Request) -> Response:
    """Answer the picture of one instance."""
    entry, probe = _probe(store, _model(store, request))
    instance = arguments.integer(request, "instance")
    known = request.args.get("hash")
    if known not in (None, probe.hash):
        raise errors.NotFoundError(f"the probe set {known!r}; there is {probe.hash!r}")
    if not (probe.pictured and 0 <= instance < len(probe.names)):
        raise errors.NotFoundError(f"a picture of instance {instance} of {len(probe.names)}")
    picture = store.decoder.blob(entry, 1 + instance)
    for magic, at, kind in PICTURES:
        if picture[at : at + len(magic)] == magic:
            return arguments.content(request, picture, kind, expires=DAY if known else 0)
    store.decoder.damage.note(entry, f"picture {instance} is neither PNG nor WebP")
    raise errors.NotFoundError(f"the picture of instance {instance} is damaged")


def predictions(store: Store, request: Request) -> Response:
    """Answer what the model says of the whole probe set."""
    model = _model(store, request)
    entry, record = store.find(model, ProbePredictions, "", arguments.integer(request, "step"))
    names = ("top", "probability", "label_probability", "energy", "margin", "outputs")
    return arguments.arrays(
        request, {name: getattr(record, name) for name in names}, {"step": entry.step}
    )


def activations(store: Store, request: Request) -> Response:
    """Answer activations of instances, and where they stand in a subset."""
    layer = arguments.text(request, "layer")
    (subject,) = arguments.subjects(request, 1)
    model = store.model(subject.run, subject.model)
    entry, values = subjects.activations(store, model, layer, subject.step)
    chosen = _chosen(values, arguments.integers(request, "i"))
    found = subjects.find(store, subject, layer)
    percentile = robust_z = np.full(chosen.shape, np.nan)
    if found.units == chosen.shape[1]:
        percentile = standing.percentile(found.histogram, chosen)
        robust_z = standing.robust_z(found.histogram, chosen)
    return arguments.arrays(
        request,
        {"values": chosen, "percentile": percentile, "robust_z": robust_z},
        {"step": entry.step, "subsetStep": found.step, "inputs": found.inputs},
    )


def neural_divergence(store: Store, request: Request) -> Response:
    """Answer how far instances are from the class they are predicted as, and from their own."""
    model, step = _model(store, request), arguments.integer(request, "step")
    chosen = arguments.integers(request, "i")
    _, probe = _probe(store, model)
    entry, said = store.find(model, ProbePredictions, "", step)
    if not said.top.shape[1]:
        raise errors.NotFoundError(f"{model.name!r} in run {model.run!r} predicts no classes")
    tops = _chosen(said.top, chosen)[:, 0].tolist()
    confidence = _chosen(said.probability, chosen)[:, 0]
    labels = _chosen(np.array(probe.labels, dtype=np.int64), chosen).tolist()
    classes = list(zip(tops, labels, strict=True))
    kinds = *subjects.ACTIVATIONS, Histograms
    store.warm((model, k, layer.name, entry.step) for layer in model.about.layers for k in kinds)
    layers = [
        (layer.name, _distances(store, model, layer.name, entry.step, chosen, classes))
        for layer in model.about.layers
    ]
    found = [
        {
            "instance": instance,
            "predicted": top,
            "label": label,
            "maxSoftmax": _number(sure),
            "layers": [
                {"name": name, "predicted": pairs[at][0], "label": pairs[at][1]}
                for name, pairs in layers
                if pairs is not None
            ],
        }
        for at, (instance, top, label, sure) in enumerate(
            zip(chosen, tops, labels, confidence, strict=True)
        )
    ]
    return arguments.document(request, {"step": entry.step, "instances": found})


def _model(store: Store, request: Request) -> Model:
    return store.model(arguments.text(request, "run"), arguments.text(request, "model"))


def _probe(store: Store, model: Model) -> tuple[Any, Probe]:
    for entry in reversed(store.entries(model, Probe)):
        if (probe := store.decoder.record(entry, Probe)) is not None:
            return entry, probe
    raise errors.NotFoundError(
        f"{model.name!r} in run {model.run!r} has no probe set; record one with probe=ProbeSet(…)"
    )


def _chosen(values: Array, instances: Sequence[int]) -> Array:
    """Rows of the chosen instances.

    Raises:
        NotFoundError: there is no such instance.
    """
    missing = [instance for instance in instances if not 0 <= instance < len(values)]
    if missing:
        raise errors.NotFoundError(f"instance {missing[0]} of a probe set of {len(values)}")
    return values[list(instances)]


Distance = dict[str, Any] | None


def _distances(
    store: Store,
    model: Model,
    layer: str,
    step: int,
    chosen: Sequence[int],
    classes: Sequence[tuple[int, int]],
) -> list[tuple[Distance, Distance]] | None:
    """For every instance the distances from two classes; None without activations of the layer."""
    try:
        _, values = subjects.activations(store, model, layer, step)
    except errors.NotFoundError:
        return None
    values = _chosen(values, chosen)
    found: dict[tuple[int, int], Distance] = {}
    for label in {label for pair in classes for label in pair}:
        members = [at for at, pair in enumerate(classes) if label in pair]
        distances = _from_class(store, model, layer, step, label, values[members])
        found |= {(at, label): one for at, one in zip(members, distances, strict=True)}
    return [(found[at, top], found[at, label]) for at, (top, label) in enumerate(classes)]


def _from_class(
    store: Store, model: Model, layer: str, step: int, label: int, values: Array
) -> list[Distance]:
    """How far activations `[instances, units]` are from what a class's inputs have."""
    try:
        subject = Subject(model.run, model.name, step, f"class:{label}")
        found = subjects.find(store, subject, layer)
    except errors.NotFoundError:
        return [None] * len(values)
    if found.units != values.shape[1] or not found.inputs:
        return [None] * len(values)
    measures = (
        standing.tail(found.histogram, values).astype(float),
        standing.surprisal(found.histogram, values),
        standing.robust_z(found.histogram, values),
    )
    names = ("tail", "surprisal", "robustZ")
    return [
        {name: _mean(measure[at]) for name, measure in zip(names, measures, strict=True)}
        | {"inputs": found.inputs}
        for at in range(len(values))
    ]


def _mean(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
