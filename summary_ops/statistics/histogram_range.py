"""Place the range of a unit's histogram, before counting starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.state import Field, How, State

FINEST = -100
"""Exponent of the finest bin width when nothing better is known."""

MANTISSA = 20
"""A bin is never narrower than 2**-20 of the largest bound, so that bin numbers fit 32 bits."""

CAP = 4.0
FEW = 8
LARGEST = torch.finfo(torch.float32).max


@dataclass(frozen=True)
class HistogramRange(State):
    """Bounds within which values are binned; what lies outside is counted in under and over.

    Attributes:
        lower: `[units]` float32, at most 0.
        upper: `[units]` float32, at least 0.
        finest: `[units]` int32, exponent of the narrowest bin width allowed.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "lower": Field(How.MAX, units=0),
        "upper": Field(How.MIN, units=0),
        "finest": Field(How.MAX, units=0),
    }
    lower: Tensor
    upper: Tensor
    finest: Tensor

    @classmethod
    def unbounded(cls, units: int, device: torch.device | None = None) -> HistogramRange:
        """No cap at all: the lattice grows with whatever comes."""
        full = torch.full((units,), LARGEST, device=device)
        return cls(-full, full, torch.full((units,), FINEST, dtype=torch.int32, device=device))

    @classmethod
    def of(cls, sample: Tensor) -> HistogramRange:
        """Return the range for a first sample `[inputs, units]` of pooled activations.

        The median of the finite non-zero values ± 4 times their spread from the 1st to the 99th
        percentile, widened to contain zero. A unit with fewer than 8 distinct finite values is
        not capped: a first batch of zeros must not send everything after it to `over`.
        """
        values = sample.detach().float()
        ordered = _sorted(torch.where(torch.isfinite(values), values, torch.nan))
        finite = torch.isfinite(ordered)
        few = ((ordered[1:] != ordered[:-1]) & finite[1:]).sum(0) + finite[:1].any(0) < FEW
        low, middle, high = _nonzero_quantiles(ordered, (0.01, 0.5, 0.99))
        return cls.around(low, middle, high, few)

    @classmethod
    def around(cls, low: Tensor, middle: Tensor, high: Tensor, few: Tensor) -> HistogramRange:
        """Median ± 4 times the spread of two quantiles, containing zero; no cap where `few`."""
        spread = CAP * (high - low)
        few = few | (spread == 0)
        lower = torch.nan_to_num(middle - spread, nan=0.0).clamp(-LARGEST, 0.0).float()
        upper = torch.nan_to_num(middle + spread, nan=0.0).clamp(0.0, LARGEST).float()
        return cls.bounded(torch.where(few, -LARGEST, lower), torch.where(few, LARGEST, upper))

    @classmethod
    def bounded(cls, lower: Tensor, upper: Tensor) -> HistogramRange:
        """Return the range with given bounds, `[units]` each; they set the finest width.

        Raises:
            ValueError: a lower bound is above its upper bound, or a bound is NaN.
        """
        if not bool((lower <= upper).all()):
            raise ValueError("a window's lower bound lies above its upper bound, or is NaN")
        bound = torch.maximum(lower.abs(), upper.abs()).float()
        exponent = torch.frexp(bound).exponent.int()
        capped = bound < LARGEST
        finest = torch.where(capped & (bound > 0), exponent - MANTISSA, FINEST).clamp(min=FINEST)
        return cls(lower.float(), upper.float(), finest.int())

    def differs(self, other: HistogramRange) -> Tensor:
        """Bool `[units]`: of which units histograms counted in these windows merge inexactly."""
        pairs = ((self.lower, other.lower), (self.upper, other.upper), (self.finest, other.finest))
        return torch.stack([a != b for a, b in pairs]).any(0)


def _sorted(values: Tensor) -> Tensor:
    """Each column sorted, NaN last. NumPy's sort is vectorized and forty times as fast."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.sort(values.numpy(), axis=0))
    return values.sort(dim=0).values


def _nonzero_quantiles(ordered: Tensor, q: tuple[float, ...]) -> list[Tensor]:
    """Quantiles of the non-zero values of sorted columns, linear between order statistics.

    NaN, which come last, do not count; the result of a column without a value is NaN.
    """
    if not len(ordered):
        return [ordered.new_full(ordered.shape[1:], torch.nan).double() for _ in q]
    zeros, below_zero = (ordered == 0).sum(0), (ordered < 0).sum(0)
    count = torch.isfinite(ordered).sum(0) - zeros

    def at(rank: Tensor) -> Tensor:
        row = torch.where(rank < below_zero, rank, rank + zeros)
        found = ordered.gather(0, row.clamp(max=len(ordered) - 1)[None])[0].double()
        return torch.where(count > 0, found, torch.nan)

    last = (count - 1).clamp(min=0)
    out = []
    for fraction in q:
        position = last * fraction
        low, high = (
            at(position.floor().long()),
            at(torch.minimum(position.floor().long() + 1, last)),
        )
        out.append(low + (high - low) * (position - position.floor()))
    return out
