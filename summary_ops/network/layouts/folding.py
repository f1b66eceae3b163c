"""Find by values which rows of a layer's output belong to which input of a batch.

A batch is passed through the model, then a few batches made of the same inputs. Rows that belong
to an input go where the input goes; rows of a position embedding stay, rows that an index chose
(the tokens of an expert, the regions of a detector, the nodes of a graph) follow no input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

SAME = 0.05
"""Largest difference between equal rows, as a share of the difference between inputs."""

NOISE = {torch.float64: 1e-10, torch.float32: 1e-5}
COARSE = 1e-2
"""Differences below this share of the largest value are rounding; of half precision `COARSE`."""


@dataclass(frozen=True)
class Folding:
    """The layout of a batch's inputs along an axis.

    Attributes:
        axis: the axis that holds the inputs.
        strided: several parts of an input lie a batch apart, `[parts · batch]`, and not side by
            side, `[batch · parts]`.
    """

    axis: int
    strided: bool = False

    def unfold(self, output: Tensor, size: int) -> tuple[Tensor, int, int | None]:
        """Give the inputs an axis of their own.

        Args:
            output: a layer's output, whose axis is a multiple of `size` long.
            size: number of inputs.

        Returns:
            A view, its batch axis, and the axis of the parts; None where there is one part.
        """
        length = output.shape[self.axis]
        if length == size:
            return output, self.axis, None
        parts = length // size if size else 0
        shape = (parts, size) if self.strided else (size, parts)
        batch = self.axis + int(self.strided)
        before, after = output.shape[: self.axis], output.shape[self.axis + 1 :]
        view = output.reshape(*before, *shape, *after)
        return view, batch, 2 * self.axis + 1 - batch


@dataclass(frozen=True)
class Passes:
    """One layer's outputs in four passes over at least two inputs that differ.

    Attributes:
        whole: of a batch.
        rolled: of the batch in another order, the last input first.
        shorter: of the batch without its last input.
        changed: of the batch with the last input in the place of the first.
    """

    whole: Tensor
    rolled: Tensor
    shorter: Tensor
    changed: Tensor


@dataclass(frozen=True)
class Verdict:
    """The conclusion from the passes.

    Attributes:
        folding: where the inputs are; None if no axis holds them.
        reason: why there is none.
        final: whether other inputs would show the same.
    """

    folding: Folding | None
    reason: str = ""
    final: bool = True


def compare(passes: Passes, size: int, unit: int | None) -> Verdict:
    """Find the axis along which rows follow the inputs.

    Args:
        passes: a layer's outputs.
        size: number of inputs in the whole batch.
        unit: the axis of the units, which holds no inputs; None where it is not known.
    """
    candidates = list(_candidates(passes, size, unit))
    if not candidates:
        return Verdict(None, "the number of its rows does not follow the number of inputs")
    noise = _noise(passes.whole)
    following = [folding for folding in candidates if _follows(passes, folding, size, noise)]
    if len({(folding.axis, folding.strided) for folding in following}) == 1:
        return Verdict(following[0])
    if following:
        return Verdict(None, "the parts of an input are too much alike to be told apart", False)
    if _responds(passes, noise):
        return Verdict(None, "its rows do not belong to one input each")
    if len(candidates) == 1:
        return Verdict(candidates[0])
    return Verdict(None, "its values are the same for all inputs", False)


def _candidates(passes: Passes, size: int, unit: int | None) -> Iterator[Folding]:
    """Yield the axes whose length follows the number of inputs, in both orders of parts."""
    whole, shorter = passes.whole.shape, passes.shorter.shape
    if len(whole) != len(shorter):
        return
    for axis, length in enumerate(whole):
        parts = length // size
        if axis == unit or not parts or length % size or shorter[axis] != parts * (size - 1):
            continue
        yield Folding(axis)
        if parts > 1:
            yield Folding(axis, strided=True)


def _follows(passes: Passes, folding: Folding, size: int, noise: float) -> bool:
    """Return whether rows follow the order of inputs, or one input changes only its own rows.

    The first holds for layers that mix inputs (batch statistics, attention over the batch), the
    second for those that draw random numbers.
    """
    whole, rolled, changed = (
        _rows(tensor, folding, size) for tensor in (passes.whole, passes.rolled, passes.changed)
    )
    if rolled.shape == whole.shape:
        response = _largest(rolled - whole)
        if response > noise and _largest(rolled - whole.roll(1, 0)) <= SAME * response:
            return True
    if changed.shape == whole.shape:
        response = _largest(changed[0] - whole[0])
        if response > noise and _largest(changed[1:] - whole[1:]) <= SAME * response:
            return True
    return False


def _responds(passes: Passes, noise: float) -> bool:
    """Return whether the layer's output depends on its inputs."""
    for other in (passes.rolled, passes.changed):
        if other.shape != passes.whole.shape:
            return True
        if _largest(_finite(other) - _finite(passes.whole)) > noise:
            return True
    return False


def _rows(output: Tensor, folding: Folding, size: int) -> Tensor:
    """`[batch, …]`, finite; an output that does not fold stays as it is."""
    if output.ndim <= folding.axis or output.shape[folding.axis] % size:
        return output
    view, batch, _ = folding.unfold(output, size)
    return _finite(view.movedim(batch, 0))


def _finite(output: Tensor) -> Tensor:
    wide = output.double() if output.dtype is torch.float64 else output.float()
    return wide.nan_to_num(0.0, 0.0, 0.0)


def _largest(difference: Tensor) -> float:
    return float(difference.abs().amax()) if difference.numel() else 0.0


def _noise(output: Tensor) -> float:
    return NOISE.get(output.dtype, COARSE) * _largest(_finite(output))
