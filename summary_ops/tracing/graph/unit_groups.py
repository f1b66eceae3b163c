"""Units that one operation made, which have their numbers one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_HIDDEN = 8
"""Of a sum's terms that are not recorded, which have tables of their own."""


@dataclass(frozen=True)
class UnitGroup:
    """Units that one operation made.

    Attributes:
        start: number of the first.
        size: number of units.
        value: where they were made.
        pre: of a sum node, the value whose units these are the rectified or recorded ones of.
        parents: int64 `[size, parts]`, the numbers that a merged unit is made of.
        origin: int64 `[size]`, the numbers of `pre` that became them.
        rectified: only the positive part of `pre` passes.
        layer: name of the recorded layer.
        axes: its unit and batch axes.
        node: its units can be producers; a unit group without is a sum not yet looked at.
        terms: of a sum that is told apart, the unit groups that it is the sum of; each unit is made
            of at most one unit of each. Empty for all else.
    """

    start: int
    size: int
    value: int
    pre: int | None = None
    parents: Tensor | None = None
    origin: Tensor | None = None
    rectified: bool = False
    layer: str = ""
    axes: tuple[int, int] = (1, 0)
    node: bool = False
    terms: frozenset[int] = frozenset()


def terms_of(unit_groups: Sequence[UnitGroup], parents: Tensor) -> frozenset[int]:
    """Return the unit groups that a sum adds up.

    None if some unit has two units of one of them, or if there are many that are not recorded.

    Args:
        unit_groups: all, in order.
        parents: int64 `[units, parts]`, the numbers that each unit is the sum of, 0 for none.
    """
    starts = torch.tensor([unit_group.start for unit_group in unit_groups])
    indices = torch.searchsorted(starts, parents.cpu(), right=True) - 1
    rows: list[list[int]] = torch.unique(indices, dim=0).tolist()
    found: frozenset[int] = frozenset()
    for row in rows:
        parts = [_terms(unit_groups, index) for index in row if index >= 0]
        whole = frozenset[int]().union(*parts)
        if len(whole) < sum(map(len, parts)):
            return frozenset()
        found |= whole
    hidden = [index for index in found if not unit_groups[index].layer]
    return found if len(hidden) <= MOST_HIDDEN else frozenset()


def _terms(unit_groups: Sequence[UnitGroup], index: int) -> frozenset[int]:
    unit_group = unit_groups[index]
    return frozenset({index}) if unit_group.node or not unit_group.terms else unit_group.terms
