"""Gather the series that findings are measured by from the store."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from tb_plugin_neural.analysis.findings.evidence import (
    NEIGHBOURS,
    ClassHistory,
    History,
    LayerHistory,
)
from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.analysis.findings.perplexity import perplexities
from tb_plugin_neural.contract.records import ClassMetrics, Moments, ProbePredictions
from tb_plugin_neural.lookup import subjects
from tb_plugin_neural.lookup.evidence import evidence, recorded_steps, rows_of
from tb_plugin_neural.lookup.subset_rows import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

STILL = 4
"""Records that tell whether a layer still changes."""

RECENT = NEIGHBOURS + 2
"""Records whose confusions are kept: as many as make the usual change, and the last."""

MOST_CLASSES = 200
"""Of a task whose confusions are kept."""


def history(store: Store, model: Model, step: int) -> History:
    """Return a run's history up to a step, over all inputs."""
    steps = tuple(one for one in recorded_steps(model) if one <= step)
    layers, inputs = {}, np.zeros(len(steps), np.int64)
    for layer in model.about.layers:
        found = _layer(store, model, layer.name, steps)
        if found is not None:
            of_units, inputs = found
            recent = _perplexity(store, model, layer.name, steps[-STILL:])
            layers[layer.name] = dataclasses.replace(of_units, perplexity=recent)
    return History(
        steps=steps,
        inputs=inputs,
        layers=layers,
        classes=_classes(store, model, steps),
        resumed=_resumed(model, steps),
        predicted=_predicted(store, model, steps),
        first=evidence(store, Subject(model.run, model.name, steps[0])) if steps[1:] else None,
    )


def _layer(
    store: Store, model: Model, layer: str, steps: Sequence[int]
) -> tuple[LayerHistory, Array] | None:
    """Return a layer's moments at all steps, and the inputs; None where a record is missing."""
    entries = [store.entries_at(model, Moments, layer, step) for step in steps]
    if not steps or not all(entries):
        return None

    def make() -> tuple[tuple[LayerHistory, Array] | None, int]:
        found = [_moments(store, model, layer, step) for step in steps]
        known = [one for one in found if one is not None]
        if len(known) < len(found) or len({one[0].shape for one in known}) > 1:
            return None, 100
        mean, std, missing = (np.stack(column) for column in list(zip(*known, strict=True))[:3])
        inputs = np.array([one[3] for one in known])
        return (LayerHistory(mean, std, missing), inputs), 3 * int(mean.nbytes)

    identity = tuple((e.keys[0], e.wall_time) for group in entries for e in group)
    return store.decoder.cache.get(("layer history", layer, identity), make)


def _perplexity(store: Store, model: Model, layer: str, steps: Sequence[int]) -> Array | None:
    """Perplexities of the probe set at some steps `[t, N]`; None where one has none."""
    entries = [
        [
            entry
            for kind in subjects.ACTIVATIONS
            for entry in store.entries_at(model, kind, layer, one)
        ]
        for one in steps
    ]
    if len(steps) < STILL or not all(entries):
        return None

    def make() -> tuple[Array | None, int]:
        found = [subjects.activations_at(store, model, layer, step) for step in steps]
        known = [perplexities(one) for one in found if one is not None]
        if len(known) < len(found) or len({len(one) for one in known}) > 1:
            return None, 100
        table = np.stack(known)
        return table, int(table.nbytes)

    identity = tuple((e.keys[0], e.wall_time) for group in entries for e in group)
    return store.decoder.cache.get(("perplexity", layer, identity), make)


def _moments(
    store: Store, model: Model, layer: str, step: int
) -> tuple[Array, Array, Array, int] | None:
    at = store.at(model, Moments, layer, step, lambda record: bool(rows_of(record.subsets, ALL)))
    if at is None:
        return None
    record = at[1]
    rows = rows_of(record.subsets, ALL)
    mean, std = subjects.pooled(record, [record.subsets[row] for row in rows])
    return mean, std, record.missing[rows].sum(0, dtype=np.int64), int(record.inputs[rows].sum())


def _classes(store: Store, model: Model, steps: Sequence[int]) -> ClassHistory | None:
    """Return the accuracy of classes; None where a record is missing."""
    if model.about.task not in ("multiclass", "binary"):
        return None
    found = {entry.step: record for entry, record in store.over_steps(model, ClassMetrics)}
    if not found or any(step not in found for step in steps):
        return None
    keys = found[steps[-1]].rows
    tables = [_aligned(found[step], keys) for step in steps]
    correct, inputs = (np.array(column) for column in zip(*tables, strict=True))
    return ClassHistory(keys, correct, inputs, _confusion([found[step] for step in steps], keys))


def _confusion(found: Sequence[ClassMetrics], keys: tuple[str, ...]) -> Array | None:
    """Confusions of the last few records; None of many classes, and of others than the last's."""
    last = found[-RECENT:]
    shape = last[-1].confusion.shape
    alike = all(one.rows == keys and one.confusion.shape == shape for one in last)
    if len(keys) > MOST_CLASSES or not alike or not last[-1].confusion.size:
        return None
    return np.stack([one.confusion for one in last]).astype(np.int64)


def _aligned(record: ClassMetrics, keys: Sequence[str]) -> tuple[list[int], list[int]]:
    """Right predictions and inputs in the order of some keys; 0 where a row is missing."""
    rows: Mapping[str, int] = {key: row for row, key in enumerate(record.rows)}
    found_rows = [rows.get(key) for key in keys]

    def pick(array: Array) -> list[int]:
        return [0 if row is None else int(array[row]) for row in found_rows]

    return pick(record.correct), pick(record.inputs)


def _predicted(store: Store, model: Model, steps: Sequence[int]) -> Array | None:
    """Predicted classes of the probe set at all steps `[T, N]`, -1 where none are recorded."""
    found = {
        entry.step: record.top[:, 0].astype(np.int64)
        for entry, record in store.over_steps(model, ProbePredictions)
        if record.top.shape[1]
    }
    known = [found.get(step) for step in steps]
    sizes = {len(one) for one in known if one is not None}
    if len(sizes) != 1:
        return None
    nothing = np.full(sizes.pop(), -1)
    return np.stack([nothing if one is None else one for one in known])


def _resumed(model: Model, steps: Sequence[int]) -> tuple[int, ...]:
    """First steps of sessions that go on where an earlier one left off."""
    begins = [one.first_step for one in model.recordings if not one.addition]
    later = {step for step in begins[1:] if steps and step > steps[0]}
    return tuple(sorted(later & set(steps)))
