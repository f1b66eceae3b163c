"""Estimate how far shares of influence would differ with other inputs of the same subset.

Batches of a subset are samples of it. From what they differ by follows the standard error of their
mean, one number a consumer: the root mean square over its strongest producers, as a single weight
has too few batches to tell.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from summary_ops.influence.strongest import STRONGEST
from summary_ops.tracing import Edges, Measured
from summary_ops.tracing.influence.measured import PARTS

MOST = 2**24
"""Numbers in the tables of one batch that are compared with others: 128 MiB a copy."""

MEASURES = ("contribution", "maximum")


class Noise:
    """Standard errors of shares, taken in batch by batch.

    After batches of n_1, …, n_R inputs with shares s_r, in sum n, the variance of their mean is
    Σ n_r (s_r − s)² / ((R − 1) n).
    """

    def __init__(self) -> None:
        self._squares: dict[tuple[str, str], Tensor] = {}
        self._batches = 1

    def add(self, before: Measured, found: Measured) -> None:
        """Take in a batch after others.

        Args:
            before: what these measured together.
            found: what the batch measured.
        """
        if not before.inputs or not found.inputs:
            return
        self._batches += 1
        numbers = sum(table.numel() for one in found.tables.values() for table in one.values())
        if numbers > MOST:
            return
        known, fresh = (_contributions(one).compose() for one in (before, found))
        weight = before.inputs * found.inputs / (before.inputs + found.inputs)
        for layer in fresh.keys() | known.keys():
            for measure in MEASURES:
                squares = _squares(known.get(layer), fresh.get(layer), measure)
                if squares is not None:
                    key = measure, layer
                    self._squares[key] = self._squares.get(key, 0) + weight * squares

    def errors(self, inputs: int) -> dict[tuple[str, str], Tensor]:
        """Return standard errors `[units]` by measure and layer; none of a single batch.

        Args:
            inputs: in all batches.
        """
        if self._batches < 2:
            return {}
        count = (self._batches - 1) * inputs
        return {key: (squares / count).sqrt().cpu() for key, squares in self._squares.items()}


def _squares(before: Edges | None, found: Edges | None, measure: str) -> Tensor | None:
    """Return the mean squared change of the shares of each unit's strongest producers, `[units]`.

    NaN where both have other producers, as after another branch of the model.
    """
    one, other = (_table(edges, measure) for edges in (before, found))
    if one is None or other is None or before is None or found is None:
        there = one if one is not None else other
        return None if there is None else torch.full((len(there),), torch.nan)
    if before.producers != found.producers or not one.numel():
        return torch.full((len(one),), torch.nan)
    size = (one + other).abs()
    top = size.topk(min(STRONGEST, size.shape[1]), 1).indices
    there = size.gather(1, top) > 0
    change = torch.where(there, (_shares(one) - _shares(other)).gather(1, top), 0)
    squares: Tensor = (change**2).sum(1) / there.sum(1).clamp(min=1)
    return squares


def _contributions(found: Measured) -> Measured:
    tables = {name: table for name, table in found.tables.items() if name in (*MEASURES, PARTS)}
    return replace(found, tables=tables)


def _table(edges: Edges | None, measure: str) -> Tensor | None:
    table: Tensor | None = getattr(edges, measure, None)
    return table


def _shares(table: Tensor) -> Tensor:
    whole = table.double().abs().sum(1, keepdim=True)
    return table / torch.where(whole > 0, whole, 1.0)
