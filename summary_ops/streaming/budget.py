"""Decide what fits in memory: which classes get histograms and moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import CONFUSION_LIMIT, PROBABILITY_BINS
from summary_ops.streaming import tables

FOCUS = 16
PREDICTED_LIMIT = 32
OTHER_ROWS = 4
HISTOGRAM_SHARE = 0.6


@dataclass(frozen=True)
class Budget:
    """Classes that are kept; None stands for all of them.

    Attributes:
        histograms: classes with histograms.
        moments: classes with mean, deviation and activation counts.
        predicted: predicted classes with mean, deviation and activation counts.
        rows: most rows of histograms and of moments that fit.
        left_out: what is not kept, and which argument changes that.
        full: what is left out besides when more slices come than fit.
    """

    histograms: tuple[int, ...] | None
    moments: tuple[int, ...] | None
    predicted: tuple[int, ...] | None
    rows: tuple[int, int]
    left_out: tuple[str, ...]
    full: str

    @property
    def whole(self) -> bool:
        """Return whether the classes' histograms add up to that of all inputs."""
        return self.histograms is None

    def wants(self, subset: str, *, predicted_histograms: bool) -> tuple[bool, bool]:
        """Return whether a subset should have a histogram, and moments, where memory allows."""
        kind, _, index = subset.rpartition(":")
        if kind == "predicted":
            chosen = self.histograms if predicted_histograms else (), self.predicted
        elif kind == "class" or kind.endswith("/class"):
            chosen = self.histograms, self.moments
        else:
            return True, True
        histogram, moments = (kept is None or int(index) in kept for kept in chosen)
        return histogram, moments

    def without(self, note: str) -> Budget:
        """Return the same budget with one more note on what is left out."""
        return self if note in self.left_out else replace(self, left_out=(*self.left_out, note))


def make_budget(
    units: int,
    classes: int,
    bins: int,
    max_bytes: int,
    focus: Sequence[int] | None,
    *,
    predictions: bool = False,
    predicted_histograms: bool = False,
    slices: int = 0,
    count_bytes: int = 0,
) -> Budget:
    """Fit the statistics of `units` units and `classes` classes into `max_bytes`.

    Args:
        units: number of recorded units.
        classes: number of classes, 0 when the task has none.
        bins: bins of a histogram.
        max_bytes: budget on the device.
        focus: the classes that matter most, or None.
        predictions: whether inputs have a predicted class; then there is a confusion matrix.
        predicted_histograms: whether predicted classes get histograms as well.
        slices: number of slices that are kept by class.
        count_bytes: of the activation counts of one subset; they are kept beside its moments.
    """
    chosen = [label for label in focus or () if 0 <= label < classes]
    room = max_bytes - _metric_bytes(classes, confusion=predictions)
    row_bytes = [
        max(tables.row_bytes(units, bins, of_histograms=of_histograms), 1)
        for of_histograms in (True, False)
    ]
    each = 1 + slices + (predictions and predicted_histograms)
    rows = _rows_that_fit(
        room,
        (row_bytes[0], max(row_bytes[1] + count_bytes, 1)),
        (classes * each, classes * (1 + slices) + predictions * min(classes, PREDICTED_LIMIT)),
        (len(chosen) or FOCUS) * each,
    )
    spare, spare_moments = (count - OTHER_ROWS for count in rows)
    histograms = _those_that_fit(classes, chosen, spare // each)
    moments = _those_that_fit(classes, chosen, spare_moments // (1 + slices))
    predicted = None
    if predictions:
        kept = classes if moments is None else len(moments)
        left = spare_moments - kept * (1 + slices)
        predicted = _those_that_fit(classes, chosen, min(left, PREDICTED_LIMIT))
    of_moments = "mean, deviation and activation counts" if count_bytes else "mean and deviation"
    notes: list[str] = []
    size = f"{max_bytes / 2**20:.0f} MB"
    if classes and len(chosen) < len(focus or ()):
        notes.append(f"focus classes beyond the {classes} that there are")
    if histograms is not None:
        notes.append(_histogram_note(classes, len(histograms), size, by_choice=focus is not None))
    if moments is not None:
        notes.append(
            f"{of_moments} of {classes - len(moments)} of {classes} classes: "
            f"{size} do not hold them, pass a larger max_bytes"
        )
    if predicted is not None:
        notes.append(
            f"{of_moments} by predicted class, of {classes - len(predicted)} of {classes} "
            f"classes: kept for all of up to {PREDICTED_LIMIT} classes that max_bytes holds, else "
            "for those of focus=[…]"
        )
    if predictions and classes > CONFUSION_LIMIT:
        notes.append(f"confusion of the {classes} classes: kept for up to {CONFUSION_LIMIT}")
    full = f"some of the slices: {size} do not hold them, pass a larger max_bytes or fewer slices"
    return Budget(histograms, moments, predicted, rows, tuple(notes), full)


def most_confused(confusion: Tensor | None, classes: int) -> tuple[int, ...]:
    """Return the classes most often confused with others; the first ones if that is unknown."""
    if confusion is None or not confusion.shape[1]:
        return tuple(range(min(FOCUS, classes)))
    wrong = confusion - torch.diag(torch.diag(confusion))
    order = (wrong.sum(0) + wrong.sum(1)).argsort(descending=True, stable=True)
    return tuple(sorted(order[:FOCUS].tolist()))


def _rows_that_fit(
    room: int, row_bytes: tuple[int, int], requested: tuple[int, int], focus: int
) -> tuple[int, int]:
    """Return how many rows of histograms and of moments fit.

    Histograms get their share. Where they do not fit for all classes, moments get what all classes
    need, if that leaves the focus classes their histograms.

    Args:
        room: bytes.
        row_bytes: of a row of histograms, and of moments.
        requested: rows that all classes need, likewise.
        focus: rows of histograms that the focus classes need.
    """
    shares = int(HISTOGRAM_SHARE * room), int((1 - HISTOGRAM_SHARE) * room)
    rows = [share // size for share, size in zip(shares, row_bytes, strict=True)]
    needed = (requested[1] + OTHER_ROWS) * row_bytes[1]
    if rows[0] < requested[0] + OTHER_ROWS and needed > shares[1]:
        left = (room - needed) // row_bytes[0]
        if left >= focus + OTHER_ROWS:
            rows = [left, needed // row_bytes[1]]
    return max(rows[0], OTHER_ROWS), max(rows[1], OTHER_ROWS)


def _those_that_fit(classes: int, focus: Sequence[int], room: int) -> tuple[int, ...] | None:
    """Return as many focus classes as fit; None means all classes."""
    return None if classes <= room or not classes else tuple(focus[: max(room, 0)])


def _metric_bytes(classes: int, *, confusion: bool) -> int:
    columns = classes if confusion and classes <= CONFUSION_LIMIT else 0
    return 8 * classes * (columns + PROBABILITY_BINS + 5)


def _histogram_note(classes: int, kept: int, size: str, *, by_choice: bool) -> str:
    if by_choice:
        return (
            f"histograms of {classes - kept} of {classes} classes: {size} do not hold them; pass "
            "focus=[…] or a larger max_bytes"
        )
    return (
        f"histograms of the {classes} classes: {size} do not hold them; from the second record on "
        f"the {FOCUS} most confused ones are kept; pass focus=[…] or a larger max_bytes"
    )
