"""Class metrics of batches."""

from __future__ import annotations

from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.streaming.subsets.batch import Batch
from summary_ops.tasks import Facts, Task
from summary_ops.tasks.quantiles import QUANTILES


def counted(
    metrics: ClassMetrics | None, task: Task, batch: Batch, facts: Facts
) -> ClassMetrics | None:
    """Return the metrics with a batch counted, where it has predictions; None if empty."""
    if batch.only or batch.logits is None or task.name is None:
        return metrics
    if metrics is None:
        rows = QUANTILES if task.quantiles else facts.classes
        metrics = ClassMetrics.empty(rows, confusion=task.exclusive, device=batch.device)
    if batch.labels is None:
        metrics.update_unlabelled(batch.size)
    else:
        task.count(metrics, batch.logits, batch.labels, facts)
    return metrics
