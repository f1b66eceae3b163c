"""Define what the statistics are fed with, and what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from summary_ops.statistics.histogram import BINS
from summary_ops.tasks import Multiclass, Task


@dataclass(frozen=True)
class Batch:
    """The result of one forward pass.

    Attributes:
        pooled: float32 `[batch, units]` a layer, in order of execution.
        size: number of inputs.
        labels: as `Task.check_labels` returns them, or None.
        logits: as `Task.check_output` returns them, or None.
        slices: bool masks `[batch]`.
        only: whether the inputs belong to the slices alone.
        mode: `train` or `eval`.
    """

    pooled: Mapping[str, Tensor]
    size: int
    labels: Tensor | None = None
    logits: Tensor | None = None
    slices: Mapping[str, Tensor] = field(default_factory=dict)
    only: bool = False
    mode: str = "eval"

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # nobody changes it

    @property
    def device(self) -> torch.device:
        """Return the device of the activations."""
        return next(iter(self.pooled.values())).device


@dataclass(frozen=True)
class Settings:
    """The settings of counting, fixed for the life of a recorder.

    Attributes:
        masses: shares of the activation mass that activation counts are made for.
    """

    task: Task = field(default_factory=Multiclass)
    classes: int | None = None
    focus: tuple[int, ...] | None = None
    max_bytes: int = 256 * 2**20
    bins: int = BINS
    predicted_histograms: bool = False
    cross_slices: bool = False
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    masses: tuple[float, ...] = ()
