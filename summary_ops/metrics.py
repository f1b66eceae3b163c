"""Class metrics of a batch, given the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from summary_ops import subsets, tasks
from summary_ops.batch import Batch
from summary_ops.statistics.class_metrics import ClassMetrics

if TYPE_CHECKING:
    from summary_ops.accumulator import Accumulator


def count_metrics(accumulator: Accumulator, batch: Batch, device: torch.device) -> None:
    """Add a batch to the accumulator's class metrics, where it has predictions."""
    task, labels, logits = accumulator.settings.task, batch.labels, batch.logits
    if task is None or logits is None:
        return
    if accumulator.metrics is None:
        rows = subsets.QUANTILES if task == "regression" else accumulator.classes
        confusion = task in ("multiclass", "binary")
        accumulator.metrics = ClassMetrics.empty(rows, confusion=confusion, device=device)
    metrics = accumulator.metrics
    if labels is None:
        metrics.update_unlabelled(batch.size)
    elif task == "regression":
        index = subsets.quantile_index(labels, accumulator.edges["target"])
        metrics.update_errors(logits, labels, index)
    elif task == "multilabel":
        metrics.update_labels(tasks.probabilities(task, logits), labels)
    else:
        known = torch.where(labels < accumulator.classes, labels, -1)
        metrics.update_classes(tasks.probabilities(task, logits), known)
