"""Answer what ablating units does to classes: as measured, and as importance predicts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.what_if_records import REPLACEMENTS, Ablations
from tb_plugin_neural.lookup import subjects, subset_rows
from tb_plugin_neural.lookup.recorded_graphs import PARTITIONS
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.contract.record import Array
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

    Recorded = Sequence[tuple[Entry, Ablations]]

MEAN = "mean"
MOST_ROWS = 50_000
"""That are answered of one record."""

CALL = "add_ablations(writer, recorder, loader"


Key = tuple[str, str, int]
"""Of a removal: a subset, and the layer and number of the unit."""


@dataclass(frozen=True)
class _Measured:
    """The measurements at one step, the last call's of each unit and subset.

    Attributes:
        step: None where nothing was.
        rows: of each ablation, as JSON.
    """

    step: int | None
    rows: Mapping[Key, dict[str, Any]]


def ablations(store: Store, request: Request) -> Response:
    """Answer the units whose ablation was measured, class by class."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    replacement = arguments.one_of(request, "replacement", REPLACEMENTS, MEAN)
    recorded = _recorded(store, model)
    if not recorded:
        raise errors.NotFoundError(
            f"no units of {model.name!r} in run {model.run!r} were removed; measure it with "
            f"{CALL}, step={step})"
        )
    found = _nearest(model, recorded, step, replacement)
    there = {record.replacement for _, record in recorded}
    return arguments.document(
        request,
        {
            "step": step if found.step is None else found.step,
            "replacement": replacement,
            "replacements": [name for name in REPLACEMENTS if name in there],
            "subsets": _by_subset(found),
        },
    )


def ablation(store: Store, request: Request) -> Response:
    """Answer what ablating one unit does to every class, as far as it is known."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    layer, unit = arguments.text(request, "layer"), arguments.integer(request, "unit")
    replacement = arguments.one_of(request, "replacement", REPLACEMENTS, MEAN)
    _check(model, layer, unit)
    found = _nearest(model, _recorded(store, model), step, replacement, (layer, unit))
    predicted = (
        _predicted(store, model, layer, unit, step) if replacement == MEAN else _Predicted(None, {})
    )
    subsets = [
        _joined(predicted, found, (subset, layer, unit))
        for subset in dict.fromkeys((*predicted.rows, *(key[0] for key in found.rows)))
    ]
    at = next((at for at in (predicted.step, found.step) if at is not None), step)
    options = "" if replacement == MEAN else f', replacement="{replacement}"'
    units = f"units={{{json.dumps(layer, ensure_ascii=False)}: [{unit}]}}"
    return arguments.document(
        request,
        {
            "step": at,
            "replacement": replacement,
            "subsets": sorted(subsets, key=_strength, reverse=True),
            "call": f"{CALL}, step={at}, {units}, top=0{options})",
        },
    )


def _by_subset(found: _Measured) -> list[dict[str, Any]]:
    """Rows by subset in the order of classes, the largest fall first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for (subset, layer, unit), row in found.rows.items():
        groups.setdefault(subset, []).append({"layer": layer, "unit": unit, **row})
    return [
        {
            "subset": subset,
            "inputs": rows[-1]["inputs"],
            "correct": rows[-1]["correct"],
            "rows": sorted(rows, key=lambda row: _number(row["measured"]), reverse=True),
        }
        for subset, rows in sorted(groups.items(), key=lambda one: (len(one[0]), one[0]))
    ]


def _joined(predicted: _Predicted, found: _Measured, key: Key) -> dict[str, Any]:
    """Join a class's prediction and measurement, null where there is none."""
    inputs, value = predicted.rows.get(key[0], (None, None))
    row = found.rows.get(key, {})
    effect = {name: row.get(name) for name in ("measured", "correct", "correctAfter", "takenFor")}
    return {
        "subset": key[0],
        "predicted": value,
        "predictedStep": None if inputs is None else predicted.step,
        "inputs": inputs,
        "measuredStep": found.step if row else None,
        "measuredInputs": row.get("inputs"),
        **effect,
    }


def _strength(row: dict[str, Any]) -> float:
    return abs(_number(row["predicted"] if row["measured"] is None else row["measured"]))


def _number(value: float | None) -> float:
    return 0.0 if value is None else value


def _recorded(store: Store, model: Model) -> Recorded:
    """Return all ablations, the newest of a step last."""
    entries = store.entries(model, Ablations)
    read = ((entry, store.record(model, entry, Ablations)) for entry in entries)
    return [(entry, record) for entry, record in read if record is not None]


def _nearest(
    model: Model,
    recorded: Recorded,
    step: int,
    replacement: str,
    of: tuple[str, int] | None = None,
) -> _Measured:
    """Return what all calls measured at the step, or the nearest with the unit."""
    found = [
        (entry, record, indices)
        for entry, record in recorded
        if record.replacement == replacement and len(indices := _places(record, of))
    ]
    if not found:
        return _Measured(None, {})
    at = min((entry for entry, *_ in found), key=lambda entry: entry.distance(step)).step
    joined: dict[Key, dict[str, Any]] = {}
    for entry, record, indices in found:
        if entry.step == at:
            rows = dict(_rows(model, record, indices))
            joined = {key: row for key, row in joined.items() if key not in rows} | rows
    return _Measured(at, joined)


def _places(record: Ablations, of: tuple[str, int] | None) -> Array:
    """Return where a record has a unit, or any; of very many the largest changes."""
    if of is None:
        return np.sort(np.argsort(-np.abs(record.measured), kind="stable")[:MOST_ROWS])
    layers = [at for at, name in enumerate(record.layers) if name == of[0]]
    rows = np.flatnonzero((record.unit == of[1]) & np.isin(record.layer, layers))
    return rows[-MOST_ROWS:]


def _rows(model: Model, record: Ablations, rows: Array) -> Iterator[tuple[Key, dict[str, Any]]]:
    classes = len(model.about.classes)
    inputs, correct = record.inputs.tolist(), record.correct.tolist()
    columns = (record.subset, record.layer, record.unit, record.predicted, record.measured)
    after = (record.correct_after, record.taken_for)
    listed = (column[rows].tolist() for column in (*columns, *after))
    for subset, layer, unit, predicted, measured, correct_after, taken in zip(*listed, strict=True):
        yield (
            (record.subsets[subset], record.layers[layer], unit),
            {
                "predicted": rounded(predicted),
                "measured": rounded(measured),
                "inputs": inputs[subset],
                "correct": correct[subset],
                "correctAfter": correct_after,
                "takenFor": taken if taken < classes else None,
            },
        )


def measured(store: Store, model: Model, step: int, replacement: str) -> _Measured:
    """All ablations at the step nearest to one; nothing where none is recorded."""
    return _nearest(model, _recorded(store, model), step, replacement)


@dataclass(frozen=True)
class _Predicted:
    """A unit's importance at one step: by subset the inputs and the value."""

    step: int | None
    rows: Mapping[str, tuple[int, float | None]]


def _predicted(store: Store, model: Model, layer: str, unit: int, step: int) -> _Predicted:
    """Return the importance recorded for the classes at the step, or the nearest."""
    for entry in sorted(store.entries(model, Importance, layer), key=lambda e: e.distance(step)):
        at = subset_rows.at(store, model, Importance, layer, entry.step)
        if at is not None and unit < at[1].level.shape[1]:
            return _Predicted(entry.step, _of_classes(at[1], unit))
    return _Predicted(None, {})


def _of_classes(record: Importance, unit: int) -> dict[str, tuple[int, float | None]]:
    """Return the importance of the true classes; without labels, of the predicted ones."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = record.level[:, unit].astype(np.float32) * record.scale
    for kind in PARTITIONS:
        rows = [row for row, key in enumerate(record.subsets) if kind.fullmatch(key)]
        if rows:
            return {
                record.subsets[r]: (int(record.inputs[r]), rounded(float(values[r]))) for r in rows
            }
    return {}


def _check(model: Model, layer: str, unit: int) -> None:
    known = {one.name: one for one in model.about.layers}
    if layer not in known:
        raise errors.NotFoundError(f"run {model.run!r} has no layer {layer!r} of {model.name!r}")
    if known[layer].output:
        raise errors.NotFoundError(
            f"layer {layer!r} gives the logits: without a unit of it a class has none"
        )
    subjects.check_unit(unit, known[layer].units, layer)
