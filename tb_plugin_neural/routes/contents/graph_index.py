"""List a run's graphs, for the index."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tb_plugin_neural.contract.graph_records import (
    INFLUENCE,
    ActivationCounts,
    Examples,
    FeatureVisualization,
    Topology,
    UnitNames,
)
from tb_plugin_neural.lookup import graphs, recorded_graphs, subset_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tb_plugin_neural.contract.records import Histograms, Moments
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

MOST_LINKS, MOST_NOTES = 2000, 50
FEWEST_CLASSES = 3


def summary(store: Store, model: Model) -> dict[str, Any]:
    """Summarize a model's graphs for the index, in five fields."""
    counts = newest(store, model, ActivationCounts)
    return {
        "graph": _graph(store, model, counts) if counts else None,
        "facetSteps": graphs.steps(model, FeatureVisualization),
        "exampleSteps": graphs.steps(model, Examples),
        "embedding": any(_classes(record) >= FEWEST_CLASSES for record in counts),
        "named": bool(graphs.steps(model, UnitNames)),
    }


def _classes(record: ActivationCounts) -> int:
    return max(
        sum(bool(p.fullmatch(key)) for key in record.subsets) for p in recorded_graphs.PARTITIONS
    )


def _graph(store: Store, model: Model, counts: list[ActivationCounts]) -> dict[str, Any]:
    topology = store.newest(model, Topology)
    measures = graphs.measures(model)
    influence = [record for name in measures for record in newest(store, model, INFLUENCE[name])]
    return {
        "steps": graphs.steps(model, ActivationCounts),
        "subsets": _unique(
            key for record in counts for key in seen(record, subset_rows.keys(record))
        ),
        "influence": _unique(key for record in influence for key in record.subsets),
        "masses": _unique(mass for r in counts for mass in r.masses if math.isfinite(mass)),
        "of": _unique(of for record in counts for of in record.of),
        "measures": measures,
        "links": [
            [link.producer, link.consumer, link.kind]
            for link in (topology.links[:MOST_LINKS] if topology else ())
        ],
        "notes": list(topology.notes[:MOST_NOTES]) if topology else [],
    }


def seen(record: ActivationCounts | Histograms | Moments, keys: Iterable[str]) -> list[str]:
    """Return the keys without those of true classes, where no input had a label."""
    true = {key for key in record.subsets if recorded_graphs.PARTITIONS[0].fullmatch(key)}
    labelled = record.inputs[[key in true for key in record.subsets]].any()
    return [key for key in keys if labelled or key not in true or not record.inputs.any()]


def newest(store: Store, model: Model, kind: type[Any]) -> list[Any]:
    """Return the last record of a representative layer of every session, newest first."""
    found = []
    for recording in reversed(model.recordings):
        groups = [e for (name, _), e in recording.entries.items() if name == kind.kind]
        entries = max(groups, key=lambda group: group[-1].step, default=())
        visible = (entry for entry in entries if model.visible(entry, recording))
        record = store.last(model, visible, kind)
        found += [record] if record is not None else []
    return found


def _unique(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
