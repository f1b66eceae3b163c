"""Compute what positions along one axis of a value see along one axis of the input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Kernel(NamedTuple):
    """A kernel along one axis."""

    kernel: int
    stride: int
    padding: int
    dilation: int


@dataclass(frozen=True)
class Span:
    """Along one axis of a value: position `p` sees `[start + p·stride, … + extent)`.

    Attributes:
        axis: of the value.
        stride, extent, start: in elements of the input.
    """

    axis: int
    stride: Fraction
    extent: Fraction
    start: Fraction

    def windowed(self, by: Kernel) -> Span:
        """After a window moves over the axis."""
        return Span(
            self.axis,
            self.stride * by.stride,
            self.extent + (by.kernel - 1) * by.dilation * self.stride,
            self.start - by.padding * self.stride,
        )

    def unwindowed(self, by: Kernel) -> Span:
        """After a transposed convolution by the window; a bound."""
        reach = by.dilation * (by.kernel - 1)
        wide = self.spread(
            Fraction(by.stride), Fraction(reach - by.padding, by.stride), Fraction(0)
        )
        return replace(wide, extent=self.extent + Fraction(reach, by.stride) * self.stride)

    def resized(self, before: int, after: int, name: str) -> Span | None:
        """Follow an upsampling or an adaptive pooling to another length; None: seen whole."""
        if before == after:
            return self
        if name.startswith("upsample"):
            return self.spread(Fraction(after, before), Fraction(2), Fraction(2))
        size = before // after
        return None if before % after else self.windowed(Kernel(size, size, 0, 1))

    def spread(self, ratio: Fraction, before: Fraction, after: Fraction) -> Span:
        """Return the span after an axis was scaled by `ratio`, with more seen on both sides."""
        return Span(
            self.axis,
            self.stride / ratio,
            self.extent + (before + after) * self.stride,
            self.start - before * self.stride,
        )


Spans = dict[int, Span]
"""Spans by the input's axis; an axis without one is seen whole."""


def line(numbers: Tensor | None, span: Span) -> Span | None:
    """Return a span after its positions, counted from 1, became these."""
    if numbers is None:
        return None
    if numbers.numel() == 1:
        return span if span.axis < numbers.ndim and bool((numbers == 1).all()) else None
    axis = next((axis for axis in range(numbers.ndim) if _along(numbers, axis)), None)
    if axis is None:
        return None
    line = _profile(numbers, axis).flatten().tolist()
    first = next(index for index, number in enumerate(line) if number)
    last = max(index for index, number in enumerate(line) if number)
    step = Fraction(line[last] - line[first], max(last - first, 1))
    straight = all(line[p] == line[first] + step * (p - first) for p in range(first, last + 1))
    if not straight or step < 1 or last == first:
        return None
    shift = line[first] - 1 - step * first
    return Span(axis, span.stride * step, span.extent, span.start + shift * span.stride)


def _profile(numbers: Tensor, axis: int) -> Tensor:
    """Return the number at each index of an axis, 0 where it has none."""
    others = [dim for dim in range(numbers.ndim) if dim != axis]
    return numbers.amax(others, keepdim=True) if others else numbers


def _along(numbers: Tensor, axis: int) -> bool:
    """Return whether numbers differ along the axis and no other, if it has any."""
    profile = _profile(numbers, axis)
    same = (numbers == profile) | (numbers == 0)
    return len(torch.unique(profile[profile > 0])) > 1 and bool(same.all())


def common(parts: list[Spans]) -> Spans:
    """Join what several values see, where they advance in step."""
    found: Spans = {}
    for given in set.intersection(*(set(spans) for spans in parts)):
        spans = [part[given] for part in parts]
        if len({(span.axis, span.stride) for span in spans}) == 1:
            start = min(span.start for span in spans)
            end = max(span.start + span.extent for span in spans)
            found[given] = Span(spans[0].axis, spans[0].stride, end - start, start)
    return dict(sorted(found.items()))


def each(sizes: Any, axes: int) -> tuple[int, ...]:
    """Return one number per axis, repeating a single one."""
    given = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    return given * axes if len(given) == 1 else given
