"""The probe set: its instances, what the model says of them, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import instances as standing
from tb_plugin_neural.contract.records import Histograms, ProbePredictions
from tb_plugin_neural.lookup import pictures, subjects
from tb_plugin_neural.lookup.subjects import Subject, SubjectHistograms
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

DAY = 24 * 3600


def instances(store: Store, request: Request) -> Response:
    """Answer the probe set's instances, in its order."""
    _, probe = pictures.probe_of(store, arguments.model(store, request))
    slices = probe.slices or ((),) * len(probe.names)
    columns = zip(
        probe.names, probe.labels, probe.pairs, probe.notes, slices, probe.texts, strict=True
    )
    fields = ("name", "label", "pair", "note", "slices", "text")
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
    entry, probe = pictures.probe_of(store, arguments.model(store, request))
    instance = arguments.integer(request, "instance")
    known = request.args.get("hash")
    if known not in (None, probe.hash):
        raise errors.NotFoundError(f"the probe set {known!r}; there is {probe.hash!r}")
    if not (probe.pictured and 0 <= instance < len(probe.names)):
        raise errors.NotFoundError(f"a picture of instance {instance} of {len(probe.names)}")
    body, kind = pictures.picture(store, entry, 1 + instance, f"picture {instance}")
    return arguments.content(request, body, kind, expires=DAY if known else 0)


def predictions(store: Store, request: Request) -> Response:
    """Answer what the model says of the whole probe set."""
    model = arguments.model(store, request)
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
    unit = arguments.optional(request, "unit")
    entry, values = subjects.activations(store, model, layer, subject.step)
    found = subjects.find(store, subject, layer)
    chosen, own = values, _own(store, model, entry.step, found, len(values))
    if unit is None or "i" in request.args:
        some = arguments.integers(request, "i")
        chosen = _chosen(values, some)
        own = None if own is None else own[some]
    comparable = found.units == chosen.shape[1]
    if unit is not None:
        chosen = chosen[:, [subjects.check_unit(unit, chosen.shape[1], layer)]]
        found = subjects.of_unit(found, unit) if comparable else found
    percentile = robust_z = np.full(chosen.shape, np.nan)
    if comparable:
        percentile = standing.percentile(found.histogram, chosen, own)
        robust_z = standing.robust_z(found.histogram, chosen)
    return arguments.arrays(
        request,
        {"values": chosen, "percentile": percentile, "robust_z": robust_z},
        {
            "step": entry.step,
            "subsetStep": found.step,
            "inputs": found.inputs,
            "seen": None if own is None else [int(times) for times in own],
        },
    )


def _own(
    store: Store, model: Model, step: int, found: SubjectHistograms, instances: int
) -> Array | None:
    """Return how often each instance is among a subject's inputs, or None where it is not known.

    Activations of another step are not those that the subject's histograms hold.
    """
    if step != found.step:
        return None
    said = store.at(model, ProbePredictions, "", step)
    times = said[1].times_seen(found.subject.subset) if said else None
    return times if times is not None and len(times) == instances else None


def neural_divergence(store: Store, request: Request) -> Response:
    """Answer how far instances are from the class they are predicted as, and from their own."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    chosen = arguments.integers(request, "i")
    _, probe = pictures.probe_of(store, model)
    entry, said = store.find(model, ProbePredictions, "", step)
    if not said.top.shape[1]:
        raise errors.NotFoundError(f"{model.name!r} in run {model.run!r} predicts no classes")
    tops = _chosen(said.top, chosen)[:, 0].tolist()
    confidence = _chosen(said.probability, chosen)[:, 0]
    labels = _chosen(np.array(probe.labels, dtype=np.int64), chosen).tolist()
    classes = list(zip(tops, labels, strict=True))
    kinds = *subjects.ACTIVATIONS, Histograms
    store.preload((model, k, layer.name, entry.step) for layer in model.about.layers for k in kinds)
    layers = [
        (layer.name, distances)
        for layer in model.about.layers
        if (distances := _distances(store, model, layer.name, entry.step, chosen, classes))
    ]
    found = [
        {
            "instance": instance,
            "predicted": top,
            "label": label,
            "maxSoftmax": _number(sure),
            "layers": [
                {"name": name, "predicted": pairs[at][0], "label": pairs[at][1], "reason": reason}
                for name, (pairs, reason) in layers
            ],
        }
        for at, (instance, top, label, sure) in enumerate(
            zip(chosen, tops, labels, confidence, strict=True)
        )
    ]
    return arguments.document(request, {"step": entry.step, "instances": found})


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
) -> tuple[list[tuple[Distance, Distance]], str | None] | None:
    """Return every instance's distances from two classes, and why some are missing.

    Only what was recorded at exactly this step is compared: a class of another step is another
    network's. None without activations of the layer.
    """
    values = subjects.activations_at(store, model, layer, step)
    if values is None:
        return None
    size, values = len(values), _chosen(values, chosen)
    found: dict[tuple[int, int], Distance] = {}
    reasons: list[str] = []
    for label in sorted({label for pair in classes for label in pair if label >= 0}):
        members = [at for at, pair in enumerate(classes) if label in pair]
        try:
            distances = _from_class(
                store,
                model,
                layer,
                step,
                label,
                values[members],
                [chosen[at] for at in members],
                size,
            )
        except LookupError as error:
            reasons.append(str(error))
            continue
        found |= {(at, label): one for at, one in zip(members, distances, strict=True)}
    pairs = [
        (found.get((at, top)), found.get((at, label))) for at, (top, label) in enumerate(classes)
    ]
    return pairs, "; ".join(dict.fromkeys(reasons)) or None


def _from_class(
    store: Store,
    model: Model,
    layer: str,
    step: int,
    label: int,
    values: Array,
    instances: Sequence[int],
    size: int,
) -> list[dict[str, Any]]:
    """Return the distances of instances' activations `[instances, units]` from a class's inputs.

    Raises:
        LookupError: the class has nothing to compare with at this step.
    """
    found = subjects.find_at(store, Subject(model.run, model.name, step, f"class:{label}"), layer)
    if found is None and not store.at(model, Histograms, layer, step):
        raise LookupError(f"no class distributions at step {step}")
    names = model.about.classes
    name = names[label] if label < len(names) else f"class {label}"
    if found is None or not found.inputs:
        raise LookupError(f"no distributions of {name!r} at step {step}")
    if found.units != values.shape[1]:
        raise LookupError(f"{found.units} units at step {step}, not {values.shape[1]}")
    times = _own(store, model, step, found, size)
    own = None if times is None else times[list(instances)]
    measures = (
        standing.tail(found.histogram, values, own).astype(float),
        standing.surprisal(found.histogram, values, own),
        standing.robust_z(found.histogram, values),
    )
    keys = ("tail", "surprisal", "robustZ")
    return [
        {key: _mean(measure[at]) for key, measure in zip(keys, measures, strict=True)}
        | {"inputs": found.inputs, "seen": None if own is None else int(own[at])}
        for at in range(len(values))
    ]


def _mean(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
