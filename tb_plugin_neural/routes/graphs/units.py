"""Answer what feeds a unit and what it feeds, which classes it serves, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis.networks import influence as influences
from tb_plugin_neural.analysis.networks import intervals
from tb_plugin_neural.contract.graph_records import (
    INFLUENCE,
    ActivationCounts,
    Importance,
    SummitInfluence,
)
from tb_plugin_neural.lookup import graphs, pictures, subjects, subset_rows
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.analysis.networks.influence import Influence
    from tb_plugin_neural.lookup.recorded_graphs import CountingRule, GraphRecords
    from tb_plugin_neural.lookup.subjects import Subject
    from tb_plugin_neural.store.store import Store

    Neighbours = dict[tuple[str, int, str], dict[str, Any]]

STRONGEST = 8
MOST_CLASSES, MOST_STEPS = 100, 500


def influence(store: Store, request: Request) -> Response:
    """Answer what feeds a unit most and what it feeds, now and over all steps."""
    layer, unit = arguments.text(request, "layer"), arguments.integer(request, "unit")
    (subject,) = arguments.subjects(request, 1)
    measure = arguments.one_of(request, "measure", INFLUENCE, None)
    of = graphs.find(store, subject, measure=measure)
    _check(of, layer, unit)
    stand_in = of.stand_in(subject.subset)
    shown = [_strongest(found) for found in _around(of.influence, of.units, stand_in, layer, unit)]
    steps, history = _history(store, of, stand_in, (layer, unit), shown)
    return arguments.document(
        request,
        {
            "step": of.step,
            "measure": of.measure,
            "baseline": of.baseline,
            "subset": stand_in,
            "inputs": of.sampled.get(stand_in, 0),
            "producers": shown[0],
            "consumers": shown[1],
            "steps": steps,
            "history": {"producers": history[0], "consumers": history[1]},
        },
    )


def serves(store: Store, request: Request) -> Response:
    """Answer which classes a unit is active for, and what it was for a subset over the steps."""
    model = arguments.model(store, request)
    step, way = arguments.integer(request, "step"), arguments.way(request)
    layer, unit = arguments.text(request, "layer"), arguments.integer(request, "unit")
    subject = arguments.subjects(request, 1)[0] if "s" in request.args else None
    of = graphs.find_any(store, model, step, way=way)
    _check(of, layer, unit)
    rows = [key for key in of.classes if of.subsets[key]]
    counts = of.table(layer, rows)[:, unit].astype(np.float64)
    share = counts / np.array([of.subsets[key] for key in rows])
    lift = share / share.mean() if counts.any() else np.full(len(rows), np.nan)
    inputs = np.array([of.subsets[key] for key in rows])
    ends = intervals.share(counts, inputs)
    around = intervals.lift(counts, inputs) if counts.any() else (lift, lift)
    order = np.argsort(-np.nan_to_num(lift * share), kind="stable")
    classes = [
        {
            "subset": rows[at],
            "inputs": of.subsets[rows[at]],
            "count": int(counts[at]),
            "share": rounded(share[at]),
            "shareLow": rounded(ends[0][at]),
            "shareHigh": rounded(ends[1][at]),
            "importance": _of_unit(of.values(layer, rows[at]), unit),
            "importanceError": _of_unit(of.errors(layer, rows[at]), unit),
            "lift": rounded(lift[at]),
            "liftLow": rounded(around[0][at]),
            "liftHigh": rounded(around[1][at]),
        }
        for at in order[:MOST_CLASSES].tolist()
    ]
    return arguments.document(
        request,
        {
            "step": of.step,
            "classes": classes,
            "left": max(0, len(rows) - MOST_CLASSES),
            "history": _served(store, subject, way, layer, unit) if subject else None,
        },
    )


def names(store: Store, request: Request) -> Response:
    """Answer the names that were given to units."""
    return arguments.document(request, pictures.names(store, arguments.model(store, request)))


def _check(of: GraphRecords, layer: str, unit: int) -> None:
    if layer not in of.units:
        raise errors.NotFoundError(f"run {of.model.run!r} has no activation counts of {layer!r}")
    subjects.check_unit(unit, of.units[layer], layer)


def _of_unit(values: Any, unit: int) -> float | None:
    return None if values is None else rounded(values[unit])


def _served(
    store: Store, subject: Subject, way: CountingRule, layer: str, unit: int
) -> dict[str, list[Any]]:
    """Return a unit's share of a subset's inputs and its importance for it, at every step."""
    model = store.model(subject.run, subject.model)

    def at(step: int) -> tuple[int, float | None, float | None]:
        counted = subset_rows.at(store, model, ActivationCounts, layer, step)
        share = importance = None
        if counted and subject.subset in counted[1].subsets:
            record, row = counted[1], counted[1].subsets.index(subject.subset)
            way_row, inputs = way.row(record), int(record.inputs[row])
            if way_row is not None and inputs and unit < record.counts.shape[2]:
                share = rounded(record.counts[way_row, row, unit] / inputs)
        rated = subset_rows.at(store, model, Importance, layer, step)
        if rated and subject.subset in rated[1].subsets and unit < rated[1].level.shape[1]:
            rating, row = rated[1], rated[1].subsets.index(subject.subset)
            importance = rounded(float(rating.level[row, unit]) * float(rating.scale[row]))
        return step, share, importance

    steps = _thinned(graphs.steps(model, ActivationCounts))
    found = [one for one in prefetch(at, steps) if one[1:] != (None, None)]
    columns = ("steps", "share", "importance")
    return {name: [one[at] for one in found] for at, name in enumerate(columns)}


def _thinned(steps: Sequence[int]) -> list[int]:
    """Thin very many steps evenly."""
    at = np.linspace(0, len(steps) - 1, min(len(steps), MOST_STEPS)).round().astype(int)
    return [steps[index] for index in at]


def _around(
    records: Mapping[str, Any], units: Mapping[str, int], subset: str, layer: str, unit: int
) -> tuple[Neighbours, Neighbours]:
    """Return what feeds a unit, and what it feeds, by layer, unit and kind of link."""
    producers: Neighbours = {}
    consumers: Neighbours = {}
    for consumer, record in records.items():
        if consumer != layer and layer not in record.producers:
            continue
        relative = not isinstance(record, SummitInfluence)
        kept = _kept(record, subset)
        for one in influences.of_subset(record, consumer, subset, units, relative=relative):
            if consumer == layer:
                row = one.share[[unit]].tocoo()
                for at, weight in zip(row.col.tolist(), row.data.tolist(), strict=True):
                    producers[one.producer, at, one.kind] = _link(one, weight, kept.get(unit))
            if one.producer == layer:
                column = one.share[:, [unit]].tocoo()
                for at, weight in zip(column.row.tolist(), column.data.tolist(), strict=True):
                    consumers[consumer, at, one.kind] = _link(one, weight, kept.get(at))
    return producers, consumers


def _link(one: Influence, weight: float, kept: float | None) -> dict[str, Any]:
    return {"weight": rounded(weight), "kind": one.kind, "kept": rounded(kept)}


def _kept(record: Any, subset: str) -> dict[int, float]:
    """Return, by unit, the share of the absolute influence on it that is recorded."""
    if subset not in record.subsets:
        return {}
    at = record.subset == record.subsets.index(subset)
    return dict(zip(record.unit[at].tolist(), (record.kept[at] / 255).tolist(), strict=True))


def _strongest(found: Neighbours) -> list[dict[str, Any]]:
    order = sorted(found, key=lambda at: -abs(found[at]["weight"] or 0))
    return [{"layer": at[0], "unit": at[1], **found[at]} for at in order[:STRONGEST]]


def _history(
    store: Store,
    of: GraphRecords,
    subset: str,
    unit: tuple[str, int],
    shown: Sequence[list[dict[str, Any]]],
) -> tuple[list[int], list[list[list[float | None]]]]:
    """Return the weights of what is shown over all steps, None where they are not recorded."""
    if of.measure is None:
        return [], [[], []]
    kind = INFLUENCE[of.measure]
    layers = {unit[0], *(one["layer"] for one in shown[1])}
    names = [layer.name for layer in of.layers if layer.name in layers]

    def at(step: int) -> list[list[float | None]]:
        records = {
            name: found[1]
            for name in names
            if (found := subset_rows.at(store, of.model, kind, name, step))
        }
        sides = _around(records, of.units, subset, *unit)
        return [
            [known.get((one["layer"], one["unit"], one["kind"]), {}).get("weight") for one in rows]
            for known, rows in zip(sides, shown, strict=True)
        ]

    steps = _thinned(graphs.steps(of.model, kind))
    found = list(prefetch(at, steps))
    return steps, [
        [[one[side][row] for one in found] for row in range(len(shown[side]))] for side in (0, 1)
    ]
