"""Instances are compared by layers' activations, over as many passes as memory asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from torch import Tensor

from summary_ops.network.isolation import isolation
from summary_ops.problems import RECOVERABLE
from summary_ops.projections import passes
from summary_ops.projections.passes import Piece
from summary_ops.projections.records import Distances
from summary_ops.projections.tables import NoDistanceError, Table

Forward = Callable[[Sequence[int]], object]
"""Puts these instances through the model, with hooks on that lead to `Comparison.add`."""

BATCH = 256
NAMED = 3
"""Layers that are named where some are left out."""


class Comparison:
    """Compares all instances with all others, or with a few, layer by layer.

    In the first pass, which may serve other ends too, those layers are compared whole whose
    activations fit beside each other; further passes serve the others. Where all instances come in
    one batch, no activations are kept.

    Args:
        size: instances.
        metric: `euclidean` or `cosine`.
        room: bytes that activations and distances may take at a time.
        report: called with what went wrong in a layer.
        every: whether all are compared with all.
        layers: those that are compared; by default all.
        batch: instances of a batch of further passes.

    Attributes:
        start: the first instance of the next batch, counted in the order of the pass.
        left_out: layers that are not compared, and why, or which argument changes that.
        sizes: activations of an instance by layer.
        skipped: layers that were not asked for.
    """

    def __init__(
        self,
        size: int,
        metric: str,
        room: int,
        *,
        report: Callable[[str, Exception], None],
        every: bool = True,
        layers: Sequence[str] | None = None,
        batch: int = BATCH,
    ) -> None:
        self._size, self._metric, self._room, self._batch = size, metric, room, batch
        self._report, self._every, self._layers = report, every, layers
        self._numbers: dict[str, int] = {}
        self._tables: dict[str, Table] = {}
        self._pieces: dict[str, Piece] = {}
        self._rows: dict[str, int] = {}
        self._dropped: set[str] = set()
        self._reasons: dict[str, list[str]] = {}
        self._used = 0
        self._first = True
        self.start = 0
        self.left_out: tuple[str, ...] = ()
        self.sizes: dict[str, int] = {}
        self.skipped: dict[str, None] = {}

    def add(self, layer: str, whole: Tensor | None) -> None:
        """Look at a layer's activations `[batch, numbers]` of the next instances."""
        if self._layers is not None and layer not in self._layers:
            self.skipped[layer] = None
            return
        if layer in self._dropped:
            return
        if whole is None:
            self._drop(layer, "instances differ in size; pad their inputs to one size")
            return
        try:
            with isolation.without_autocast_or_grad():
                self._compare(layer, whole)
        except NoDistanceError as error:
            self._drop(layer, str(error))
        except RECOVERABLE as error:
            self._drop(layer)
            self._report(f"projection of layer {layer}", error)

    def _compare(self, layer: str, whole: Tensor) -> None:
        if self._first and layer not in self._numbers:
            self._meet(layer, *whole.shape)
        piece = self._pieces.get(layer)
        if piece is not None:
            self._table(piece, whole).add(self.start, whole)

    def _meet(self, layer: str, batch: int, numbers: int) -> None:
        """Take a layer into the first pass if it fits; in one batch nothing is kept."""
        self.sizes[layer] = numbers
        self._numbers[layer] = numbers = numbers if batch < self._size else 0
        needed = passes.bytes_of(self._size, numbers, self._size)
        if (self._every or not numbers) and self._used + needed <= self._room:
            self._used += needed
            self._rows[layer] = self._size
            self._pieces[layer] = Piece(layer, 0, self._size)

    def _table(self, piece: Piece, whole: Tensor) -> Table:
        table = self._tables.get(piece.layer)
        if table is None:
            table = Table.of(self._rows[piece.layer], self._size, self._metric, whole)
            self._tables[piece.layer] = table
        if (table.first, table.last) != (piece.first, piece.last):
            table.begin(piece.first, piece.last)
        return table

    def _drop(self, layer: str, why: str = "") -> None:
        self._dropped.add(layer)
        self._tables.pop(layer, None)
        if why:
            self._reasons.setdefault(why, []).append(layer)

    def finish(
        self, forward: Forward, front: Sequence[int], most: float = passes.MOST_PASSES
    ) -> Iterator[tuple[str, Distances]]:
        """End the first pass, and make what others are needed.

        Args:
            forward: the model.
            front: instances that all are compared with where not all are with all.
            most: passes besides the first.

        Yields:
            A layer's distances as soon as they are complete.
        """
        yield from self._settle(range(self._size))
        left = {name: size for name, size in self._numbers.items() if name not in self._rows}
        left = {name: size for name, size in left.items() if name not in self._dropped}
        plan = passes.plan_passes(
            left, self._size, len(front), self._room, every=self._every, most=most
        )
        self._first = False
        self._rows.update(plan.rows)
        order = list(dict.fromkeys((*front, *range(self._size))))
        for pieces in plan.passes:
            self._pieces = {piece.layer: piece for piece in pieces}
            for start in range(0, self._size, self._batch):
                self.start = start
                forward(order[start : start + self._batch])
            yield from self._settle(order)
        self._note(plan, most)

    def _settle(self, order: Sequence[int]) -> Iterator[tuple[str, Distances]]:
        """End a pass; those layers that it completes."""
        pieces, self._pieces = self._pieces, {}
        for layer in pieces.keys() & self._tables.keys():
            self._tables[layer].end()
        for layer, piece in pieces.items():
            if layer not in self._tables or piece.last < self._rows[layer]:
                continue
            found = _by_instance(self._tables.pop(layer), order)
            if np.isnan(found.found).any():
                self._drop(layer, "not every instance goes through it")
            else:
                yield layer, found

    def _note(self, plan: passes.PassPlan, most: float) -> None:
        why = (
            f"more than {most} passes over the probe set; pass a larger max_bytes, or fewer layers"
        )
        notes = (
            ("neighbours", plan.pivots_only, why),
            ("projections", plan.dropped, why),
            *(("projections", layers, reason) for reason, layers in self._reasons.items()),
        )
        self.left_out = tuple(
            f"{what} in {named(layers)}: {reason}" for what, layers, reason in notes if layers
        )


def _by_instance(table: Table, order: Sequence[int]) -> Distances:
    """Reorder a table from the order of insertion to that of instances."""
    found = table.found.cpu().numpy()
    columns = np.empty_like(found)
    columns[:, order] = found
    rows = tuple(order[: len(found)])
    if len(rows) == len(order):
        columns, rows = columns[np.argsort(order)], tuple(range(len(order)))
    return Distances(rows, columns, table.unit)


def named(layers: Sequence[str]) -> str:
    """Return the number of layers, and the names of the first."""
    names = ", ".join(layers[:NAMED]) + (", …" if len(layers) > NAMED else "")
    return f"{len(layers)} layer{'s' * (len(layers) > 1)} ({names})"
