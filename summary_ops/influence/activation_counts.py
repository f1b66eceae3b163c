"""The activation counts that a recorder wrote last."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tb_plugin_neural.contract.graph_records import ActivationCounts
from tb_plugin_neural.contract.record import Record

Counts = dict[str, ActivationCounts]


def among(rows: Iterable[tuple[str, Record]]) -> Counts:
    """Find the activation counts among records, by layer."""
    return {layer: record for layer, record in rows if isinstance(record, ActivationCounts)}


def required(counts: Counts) -> Counts:
    """Return the counts of a recorder's last record.

    Raises:
        ValueError: it has none.
    """
    if not counts:
        raise ValueError(
            "no activation counts yet: call recorder.write(writer, step) before, on a recorder "
            "with graph=Graph()"
        )
    return counts


def classes(record: ActivationCounts) -> list[int]:
    """Rows of the true classes, or where no input has one, of the predicted ones."""
    for kind in ("class:", "predicted:"):
        rows = [row for row, key in enumerate(record.subsets) if key.startswith(kind)]
        if record.inputs[rows].any():
            return rows
    return []


def strongest(record: ActivationCounts, most: int) -> list[int]:
    """Units that are most often in the top mass of some class: up to `most` a class, in order."""
    found: set[int] = set()
    for counts in record.counts[0, classes(record)].astype(np.int64):
        order = np.argsort(-counts, kind="stable")[:most]
        found.update(order[counts[order] > 0].tolist())
    return sorted(found)
