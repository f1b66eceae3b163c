"""Cut tables of influence to the strongest producers of each unit, and make records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tb_plugin_neural.contract import graph_records as records
from tb_plugin_neural.contract.record import Array

STRONGEST = 8
"""Producers kept a unit."""

LEVELS = 127

Producer = tuple[str, bool]
"""A layer, and whether it feeds another unit by unit; some feed it through weights as well."""

Layout = Mapping[Producer, tuple[int, str]]
"""The producers of a layer: their numbers of units, and kinds of link."""


@dataclass(frozen=True)
class Strongest:
    """The strongest producers of every unit of a layer, for one subset.

    Attributes:
        inputs: sampled inputs of the subset.
        layout: the layers that feed this one.
        producer: int64 `[units, K]`, places in the units of the whole layout, strongest first; the
            number of all stands for none.
        value: float64 `[units, K]`, mean contributions or counts of inputs; 0 for none.
        kept: uint8 `[units]`, of the absolute influence the share that these have, in 255ths.
        error: float64 `[units]`, standard error of their shares, by the inputs sampled; NaN where
            it is not known.
    """

    inputs: int
    layout: Layout
    producer: Array
    value: Array
    kept: Array
    error: Array

    @classmethod
    def of(
        cls, table: Tensor, layout: Layout, inputs: int, error: Tensor | None = None
    ) -> Strongest:
        """Cut a table `[units, producers]`; of equal counts the first producers are kept."""
        size = table.abs()
        columns = table.shape[1]
        key = size
        if not table.is_floating_point():
            key = size * columns - torch.arange(columns, device=size.device)
        top = key.topk(min(STRONGEST, columns), 1).indices
        value = table.gather(1, top).double().cpu().numpy()
        producer = np.where(value != 0, top.cpu().numpy(), columns)
        whole = size.sum(1).double().cpu().numpy()
        part = np.abs(value).sum(1)
        share = np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
        kept = np.rint(records.SHARES * np.clip(share, 0, 1)).astype(np.uint8)
        known = np.full(len(value), np.nan) if error is None else error.cpu().numpy()
        return cls(inputs, layout, producer, value, kept, known)

    def within(self, layout: Layout) -> Strongest:
        """Return the same among the producers of a layout that has more of them."""
        if list(layout) == list(self.layout):
            return self
        start = dict(zip(layout, _starts(layout), strict=False))
        numbers = [start[key] + np.arange(units) for key, (units, _) in self.layout.items()]
        total = _starts(layout)[-1]
        new = np.concatenate([*numbers, np.array([total])])
        return replace(self, layout=layout, producer=new[self.producer])


def _starts(layout: Layout) -> Array:
    return np.cumsum([0, *(units for units, _ in layout.values())])


def layout_of(producers: Sequence[str], units: Sequence[int], links: Sequence[str]) -> Layout:
    """Return the layout of lists of producers."""
    return {
        (name, link == "identity"): (count, link)
        for name, count, link in zip(producers, units, links, strict=True)
    }


def join(layouts: Iterable[Layout]) -> Layout:
    """Join several layouts; one may have measured what another has not."""
    found: dict[Producer, tuple[int, str]] = {}
    for layout in layouts:
        for producer, (units, link) in layout.items():
            before = found.get(producer)
            if before is None or before[1] == "unmeasured":
                found[producer] = units, link
    return found


def influence(
    measure: str,
    parts: Mapping[str, Strongest],
    chosen: Callable[[str], Array | None],
    baseline: str = "zero",
) -> records.Contributions | records.SummitInfluence:
    """Make the record of one layer.

    Args:
        measure: a key of `graph_records.INFLUENCE`.
        parts: by subset.
        chosen: the units of the layer that are kept for a subset, bool `[units]`; None for all.
        baseline: what contributions were compared with.
    """
    layout = join(part.layout for part in parts.values())
    subsets, units, producers, values, kept, errors = [], [], [], [], [], []
    for row, (subset, part) in enumerate(parts.items()):
        aligned, wanted = part.within(layout), chosen(subset)
        rows = np.asarray(part.value.any(1))
        index = (rows if wanted is None else rows & wanted).nonzero()[0]
        subsets.append(np.full(len(index), row))
        units.append(index)
        producers.append(_wide(aligned.producer[index], int(_starts(layout)[-1])))
        values.append(_wide(part.value[index], 0))
        kept.append(part.kept[index])
        errors.append(part.error[index])
    value = np.concatenate(values)
    fields: dict[str, Any] = {
        "subsets": tuple(parts),
        "producers": tuple(name for name, _ in layout),
        "units": tuple(count for count, _ in layout.values()),
        "links": tuple(link for _, link in layout.values()),
        "inputs": _counts(np.array([part.inputs for part in parts.values()])),
        "subset": _counts(np.concatenate(subsets)),
        "unit": _counts(np.concatenate(units)),
        "producer": _counts(np.concatenate(producers)),
        "kept": np.concatenate(kept),
    }
    kind = records.INFLUENCE[measure]
    if issubclass(kind, records.SummitInfluence):
        return kind(**fields, count=_counts(value))
    scale = (np.abs(value).max(1, initial=0) / LEVELS).astype(np.float32)
    step = np.maximum(scale, np.finfo(np.float32).tiny)[:, None]
    level = np.clip(np.rint(value / step), -LEVELS, LEVELS).astype(np.int8)
    return kind(
        **fields, level=level, scale=scale, baseline=baseline, error=_known(np.concatenate(errors))
    )


def _known(errors: Array) -> Array | None:
    return errors.astype(np.float16) if np.isfinite(errors).any() else None


def _wide(rows: Array, filler: int) -> Array:
    """Rows of `STRONGEST` columns: subsets may differ in how many producers there are."""
    missing = STRONGEST - rows.shape[1]
    return np.pad(rows, ((0, 0), (0, missing)), constant_values=filler)


def _counts(values: Array) -> Array:
    return np.ascontiguousarray(values.astype(np.uint32))
