"""The global lattice that the bins of histograms lie on.

A bin's width is a power of two, and its edges are multiples of it, so that two neighbouring bins
of one lattice are exactly one bin of a coarser one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.histogram_range import MANTISSA
from summary_ops.statistics.state import Field, How, State


@dataclass(frozen=True)
class Lattice(State):
    """Bin `b` of unit `u` is `[(offset + b) · 2**exponent, (offset + b + 1) · 2**exponent)`."""

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "exponent": Field(How.MAX, units=0),
        "offset": Field(How.MAX, units=0),
    }
    exponent: Tensor
    offset: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.exponent, self.offset))


def fit(minimum: Tensor, maximum: Tensor, finest: Tensor, bins: int) -> Lattice:
    """Return the finest lattice whose `bins` bins hold `[minimum, maximum]`; `[units]` each.

    Units without a value (`minimum > maximum`) get the finest width and offset 0.
    """
    empty = minimum > maximum
    low = torch.where(empty, 0.0, minimum).double()
    high = torch.where(empty, 0.0, maximum).double()
    magnitude = torch.frexp(torch.maximum(low.abs(), high.abs())).exponent.int() - MANTISSA
    exponent = torch.where(empty, finest, torch.maximum(finest, magnitude))
    guess = torch.frexp((high - low) / bins).exponent.int() - 2
    exponent = torch.where(high > low, torch.maximum(exponent, guess), exponent)
    for _ in range(4):
        too_many = _floor(high, exponent) - _floor(low, exponent) >= bins
        exponent = exponent + too_many.int()
    return Lattice(exponent, _floor(low, exponent).int())


def _floor(values: Tensor, exponent: Tensor) -> Tensor:
    return torch.floor(values * power_of_two(-exponent))


def power_of_two(exponent: Tensor) -> Tensor:
    """`2**exponent`, float64, put together from its bits and hence exact on every device."""
    return ((exponent.long() + 1023) << 52).view(torch.float64)


def bins_of(values: Tensor, lattice: Lattice, first: int) -> Tensor:
    """Numbers of the bins of values, the first bin's being `first`.

    They are float64: exact, and no tiny value is rounded to zero.
    """
    scaled = values * power_of_two(-lattice.exponent)
    return scaled.floor_().sub_(lattice.offset - first)
