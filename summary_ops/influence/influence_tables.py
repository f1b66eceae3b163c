"""The influence measured since the last record: cut tables by subset, and the whole of `all`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import torch
from torch import Tensor

from summary_ops.influence.strongest import Layout, Producer, Strongest, influence, join, layout_of
from summary_ops.tracing import Edges
from tb_plugin_neural.contract import graph_records as records
from tb_plugin_neural.contract.record import Array, Record

Chosen = Callable[[str, str], Array | None]
"""From layer and subset to the units whose producers are kept, bool `[units]`; None for all."""


@dataclass(frozen=True)
class _Sum:
    """Sums over inputs by producer: float64 `[units, units of the producer]`, or counts.

    They are on the CPU; those of which little is not 0, counts and identities, are sparse. Squares
    of the errors of all shares' sums, `[units]`, come along.
    """

    blocks: Mapping[Producer, Tensor]
    layout: Layout
    inputs: int
    squares: Tensor

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # nobody changes it

    @classmethod
    def of(cls, table: Tensor, layout: Layout, inputs: int, error: Tensor) -> _Sum:
        blocks = torch.split(table.cpu(), [width for width, _ in layout.values()], 1)
        mostly_zero = not table.is_floating_point()
        return cls(
            {
                producer: block.to_sparse() if mostly_zero or producer[1] else block.clone()
                for producer, block in zip(layout, blocks, strict=True)
            },
            layout,
            inputs,
            (error * inputs) ** 2,
        )

    def plus(self, other: _Sum) -> _Sum:
        blocks = dict(self.blocks)
        for producer, block in other.blocks.items():
            blocks[producer] = blocks[producer] + block if producer in blocks else block
        layout, inputs = join((self.layout, other.layout)), self.inputs + other.inputs
        return _Sum(blocks, layout, inputs, self.squares + other.squares)

    def table(self) -> Tensor:
        return torch.cat([self.blocks[producer].to_dense() for producer in self.layout], 1)


class InfluenceTables:
    """Influence by measure, consuming layer and subset; only `all` is held whole."""

    def __init__(self) -> None:
        self._cut: dict[tuple[str, str], dict[str, Strongest]] = {}
        self._whole: dict[tuple[str, str], _Sum] = {}

    def __bool__(self) -> bool:
        return bool(self._cut)

    def add(
        self,
        subset: str,
        inputs: int,
        edges: Mapping[str, Edges],
        *,
        part: bool,
        errors: Mapping[tuple[str, str], Tensor] | None = None,
    ) -> None:
        """Keep what was measured on the inputs of a subset.

        A unit with an influence that is not finite counts as one without any.

        Args:
            subset: its key.
            inputs: how many were measured.
            edges: by consuming layer.
            part: whether `all` is the sum of this subset and others.
            errors: standard errors of shares `[units]`, by measure and layer, as far as known.
        """
        for layer, found in edges.items():
            layout = layout_of(found.producers, found.units, found.links)
            for measure in records.INFLUENCE:
                table = getattr(found, measure)
                if table is None or not table.numel():
                    continue
                finite = torch.isfinite(table).all(1, keepdim=True)
                table = torch.where(finite, table, 0)
                unknown = torch.full((len(table),), torch.nan, dtype=torch.float64)
                error = (errors or {}).get((measure, layer), unknown)
                cut = Strongest.of(table, layout, inputs, error)
                self._cut.setdefault((measure, layer), {})[subset] = cut
                if part:
                    sums = table.double() * inputs if table.is_floating_point() else table
                    self._add_up((measure, layer), _Sum.of(sums, layout, inputs, error))

    def _add_up(self, key: tuple[str, str], found: _Sum) -> None:
        before = self._whole.get(key)
        self._whole[key] = found if before is None else before.plus(found)

    def rows(self, chosen: Chosen, baseline: str = "zero") -> Iterator[tuple[str, Record]]:
        """Yield the records, each with its layer.

        Args:
            chosen: the units whose producers are kept.
            baseline: what contributions were compared with.
        """
        for (measure, layer), parts in self._cut.items():
            whole = self._whole.get((measure, layer))
            every = dict(parts)
            if whole is not None:
                table = whole.table()
                if table.is_floating_point():
                    table = table / max(whole.inputs, 1)
                error = whole.squares.sqrt() / max(whole.inputs, 1)
                every = {"all": Strongest.of(table, whole.layout, whole.inputs, error)} | every
            kept = partial(chosen, layer)
            yield layer, influence(measure, every, kept, baseline)
