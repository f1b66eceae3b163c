"""What fits in memory: which classes get histograms, which moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from summary_ops.statistics.histogram import SPECIAL

FOCUS = 16
PREDICTED_LIMIT = 32
OTHER_ROWS = 4


@dataclass(frozen=True)
class Plan:
    """Classes that are kept; None stands for all of them.

    Attributes:
        histograms: classes with histograms.
        moments: classes with mean and deviation.
        predicted: predicted classes with mean and deviation.
        left_out: what is not kept, and which argument changes that.
    """

    histograms: tuple[int, ...] | None
    moments: tuple[int, ...] | None
    predicted: tuple[int, ...] | None
    left_out: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the classes' histograms add up to that of all inputs."""
        return self.histograms is None


def make_plan(
    units: int, classes: int, bins: int, max_bytes: int, focus: Sequence[int] | None
) -> Plan:
    """Fit the statistics of `units` units and `classes` classes into `max_bytes`.

    Args:
        units: number of recorded units.
        classes: number of classes, 0 when the task has none.
        bins: bins of a histogram.
        max_bytes: budget on the device.
        focus: the classes that matter most, or None.
    """
    one_histogram = units * (bins + SPECIAL) * 4
    one_moment = units * 32
    room = int(0.6 * max_bytes) // max(one_histogram, 1) - OTHER_ROWS
    notes: list[str] = []
    histograms: tuple[int, ...] | None = None
    if focus is not None or classes > room:
        histograms = tuple((focus or ())[: max(room, 0)])
        notes.append(_histogram_note(classes, len(histograms), focus, max_bytes))
    moment_room = int(0.4 * max_bytes) // max(one_moment, 1) - OTHER_ROWS
    moments = None if classes <= moment_room else tuple((focus or ())[: max(moment_room, 0)])
    if moments is not None:
        notes.append(
            f"mean and deviation of {classes - len(moments)} of {classes} classes: "
            f"{max_bytes / 2**20:.0f} MB do not hold them, pass a larger max_bytes"
        )
    predicted: tuple[int, ...] | None = (
        None if 2 * classes <= moment_room and classes <= PREDICTED_LIMIT else ()
    )
    if predicted is not None and focus:
        predicted = tuple(focus[: max(moment_room - len(moments or ()), 0)])
    return Plan(histograms, moments, predicted, tuple(notes))


def _histogram_note(classes: int, kept: int, focus: Sequence[int] | None, max_bytes: int) -> str:
    if focus is None:
        return (
            f"histograms of the {classes} classes: {max_bytes / 2**20:.0f} MB do not hold them; "
            f"from the second record on the {FOCUS} most confused ones are kept; pass focus=[…] "
            "or a larger max_bytes"
        )
    return (
        f"histograms of {classes - kept} of {classes} classes: pass focus=[…] or a larger max_bytes"
    )
