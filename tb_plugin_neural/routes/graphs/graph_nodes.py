"""The nodes of a graph as JSON: units, their numbers, and what shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tb_plugin_neural.analysis.networks import intervals
from tb_plugin_neural.contract.graph_records import Examples, FeatureVisualization
from tb_plugin_neural.lookup import pictures
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.analysis.graph_comparison import Comparison, Node
    from tb_plugin_neural.routes.graphs.graph_sides import Side
    from tb_plugin_neural.store.store import Store


NUMBERS = (
    *("rank", "score", "count", "share", "shareLow", "shareHigh"),
    *("importance", "importanceError", "lift"),
)
"""Facts on a node for each subject."""


class Nodes:
    """Nodes as JSON, with what shows their units."""

    def __init__(self, store: Store, sides: Sequence[Side], shown: Sequence[str]) -> None:
        self.store = store
        self.sides = sides
        self.layer_index = {name: at for at, name in enumerate(shown)}
        self.named = pictures.names(store, sides[0].model)
        self.known: dict[Any, Any] = {}
        store.preload(
            (side.model, kind, name, side.evidence.step)
            for side in sides
            for name in {side.unit(node)[0] for node in side.graph.kept.tolist()}
            for kind in (Examples, FeatureVisualization)
        )

    def all(self, both: Comparison) -> list[dict[str, Any]]:
        """Return all nodes in their order."""
        return [self._one(node) for node in both.nodes]

    def _one(self, node: Node) -> dict[str, Any]:
        numbers = [number for number, _ in zip((node.a, node.b), self.sides, strict=False)]
        units = [
            side.unit(number) if number >= 0 else None
            for side, number in zip(self.sides, numbers, strict=True)
        ]
        owner = 0 if units[0] is not None else 1
        layer, unit = units[owner] or ("", 0)
        other = units[1][1] if len(units) > 1 and units[1] else None
        return {
            "layer": self.layer_index[layer],
            "unit": unit,
            "other": other,
            "side": node.side,
            "decided": node.decided,
            "matched": None not in units,
            **self._numbers(numbers, units),
            **self._pictures(1 if node.side == "B" else 0, units, owner),
            "name": self.named.get(layer, {}).get(unit) if owner == 0 else None,
        }

    def _numbers(
        self, numbers: Sequence[int], units: Sequence[tuple[str, int] | None]
    ) -> dict[str, list[float | None]]:
        found: dict[str, list[float | None]] = {name: [] for name in NUMBERS}
        for side, number, at in zip(self.sides, numbers, units, strict=True):
            row = dict.fromkeys(found, None) if at is None else self._row(side, number, *at)
            for name, value in row.items():
                found[name].append(value)
        return found

    def _row(self, side: Side, number: int, layer: str, unit: int) -> dict[str, float | None]:
        evidence, subset = side.evidence, side.subject.subset
        key = side.subject, layer
        if key not in self.known:
            importance = evidence.values(layer, subset)
            if importance is None:
                importance = evidence.values(layer, evidence.stand_in(subset))
            errors = evidence.errors(layer, subset)
            if errors is None:
                errors = evidence.errors(layer, evidence.stand_in(subset))
            self.known[key] = evidence.counts(layer, subset), importance, errors
        counts, importance, errors = self.known[key]
        count, inputs = int(counts[unit]), evidence.subsets.get(subset, 0)
        lift = side.graph.lift
        low, high = intervals.share(np.array(count), np.array(inputs))
        return {
            "rank": rounded(side.graph.rank[number]),
            "score": rounded(side.graph.score[number]),
            "count": count,
            "share": rounded(count / inputs) if inputs else None,
            "shareLow": rounded(float(low)),
            "shareHigh": rounded(float(high)),
            "importance": None if importance is None else rounded(importance[unit]),
            "importanceError": None if errors is None else rounded(errors[unit]),
            "lift": None if lift is None else rounded(lift[number]),
        }

    def _pictures(
        self, count: int, units: Sequence[tuple[str, int] | None], owner: int
    ) -> dict[str, Any]:
        at = count if count < len(units) and units[count] else owner
        layer, unit = units[at] or ("", 0)
        side = self.sides[at]
        return {
            "examples": self._examples(side, layer, unit),
            "facet": self._facet(side, layer, unit),
        }

    def _examples(self, side: Side, layer: str, unit: int) -> list[list[float]]:
        key = "examples", side.model.run, side.model.name, layer, side.evidence.step
        if key not in self.known:
            self.known[key] = pictures.crops(self.store, side.model, layer, side.evidence.step)
        found: list[list[float]] = self.known[key](unit)
        return found

    def _facet(self, side: Side, layer: str, unit: int) -> dict[str, Any] | None:
        key = "facets", side.model.run, side.model.name, layer, side.evidence.step
        if key not in self.known:
            self.known[key] = pictures.tiles(self.store, side.model, layer, side.evidence.step)
        facet: dict[str, Any] | None = self.known[key].get(unit)
        return facet
