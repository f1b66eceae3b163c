"""Attacked copies of images: few pixels (differential evolution), FGSM, PGD, or of any library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from summary_ops import guard, tasks
from summary_ops.differential_evolution import minimise

LEVELS = 255
"""Steps between the darkest and the brightest value of an 8-bit image."""

Channels = float | Sequence[float] | Tensor | None


@dataclass(frozen=True, eq=False)
class Attack:
    """Images and altered copies of them, for `ProbeSet(images, labels, pairs=attack)`.

    Attributes:
        images: altered copies `[N, channels, height, width]`, normalised as the benign ones are.
        benign: the images they were made from, of the same shape.
        labels: true classes, int64 `[N]`, -1 where unknown.
        index: where the benign images are in the batch that was attacked, int64 `[N]`.
        success: whether the model was led astray, bool `[N]`; False where it was wrong before.
        before: class predicted for the benign image, int64 `[N]`, -1 where unknown.
        after: class predicted for the altered copy, likewise.
        queries: images that the model was asked about, int64 `[N]`.
        note: what was done, in words.
    """

    images: Tensor
    benign: Tensor
    labels: Tensor
    index: Tensor
    success: Tensor
    before: Tensor
    after: Tensor
    queries: Tensor
    note: str

    def __len__(self) -> int:
        return len(self.images)

    @property
    def changed(self) -> Tensor:
        """Which pixels differ, bool `[N, height, width]`."""
        return (self.images != self.benign).any(1)

    def successful(self) -> Attack:
        """Only the copies that led the model astray."""
        return self.at(self.success.nonzero()[:, 0])

    def at(self, rows: Tensor | Sequence[int]) -> Attack:
        """Some of the copies, by their place in this attack."""
        chosen = torch.as_tensor(rows, dtype=torch.int64, device=self.images.device)
        tensors = {
            name: value[chosen] for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **tensors)

    def within(self, index: Tensor | Sequence[int]) -> Attack:
        """The same attack, when the attacked batch was `inputs[index]` of a larger one."""
        larger = torch.as_tensor(index, dtype=torch.int64, device=self.index.device)
        return replace(self, index=larger[self.index])


def pairs(
    benign: Tensor,
    attacked: Tensor,
    labels: Tensor | Sequence[int] | None = None,
    *,
    note: str,
    success: Tensor | Sequence[bool] | None = None,
    index: Tensor | Sequence[int] | None = None,
) -> Attack:
    """Pairs from a batch that any other library attacked.

    Args:
        benign: images `[N, …]`.
        attacked: the altered copies, in the same order.
        labels: true classes.
        note: what was done to them.
        success: which copies led the model astray; by default all.
        index: where the benign images are in the inputs of the probe set; by default in order.

    Raises:
        ValueError: shapes or lengths do not match.
    """
    if benign.shape != attacked.shape or benign.ndim < 2:  # noqa: PLR2004
        raise ValueError(
            f"attacked images of shape {list(attacked.shape)}, expected that of the benign ones, "
            f"{list(benign.shape)}, a row an image"
        )
    size = len(benign)
    unknown = torch.full((size,), -1)
    columns = {
        "labels": torch.as_tensor(unknown if labels is None else labels).long().cpu(),
        "success": torch.as_tensor([True] * size if success is None else success).bool().cpu(),
        "index": torch.as_tensor(range(size) if index is None else index).long().cpu(),
    }
    for name, column in columns.items():
        if column.shape != (size,):
            raise ValueError(f"{name} of shape {list(column.shape)}, expected [{size}]")
    return Attack(
        images=attacked.detach(),
        benign=benign.detach(),
        before=unknown,
        after=unknown,
        queries=torch.zeros(size, dtype=torch.int64),
        note=note,
        **columns,
    )
