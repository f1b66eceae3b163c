"""A layer's distances between instances, found while these pass in batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from summary_ops.projections.distances import distances

PLAIN = 20
"""Activations up to this power of two, and down to its inverse, are taken as they are."""

MOST = 120
"""The largest power of two that a factor may be in float32."""


class NoDistanceError(ValueError):
    """Activations that cannot be compared."""


@dataclass
class Table:
    """Distances from the first `rows` instances to all; filled piece by piece, a pass each.

    Attributes:
        found: float32 `[rows, n]`, in units of `unit`; NaN where not found yet.
        metric: `euclidean` or `cosine`.
        scale: a power of two, which activations are divided by.
        first, last: the rows that this pass fills.
        kept: their activations `[last - first, numbers]`, once some have been seen.
    """

    found: Tensor
    metric: str
    scale: float = 0.0
    first: int = 0
    last: int = 0
    kept: Tensor | None = None

    @property
    def unit(self) -> float:
        """Return the unit of the distances."""
        return self.scale if self.metric == "euclidean" else 1.0

    @classmethod
    def of(cls, rows: int, size: int, metric: str, like: Tensor) -> Table:
        """Make an empty table on the device of `like`, in float64 where that exists."""
        found = torch.full((rows, size), torch.nan, device=_where(like))
        return cls(found, metric)

    def begin(self, first: int, last: int) -> None:
        """Begin a pass that fills rows `first` to `last`."""
        self.first, self.last, self.kept = first, last, None

    def end(self) -> None:
        """Forget the activations."""
        self.kept = None

    def add(self, start: int, whole: Tensor) -> None:
        """Look at the activations `[batch, numbers]` of the instances from `start` on.

        Those of the pass's rows are kept for the batches to come, if there are any.

        Raises:
            NoDistanceError: some are not finite, or they are of another size than before.
        """
        whole = self._scaled(whole[max(self.first - start, 0) :].to(self.found.device))
        if not len(whole):
            return
        start = max(self.first, start)
        new = whole[: max(self.last - start, 0)]
        if start == self.first and start + len(whole) == self.found.shape[1]:
            known = whole if len(new) == len(whole) else new
        else:
            known = self._keep(start, new)
        batch = known if len(new) == len(whole) == len(known) else whole
        self._put(start, distances(batch, known, self.metric))

    def _keep(self, start: int, new: Tensor) -> Tensor:
        """Add activations to those that are kept; all of them."""
        if self.kept is None:
            self.kept = new.new_empty(self.last - self.first, new.shape[1])
        if new.shape[1] != self.kept.shape[1]:
            raise NoDistanceError(
                f"{new.shape[1]} activations an instance where others have {self.kept.shape[1]}"
            )
        known = self.kept[: min(start, self.last) - self.first + len(new)]
        known[len(known) - len(new) :] = new
        return known

    def _put(self, start: int, found: Tensor) -> None:
        """Enter the distances `[batch, known]`, both ways round."""
        rows = slice(self.first, self.first + found.shape[1])
        self.found[rows, start : start + len(found)] = found.T.float()
        own = self.found[start : start + len(found), rows]
        own[:] = found[: len(own)]

    def _scaled(self, whole: Tensor) -> Tensor:
        whole = whole.float()
        if not whole.numel():
            return whole
        peak = max(abs(float(value)) for value in whole.aminmax())
        if not math.isfinite(peak):
            raise NoDistanceError("some activations are not finite")
        if not self.scale:
            power = math.frexp(peak)[1]
            self.scale = 2.0 ** max(-MOST, min(MOST, power)) if abs(power) > PLAIN else 1.0
        return whole if self.scale == 1 else whole * (1 / self.scale)


def _where(like: Tensor) -> torch.device:
    return torch.device("cpu") if like.device.type == "mps" else like.device
