"""Exchange what processes must agree on before their statistics are reduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from torch import Tensor

from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.streaming.budget import Budget
from summary_ops.streaming.layer_counts import Centers
from summary_ops.streaming.subsets.numbering import Numbering


@dataclass(frozen=True)
class Placement:
    """The settings that inputs are counted by: ranges, centers, quantile edges, classes."""

    windows: dict[str, HistogramRange]
    centers: Centers
    edges: dict[str, Tensor]
    classes: int


@dataclass(frozen=True)
class Share:
    """The knowledge of one process.

    Attributes:
        numbering: rows and columns of its tables.
        centers: what deviations are measured from.
        plan: which classes are kept.
        classes: number of classes.
        modes: of the network.
        inputs: how many were counted.
        metrics: rows and columns of the confusion matrix, None without class metrics.
    """

    numbering: Numbering
    centers: Centers
    budget: Budget | None
    classes: int
    modes: frozenset[str]
    inputs: int
    metrics: tuple[int, int] | None


def union(shares: Sequence[Share]) -> Share:
    """Join what all processes know; the first one's value is taken."""
    return Share(
        reduce(Numbering.union, (share.numbering for share in shares)),
        reduce(lambda known, share: share.centers | known, shares, {}),
        next((share.budget for share in shares if share.budget), None),
        max(share.classes for share in shares),
        frozenset().union(*(share.modes for share in shares)),
        sum(share.inputs for share in shares),
        next((share.metrics for share in shares if share.metrics), None),
    )
