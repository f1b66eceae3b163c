"""Define sum nodes, and the terms that their pre-activations are sums of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

Hidden = dict[int, bool]
"""Values that are not measured, and whether they are part of a sum, see `SumNode`."""


@dataclass
class Term:
    """A term of a sum node's pre-activation.

    Attributes:
        value: where the walk from the pre-activation ended.
        source: of a weighted sum its input, else the value itself: activations of sum nodes.
        op: index of the weighted sum, None for an identity.
        summand: the one value in the source that this term stands for, where the source is itself a
            sum or was shifted by a norm; None where the source only rearranges activations.
        ops: places of the operations between the terms and the source, in order.
        gated, linearised: whether some way to it is, see `Operand`.
        pairs: int64 `[pairs, 2]`, a unit of the sum node and a number of a unit at the term.
        group: int64 `[pairs]`: in a group, a number at the term has one unit of the sum node.
    """

    value: int
    source: int
    op: int | None
    summand: int | None = None
    ops: tuple[int, ...] = ()
    gated: bool = False
    linearised: bool = False
    pairs: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.int64))
    group: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    @property
    def given(self) -> int:
        """The value that has the producers' units."""
        return self.source if self.summand is None else self.summand


@dataclass
class SumNode:
    """Units that can be producers and consumers.

    Attributes:
        unit_group: its place in the flow.
        key: the recorded layer's name, or a name of its own.
        layer: whether it is a recorded layer.
        size: number of units.
        pre: value of the pre-activation.
        units: int64, each element's unit, −1 for none; broadcasts to the pre-activation.
        axes: unit axis and batch axis of the pre-activation, of a recorded layer.
        mask: `rectified`, `plain`, or `signed` for a hidden sum.
        terms: the summands of the pre-activation.
        ops: places of the operations between the terms and the pre-activation, in order.
        moved: whether these only move elements about.
        hidden: values whose units it depends on by ways that are not measured; whether they are
            part of a sum, else they only scale what is measured.
    """

    unit_group: int
    key: str
    layer: bool
    size: int
    pre: int
    units: Tensor
    axes: tuple[int, int]
    mask: str
    terms: list[Term]
    ops: tuple[int, ...]
    moved: bool
    hidden: Mapping[int, bool]
