"""Labels that do not exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.tasks import checks
from summary_ops.tasks.labels import by_column
from summary_ops.tasks.task import Facts, Grouping, Scores


@dataclass(frozen=True)
class Multilabel:
    """Any of several labels; the output has a logit a label."""

    classes: tuple[str, ...] = ()
    name: ClassVar[str | None] = "multilabel"
    has_classes: ClassVar[bool] = True
    exclusive: ClassVar[bool] = False
    quantiles: ClassVar[bool] = False
    known_classes: ClassVar[int] = 0

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """`[batch, labels]`."""
        fits = logits.ndim == 2 and len(logits) == batch
        checks.output(self.name, fits, "[batch, labels]", batch, logits)
        checks.class_names(self.name, self.classes, logits)
        return logits

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """int64 `[batch, labels]`."""
        return by_column(labels, self.classes, batch, device)

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group by every label that an input carries."""
        inputs, label = (labels > 0).nonzero(as_tuple=True)
        return Grouping("class", label, facts.classes, inputs), (labels < 0).all(1)

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Return None: an input may be predicted as several classes."""
        del logits, labels, facts
        return None

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the label's logit; the largest one where none is given."""
        own = logits.gather(1, label.clamp(min=0)[:, None])[:, 0]
        return torch.where(label >= 0, own, logits.amax(1))

    def class_logits(self, logits: Tensor) -> Tensor:
        """Return the logits unchanged."""
        return logits

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Return whether all values lie between 0 and 1."""
        return checks.within_unit(output)

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Log odds."""
        return checks.log_odds(output)

    def scores(self, logits: Tensor) -> Scores:
        """Score each label by a sigmoid."""
        chances, missing = logits.float().sigmoid(), logits.new_full((len(logits),), torch.nan)
        return Scores(chances, missing, missing, chances)

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Right and predicted, label by label."""
        del facts
        metrics.update_labels(logits.float().sigmoid(), labels)
