"""What a tracer tells apart: sites, and the terms that their pre-activations are sums of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

Hidden = dict[int, bool]
"""Values that are not measured, and whether they are part of a sum, see `Site`."""


@dataclass
class Leaf:
    """A term of a site's pre-activation.

    Attributes:
        value: where the walk from the pre-activation ended.
        source: of a weighted sum its input, else the value itself: activations of sites.
        op: place of the weighted sum, None for an identity.
        term: where the source is more than activations of sites moved about, for it is a sum or was
            shifted by a norm, the value in it that this is about; else None.
        ops: places of the operations between the terms and the source, in order.
        gated, linearised: whether some way to it is, see `Through`.
        pairs: int64 `[pairs, 2]`, a unit of the site and a number of a unit at the leaf.
        group: int64 `[pairs]`: in a group, a number at the leaf has one unit of the site.
    """

    value: int
    source: int
    op: int | None
    term: int | None = None
    ops: tuple[int, ...] = ()
    gated: bool = False
    linearised: bool = False
    pairs: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.int64))
    group: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    @property
    def given(self) -> int:
        """The value that has the producers' units."""
        return self.source if self.term is None else self.term


@dataclass
class Site:
    """Units that can be producers and consumers.

    Attributes:
        family: its place in the flow.
        key: the recorded layer's name, or a name of its own.
        layer: whether it is a recorded layer.
        size: number of units.
        pre: value of the pre-activation.
        units: int64, each element's unit, −1 for none; broadcasts to the pre-activation.
        axes: unit axis and batch axis of the pre-activation, of a recorded layer.
        mask: `rectified`, `plain`, or `signed` for a hidden sum.
        leaves: the terms of the pre-activation.
        ops: places of the operations between the leaves and the pre-activation, in order.
        moved: whether these only move elements about.
        hidden: values whose units it depends on by ways that are not measured; whether they are
            part of a sum, else they only scale what is measured.
    """

    family: int
    key: str
    layer: bool
    size: int
    pre: int
    units: Tensor
    axes: tuple[int, int]
    mask: str
    leaves: list[Leaf]
    ops: tuple[int, ...]
    moved: bool
    hidden: Mapping[int, bool]
