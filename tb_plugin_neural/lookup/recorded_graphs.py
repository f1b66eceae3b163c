"""Hold what is recorded of attribution graphs at one step, and its counting rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tb_plugin_neural.lookup.subjects import ALL

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from tb_plugin_neural.contract.graph_records import (
        ActivationCounts,
        Contributions,
        Importance,
        SummitInfluence,
    )
    from tb_plugin_neural.contract.records import Layer
    from tb_plugin_neural.store.sessions import Model

Array = np.ndarray[Any, Any]

PARTITIONS = tuple(re.compile(rf"{kind}:[0-9]{{1,9}}") for kind in ("class", "target", "predicted"))
"""Keys of the true classes, of the parts of a regression's target, of the predicted classes."""

OF_CLASS = re.compile(
    r"(?:(?P<slice>slice:.*)/)?(?:class|predicted):(?P<label>[0-9]{1,9})", re.DOTALL
)
ACTIVATION, DEVIATION = "activation", "deviation"


@dataclass(frozen=True)
class CountingRule:
    """A rule of counting activations: the share of which mass; None is the first recorded.

    Only layers with negative activations are counted by their deviation: of the others, and of all
    where there are none such, the activation's counts are taken.
    """

    mass: float | None = None
    of: str | None = None

    def row(self, record: ActivationCounts) -> int | None:
        """Return the row of a record's counts, or None."""
        basis = ACTIVATION if self.of == DEVIATION and DEVIATION not in record.of else self.of
        for at, (mass, of) in enumerate(zip(record.masses, record.of, strict=True)):
            if self.mass in (None, mass) and basis in (None, of):
                return at
        return None

    def __str__(self) -> str:
        mass = "any share" if self.mass is None else f"{self.mass:.3%}"
        return f"{mass} of the {self.of or 'activation'}"


@dataclass(frozen=True, eq=False)
class GraphRecords:
    """The records of one step that graphs are made of.

    Attributes:
        layers: those with activation counts, in the order of execution.
        counted: counts by layer.
        way: row of the counts.
        measure: of influence; None where none is recorded.
        influence: by consumer.
        importance: by layer.
        key: what identifies all of these records.
    """

    model: Model
    step: int
    layers: tuple[Layer, ...]
    counted: Mapping[str, ActivationCounts]
    way: Mapping[str, int]
    measure: str | None
    influence: Mapping[str, Contributions | SummitInfluence]
    importance: Mapping[str, Importance]
    key: Hashable

    @cached_property
    def units(self) -> dict[str, int]:
        """Number of units by layer."""
        return {name: record.counts.shape[2] for name, record in self.counted.items()}

    @cached_property
    def subsets(self) -> dict[str, int]:
        """Number of inputs by subset."""
        return _inputs(self.counted.values())

    @cached_property
    def sampled(self) -> dict[str, int]:
        """Number of inputs that influence is measured on, by subset."""
        return _inputs(self.influence.values())

    @cached_property
    def classes(self) -> list[str]:
        """Keys of the true classes or parts of the target; without labels, of predicted ones."""
        found = [[key for key in self.subsets if kind.fullmatch(key)] for kind in PARTITIONS]
        seen = (keys for keys in found if any(self.subsets[key] for key in keys))
        return next(seen, found[0])

    @property
    def baseline(self) -> str | None:
        """Return the baseline of contributions; None for other measures."""
        found = {getattr(record, "baseline", None) for record in self.influence.values()}
        return found.pop() if len(found) == 1 else None

    def counts(self, layer: str, subset: str) -> Array:
        """Return the number of inputs that each unit is counted in, `[units]`."""
        counts: Array = self.table(layer, [subset])[0]
        return counts

    def table(self, layer: str, subsets: Sequence[str]) -> Array:
        """Return the same for several subsets, `[subsets, units]`; 0 where one is not counted."""
        record = self.counted[layer]
        row_of = {key: row for row, key in enumerate(record.subsets)}
        rows = np.array([row_of.get(key, -1) for key in subsets], np.int64)
        counts: Array = record.counts[self.way[layer]]
        found = np.zeros((len(rows), counts.shape[1]), counts.dtype)
        found[rows >= 0] = counts[rows[rows >= 0]]
        return found

    def stand_in(self, subset: str) -> str:
        """Return the subset whose influence stands for a subset's: its own if it is recorded."""
        found = OF_CLASS.fullmatch(subset)
        others = [f"class:{found['label']}", found["slice"]] if found else []
        return next((key for key in (subset, *others) if key in self.sampled), ALL)

    def values(self, layer: str, subset: str) -> Array | None:
        """Return importance `[units]` for a subset, or None where none is recorded."""
        record = self.importance.get(layer)
        if record is None or subset not in record.subsets:
            return None
        row = record.subsets.index(subset)
        with np.errstate(over="ignore", invalid="ignore"):
            found: Array = record.level[row].astype(np.float32) * record.scale[row]
        return found if len(found) == self.units[layer] else None

    def errors(self, layer: str, subset: str) -> Array | None:
        """Return standard errors of `values`, NaN where unknown; None where these are None."""
        record = self.importance.get(layer)
        if record is None or self.values(layer, subset) is None:
            return None
        row = record.subsets.index(subset)
        if record.error is None:
            return np.full(self.units[layer], np.nan, np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            found: Array = record.error[row].astype(np.float32) * record.scale[row]
        return found

    def logit(self, subset: str) -> tuple[str, int] | None:
        """Return the output layer, and in it the unit of the subset's class."""
        found = OF_CLASS.fullmatch(subset)
        output = next((layer.name for layer in self.layers if layer.output), None)
        if found is None or output is None or int(found["label"]) >= self.units[output]:
            return None
        return output, int(found["label"])


def _inputs(records: Iterable[Any]) -> dict[str, int]:
    """Return the largest number of inputs of each subset in any record; mostly all agree."""
    alike: dict[tuple[str, ...], Array] = {}
    for record in records:
        known = alike.get(record.subsets, record.inputs)
        alike[record.subsets] = np.maximum(known, record.inputs)
    found: dict[str, int] = {}
    for keys, inputs in alike.items():
        pairs = zip(keys, inputs.tolist(), strict=True)
        found.update((key, max(count, found.get(key, 0))) for key, count in pairs)
    return found
