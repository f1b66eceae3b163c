"""Hold the result of an attack: images and altered copies of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from summary_ops.attacks.attack_target import BATCH, AttackTarget, Classes, logits


@dataclass(frozen=True, eq=False)
class Attack:
    """Images and altered copies of them, on the CPU; `ProbeSet(images, labels, pairs=attack)`.

    Attributes:
        images: altered copies `[N, channels, height, width]`, normalized as the benign ones are.
        benign: the images they were made from, of the same shape.
        labels: true classes, int64 `[N]`, -1 where unknown.
        index: where the benign images are in the batch that was attacked, int64 `[N]`.
        success: whether the model was led astray, bool `[N]`; False where it was wrong before.
        before: class predicted for the benign image, int64 `[N]`, -1 where unknown.
        after: class predicted for the altered copy, likewise.
        queries: images that the model was asked about, int64 `[N]`.
        note: what was done, in words.

    Example:
        >>> attack = attacks.fgsm(model, images, labels, eps=0.2)
        >>> attack.success.shape
        torch.Size([20])
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
        """Return which pixels differ, bool `[N, height, width]`."""
        return (self.images != self.benign).any(1)

    def successful(self) -> Attack:
        """Only the copies that led the model astray."""
        return self.at(self.success.nonzero()[:, 0])

    def at(self, rows: Classes) -> Attack:
        """Select some of the copies by their index in this attack."""
        chosen = torch.as_tensor(rows, dtype=torch.int64)
        columns: dict[str, Any] = {
            name: value[chosen] for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **columns)

    def within(self, index: Classes) -> Attack:
        """Return the same attack for a larger batch, of which `inputs[index]` were attacked."""
        larger = torch.as_tensor(index, dtype=torch.int64)
        return replace(self, index=larger[self.index])


def pairs(
    benign: Tensor,
    attacked: Tensor,
    labels: Classes | None = None,
    *,
    note: str,
    success: Tensor | Sequence[bool] | None = None,
    index: Classes | None = None,
) -> Attack:
    """Pair the images of a batch with the copies that any other library made.

    Args:
        benign: images `[N, …]`.
        attacked: the altered copies, in the same order.
        labels: true classes.
        note: what was done to them.
        success: which copies led the model astray; by default all.
        index: where the benign images are in the inputs of the probe set; by default in order.

    Returns:
        The images with their altered copies; see `Attack`.

    Raises:
        ValueError: shapes or lengths do not match.

    Example:
        >>> attack = pairs(images, images + 0.1, labels, note="brightened")
        >>> len(ProbeSet(images, labels, pairs=attack)) == 2 * len(images)
        True
    """
    if benign.shape != attacked.shape or benign.ndim < 2:
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
        images=attacked.detach().cpu(),
        benign=benign.detach().cpu(),
        before=unknown,
        after=unknown,
        queries=torch.zeros(size, dtype=torch.int64),
        note=note,
        **columns,
    )


def found(
    attack_target: AttackTarget, attacked: Tensor, queries: Tensor | int, note: str
) -> Attack:
    """Compare the target's images with the originals, as the model judges them; on the CPU."""
    size = len(attack_target.images)
    after = torch.cat(
        [logits(attack_target.model, part).argmax(1) for part in torch.split(attacked, BATCH)]
    )
    rows = torch.arange(size, device=after.device)
    queries = torch.as_tensor(queries).expand(size)
    success = attack_target.is_adversarial(after, rows) & ~attack_target.is_adversarial(
        attack_target.before, rows
    )
    return Attack(
        images=attacked.cpu(),
        benign=attack_target.images.cpu(),
        labels=attack_target.labels.cpu(),
        index=rows.cpu(),
        success=success.cpu(),
        before=attack_target.before.cpu(),
        after=after.cpu(),
        queries=queries.cpu(),
        note=note,
    )
