"""Count in how many inputs a unit is among those with the largest activation.

Summit's activation aggregation (Hohman et al. 2019, "Summit", section 6.1): an input counts for
the smallest set of units that together hold a given share of the activation mass of the layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.state import Field, State
from tb_plugin_neural.contract import graph_records

SUBSTANTIAL = 0.1
"""Share of negative activation above which units are also counted by their deviation."""


def top_mass(activations: Tensor, mass: float) -> Tensor:
    """Find, for each input, the smallest set of units that holds a share of the activation mass.

    Units are taken by falling activation, equal ones by rising index, until their sum reaches
    `mass` times the sum of all, in float64. Negative and NaN activations weigh 0 and are never
    taken. An infinite one outweighs all others: the first of them is taken alone.

    Args:
        activations: `[batch, unit]`, of one layer.
        mass: the share, in (0, 1].

    Returns:
        bool `[batch, unit]`; no unit of an input without a positive activation.

    Raises:
        ValueError: the mass lies outside (0, 1], or the activations have another shape.
    """
    return top_masses(activations, (mass,))[0]


def top_masses(activations: Tensor, masses: Sequence[float]) -> Tensor:
    """`top_mass` for several shares at once, `[mass, batch, unit]`; one sort serves all.

    Raises:
        ValueError: a mass lies outside (0, 1], or the activations have another shape.
    """
    check_masses(masses)
    if activations.ndim != 2:
        raise ValueError(
            f"activations of shape {list(activations.shape)}, expected [batch, unit]: reduce "
            "positions first, by their maximum or mean"
        )
    weight = activations if activations.dtype == torch.float64 else activations.float()
    weight = weight.clamp(min=0).nan_to_num(nan=0.0, posinf=torch.inf)
    chosen = weight.new_empty((len(masses), *weight.shape), dtype=torch.bool)
    if not weight.numel() or not masses:
        return chosen
    largest, total = _largest(weight, max(masses))
    exact = largest.double()
    reached = exact.cumsum(1) if exact.device.type == "cpu" else running_sums(exact)
    if total is None:
        total = reached[:, -1:]
    for index, mass in enumerate(masses):
        before = (reached < mass * total).sum(1, keepdim=True)
        chosen[index] = _those_before(weight, largest, before)
    return chosen


def check_masses(masses: Sequence[float]) -> None:
    """Check shares of the activation mass.

    Raises:
        ValueError: one lies outside (0, 1].
    """
    for mass in masses:
        if not 0 < mass <= 1:
            raise ValueError(f"mass={mass!r}, expected a share of the activation in (0, 1]: 0.03")


def _largest(weight: Tensor, mass: float) -> tuple[Tensor, Tensor | None]:
    """Return the largest weights of each row, falling, that surely hold `mass`; and the total.

    The `mass` times as many largest ones hold it, as their mean is at least that of all; one more
    makes up for rounding. The sum is None where the largest are all there are.
    """
    units = weight.shape[1]
    count = min(math.ceil(mass * units) + 1, units)
    if weight.device.type == "cpu":  # NumPy's sort is vectorized and thirty times as fast
        ordered = torch.from_numpy(np.sort(weight.detach().numpy(), axis=1))
        largest = ordered[:, units - count :].flip(1)
    else:
        largest = weight.topk(count, 1).values
    if count == units:
        return largest, None
    return largest, weight.contiguous().sum(1, keepdim=True, dtype=torch.float64)


def running_sums(values: Tensor) -> Tensor:
    """Sum each row up to every column, with the same result for batches of any size.

    `cumsum` on CUDA is not, and is refused by `torch.use_deterministic_algorithms`.
    """
    step = 1
    while step < values.shape[1]:
        values = torch.cat((values[:, :step], values[:, step:] + values[:, :-step]), dim=1)
        step *= 2
    return values


def _those_before(weight: Tensor, largest: Tensor, before: Tensor) -> Tensor:
    """Return the units of each row down to the one with `before` others ahead of it."""
    last = largest.shape[1] - 1
    least = largest.gather(1, before.clamp(max=last))
    following = largest.gather(1, (before + 1).clamp(max=last))
    least = torch.where(least > 0, least, torch.inf)
    chosen = weight >= least
    if weight.device.type != "cpu" or bool((following == least).any()):
        above, equal = weight > least, weight == least
        room = before + 1 - above.sum(1, keepdim=True)
        chosen = above | (equal & (equal.cumsum(1) <= room))
    return chosen


@dataclass
class ActivationCounts(State):
    """The number of inputs, by subset, in which each unit of a layer is in the top mass.

    Attributes:
        masses: shares of the activation mass.
        center: float32 `[units]`, what deviations are measured from; None when none are counted.
        counts: int32 `[ways, rows, units]`: a way a mass, of the activation; then, with a center,
            a way a mass of |activation − center|.
        sums: float64 `[2]`, of the activations seen and of their absolute values, where finite.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "counts": Field(rows=1, units=2),
        "sums": Field(),
    }
    masses: tuple[float, ...]
    center: Tensor | None
    counts: Tensor
    sums: Tensor

    @classmethod
    def empty(
        cls,
        rows: int,
        units: int,
        masses: Sequence[float],
        center: Tensor | None = None,
        device: torch.device | None = None,
    ) -> ActivationCounts:
        """Return zero counts.

        Raises:
            ValueError: a mass lies outside (0, 1].
        """
        check_masses(masses)
        ways = len(masses) * (1 if center is None else 2)
        return cls(
            tuple(masses),
            None if center is None else center.to(device),
            torch.zeros((ways, rows, units), dtype=torch.int32, device=device),
            torch.zeros(2, dtype=torch.float64, device=device),
        )

    @property
    def of(self) -> tuple[str, ...]:
        """Return what each counting rule measures mass by, `activation` or `deviation`."""
        count = len(self.masses)
        return ("activation",) * count + ("deviation",) * (self.counts.shape[0] - count)

    @property
    def negative(self) -> float:
        """Share of the absolute activation that is negative; 0 of nothing."""
        return _negative(self.sums)

    def to(self, device: torch.device) -> ActivationCounts:
        """Move to another device."""
        center = None if self.center is None else self.center.to(device)
        return ActivationCounts(self.masses, center, self.counts.to(device), self.sums.to(device))

    def without_deviations(self) -> ActivationCounts:
        """Return the counts of activations alone."""
        return ActivationCounts(self.masses, None, self.counts[: len(self.masses)], self.sums)

    def update(self, values: Tensor, member: Tensor) -> None:
        """Count pooled activations.

        Args:
            values: float32 `[batch, units]`.
            member: bool `[rows, batch]`, which inputs belong to which row.
        """
        if not len(values):
            return
        chosen = top_masses(values, self.masses)
        if self.center is not None:
            deviation = (values - self.center).abs()
            chosen = torch.cat((chosen, top_masses(deviation, self.masses)))
        rows = torch.arange(len(member), device=member.device)
        if values.device.type == "cpu":
            rows = member.any(1).nonzero()[:, 0]
            member = member[rows]
        self.counts.index_add_(1, rows, (member.float() @ chosen.float()).int())
        self.sums += _sums(values)

    def record(
        self, mode: str, rows: Mapping[str, int], inputs: Tensor
    ) -> graph_records.ActivationCounts:
        """Make the record, given the rows of the written subsets and the inputs of all rows."""
        index = list(rows.values())
        center = torch.zeros(self.counts.shape[2]) if self.center is None else self.center.cpu()
        return graph_records.ActivationCounts(
            mode=mode,
            subsets=tuple(rows),
            masses=self.masses * (len(self.of) // len(self.masses)),
            of=self.of,
            negative=self.negative,
            inputs=inputs[index].cpu().numpy().astype(np.uint32),
            counts=self.counts[:, index].cpu().numpy().astype(np.uint32),
            center=center.numpy(),
        )


def center_of(sample: Tensor) -> Tensor | None:
    """Return the mean of each unit in a sample `[inputs, units]` with many negative values.

    None where at most 10 % of the absolute activation is negative: there the activation's own mass
    tells all. NaN and infinite activations do not count.
    """
    if _negative(_sums(sample)) <= SUBSTANTIAL:
        return None
    finite = torch.isfinite(sample)
    total = torch.where(finite, sample, 0).sum(0, dtype=torch.float64)
    return (total / finite.sum(0).clamp(min=1)).float()


def _sums(values: Tensor) -> Tensor:
    """Sum the finite values, and their absolute values, float64 `[2]`."""
    pair = (values, values.abs())
    found = torch.stack([part.sum(dtype=torch.float64) for part in pair])
    if values.device.type == "cpu" and bool(torch.isfinite(found[1])):
        return found
    finite = (part.nan_to_num(0.0, 0.0, 0.0) for part in pair)
    return torch.stack([part.sum(dtype=torch.float64) for part in finite])


def _negative(sums: Tensor) -> float:
    total, absolute = sums.tolist()
    return (absolute - total) / (2 * absolute) if absolute else 0.0
