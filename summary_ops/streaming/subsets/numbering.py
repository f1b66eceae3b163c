"""Order the layers and subsets of statistics, and hold what is kept of each subset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor


class Kept(NamedTuple):
    """The tables that a subset has rows in."""

    histograms: bool
    moments: bool


class Rows(NamedTuple):
    """Rows of a table.

    Attributes:
        of: the row of each subset, in the order of subsets; 0 for one that is not kept.
        height: number of rows; row 0 is for none.
    """

    of: tuple[int, ...]
    height: int


@dataclass(frozen=True)
class Numbering:
    """The columns and rows of the tables of statistics.

    Attributes:
        layers: units by layer, in the order of columns.
        subsets: what is kept of each subset, by key.
    """

    layers: Mapping[str, int] = field(default_factory=dict)
    subsets: Mapping[str, Kept] = field(default_factory=dict)

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """First and last column, plus one, of each layer."""
        spans, start = {}, 0
        for name, units in self.layers.items():
            spans[name] = start, start + units
            start += units
        return spans

    @cached_property
    def histogram_rows(self) -> Rows:
        """Rows of the statistics that are kept where histograms are."""
        return _rows([kept.histograms for kept in self.subsets.values()])

    @cached_property
    def moment_rows(self) -> Rows:
        """Rows of the statistics that are kept where moments are."""
        return _rows([kept.moments for kept in self.subsets.values()])

    def rows(self, *, of_histograms: bool) -> Rows:
        """Either of them."""
        return self.histogram_rows if of_histograms else self.moment_rows

    def union(self, other: Numbering) -> Numbering:
        """Both; of a subset in both, what both keep is kept."""
        layers, subsets = dict(self.layers), dict(self.subsets)
        for name, units in other.layers.items():
            layers.setdefault(name, units)
        for key, kept in other.subsets.items():
            mine = subsets.get(key, kept)
            subsets[key] = Kept(mine.histograms and kept.histograms, mine.moments and kept.moments)
        return Numbering(layers, subsets)

    def by_subset(self, *, of_histograms: bool) -> dict[str, int]:
        """Return the rows of the subsets that have one."""
        rows = zip(self.subsets, self.rows(of_histograms=of_histograms).of, strict=True)
        return {key: row for key, row in rows if row}

    def moves(self, other: Numbering, *, of_histograms: bool) -> tuple[list[int], list[int]]:
        """Rows of `other`, and the rows of this numbering that are to become these."""
        new, old = (one.by_subset(of_histograms=of_histograms) for one in (other, self))
        both = [key for key in old if key in new]
        return [new[key] for key in both], [old[key] for key in both]


def _rows(kept: list[bool]) -> Rows:
    rows, last = [], 0
    for keep in kept:
        last += keep
        rows.append(last if keep else 0)
    return Rows(tuple(rows), last + 1)


@dataclass
class Keys:
    """The subsets met so far, numbered in order of appearance."""

    names: list[str] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)
    _blocks: dict[tuple[str, int, torch.device], Tensor] = field(default_factory=dict)

    @classmethod
    def of_names(cls, names: Iterable[str]) -> Keys:
        """Subsets in a given order."""
        keys = cls()
        for name in names:
            keys.of(name)
        return keys

    def of(self, name: str) -> int:
        """Return the number of a subset, new or known."""
        if name not in self.number:
            self.number[name] = len(self.names)
            self.names.append(name)
        return self.number[name]

    def block(self, kind: str, count: int, device: torch.device) -> Tensor:
        """Return the numbers `[count]` of `kind:0` … `kind:count-1`."""
        key = kind, count, device
        if key not in self._blocks:
            numbers = [self.of(f"{kind}:{index}") for index in range(count)]
            self._blocks[key] = torch.tensor(numbers, dtype=torch.int64, device=device)
        return self._blocks[key]
