"""List projections, what-ifs and the architecture, for the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tb_plugin_neural.contract.graph_records import Architecture, Topology
from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances, ProjectionMap
from tb_plugin_neural.contract.what_if_records import (
    Ablations,
    AdversarialStrip,
    AttackReport,
    Saliency,
)
from tb_plugin_neural.lookup import graphs
from tb_plugin_neural.routes.contents.graph_index import newest
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tb_plugin_neural.contract.metadata import Series
    from tb_plugin_neural.contract.record import Record
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store


def summary(store: Store, model: Model) -> dict[str, Any]:
    """Summarize a model's projections, what-ifs and architecture for the index."""
    return {
        "projection": _projection(store, model),
        "strips": len(list(entries(store, model, AdversarialStrip))),
        "saliency": _saliency(store, model),
        "ablationSteps": graphs.steps(model, Ablations),
        "attackReportSteps": graphs.steps(model, AttackReport),
        "architecture": bool(graphs.steps(model, Architecture) or graphs.steps(model, Topology)),
    }


def entries(
    store: Store,
    model: Model,
    kind: type[Record],
    accept: Callable[[Series], bool] = lambda _: True,
) -> Iterator[Entry]:
    """Yield all records of a kind, of any layer, that no later session hides."""
    found = [
        (recording, listing)
        for recording in model.recordings
        for (name, _), listing in recording.listings.items()
        if name == kind.kind and accept(listing.series)
    ]
    read = prefetch(lambda pair: store.decoder.entries(pair[1], pair[0].batches[pair[1]]), found)
    return (
        entry
        for (recording, _), listed in zip(found, read, strict=True)
        for entry in listed
        if model.visible(entry, recording)
    )


def _projection(store: Store, model: Model) -> dict[str, Any] | None:
    distances = newest(store, model, PivotDistances)
    methods = _maps(store, model)
    if not distances and not methods:
        return None
    first = distances[0] if distances else None
    return {
        "steps": graphs.steps(model, PivotDistances),
        "metric": first.metric if first else None,
        "pivots": len(first.pivot) if first else 0,
        "focus": first.focus.tolist() if first else [],
        "neighbours": bool(graphs.steps(model, Neighbours)),
        "methods": methods,
    }


def _maps(store: Store, model: Model) -> dict[str, list[int]]:
    """Return the steps with maps of the probe set made beforehand, by method."""
    found: dict[str, set[int]] = {}
    for entry in entries(store, model, ProjectionMap):
        record = store.record(model, entry, ProjectionMap)
        if record is not None:
            found.setdefault(record.method, set()).add(entry.step)
    return {method: sorted(steps) for method, steps in found.items()}


def _saliency(store: Store, model: Model) -> dict[str, dict[str, list[int]]]:
    """Return the steps and instances with maps of this probe set, by method."""
    steps: dict[str, set[int]] = {}
    instances: dict[str, set[int]] = {}
    for entry in entries(store, model, Saliency):
        record = store.record(model, entry, Saliency)
        if record is not None and record.probe == model.about.probe:
            steps.setdefault(record.method, set()).add(entry.step)
            instances.setdefault(record.method, set()).update(record.instance.tolist())
    return {
        method: {"steps": sorted(steps[method]), "instances": sorted(instances[method])}
        for method in steps
    }
