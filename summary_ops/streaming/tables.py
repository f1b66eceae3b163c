"""The statistics of all layers and subsets, folded at once."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import reduce

import torch
from torch import Tensor

from summary_ops.statistics.histogram import Histogram
from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.members import Members, Membership
from summary_ops.statistics.moments import Moments
from summary_ops.statistics.state import State
from summary_ops.statistics.unit_statistic import UnitStatistic
from summary_ops.streaming.layer_counts import LayerCounts
from summary_ops.streaming.subsets.numbering import Kept, Numbering
from tb_plugin_neural.contract.record import Array, Record

STATISTICS: tuple[type[UnitStatistic], ...] = (Histogram, Moments)
"""The statistics of units; each becomes a record a layer."""


def row_bytes(units: int, bins: int, *, of_histograms: bool) -> int:
    """Bytes of a subset in the statistics that are kept where histograms, or moments, are."""
    window = HistogramRange.unbounded(units, torch.device("meta"))
    kinds = [kind for kind in STATISTICS if kind.OF_HISTOGRAMS is of_histograms]
    return sum(kind.begin(1, window, bins).row_bytes() for kind in kinds)


class Tables:
    """A row a subset, a column a unit; both grow as they come.

    Args:
        counts: activation counts, which begin with nothing counted.
        bins: of a histogram.

    Attributes:
        numbering: what the rows and columns are.
        of_units: the statistics of units, once there is a layer.
        counts: activation counts, in the rows of the moments.
    """

    def __init__(self, counts: LayerCounts, bins: int) -> None:
        self.numbering = Numbering()
        self.of_units: dict[type[UnitStatistic], UnitStatistic] = {}
        self.counts = counts
        self._bins = bins

    @property
    def histogram(self) -> Histogram | None:
        """The histograms, once there is a layer."""
        found = self.of_units.get(Histogram)
        return found if isinstance(found, Histogram) else None

    @property
    def moments(self) -> Moments | None:
        """The moments, once there is a layer."""
        found = self.of_units.get(Moments)
        return found if isinstance(found, Moments) else None

    def windows(self) -> dict[str, HistogramRange]:
        """Return the ranges of the histograms, by layer."""
        found = self.histogram
        if found is None:
            return {}
        return {name: found.units(*span).window for name, span in self.numbering.spans.items()}

    def next_windows(self, given: Container[str]) -> dict[str, HistogramRange]:
        """Windows that suit what was counted; those of layers that are `given` stay as they are."""
        found, windows = self.histogram, self.windows()
        for name in windows:
            if found is not None and name not in given and "" not in given:
                windows[name] = found.units(*self.numbering.spans[name]).next_window()
        return windows

    def states(self) -> Iterator[State]:
        """Yield all states, in the order of the numbering."""
        yield from self.of_units.values()
        yield from self.counts.of_layer.values()

    def add_subsets(self, subsets: Mapping[str, Kept]) -> None:
        """Begin rows for new subsets."""
        if not subsets:
            return
        self.numbering = Numbering(self.numbering.layers, {**self.numbering.subsets, **subsets})
        for kind, state in self.of_units.items():
            rows = self.numbering.rows(of_histograms=kind.OF_HISTOGRAMS).height
            self.of_units[kind] = state.with_rows(rows)
        self.counts.add_rows(self.numbering.moment_rows.height)

    def add_layers(self, windows: Mapping[str, HistogramRange]) -> None:
        """Begin columns for new layers, given the windows of their units."""
        layers = {name: len(window.lower) for name, window in windows.items()}
        self.numbering = Numbering({**self.numbering.layers, **layers}, self.numbering.subsets)
        window = reduce(HistogramRange.join, windows.values())
        for kind in STATISTICS:
            rows = self.numbering.rows(of_histograms=kind.OF_HISTOGRAMS).height
            fresh = kind.begin(rows, window, self._bins)
            known = self.of_units.get(kind)
            self.of_units[kind] = fresh if known is None else known.join(fresh)
        self.counts.add_layers(layers, self.numbering.moment_rows.height, window.lower.device)

    def update(self, pooled: Mapping[str, Tensor], membership: Membership) -> None:
        """Count activations `[batch, units]` of each layer."""
        members = {kind: self._members(kind, membership) for kind in self.of_units}
        if list(pooled) == list(self.numbering.layers):
            values = torch.cat(list(pooled.values()), dim=1)
            for kind, state in self.of_units.items():
                state.count(values, members[kind])
        else:
            for name, values in pooled.items():
                for kind, state in self.of_units.items():
                    state.units(*self.numbering.spans[name]).count(values, members[kind])
        self.counts.update(pooled, members[Moments].matrix)

    def sum_rows(self, into: str, parts: Sequence[str]) -> None:
        """Set the row of a subset to what the rows of others are together."""
        for of_histograms in (True, False):
            rows = self.numbering.by_subset(of_histograms=of_histograms)
            chosen = [rows[part] for part in parts if part in rows]
            states = [s for s in self.of_units.values() if s.OF_HISTOGRAMS is of_histograms]
            for state in (*states, *(() if of_histograms else self.counts.of_layer.values())):
                state.sum_rows(rows[into], chosen)

    def reindex(
        self,
        numbering: Numbering,
        windows: Mapping[str, HistogramRange],
        device: torch.device,
        *,
        conflicting: Collection[str],
    ) -> None:
        """Take over other rows and columns; new ones are empty.

        Args:
            numbering: of the rows and columns.
            windows: of new layers, where they are known.
            device: where the statistics are to be.
            conflicting: layers whose activation counts by deviation are left out.
        """
        before, spans = dict(self.of_units), self.numbering.spans
        for kind in STATISTICS:
            rows = numbering.rows(of_histograms=kind.OF_HISTOGRAMS).height
            moves = self.numbering.moves(numbering, of_histograms=kind.OF_HISTOGRAMS)
            parts: list[UnitStatistic] = []
            for name, units in numbering.layers.items():
                if name in spans:
                    part = before[kind].units(*spans[name]).to(device)
                    parts.append(part.reindexed(*moves, rows))
                else:
                    window = windows.get(name, HistogramRange.unbounded(units)).to(device)
                    parts.append(kind.begin(rows, window, self._bins))
            self.of_units[kind] = reduce(lambda mine, other: mine.join(other), parts)
        moves = self.numbering.moves(numbering, of_histograms=False)
        rows = numbering.moment_rows.height
        self.counts.align(numbering.layers, rows, moves, device, conflicting=conflicting)
        self.numbering = numbering

    def counts_of(self, layer: str, subset: str) -> Array | None:
        """Activation counts `[ways, units]` so far, where they are kept."""
        row = self.numbering.by_subset(of_histograms=False).get(subset)
        counts = self.counts.of_layer.get(layer)
        if row is None or counts is None:
            return None
        found: Array = counts.counts[:, row].cpu().numpy()
        return found

    def records(self, mode: str) -> Iterator[tuple[str, Record]]:
        """Yield the records of everything counted, each with its layer."""
        for layer, span in self.numbering.spans.items():
            for state in self.of_units.values():
                part = state.units(*span)
                yield layer, part.record(mode, self._to_write(part))
            if layer in self.counts.of_layer:
                part = self.of_units[Moments].units(*span)
                inputs = part.inputs_of_rows()
                yield layer, self.counts.of_layer[layer].record(mode, self._to_write(part), inputs)

    def _to_write(self, part: UnitStatistic) -> dict[str, int]:
        """Rows of the subsets to write: what has at least one input.

        Classes are written all, if there are inputs other than of slices alone.
        """
        seen = part.inputs_of_rows().cpu().tolist()
        rows = self.numbering.by_subset(of_histograms=part.OF_HISTOGRAMS)
        whole = any(seen[row] for name, row in rows.items() if not name.startswith("slice:"))
        return {
            name: row
            for name, row in rows.items()
            if seen[row] or (whole and name.startswith("class:"))
        }

    def _members(self, kind: type[UnitStatistic], membership: Membership) -> Members:
        rows = self.numbering.rows(of_histograms=kind.OF_HISTOGRAMS)
        row_of = torch.tensor(rows.of, dtype=torch.int64, device=membership.keys.device)
        return Members(membership, row_of, rows.height)
