"""The influence measured since the last record: cut tables by subset, and the whole of `all`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from summary_ops.graph_writing import Layout, Strongest, influence, join, layout_of
from summary_ops.tracing import Edges
from tb_plugin_neural import graph_records as records
from tb_plugin_neural.record import Array, Record

Chosen = Callable[[str, str], Array | None]
"""From layer and subset to the units whose producers are kept, bool `[units]`; None for all."""


@dataclass(frozen=True)
class _Sum:
    """A table `[units, producers]` summed over inputs, float64, or counts."""

    table: Tensor
    layout: Layout
    inputs: int

    def plus(self, other: _Sum) -> _Sum:
        layout = join((self.layout, other.layout))
        table = self.within(layout) + other.within(layout)
        return _Sum(table, layout, self.inputs + other.inputs)

    def within(self, layout: Layout) -> Tensor:
        if list(layout) == list(self.layout):
            return self.table
        blocks = dict(zip(self.layout, torch.split(self.table, self._widths(), 1), strict=True))
        units = len(self.table)
        return torch.cat(
            [
                blocks.get(producer, self.table.new_zeros(units, width))
                for producer, (width, _) in layout.items()
            ],
            1,
        )

    def _widths(self) -> list[int]:
        return [width for width, _ in self.layout.values()]


class InfluenceTables:
    """Influence by measure, consuming layer and subset; only `all` is held whole."""

    def __init__(self) -> None:
        self._cut: dict[tuple[str, str], dict[str, Strongest]] = {}
        self._whole: dict[tuple[str, str], _Sum] = {}

    def __bool__(self) -> bool:
        return bool(self._cut)

    def add(self, subset: str, inputs: int, edges: Mapping[str, Edges], *, part: bool) -> None:
        """Keep what was measured on the inputs of a subset.

        A unit with an influence that is not finite counts as one without any.

        Args:
            subset: its key.
            inputs: how many were measured.
            edges: by consuming layer.
            part: whether `all` is the sum of this subset and others.
        """
        for layer, found in edges.items():
            layout = layout_of(found.producers, found.units, found.links)
            for measure in records.INFLUENCE:
                table = getattr(found, measure)
                if table is None or not table.numel():
                    continue
                finite = torch.isfinite(table).all(1, keepdim=True)
                table = torch.where(finite, table, 0)
                cut = Strongest.of(table, layout, inputs)
                self._cut.setdefault((measure, layer), {})[subset] = cut
                if part:
                    self._add_up(measure, layer, _Sum(table, layout, inputs))

    def _add_up(self, measure: str, layer: str, found: _Sum) -> None:
        if found.table.is_floating_point():
            found = replace(found, table=found.table.double() * found.inputs)
        before = self._whole.get((measure, layer))
        self._whole[measure, layer] = found if before is None else before.plus(found)

    def rows(self, chosen: Chosen) -> Iterator[tuple[str, Record]]:
        """The records, each with the layer it is about."""
        for (measure, layer), parts in self._cut.items():
            whole = self._whole.get((measure, layer))
            every = dict(parts)
            if whole is not None:
                table = whole.table
                if table.is_floating_point():
                    table = table / max(whole.inputs, 1)
                every = {"all": Strongest.of(table, whole.layout, whole.inputs)} | every
            yield layer, influence(measure, every, lambda key, at=layer: chosen(at, key))  # type: ignore[misc]
