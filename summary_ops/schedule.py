"""Choose the training steps to record."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any


def step_number(step: Any) -> int:
    """Convert a training step (an int, a whole float, or an array or tensor of one) to an int.

    Raises:
        ValueError: it is something else.
    """
    try:
        value = step.item() if hasattr(step, "item") else step
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return operator.index(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"step={step!r}, expected a whole number") from error


@dataclass(frozen=True)
class Schedule:
    """A rule for steps.

    Attributes:
        steps: the steps to record, or None for a fixed interval.
        interval: record every `interval`-th step when `steps` is None.

    Example:
        >>> schedule = Schedule.every(100)
        >>> [step for step in range(301) if schedule.due(step)]
        [0, 100, 200, 300]
    """

    steps: frozenset[int] | None = None
    interval: int = 1

    def due(self, step: int) -> bool:
        """Return whether to record at this step."""
        step = step_number(step)
        return step in self.steps if self.steps is not None else step % self.interval == 0

    def ends(self, step: int) -> bool:
        """Return whether this is the last step to record; for a fixed interval, never."""
        return bool(self.steps) and step_number(step) == max(self.steps or ())

    def count(self, total_steps: int | None = None) -> int | None:
        """Return the number of records, or None where it is unknown."""
        if self.steps is not None:
            return len(self.steps)
        return None if total_steps is None else math.ceil(total_steps / self.interval)

    @classmethod
    def every(cls, k: int) -> Schedule:
        """Every k-th step, step 0 included.

        Raises:
            ValueError: k is not positive.
        """
        if k < 1:
            raise ValueError(f"every({k}): expected a positive number of steps")
        return cls(None, k)

    @classmethod
    def log_spaced(cls, total_steps: int, n: int = 40) -> Schedule:
        """About `n` steps from 0 to `total_steps - 1`, dense at first, both ends included.

        Early training changes a network fastest, so the gaps grow geometrically.

        Raises:
            ValueError: either number is not positive.

        >>> sorted(Schedule.log_spaced(1000, n=8).steps)
        [0, 1, 3, 10, 32, 100, 316, 999]
        """
        if total_steps < 1 or n < 1:
            raise ValueError(f"log_spaced({total_steps}, n={n}): expected positive numbers")
        last = total_steps - 1
        if n >= total_steps:
            return cls(frozenset(range(total_steps)))
        if n < 3:
            return cls(frozenset({last} if n == 1 else {0, last}))
        return cls(frozenset({0, *(round(last ** (i / (n - 2))) for i in range(n - 1))}))
