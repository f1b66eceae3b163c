"""Plan which activations are kept in which pass over the probe set, within the memory budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_PASSES = 8
"""Passes over the probe set that a record may take."""


@dataclass(frozen=True)
class Piece:
    """Rows of a layer's table that a pass fills."""

    layer: str
    first: int
    last: int


@dataclass(frozen=True)
class PassPlan:
    """The plan of further passes.

    Attributes:
        passes: the pieces of each.
        rows: of each layer's table.
        pivots_only: layers for which not all pairs are compared.
        dropped: layers that are left out.
    """

    passes: list[list[Piece]]
    rows: Mapping[str, int]
    pivots_only: tuple[str, ...]
    dropped: tuple[str, ...]


def bytes_of(rows: int, numbers: int, size: int) -> int:
    """Return the bytes of `rows` instances' activations and distances to all others, in float32."""
    return 4 * rows * (numbers + size)


def plan_passes(
    numbers: Mapping[str, int],
    size: int,
    fewest: int,
    room: int,
    *,
    every: bool,
    most: float = MOST_PASSES,
) -> PassPlan:
    """Compare all instances with as many as can be, first with the pivots.

    Where this takes too many passes, the layers with the most activations are compared with the
    pivots alone, and where that is still too much, left out.

    Args:
        numbers: activations of an instance, by layer.
        size: instances.
        fewest: those that all others are compared with in any case.
        room: bytes.
        every: whether all are to be compared with all.
        most: passes.
    """
    smallest = sorted(numbers, key=lambda layer: (numbers[layer], layer))
    rows = dict.fromkeys(smallest, size if every else fewest)

    def passes() -> list[list[Piece]]:
        each = {layer: bytes_of(1, numbers[layer], size) for layer in rows}
        return _fill(rows, each, room)

    few, dropped = [], []
    for layer in reversed(smallest):
        if len(passes()) > most and every:
            rows[layer] = fewest
            few.append(layer)
    for layer in reversed(smallest):
        if len(passes()) > most:
            del rows[layer]
            dropped.append(layer)
    kept = tuple(layer for layer in few if layer in rows)
    return PassPlan(passes(), rows, kept, tuple(dropped))


def _fill(rows: Mapping[str, int], each: Mapping[str, int], room: int) -> list[list[Piece]]:
    """Fill one pass after the other with rows of one layer after the other; at least a row each."""
    passes: list[list[Piece]] = []
    left = 0
    for layer, count in rows.items():
        first = 0
        while first < count:
            if left < each[layer]:
                passes.append([])
                left = max(room, each[layer])
            last = min(count, first + left // each[layer])
            passes[-1].append(Piece(layer, first, last))
            left -= (last - first) * each[layer]
            first = last
    return passes
