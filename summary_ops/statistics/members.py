"""Represent which inputs of a batch belong to which subsets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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

    @classmethod
    def join(
        cls, groups: list[Tensor], batch: int, pairs: list[tuple[Tensor, Tensor]]
    ) -> Membership:
        """Join several groups into one membership.

        Args:
            groups: int64 `[batch]` each, a key number an input or -1.
            batch: number of inputs.
            pairs: key numbers and inputs of memberships that are no whole group.
        """
        if len(groups) == 1 and not pairs:
            return cls(groups[0], None, batch)
        device = (groups + [keys for keys, _ in pairs])[0].device
        every = torch.arange(batch, device=device)
        keys = [*groups, *(keys for keys, _ in pairs)]
        inputs = [*(every for _ in groups), *(inputs for _, inputs in pairs)]
        return cls(torch.cat(keys), torch.cat(inputs), batch)


@dataclass(frozen=True)
class Members:
    """The same by the rows of a table.

    Attributes:
        membership: by subset.
        row_of: int64 `[subsets]`, the row of each subset; row 0 is for none.
        rows: number of rows.
    """

    membership: Membership
    row_of: Tensor
    rows: int

    @cached_property
    def pairs(self) -> tuple[Tensor, Tensor | None]:
        """Row numbers `[memberships]` and inputs."""
        rows, inputs = self._rows, self.membership.inputs
        if rows.device.type != "cpu" or bool((rows > 0).all()):
            return rows, inputs
        kept = (rows > 0).nonzero()[:, 0]
        return rows[kept], kept if inputs is None else inputs[kept]

    @cached_property
    def matrix(self) -> Tensor:
        """Boolean `[rows, batch]`: which inputs belong to which row; row 0 stays empty."""
        device, batch = self.row_of.device, self.membership.batch
        out = torch.zeros((self.rows, batch), dtype=torch.bool, device=device)
        inputs = self.membership.inputs
        if inputs is None:
            inputs = torch.arange(batch, device=device)
        out[self._rows, inputs] = True
        out[0] = False
        return out

    @cached_property
    def _rows(self) -> Tensor:
        keys = self.membership.keys
        return torch.where(keys >= 0, self.row_of[keys.clamp(min=0)], 0)
