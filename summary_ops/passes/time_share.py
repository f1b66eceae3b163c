"""Keep the time that recording takes under a share of the time between records."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from summary_ops.projections.comparing import named
from summary_ops.streaming import collectives

LEAST = 4
"""Inputs of a class below which influence is measured in fewer records instead."""

SELDOM = 16
"""Records of which one has influence at least; beyond that fewer layers are compared."""

Part = Literal["whole", "influence", "comparing"]


@dataclass(frozen=True)
class Effort:
    """The effort that goes into a record.

    Attributes:
        inputs: part of each subset's sample that influence and importance are measured on.
        every: one of this many records has influence and importance.
        compared: part of the activations, by number, that instances are compared by.
    """

    inputs: float = 1.0
    every: int = 1
    compared: float = 1.0


class TimeShare:
    """Decides from what a record has cost how much is done in the next one.

    What a forward pass over the inputs gives is always recorded whole. First the sample that
    influence is measured on is halved, down to four inputs of a class; then only every k-th
    record has influence, so that all together keep the share; then fewer layers are compared.

    Args:
        share: of the time between two records that recording may take, in (0, 1); None for any.
        clock: gives seconds.

    Attributes:
        effort: in this record.

    Raises:
        ValueError: the share is out of its range.
    """

    def __init__(self, share: float | None, clock: Callable[[], float] = time.perf_counter) -> None:
        if share is not None and not 0 < share < 1:
            raise ValueError(f"share={share!r}: expected a part of the time in (0, 1), such as 0.2")
        self.share, self._clock = share, clock
        self.effort = Effort()
        self._spent: dict[Part, float] = defaultdict(float)
        self._last = clock()
        self._since = 0
        self._sampled = 0
        self._measured = False
        self._influence = 0.0

    @contextmanager
    def spending(self, part: Part = "whole") -> Iterator[None]:
        """Count what is done inside as our own; all other parts are done inside of `whole`."""
        start = self._clock()
        try:
            yield
        finally:
            self._spent[part] += self._clock() - start

    @property
    def measures(self) -> bool:
        """Return whether this record has influence and importance."""
        return self._since % self.effort.every == 0

    def inputs_of(self, kept: int) -> int:
        """Return how many of a subset's sample this record measures."""
        self._measured = True
        self._sampled = max(self._sampled, kept)
        return self.part_of(kept, kept)

    def part_of(self, requested: int, kept: int) -> int:
        """Return how many of the inputs that are wanted, out of those kept, are measured on."""
        return min(kept, max(LEAST, math.ceil(requested * self.effort.inputs)))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return what this record leaves out."""
        if not self.measures:
            note = f"they are measured in one of {self.effort.every} records, {self._why}"
            return (f"influence and importance at this step: {note}",)
        if self.effort.inputs < 1:
            note = f"{self.effort.inputs:.0%} of the sample, {LEAST} at least, {self._why}"
            return (f"some of the inputs that influence and importance are measured on: {note}",)
        return ()

    def not_compared(self, layers: Sequence[str]) -> tuple[str, ...]:
        """Say the same of layers that were not compared."""
        return (f"projections in {named(layers)}: {self._why}",) if layers else ()

    @property
    def _why(self) -> str:
        return f"so that recording takes {self.share:.0%} of the time at most (share={self.share})"

    def settle(self) -> None:
        """End a record, and let process 0 decide on the next one; every process calls this."""
        if self.share is None:
            return
        now = self._clock()
        effort = self._decide(now - self._last) if collectives.rank() == 0 else None
        if collectives.active():
            effort = collectives.broadcast(effort)
        self._since = self._since + 1 if effort is not None and effort.every > 1 else 0
        self.effort = effort or Effort()
        self._last, self._measured = now, False
        self._spent.clear()

    def _decide(self, interval: float) -> Effort:
        share, before = self.share or 1.0, self.effort
        own, influence, comparing = (
            self._spent[part] for part in ("whole", "influence", "comparing")
        )
        if self._measured:
            used = max(before.inputs, min(1.0, LEAST / max(self._sampled, 1)))
            self._influence = influence / used
        comparing = comparing / before.compared if before.compared else comparing
        allowed = max(interval - own, 0.0) * share / (1 - share)
        room = allowed - (own - self._spent["influence"] - self._spent["comparing"])
        least = min(1.0, LEAST / max(self._sampled, 1))
        inputs = 1.0
        while inputs > least and inputs * self._influence > room - comparing:
            inputs = max(inputs / 2, least)
        cost = inputs * self._influence
        if cost <= room - comparing:
            return Effort(inputs)
        every = math.ceil(cost / (room - comparing)) if room > comparing else SELDOM
        if every < SELDOM or not comparing:
            return Effort(inputs, min(every, SELDOM))
        compared = (room - cost / SELDOM) / comparing
        return Effort(inputs, SELDOM, min(max(compared, 0.0), 1.0))
