"""Compute one number per layer and step, from the recorded moments of its units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tb_plugin_neural.analysis import layer_health
from tb_plugin_neural.analysis.layer_health import Spread
from tb_plugin_neural.contract.records import Moments
from tb_plugin_neural.lookup import recorded_graphs, subjects
from tb_plugin_neural.lookup.subset_rows import ALL, PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

OF = ("dead", "separability", "change")


class Number(NamedTuple):
    """A number, and what it would be on average if there were nothing to see; NaN is not known."""

    value: float
    noise: float


NOTHING = Number(float("nan"), float("nan"))


def at(store: Store, model: Model, layer: str, step: int, of: str, since: int) -> Number:
    """Return the number of a layer at exactly a step; it is computed once.

    Args:
        store: where to look.
        model: whose layer it is.
        layer: its name.
        step: a recorded one.
        of: one of `OF`.
        since: the step that change is counted from.
    """
    steps = (since, step) if of == "change" else (step,)
    there = [store.entries_at(model, Moments, layer, one) for one in steps]
    if not all(there):
        return NOTHING

    def make() -> tuple[Number, int]:
        if of == "separability":
            return _separability(store, model, layer, step), 200
        found = [_whole(store, model, layer, one) for one in steps]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return NOTHING, 200
        return _change(*known) if of == "change" else _dead(*known), 200

    identity = tuple(tuple((e.keys[0], e.wall_time) for e in entries) for entries in there)
    return store.decoder.cache.get(("layer number", of, identity), make)


class Dead(NamedTuple):
    """Units of a layer that are 0 on every input at a step, and those that were at the first."""

    inputs: int
    units: list[int]
    first: int
    before: list[int]


def dead(store: Store, model: Model, layer: str, step: int) -> Dead | None:
    """Return which units of a layer are dead; None where no moments over all inputs are recorded.

    Args:
        store: where to look.
        model: whose layer it is.
        layer: its name.
        step: a recorded one.
    """
    steps = store.steps(model, Moments, layer)
    found = [_whole(store, model, layer, one) for one in (step, *steps[:1])]
    if not steps or found[0] is None:
        return None
    now, then = ([] if one is None else _indices(layer_health.dead_units(*one)) for one in found)
    return Dead(found[0][1], now, steps[0], then)


def _indices(mask: layer_health.Array) -> list[int]:
    return [int(unit) for unit in np.flatnonzero(mask)]


def _whole(store: Store, model: Model, layer: str, step: int) -> tuple[Spread, int] | None:
    """Moments over all inputs, and how many these are."""
    found = store.at(model, Moments, layer, step, lambda record: bool(_keys_of_all(record)))
    if found is None:
        return None
    record = found[1]
    keys = _keys_of_all(record)
    rows = [record.subsets.index(key) for key in keys]
    count = _count(record, rows).sum(0)
    return Spread(count, *subjects.pooled(record, keys)), int(record.inputs[rows].sum())


def _keys_of_all(record: Moments) -> Sequence[str]:
    """Keys of disjoint subsets that are all inputs together."""
    parts = [key for key in record.subsets if key.startswith(PARTS)]
    return [ALL] if ALL in record.subsets else parts


def _count(record: Moments, rows: Sequence[int]) -> layer_health.Array:
    """Return the number of inputs with a finite activation `[rows, units]`."""
    inputs = record.inputs[rows].astype(np.int64)[:, None]
    return inputs - record.missing[rows]


def _dead(now: tuple[Spread, int]) -> Number:
    return Number(layer_health.dead_share(*now), 0.0)


def _change(before: tuple[Spread, int], now: tuple[Spread, int]) -> Number:
    found = layer_health.change(before[0], now[0])
    return Number(found, layer_health.change_of_samples(before[0], now[0]))


def _separability(store: Store, model: Model, layer: str, step: int) -> Number:
    """Compute separability by true classes or target bins; without labels by predicted classes."""
    if model.about.task == "multilabel":
        return NOTHING
    found = store.at(model, Moments, layer, step, lambda record: len(_classes(record)) > 1)
    if found is None:
        return NOTHING
    record = found[1]
    rows = _classes(record)
    spread = Spread(_count(record, rows), record.mean[rows], record.std[rows])
    inputs = int(record.inputs[rows].sum())
    return Number(layer_health.separability(spread), layer_health.chance(len(rows), inputs))


def _classes(record: Moments) -> list[int]:
    """Rows of disjoint classes with inputs."""
    for kind in recorded_graphs.PARTITIONS:
        rows = [row for row, key in enumerate(record.subsets) if kind.fullmatch(key)]
        rows = [row for row in rows if record.inputs[row]]
        if rows:
            return rows
    return []
