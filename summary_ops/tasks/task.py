"""Define what a task answers about outputs, labels, and the subsets they define."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from summary_ops.statistics.class_metrics import ClassMetrics


@dataclass(frozen=True)
class Facts:
    """The facts that grouping inputs depends on.

    Attributes:
        classes: number of classes.
        edges: inner edges of the quantile bins of `target` and `error`.
    """

    classes: int
    edges: Mapping[str, Tensor]


@dataclass(frozen=True)
class Grouping:
    """One grouping of a batch's inputs: membership i is in the subset `kind:index[i]`.

    Attributes:
        kind: `class`, `predicted`, `target` or `error`.
        index: int64 `[memberships]`, -1 for none.
        count: number of subsets.
        inputs: int64 `[memberships]`, whose membership it is; None when membership i is input i's.
    """

    kind: str
    index: Tensor
    count: int
    inputs: Tensor | None = None


@dataclass(frozen=True)
class Scores:
    """The scores of each input.

    Attributes:
        probabilities: `[batch, classes]`; a column a label for multilabel, two for binary.
        energy: logsumexp of the logits `[batch]`, NaN where classes do not exclude each other.
        margin: between the two largest logits, likewise.
        outputs: what is kept of the output itself, `[batch, any]`.
    """

    probabilities: Tensor
    energy: Tensor
    margin: Tensor
    outputs: Tensor


class Task(Protocol):
    """The meaning of a model's outputs and labels.

    Attributes:
        name: as users and records have it.
        has_classes: whether labels name classes.
        exclusive: whether an input has one class, and the output predicts one.
        quantiles: whether labels are numbers, counted in quantile bins of target and error.
        known_classes: number of classes that the task itself settles, else 0.
        classes: class names by index; empty where they are unknown.
    """

    name: ClassVar[str | None]
    has_classes: ClassVar[bool]
    exclusive: ClassVar[bool]
    quantiles: ClassVar[bool]
    known_classes: ClassVar[int]

    @property
    def classes(self) -> tuple[str, ...]:
        """See above."""

    def __init__(self, classes: tuple[str, ...] = ()) -> None: ...

    def check_output(self, logits: Tensor, batch: int) -> Tensor:
        """Return the prediction in the task's own shape: `[batch, classes]`, or `[batch]`.

        Raises:
            ValueError: the shape contradicts the task or the class names.
        """

    def check_labels(self, labels: Any, batch: int | None, device: torch.device) -> Tensor:
        """Labels as a tensor: int64 `[batch]` or `[batch, labels]`; float32 for regression.

        An unknown label is None, NaN or negative; for regression None or NaN.

        Raises:
            ValueError: their shape or length contradicts the task or the batch.
        """

    def truth(self, labels: Tensor, facts: Facts) -> tuple[Grouping, Tensor]:
        """Group inputs by their labels; also return which are unlabelled, bool `[batch]`."""

    def guess(self, logits: Tensor, labels: Tensor | None, facts: Facts) -> Grouping | None:
        """Group inputs by their output."""

    def own_output(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return each input's own class output `[batch]`, differentiable; 0 where it is unknown.

        Args:
            logits: as `check_output` returns them.
            label: int64 `[batch]`, class indices.
        """

    def class_logits(self, logits: Tensor) -> Tensor:
        """Return a logit per class, `[batch, classes]`."""

    def may_be_probabilities(self, output: Tensor) -> bool:
        """Return whether the values of an output could be probabilities."""

    def from_probabilities(self, output: Tensor) -> Tensor:
        """Logits of probabilities."""

    def scores(self, logits: Tensor) -> Scores:
        """Return what is shown of predictions."""

    def count(self, metrics: ClassMetrics, logits: Tensor, labels: Tensor, facts: Facts) -> None:
        """Count a batch in the class metrics."""


def partitions(task: Task) -> bool:
    """Return whether the subsets by label and `unlabelled` share no input, and hold all of them."""
    return task.exclusive or task.quantiles
