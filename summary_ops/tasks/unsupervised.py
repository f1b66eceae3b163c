"""No task: outputs and labels mean nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.tasks.task import Facts, Grouping, Scores


@dataclass(frozen=True)
class Unsupervised:
    """No task: all inputs and slices of them; labels are ignored."""

    classes: tuple[str, ...] = ()
    name: ClassVar[str | None] = None
    has_classes: ClassVar[bool] = False
    exclusive: ClassVar[bool] = False
    quantiles: ClassVar[bool] = False
    known_classes: ClassVar[int] = 0

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """Return an empty prediction, `[batch, 0]`."""
        return logits.new_zeros(batch, 0)

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """Return empty labels, `[batch, 0]`."""
        del labels
        return torch.zeros(batch or 0, 0, dtype=torch.int64, device=device)

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group by nothing."""
        index = torch.full((len(labels),), -1, device=labels.device)
        return Grouping("class", index, facts.classes), index >= 0

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Group by nothing."""
        del logits, labels, facts
        return None

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """0."""
        del label
        return logits.sum(1)

    def class_logits(self, logits: Tensor) -> Tensor:
        """There are none."""
        return logits

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Never: they mean nothing of that kind."""
        del output
        return False

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Return the output unchanged."""
        return output

    def scores(self, logits: Tensor) -> Scores:
        """Return no scores."""
        missing = logits.new_full((len(logits),), torch.nan)
        return Scores(logits[:, :0], missing, missing, logits[:, :0])

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Count nothing."""
        del metrics, logits, labels, facts
