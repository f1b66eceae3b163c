"""Records whose rows are subsets: those of several jobs at one step, and the sum of classes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tb_plugin_neural.contract.graph_records import ActivationCounts
from tb_plugin_neural.contract.record import Record

if TYPE_CHECKING:
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

R = TypeVar("R", bound=Record)

ALL = "all"
PARTS = ("class:", "target:", "unlabelled")
"""Beginnings of the keys of subsets that share no input, and together are all inputs."""


def at(store: Store, model: Model, kind: type[R], layer: str, step: int) -> tuple[Entry, R] | None:
    """Return a layer's record at exactly a step, joined with other jobs' subsets there.

    Of activation counts, with those of all inputs.
    """
    entries = store.entries_at(model, kind, layer, step)
    read = ((entry, store.record(model, entry, kind)) for entry in reversed(entries))
    found = [(entry, record) for entry, record in read if record is not None]
    if not found:
        return None
    if len(found) == 1 and kind is not ActivationCounts:
        return found[0]

    def make() -> tuple[Any, int]:
        joined: Any = found[0][1]
        for _, record in found[1:]:
            joined = join(joined, record)
        joined = with_all(joined) if kind is ActivationCounts else joined
        return joined, _bytes(joined)

    key = ("joined", *((entry.keys[0], entry.wall_time) for entry, _ in found))
    return found[0][0], store.decoder.cache.get(key, make)


def _bytes(record: Record) -> int:
    names = [spec.name for spec in dataclasses.fields(record) if "axes" in spec.metadata]
    arrays = [found for name in names if (found := getattr(record, name)) is not None]
    return sum(int(found.nbytes) for found in arrays)


def join(newer: R, older: R) -> R:
    """Join the subsets of two records; of a subset that both have, keep the newer one's rows.

    What is not about subsets is that of the record with more inputs. Where it says what the rows
    mean (ways of counting, producers) and differs, the older record is left out.

    Args:
        newer: a record with axis `S`, subsets, and possibly `E`, rows about one subset each.
        older: of the same kind.
    """
    first: Any = newer
    second: Any = older
    meaning = ("masses", "of", "producers", "units", "links")
    if any(getattr(first, name, None) != getattr(second, name, None) for name in meaning):
        return newer
    try:
        joined: R = _joined(first, second)
    except ValueError:  # of layers that differ in units, or of other widths
        return newer
    return joined


def _joined(newer: Any, older: Any) -> Any:
    added = [row for row, key in enumerate(older.subsets) if key not in newer.subsets]
    whole = max((newer, older), key=lambda record: int(record.inputs.sum(dtype=np.int64)))
    about = np.isin(older.subset, added) if hasattr(older, "subset") else None
    keys = (*newer.subsets, *(older.subsets[row] for row in added))
    changed: dict[str, Any] = {"subsets": keys}
    for spec in dataclasses.fields(newer):
        name, axes = spec.name, spec.metadata.get("axes", ())
        mine, other = getattr(newer, name), getattr(older, name)
        if mine is None or other is None:
            changed[name] = None
        elif name == "subset":
            added_rows = len(newer.subsets) + np.searchsorted(added, other[about])
            changed[name] = np.concatenate((mine, added_rows.astype(np.uint32)))
        elif "S" in axes:
            at = axes.index("S")
            changed[name] = np.concatenate((mine, other.take(added, at)), at)
        elif "E" in axes:
            changed[name] = np.concatenate((mine, other[about]))
        elif name != "subsets":
            changed[name] = getattr(whole, name)
    return dataclasses.replace(newer, **changed)


def keys(record: ActivationCounts) -> tuple[str, ...]:
    """Return the subsets that are counted, with all inputs where their parts are."""
    if ALL in record.subsets or not any(key.startswith(PARTS) for key in record.subsets):
        return record.subsets
    return (*record.subsets, ALL)


def with_all(record: ActivationCounts) -> ActivationCounts:
    """Return counts with a row for all inputs: where none is recorded, the sum of their parts."""
    named = keys(record)
    if named == record.subsets:
        return record
    parts = [row for row, key in enumerate(record.subsets) if key.startswith(PARTS)]
    total = record.counts[:, parts].sum(1, keepdims=True, dtype=np.uint32)
    inputs = record.inputs[parts].sum(keepdims=True, dtype=np.uint32)
    return dataclasses.replace(
        record,
        subsets=named,
        inputs=np.concatenate((record.inputs, inputs)),
        counts=np.concatenate((record.counts, total), 1),
    )
