"""Numbers to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.tasks import checks
from summary_ops.tasks.labels import numbers
from summary_ops.tasks.quantiles import QUANTILES, quantile_index
from summary_ops.tasks.task import Facts, Grouping, Scores


@dataclass(frozen=True)
class Regression:
    """One number per input; subsets are quantile bins of target and error."""

    classes: tuple[str, ...] = ()
    name: ClassVar[str | None] = "regression"
    has_classes: ClassVar[bool] = False
    exclusive: ClassVar[bool] = False
    quantiles: ClassVar[bool] = True
    known_classes: ClassVar[int] = 0

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """`[batch]`."""
        return checks.single_output(self.name, logits, batch)

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """float32 `[batch]`."""
        return numbers(labels, batch, device)

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group by the quantile bin of the target."""
        index = quantile_index(labels, facts.edges["target"])
        return Grouping("target", index, QUANTILES), index < 0

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Group by the quantile bin of the error."""
        if labels is None or "error" not in facts.edges:
            return None
        index = quantile_index((logits - labels).abs(), facts.edges["error"])
        return Grouping("error", index, QUANTILES)

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the output."""
        del label
        return logits

    def class_logits(self, logits: Tensor) -> Tensor:
        """There are none."""
        return logits[:, None][:, :0]

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Never: they mean nothing of that kind."""
        del output
        return False

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Return the output unchanged."""
        return output

    def scores(self, logits: Tensor) -> Scores:
        """Score by the output alone."""
        missing = logits.new_full((len(logits),), torch.nan)
        raw = logits.reshape(len(logits), -1)
        return Scores(raw[:, :0], missing, missing, raw)

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Errors, by the bin of the target."""
        metrics.update_errors(logits, labels, self.truth(labels, facts)[0].index)
