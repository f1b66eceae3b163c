"""Which subsets an input belongs to, as row numbers for the statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Membership:
    """Membership i says that input `inputs[i]` belongs to the subset numbered `keys[i]`.

    Attributes:
        keys: int64 `[memberships]`, -1 for none.
        inputs: int64 `[memberships]`; None when membership i is input i's.
        batch: number of inputs.
    """

    keys: Tensor
    inputs: Tensor | None
    batch: int

    def rows(self, row_of: Tensor) -> tuple[Tensor, Tensor | None]:
        """Row numbers `[memberships]` and inputs, given the row of each key; row 0 is for none."""
        rows = torch.where(self.keys >= 0, row_of[self.keys.clamp(min=0)], 0)
        if rows.device.type != "cpu" or bool((rows > 0).all()):
            return rows, self.inputs
        kept = (rows > 0).nonzero()[:, 0]
        return rows[kept], kept if self.inputs is None else self.inputs[kept]

    def matrix(self, row_of: Tensor, rows: int) -> Tensor:
        """Boolean `[rows, batch]`: which inputs belong to which row; row 0 stays empty."""
        out = torch.zeros((rows, self.batch), dtype=torch.bool, device=self.keys.device)
        inputs = self.inputs
        if inputs is None:
            inputs = torch.arange(self.batch, device=self.keys.device)
        row = torch.where(self.keys >= 0, row_of[self.keys.clamp(min=0)], 0)
        out[row, inputs] = True
        out[0] = False
        return out


@dataclass
class Keys:
    """The subsets met so far, numbered in order of appearance."""

    names: list[str] = field(default_factory=list)
    number: dict[str, int] = field(default_factory=dict)
    _blocks: dict[tuple[str, int, torch.device], Tensor] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """The number of a subset, new or known."""
        if name not in self.number:
            self.number[name] = len(self.names)
            self.names.append(name)
        return self.number[name]

    def block(self, kind: str, count: int, device: torch.device) -> Tensor:
        """The numbers `[count]` of `kind:0` … `kind:count-1`."""
        key = kind, count, device
        if key not in self._blocks:
            numbers = [self.of(f"{kind}:{index}") for index in range(count)]
            self._blocks[key] = torch.tensor(numbers, dtype=torch.int64, device=device)
        return self._blocks[key]


def indices(numbers: Tensor, index: Tensor) -> Tensor:
    """Key numbers of class indices; -1 where an index is out of range."""
    if not len(numbers):
        return torch.full_like(index, -1)
    known = (index >= 0) & (index < len(numbers))
    return torch.where(known, numbers[torch.where(known, index, 0)], -1)


def join(groups: list[Tensor], batch: int, pairs: list[tuple[Tensor, Tensor]]) -> Membership:
    """One membership of several groups.

    Args:
        groups: int64 `[batch]` each, a key number an input or -1.
        batch: number of inputs.
        pairs: key numbers and inputs of memberships that are no whole group.
    """
    if len(groups) == 1 and not pairs:
        return Membership(groups[0], None, batch)
    device = (groups + [keys for keys, _ in pairs])[0].device
    every = torch.arange(batch, device=device)
    keys = [*groups, *(keys for keys, _ in pairs)]
    inputs = [*(every for _ in groups), *(inputs for _, inputs in pairs)]
    return Membership(torch.cat(keys), torch.cat(inputs), batch)


def slice_masks(
    slices: Mapping[str, Tensor | bool] | None, batch: int, device: torch.device
) -> dict[str, Tensor]:
    """Boolean masks `[batch]` of the user's slices.

    Raises:
        ValueError: a mask has another length than the batch, or a slice has no name.
    """
    masks = {}
    for name, mask in (slices or {}).items():
        if not name or "/" in name:
            raise ValueError(f"slice {name!r}: a slice needs a name without '/'")
        tensor = torch.as_tensor(mask, device=device).bool()
        tensor = tensor.expand(batch) if tensor.ndim == 0 else tensor
        if tensor.shape != (batch,):
            raise ValueError(
                f"slice {name!r}: mask of shape {list(tensor.shape)}, batch of {batch}"
            )
        masks[name] = tensor
    return masks
