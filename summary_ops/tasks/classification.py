"""Classes that exclude each other: one of several, or one of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.tasks import checks
from summary_ops.tasks.labels import by_index
from summary_ops.tasks.task import Facts, Grouping, Scores


@dataclass(frozen=True)
class Multiclass:
    """One of several classes; the output has one logit per class."""

    classes: tuple[str, ...] = ()
    name: ClassVar[str | None] = "multiclass"
    has_classes: ClassVar[bool] = True
    exclusive: ClassVar[bool] = True
    quantiles: ClassVar[bool] = False
    known_classes: ClassVar[int] = 0

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """`[batch, classes]`."""
        fits = logits.ndim == 2 and len(logits) == batch and logits.shape[1] > 1
        checks.output(self.name, fits, "[batch, classes]", batch, logits)
        checks.class_names(self.name, self.classes, logits)
        return logits

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """int64 `[batch]`."""
        return by_index(labels, self.classes, batch, device)

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group by class."""
        return _by_class(labels, facts)

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Group by predicted class; NaN and infinite maxima predict nothing."""
        del labels
        best, guess = logits.max(1)
        return Grouping("predicted", torch.where(torch.isfinite(best), guess, -1), facts.classes)

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the class's logit."""
        known = (label >= 0) & (label < logits.shape[1])
        own = logits.gather(1, torch.where(known, label, 0)[:, None])[:, 0]
        return torch.where(known, own, 0)

    def class_logits(self, logits: Tensor) -> Tensor:
        """Return the logits unchanged."""
        return logits

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Return whether rows lie between 0 and 1 and sum to 1."""
        near = 4 * output.shape[1] * torch.finfo(torch.bfloat16).eps
        return checks.within_unit(output) and bool(
            ((output.nansum(1) - 1).abs() <= min(near, 0.05)).all()
        )

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Their logarithms."""
        return output.clamp(min=torch.finfo(output.dtype).tiny).log()

    def scores(self, logits: Tensor) -> Scores:
        """Score by softmax."""
        return _exclusive(logits)

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Count right and wrong predictions, and confusions."""
        known = torch.where(labels < facts.classes, labels, -1)
        metrics.update_classes(logits.float().softmax(1), known)


@dataclass(frozen=True)
class Binary:
    """One of two classes; the output is the logit of the second."""

    classes: tuple[str, ...] = ()
    name: ClassVar[str | None] = "binary"
    has_classes: ClassVar[bool] = True
    exclusive: ClassVar[bool] = True
    quantiles: ClassVar[bool] = False
    known_classes: ClassVar[int] = 2

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """`[batch]`."""
        return checks.single_output(self.name, logits, batch)

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """int64 `[batch]`."""
        return by_index(labels, self.classes, batch, device)

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group by class."""
        return _by_class(labels, facts)

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Group by predicted class; NaN predicts nothing."""
        del labels
        guess = torch.where(torch.isnan(logits), -1, (logits > 0).long())
        return Grouping("predicted", guess, facts.classes)

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the logit with the class's sign."""
        return logits * torch.where(label < 0, 0, 2 * label - 1)

    def class_logits(self, logits: Tensor) -> Tensor:
        """Negated for the first class."""
        return torch.stack((-logits, logits), 1)

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Return whether all values lie between 0 and 1."""
        return checks.within_unit(output)

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Log odds."""
        return checks.log_odds(output)

    def scores(self, logits: Tensor) -> Scores:
        """Score by softmax over 0 and the logit."""
        return _exclusive(torch.stack((torch.zeros_like(logits), logits), 1))

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Count right and wrong predictions, and confusions."""
        chance = logits.float().sigmoid()
        known = torch.where(labels < facts.classes, labels, -1)
        metrics.update_classes(torch.stack((1 - chance, chance), 1), known)


def _by_class(labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
    known = (labels >= 0) & (labels < facts.classes)
    return Grouping("class", torch.where(known, labels, -1), facts.classes), ~known


def _exclusive(logits: Tensor) -> Scores:
    largest = logits.topk(2, 1).values
    margin = largest[:, 0] - largest[:, 1]
    return Scores(logits.softmax(1), logits.logsumexp(1), margin, logits.new_zeros(len(logits), 0))
