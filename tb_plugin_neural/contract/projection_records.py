"""The records that maps of the probe set are made of.

Axes: `N` instances of the probe set, `P` pivots, `F` instances in focus, `K` neighbours, `A` axes
of a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.record import (
    COUNTS,
    Array,
    Record,
    array,
    check_indices,
    json_field,
    maybe_number,
    number,
    text,
)

METRICS = ("euclidean", "cosine")
"""Distances between the full activations of a layer, positions included."""

MOST = {"pivots": 512, "focus": 64, "neighbours": 256}
"""Of a record; a map takes work that grows with the square of its pivots."""


def _check_metric(record: Any) -> None:
    if record.metric not in METRICS:
        raise DamagedRecord(f"distances by {record.metric!r}, expected one of {METRICS}")


def _check_instances(what: str, chosen: Array, size: int) -> None:
    check_indices(what, chosen, size)
    if (count := chosen.shape[-1]) > MOST[what]:
        raise DamagedRecord(f"{count} {what}, expected at most {MOST[what]}")


@dataclass(frozen=True)
class PivotDistances(Record):
    """Distances of the probe set's full activations in a layer to those of the pivots.

    The distance is `level * scale`, of instance `n` to instance `pivot[p]`; the same pivots for
    all layers, steps and runs with that probe set.

    Attributes:
        probe: hash of the probe set.
        metric: `euclidean` or `cosine`.
        focus: instances whose mutual distances are kept too.
        mutual: these, likewise in units of `scale`.
    """

    kind: ClassVar[str] = "pivot_distances"

    probe: str = json_field(text)
    metric: str = json_field(text)
    scale: float = json_field(number)
    pivot: Array = array("P", COUNTS)
    level: Array = array("N P", "float16")
    focus: Array = array("F", COUNTS)
    mutual: Array = array("F F", "float16")

    def _check(self, lengths: Mapping[str, int]) -> None:
        _check_metric(self)
        _check_instances("pivots", self.pivot, lengths["N"])
        _check_instances("focus", self.focus, lengths["N"])

    def distances(self) -> Array:
        """Distances to the pivots, float32 `[N, P]`."""
        return self.level.astype(np.float32) * np.float32(self.scale)

    def among(self) -> Array:
        """Distances among the instances in focus, float32 `[F, F]`."""
        return self.mutual.astype(np.float32) * np.float32(self.scale)


@dataclass(frozen=True)
class Neighbours(Record):
    """Each instance's nearest ones by its full activations in a layer, nearest first.

    With them goes how well the map by PivotMDS of the whole probe set shows them, by the ranks of
    all instances' full distances.

    Attributes:
        probe: hash of the probe set.
        metric: `euclidean` or `cosine`.
        trustworthiness, continuity: of the map (Venna & Kaski 2001), of `K` neighbours.
        preservation: share of the `K` neighbours that are neighbours in the map too.
        instance: the neighbours, the instance itself not among them.
        level: their distances, in units of `scale`.
    """

    kind: ClassVar[str] = "neighbours"

    probe: str = json_field(text)
    metric: str = json_field(text)
    scale: float = json_field(number)
    trustworthiness: float | None = json_field(maybe_number)
    continuity: float | None = json_field(maybe_number)
    preservation: float | None = json_field(maybe_number)
    instance: Array = array("N K", COUNTS)
    level: Array = array("N K", "float16")

    def _check(self, lengths: Mapping[str, int]) -> None:
        _check_metric(self)
        _check_instances("neighbours", self.instance, lengths["N"])

    def distances(self) -> Array:
        """Distances, float32 `[N, K]`."""
        return self.level.astype(np.float32) * np.float32(self.scale)


@dataclass(frozen=True)
class ProjectionMap(Record):
    """A map of the probe set that was made beforehand, by UMAP say.

    Attributes:
        probe: hash of the probe set.
        method: `umap` or `aligned_umap`.
        parameters: of the method, for people.
        trustworthiness, continuity, preservation: as in `Neighbours`, of this map.

    Example:
        >>> maps = projection_maps(recorder, step=0, layers="dense", progress=False)
        >>> maps["dense", 0].xy.shape
        (20, 2)
    """

    kind: ClassVar[str] = "projection_map"

    probe: str = json_field(text)
    method: str = json_field(text)
    parameters: str = json_field(text)
    trustworthiness: float | None = json_field(maybe_number)
    continuity: float | None = json_field(maybe_number)
    preservation: float | None = json_field(maybe_number)
    xy: Array = array("N A", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        if lengths["A"] != 2:
            raise DamagedRecord(f"a map of {lengths['A']} axes, expected 2")


ALL: tuple[type[Record], ...] = (PivotDistances, Neighbours, ProjectionMap)
