"""Track which unit each element of a tensor belongs to, through operations, by number.

Numbers count through all units of a model from 1; 0 is an element of no unit. A tensor of numbers
is kept as small as it broadcasts: `[1, channels, 1, 1]` for a convolution's output.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from summary_ops.tracing.graph.tape import Op

ASSEMBLING = frozenset({"cat", "stack", "index_put", "copy", "slice_scatter", "rewritten"})
"""Operations that put several tensors together, each element being from one of them."""

GOLDEN = 0.6180339887498949

LARGEST = 1e3
"""Size of a constant: masks hold infinities, or the lowest number that there is."""


class MixesUnits(ValueError):
    """An operation's output elements come from several units each."""


def minimal(numbers: Tensor) -> Tensor:
    """Return the smallest tensor that broadcasts to the same."""
    for axis, size in enumerate(numbers.shape):
        if size > 1 and bool((numbers == numbers.narrow(axis, 0, 1)).all()):
            numbers = numbers.narrow(axis, 0, 1)
    return numbers.contiguous()


def along(numbers: Tensor, axis: int) -> bool:
    """Return whether numbers differ along no other axis."""
    return all(n == 1 for dim, n in enumerate(numbers.shape) if dim != axis % numbers.ndim)


def profile(numbers: Tensor, axis: int) -> Tensor | None:
    """Return the numbers along an axis; elements of no unit may lie beside those of one.

    None where two units are at one place of the axis.
    """
    others = [dim for dim in range(numbers.ndim) if dim != axis % numbers.ndim]
    found = numbers.amax(others, keepdim=True) if others else numbers
    return found if bool(((numbers == found) | (numbers == 0)).all()) else None


def moved(op: Op, values: dict[int, Tensor], numbers: dict[int, Tensor]) -> list[Tensor | None]:
    """Numbers of an operation's outputs where it moves or averages elements unit by unit.

    None for an output of no units: an index, or a statistic of constants.

    The operation is done on the numbers, on ones (a sum of n elements has n times the number), and
    on a second numbering, which no mixture of units agrees with. Constants count by their size: an
    attention matrix averages positions, whatever it holds, and also those that a mask leaves out.

    Raises:
        MixesUnits: it does not keep units apart.
    """
    if op.name == "constant_pad_nd":
        value, widths = op.args[0].value, op.args[1]
        if not any(op.args[2:]):
            return [_padded(numbers[value], widths)]
        return [minimal(functional.pad(numbers[value].expand(values[value].shape), widths))]
    given = {value: _floating(numbers[value]).expand(values[value].shape) for value in numbers}
    whole = _outputs(op, values, given)
    ones = _outputs(op, values, {value: _floating(n > 0) for value, n in given.items()})
    hashed = _outputs(op, values, {value: _hashed(n) for value, n in given.items()})
    found: list[Tensor | None] = []
    for total, count, check in zip(whole, ones, hashed, strict=True):
        if not total.is_floating_point() or total.equal(check):
            found.append(None)
            continue
        some = count != 0
        number = torch.where(some, total / torch.where(some, count, 1.0), 0.0)
        exact = number.round()
        right = (number - exact).abs() < 0.01
        right &= ~some | ((check / torch.where(some, count, 1.0) - _hashed(exact)).abs() < 1e-5)
        if not bool(right.all()):
            raise MixesUnits(op.name)
        found.append(minimal(exact.long()))
    return found


def _padded(numbers: Tensor, widths: Sequence[int]) -> Tensor:
    """Pad numbers with their unit's: a zero beside its positions adds nothing to any sum."""
    pairs = list(zip(widths[::2], widths[1::2], strict=True))  # from the last axis on
    of_axis = zip(pairs, reversed(numbers.shape), strict=False)
    kept = [width if length > 1 else (0, 0) for width, length in of_axis]
    return minimal(functional.pad(numbers, [side for pair in kept for side in pair]))


def _floating(values: Tensor) -> Tensor:
    """Convert to double precision, where the device has it."""
    return values.float() if values.device.type == "mps" else values.double()


def _hashed(numbers: Tensor) -> Tensor:
    """Another number for each, in [1, 2); 0 stays."""
    return torch.where(numbers > 0, 1 + (numbers * GOLDEN).frac(), 0.0)


def _outputs(op: Op, values: dict[int, Tensor], given: dict[int, Tensor]) -> list[Tensor]:
    def get(value: int) -> Tensor:
        if value in given:
            return given[value]
        constant = values[value]
        if not constant.is_floating_point():
            return constant
        found = _floating(constant)
        sized = found.abs().clamp(max=LARGEST).nan_to_num()
        return torch.zeros_like(found) if blank else sized

    blank = op.name in ASSEMBLING
    result = op.call(get)
    parts = [result] if isinstance(result, Tensor) else list(result)
    return [part for part in parts if isinstance(part, Tensor)]


def joined(parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Fresh numbers, from 0, of elements that belong to a unit in each of several tensors.

    Returns:
        The numbers, small; and `[units, parts]`, the numbers each stands for.
    """
    whole = torch.broadcast_tensors(*parts)  # type: ignore[no-untyped-call]
    size = whole[0].shape
    rows = torch.stack([part.flatten() for part in whole], 1)
    tuples, inverse = torch.unique(rows, dim=0, return_inverse=True)
    return inverse.view(size), tuples


def renumbered(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Places of numbers, −1 for none, and the numbers in ascending order."""
    known = torch.unique(numbers)
    known = known[known > 0]
    indices = torch.searchsorted(known, numbers)
    return torch.where(numbers > 0, indices, -1), known
