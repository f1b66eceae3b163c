"""Measure how well a model does, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from summary_ops.statistics.state import Field, State
from tb_plugin_neural.contract import records

PROBABILITY_BINS = 20
CONFUSION_LIMIT = 2048
"""With more classes than this the confusion matrix is left out."""


@dataclass
class ClassMetrics(State):
    """Counts a class; for regression sums of errors a quantile bin of the target.

    Attributes:
        total: int64 `[2]`, inputs seen and, of these, unlabelled ones.
        inputs, correct, predicted: int64 `[rows]`; of what is NaN nothing is predicted.
        confusion: int64 `[rows, predicted]`, true × predicted; no columns when left out.
        probability: int64 `[rows, 20]`, histogram of the predicted class's probability.
        errors: float64 `[2, rows]`, sums of absolute and squared errors.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {
        "total": Field(),
        "inputs": Field(rows=0),
        "correct": Field(rows=0),
        "predicted": Field(rows=0),
        "confusion": Field(rows=0),
        "probability": Field(rows=0),
        "errors": Field(rows=1),
    }
    total: Tensor
    inputs: Tensor
    correct: Tensor
    predicted: Tensor
    confusion: Tensor
    probability: Tensor
    errors: Tensor

    @classmethod
    def empty(
        cls, rows: int, *, confusion: bool, device: torch.device | None = None
    ) -> ClassMetrics:
        """Metrics of nothing."""

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.int64, device=device)

        columns = rows if confusion and rows <= CONFUSION_LIMIT else 0
        return cls(
            zeros(2),
            zeros(rows),
            zeros(rows),
            zeros(rows),
            zeros(rows, columns),
            zeros(rows, PROBABILITY_BINS),
            torch.zeros((2, rows), dtype=torch.float64, device=device),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the confusion matrix."""
        return len(self.inputs), self.confusion.shape[1]

    def update_classes(self, probabilities: Tensor, labels: Tensor) -> None:
        """Count a batch: probabilities `[batch, classes]`, labels `[batch]`, negative unknown.

        An input whose probabilities are NaN has no prediction: it counts in `inputs` alone.
        """
        best, guess = probabilities.float().max(1)
        known = labels >= 0
        said = known & torch.isfinite(best)
        label = labels.clamp(min=0)
        self._count(known)
        _add(self.inputs, label, known)
        _add(self.correct, label, said & (guess == labels))
        _add(self.predicted, guess, said)
        if self.confusion.shape[1]:
            _add(self.confusion.view(-1), label * self.confusion.shape[1] + guess, said)
        self._add_probability(label, best, known)

    def update_labels(self, probabilities: Tensor, labels: Tensor) -> None:
        """Count a multilabel batch: `[batch, labels]` each, labels 0 or 1, negative unknown."""
        positive, guess = labels > 0, probabilities > 0.5
        known = labels >= 0
        self._count(known.any(1))
        self.inputs += positive.sum(0)
        self.correct += (positive & guess).sum(0)
        self.predicted += (guess & known).sum(0)
        row = torch.arange(labels.shape[1], device=labels.device).expand_as(labels).reshape(-1)
        self._add_probability(row, probabilities.reshape(-1), known.reshape(-1))

    def update_errors(self, outputs: Tensor, targets: Tensor, rows: Tensor) -> None:
        """Add a regression batch: `outputs`, `targets` and row numbers, `[batch]` each."""
        error = (outputs.double() - targets.double()).abs()
        known = torch.isfinite(targets) & (rows >= 0)
        self._count(known)
        row = rows.clamp(min=0)
        _add(self.inputs, row, known)
        member = torch.arange(len(self.inputs), device=row.device)[:, None] == row
        weight = (member & known & torch.isfinite(error)).double()
        error = torch.where(torch.isfinite(error), error, 0.0)
        self.errors[0] += weight @ error
        self.errors[1] += weight @ error.square()

    def update_unlabelled(self, inputs: int) -> None:
        """Count inputs without labels."""
        self.total += inputs

    def record(self, mode: str, *, errors: bool) -> records.ClassMetrics:
        """Make the record, of errors by the target's bins or of classes."""
        kind = "target" if errors else "class"
        sums = self.errors.cpu().numpy()
        total, unlabelled = self.total.tolist()

        def counts(tensor: Tensor) -> records.Array:
            return tensor.cpu().numpy().astype(np.uint32)

        return records.ClassMetrics(
            mode=mode,
            rows=tuple(f"{kind}:{index}" for index in range(len(self.inputs))),
            total=total,
            unlabelled=unlabelled,
            inputs=counts(self.inputs),
            correct=counts(self.correct),
            predicted=counts(self.predicted),
            confusion=counts(self.confusion),
            probability=counts(self.probability),
            absolute_error=sums[0] if errors else np.full_like(sums[0], np.nan),
            squared_error=sums[1] if errors else np.full_like(sums[1], np.nan),
        )

    def _count(self, known: Tensor) -> None:
        self.total[0] += len(known)
        self.total[1] += (~known).sum()

    def _add_probability(self, rows: Tensor, probability: Tensor, known: Tensor) -> None:
        said = known & torch.isfinite(probability)
        bins = (probability.float().nan_to_num(0.0) * PROBABILITY_BINS).long()
        bins = bins.clamp(0, PROBABILITY_BINS - 1)
        _add(self.probability.view(-1), rows * PROBABILITY_BINS + bins, said)


def _add(table: Tensor, index: Tensor, chosen: Tensor) -> None:
    table.scatter_add_(0, index, chosen.long())
