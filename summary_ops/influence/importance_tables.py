"""The importance measured since the last record, by layer and subset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from summary_ops.network.hooks.gradients import Gradients
from summary_ops.statistics.importance import Importance
from tb_plugin_neural.contract import graph_records as records
from tb_plugin_neural.contract.record import Array, Record


@dataclass
class _Rows:
    """Importance with a row a subset."""

    sums: Importance
    subsets: list[str] = field(default_factory=list)

    def update(self, found: Gradients, subsets: tuple[str, ...]) -> None:
        self.subsets += [subset for subset in subsets if subset not in self.subsets]
        self.sums = self.sums.with_rows(len(self.subsets))
        member = torch.zeros(len(self.subsets), len(found.activation), dtype=torch.bool)
        member[[self.subsets.index(subset) for subset in subsets]] = True
        member = member.to(found.activation.device)
        self.sums.update(found.activation, found.gradient, member, found.mask, found.bend)


class ImportanceTables:
    """Gradient × (activation − mean) of every layer and subset.

    The mean is over the positions of the inputs that `all` consists of; without any, over those of
    all subsets.
    """

    def __init__(self) -> None:
        self._of_all: dict[str, _Rows] = {}
        self._others: dict[str, _Rows] = {}

    def add(self, subset: str, found: Mapping[str, Gradients], *, part: bool) -> None:
        """Add a batch of a subset, by layer; `all` consists of those that are a `part` of it."""
        tables = self._of_all if part or subset == "all" else self._others
        subsets = (subset, "all") if part else (subset,)
        for layer, gradients in found.items():
            if layer not in tables:
                units, device = gradients.activation.shape[1], gradients.activation.device
                tables[layer] = _Rows(Importance.empty(0, units, device))
            tables[layer].update(gradients, subsets)

    def rows(self) -> Iterator[tuple[str, Record]]:
        """Yield the records, each with its layer."""
        for layer in dict.fromkeys((*self._of_all, *self._others)):
            base, others = self._of_all.get(layer), self._others.get(layer)
            tables = [base] if base is not None else []
            if others is not None:
                sums = others.sums
                if base is not None:
                    names = ("activations", "positions", "varied", "seen")
                    sums = replace(sums, **{name: getattr(base.sums, name) for name in names})
                tables.append(_Rows(sums, others.subsets))
            values: dict[str, tuple[int, Array, Array]] = {}
            for table in tables:
                counts = table.sums.inputs.tolist()
                found, errors = (
                    part.cpu().numpy() for part in (table.sums.values(), table.sums.errors())
                )
                rows = zip(counts, found, errors, strict=True)
                values |= dict(zip(table.subsets, rows, strict=True))
            first = sorted(values, key=lambda subset: subset != "all")
            kept = {subset: values[subset] for subset in first if values[subset][0]}
            if kept:
                yield layer, importance(kept)


def importance(values: Mapping[str, tuple[int, Array, Array | None]]) -> records.Importance:
    """Make a layer's record: by subset the number of inputs, importance and its error `[units]`."""
    table = np.stack([value for _, value, _ in values.values()]).astype(np.float64)
    scale = np.abs(table).max(1, initial=0).astype(np.float32)
    unit = np.where(scale > 0, scale, 1).astype(np.float64)
    return records.Importance(
        subsets=tuple(values),
        inputs=np.array([count for count, *_ in values.values()], dtype=np.uint32),
        level=(table / unit[:, None]).astype(np.float16),
        scale=scale,
        error=_levels([error for *_, error in values.values()], unit),
    )


def _levels(errors: Sequence[Array | None], unit: Array) -> Array | None:
    """Errors in the unit of the importance's scale; None where they are not known."""
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return None
    most = float(np.finfo(np.float16).max)
    return np.clip(np.stack(known) / unit[:, None], 0, most).astype(np.float16)
