"""Define what the statistics of units have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol, Self

from torch import Tensor

from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.members import Members
from summary_ops.statistics.state import State
from tb_plugin_neural.contract.record import Record


class UnitStatistic(State, Protocol):
    """A statistic with a row a subset and a column a unit of all layers.

    Attributes:
        OF_HISTOGRAMS: whether it is kept for the subsets that have histograms, which take much
            memory, else for the many that have moments.
    """

    OF_HISTOGRAMS: ClassVar[bool]

    @classmethod
    def begin(cls, rows: int, window: HistogramRange, bins: int) -> Self:
        """Return an empty statistic with `rows` rows, for the units of a range."""

    def count(self, values: Tensor, members: Members) -> None:
        """Count pooled activations `[batch, units]`."""

    def inputs_of_rows(self) -> Tensor:
        """Return the number of inputs `[rows]` on which these units were observed."""

    def record(self, mode: str, rows: Mapping[str, int]) -> Record:
        """Make the record of these units, given the rows of the written subsets."""
