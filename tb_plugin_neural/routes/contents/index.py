"""List runs, models, steps, layers and subsets."""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import logging
import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.graph_records import (
    Architecture,
    ClassEmbedding,
    FeatureVisualization,
    InfluenceSample,
    Topology,
    UnitNames,
)
from tb_plugin_neural.contract.projection_records import ProjectionMap
from tb_plugin_neural.contract.records import (
    KINDS,
    ClassMetrics,
    Histograms,
    Moments,
    Probe,
    Problem,
    Problems,
    Session,
)
from tb_plugin_neural.contract.what_if_records import ALL as WHAT_IFS
from tb_plugin_neural.lookup import subjects
from tb_plugin_neural.routes.contents import graph_index, what_if_index
from tb_plugin_neural.routes.contents.graph_index import newest, seen
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.contract.record import Record
    from tb_plugin_neural.store.sessions import Model, Recording
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

logger = logging.getLogger(__name__)

CLASS = re.compile(r"class:[0-9]{1,9}")
STATIC: tuple[type[Record], ...] = (Session, Probe, Problems, Architecture, Topology)
LATER: tuple[type[Record], ...] = (FeatureVisualization, ClassEmbedding, UnitNames, ProjectionMap)
WHAT_IF = {kind.kind for kind in WHAT_IFS}
NO_MOMENT = {InfluenceSample.kind, *WHAT_IF, *(kind.kind for kind in (*STATIC, *LATER))}


def index(store: Store, request: Request) -> Response:
    """Answer everything there is, small enough to be asked for at every reload."""
    described = list(prefetch(lambda model: _described(store, model), store.look().models))
    models = [one for one in described if not isinstance(one, Problem)]
    unknown = [one for one in described if isinstance(one, Problem)]
    problems = [dataclasses.asdict(problem) for problem in (*store.problems(), *unknown)]
    return arguments.document(
        request, {"version": version(), "models": models, "problems": problems}
    )


def _described(store: Store, model: Model) -> dict[str, Any] | Problem:
    """Describe one model as JSON; a problem with it never costs the others."""
    try:
        return describe(store, model)
    except errors.PublicError:
        raise
    except Exception as error:
        logger.exception("run %s, model %s cannot be described", model.run, model.name)
        message = f"cannot be shown, please report it: {type(error).__name__}: {error}"
        return Problem(f"run {model.run}, model {model.name}", 1, codec.shortened(message))


@functools.cache
def version() -> str:
    """Return the version of this package; `unknown` where it is not installed."""
    try:
        return importlib.metadata.version("tensorboard-plugin-neural")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def describe(store: Store, model: Model) -> dict[str, Any]:
    """Describe one model as JSON."""
    about = model.about
    activations = [kind.kind for kind in subjects.ACTIVATIONS]
    _preload(store, model)
    steps = _steps(model, lambda kind: kind not in NO_MOMENT) or _steps(model, WHAT_IF.__contains__)
    histograms = newest(store, model, Histograms)
    moments = newest(store, model, Moments)
    subsets = _unique(key for record in histograms for key in seen(record, _subsets(record)))
    return {
        "run": model.run,
        "model": model.name,
        "title": about.title,
        "data": about.data,
        "task": about.task,
        "classes": about.classes,
        "steps": list(steps),
        "wallTimes": list(steps.values()),
        "layers": [dataclasses.asdict(layer) for layer in about.layers],
        "subsets": subsets,
        "subsetNames": dict(zip(about.subset_names[::2], about.subset_names[1::2], strict=False)),
        "moments": [
            key
            for key in _unique(k for r in moments for k in seen(r, r.subsets))
            if key not in subsets
        ],
        "mode": histograms[0].mode if histograms else None,
        "probe": _probe(store, model),
        "probeSteps": list(_steps(model, lambda kind: kind in activations)),
        "weights": about.weights,
        "confused": confused(store.newest(model, ClassMetrics), subsets),
        "hidden": hidden(model),
        "sessions": [_session(recording) for recording in model.recordings],
        "leftOut": about.left_out,
        "recorded": {kind: list(steps) for kind, steps in sorted(model.recorded.items())},
        **graph_index.summary(store, model),
        **what_if_index.summary(store, model),
        "problems": _problems(store, model),
        "bytes": sum(_bytes(store, recording) for recording in model.recordings),
    }


def _preload(store: Store, model: Model) -> None:
    """Read at once what is looked at below: of every session and kind one of the newest records."""
    newest: dict[tuple[Recording, str], Entry] = {}
    for recording in model.recordings:
        for (kind, _), entries in recording.entries.items():
            known = newest.setdefault((recording, kind), entries[-1])
            if entries[-1].step > known.step:
                newest[recording, kind] = entries[-1]
    pairs = [(entry, KINDS[kind]) for (_, kind), entry in newest.items()]
    deque(prefetch(lambda pair: store.decoder.record(*pair), pairs), maxlen=0)


def confused(metrics: ClassMetrics | None, subsets: Sequence[str]) -> list[int] | None:
    """Return the two classes most often confused, among those with histograms."""
    if metrics is None:
        return None
    predicted = metrics.confusion.shape[1]
    shown = {match[0] for key in subsets if (match := CLASS.fullmatch(key))}
    rows = {int(key[6:]): row for row, key in enumerate(metrics.rows) if key in shown}
    classes = [label for label in rows if label < predicted]
    if len(classes) < 2:
        return None
    chosen = np.ix_([rows[c] for c in classes], classes)
    taken = metrics.confusion[chosen].astype(np.int64)
    either = np.where(np.tri(len(classes), dtype=bool), -1, taken + taken.T)
    first, second = divmod(int(either.argmax()), len(classes))
    return [classes[first], classes[second]]


def hidden(model: Model) -> list[str]:
    """Return the last two recorded layers before the output."""
    layers = model.about.layers
    end = next((at for at, layer in enumerate(layers) if layer.output), len(layers))
    return [layer.name for layer in layers[:end][-2:]]


def _subsets(record: Histograms) -> list[str]:
    keys = list(record.subsets)
    return [subjects.ALL, *keys] if record.total and subjects.ALL not in keys else keys


def _unique(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))


def _steps(model: Model, kinds: Any) -> dict[int, float]:
    """Return steps, with the wall time at which each was first recorded."""
    found: dict[int, float] = {}
    for kind, steps in model.recorded.items():
        for step, time in steps.items() if kinds(kind) else ():
            found[step] = min(time, found.get(step, np.inf))
    return dict(sorted(found.items()))


def _probe(store: Store, model: Model) -> dict[str, Any] | None:
    record = store.newest(model, Probe)
    if record is None:
        return None
    return {
        "hash": record.hash,
        "size": len(record.names),
        "pictured": record.pictured,
        "lossless": record.lossless,
    }


def _session(recording: Recording) -> dict[str, Any]:
    return {
        "session": recording.session,
        "run": recording.run,
        "firstStep": recording.first_step,
        "wallTime": recording.wall_time,
    }


def _problems(store: Store, model: Model) -> list[dict[str, Any]]:
    """Return what the recorders of all sessions reported, each by its newest list."""
    found = []
    for recording in model.recordings:
        entries = recording.entries.get((Problems.kind, ""), ())
        record = store.decoder.newest(entries, Problems)
        found += [dataclasses.asdict(problem) for problem in record.problems] if record else []
    return found


def _bytes(store: Store, recording: Recording) -> int:
    """Bytes at rest of a session, estimated: of each kind one record is weighed.

    Those of other layers are taken to weigh in proportion to their units.
    """
    units = {layer.name: max(1, layer.units) for layer in recording.about.layers}
    alike: Counter[tuple[str, tuple[int, float]]] = Counter()
    for (kind, layer), listing in recording.listings.items():
        alike[kind, listing.stamp] += units.get(layer, 1)
    records: Counter[str] = Counter()
    largest: dict[str, tuple[int, Entry]] = {}
    for (kind, layer), entries in recording.entries.items():
        records[kind] += len(entries) * alike[kind, recording.listings[kind, layer].stamp]
        if kind not in largest or units.get(layer, 1) > largest[kind][0]:
            largest[kind] = units.get(layer, 1), entries[-1]
    weighed = ((kind, of, store.decoder.size(entry)) for kind, (of, entry) in largest.items())
    return round(sum(size * records[kind] / of for kind, of, size in weighed))
