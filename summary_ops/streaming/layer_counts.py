"""The activation counts of all layers, and what their deviations are measured from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from summary_ops.statistics.activation_counts import ActivationCounts, center_of, check_masses

Centers = dict[str, Tensor | None]
"""By layer what deviations are measured from; None where the activation's mass tells all."""

AT_ONCE = 128
"""Inputs that are kept back and counted together, as small batches cost more."""


class LayerCounts:
    """Activation counts by layer, in the rows of the moments.

    Args:
        masses: shares of the activation mass; nothing is counted when there are none.

    Raises:
        ValueError: a mass lies outside (0, 1].
    """

    def __init__(self, masses: Sequence[float]) -> None:
        check_masses(masses)
        self.masses = tuple(masses)
        self.centers: Centers = {}
        self._of_layer: dict[str, ActivationCounts] = {}
        self._held: list[tuple[Mapping[str, Tensor], Tensor]] = []

    @property
    def of_layer(self) -> Mapping[str, ActivationCounts]:
        """Everything counted, by layer."""
        self._flush()
        return self._of_layer

    def next(self, *, keep_centers: bool) -> LayerCounts:
        """Return empty counts for the next record."""
        following = LayerCounts(self.masses)
        if keep_centers:
            following.centers = self.centers
        return following

    def on_host(self) -> Centers:
        """Return the centers, on the CPU."""
        return {n: None if center is None else center.cpu() for n, center in self.centers.items()}

    def place(self, name: str, sample: Tensor) -> None:
        """Fix a layer's center by a sample `[inputs, units]`."""
        if self.masses:
            self.centers[name] = center_of(sample)

    def row_bytes(self, units: int) -> int:
        """Return the bytes of a row of `units` units, once centers are known."""
        deviations = sum(len(center) for center in self.centers.values() if center is not None)
        return 4 * len(self.masses) * (units + deviations)

    def add_layers(self, layers: Mapping[str, int], rows: int, device: torch.device) -> None:
        """Begin to count layers, given their units."""
        for name, units in layers.items() if self.masses else ():
            center = self.centers.get(name)
            self._of_layer[name] = ActivationCounts.empty(rows, units, self.masses, center, device)

    def add_rows(self, rows: int) -> None:
        """Grow to at least `rows` rows."""
        for name, counts in self._of_layer.items():
            self._of_layer[name] = counts.with_rows(rows)

    def update(self, pooled: Mapping[str, Tensor], member: Tensor) -> None:
        """Count `[batch, units]` of each layer; member is bool `[rows, batch]`."""
        if self.masses:
            self._held.append((pooled, member))
            if sum(member.shape[1] for _, member in self._held) >= AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, []
        for name, counts in self._of_layer.items():
            found = [(pooled[name], member) for pooled, member in held if name in pooled]
            if found:
                rows = counts.counts.shape[1]
                member = [F.pad(member, (0, 0, 0, rows - len(member))) for _, member in found]
                counts.update(torch.cat([values for values, _ in found]), torch.cat(member, 1))

    def align(
        self,
        layers: Mapping[str, int],
        rows: int,
        pairs: tuple[list[int], list[int]],
        device: torch.device,
        *,
        conflicting: Collection[str],
    ) -> None:
        """Bring the counts into a common order of layers and rows.

        Args:
            layers: units of each layer.
            rows: number of rows.
            pairs: new and old row numbers of the subsets that were counted here.
            device: where the counts are to be.
            conflicting: layers whose deviations cannot be merged; they are left out.
        """
        before, self._of_layer = self.of_layer, {}
        for name, units in layers.items() if self.masses else ():
            center = None if name in conflicting else self.centers.get(name)
            old = before.get(name)
            if old is None:
                new = ActivationCounts.empty(rows, units, self.masses, center, device)
            else:
                old = old.without_deviations() if center is None else old
                new = old.to(device).reindexed(*pairs, rows)
            self._of_layer[name] = new


def agree(everyone: Sequence[Centers]) -> tuple[Centers, set[str]]:
    """Choose one center per layer for all processes: that of the first process that has one.

    Returns:
        The centers, and the layers for which processes had different ones.
    """
    agreed: Centers = {}
    conflicting = set()
    for name, center in (item for centers in everyone for item in centers.items()):
        first = agreed.setdefault(name, center)
        same = first is center or (
            first is not None and center is not None and torch.equal(first, center)
        )
        conflicting |= set() if same else {name}
    return agreed, conflicting


CONFLICTING = (
    "activation counts by deviation, of the first record: each process placed its own windows in "
    "observing(); use run"
)
