"""Count which instances of the probe set are among the inputs that statistics are made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from summary_ops.data.instances import Instances, named_parts
from summary_ops.streaming import collectives
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch
from summary_ops.streaming.subsets.membership import membership_of
from summary_ops.streaming.subsets.numbering import Keys
from tb_plugin_neural.contract.records import ProbePredictions

SAMPLED = 256
"""Numbers of an input that it is looked up by, before it is compared as a whole."""


class InstanceMatcher:
    """Finds instances among other inputs, by their bytes.

    Args:
        instances: what is looked for.

    Example:
        >>> matcher = InstanceMatcher(Instances.of(torch.eye(3)))
        >>> matcher.find(torch.eye(4, 3)[[3, 1]], 2)
        [(1, 1)]
    """

    def __init__(self, instances: Instances) -> None:
        self._parts = _parts(instances.inputs, instances.size)
        self._at: dict[bytes, list[int]] = {}
        for instance, key in enumerate(_keys(self._parts or {}, instances.size)):
            self._at.setdefault(key, []).append(instance)

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # nobody changes it

    def find(self, inputs: Any, size: int) -> list[tuple[int, int]] | None:
        """Return the rows that are instances, each with the instance.

        None where that cannot be known: inputs that have no rows, or other names, types or shapes
        than the instances, such as other lengths of padding.
        """
        parts = _parts(inputs, size)
        if parts is None or self._parts is None or _kinds(parts) != _kinds(self._parts):
            return None
        return [
            (row, instance)
            for row, key in enumerate(_keys(parts, size))
            for instance in self._at.get(key, ())
            if all(_same(part[row], self._parts[name][instance]) for name, part in parts.items())
        ]


class SeenInstances:
    """Instances among the inputs counted since the last record, by the subsets these are in.

    Args:
        instances: of the probe set.
        accumulator: counts the inputs.
    """

    def __init__(self, instances: Instances, accumulator: Accumulator) -> None:
        self._matcher, self._size = InstanceMatcher(instances), instances.size
        self._accumulator = accumulator
        self.held = _Held()

    def add(self, inputs: Any, batch: Batch) -> None:
        """Look for instances in a batch that was counted."""
        found = self._matcher.find(inputs, batch.size)
        if found is None:
            return
        self.held.inputs += batch.size
        if found:
            rows, instances = (list(column) for column in zip(*found, strict=True))
            self.held.parts.append((_rows(batch, rows), instances))

    def count(self, *, several: bool) -> None:
        """Count what was found, with several processes in all of them.

        It goes before statistics are merged, once none are kept back; every process calls it.
        """
        mine = self._counts() if self.held.inputs == self._accumulator.inputs else None
        everyone = collectives.gather(mine) if several else [mine]
        self.held = _Held()
        self.held.total = None
        if not any(counts is None for counts in everyone):
            total: Counter[tuple[str, int]] = Counter()
            for counts in everyone:
                total.update(counts or {})
            self.held.total = total

    def put_into(self, record: ProbePredictions) -> ProbePredictions:
        """Add what `count` counted to a record, unless some input could not be compared."""
        total, self.held.total = self.held.total, None
        if total is None:
            return record
        subsets = sorted({subset for subset, _ in total})
        counts = np.zeros((len(subsets), self._size), np.uint32)
        for (subset, instance), times in total.items():
            counts[subsets.index(subset), instance] = times
        return replace(record, seen=counts, seen_in=tuple(subsets))

    def _counts(self) -> Counter[tuple[str, int]]:
        counts: Counter[tuple[str, int]] = Counter()
        for batch, instances in self.held.parts:
            keys = Keys()
            division = self._accumulator.divide(batch)
            members = membership_of(division, keys, batch.size, batch.device, total=True)
            rows = range(batch.size) if members.inputs is None else members.inputs.tolist()
            for key, row in zip(members.keys.tolist(), rows, strict=True):
                if key >= 0:
                    counts[keys.names[key], instances[row]] += 1
        return counts


class _Held:
    """Instances found since the last record; a failed pass puts them back."""

    def __init__(self) -> None:
        self.inputs = 0
        self.parts: list[tuple[Batch, list[int]]] = []
        self.total: Counter[tuple[str, int]] | None = None


def _parts(inputs: Any, size: int) -> dict[str, Tensor] | None:
    """Tensors with one row an input, by name; None where a part has none."""
    parts = {}
    for name, part in named_parts(inputs):
        if isinstance(part, (bool, int, float, str, type(None))):
            continue
        if not isinstance(part, Tensor) or part.is_nested or part.layout != torch.strided:
            return None
        if part.ndim == 0 or len(part) != size:
            return None
        parts[name] = part.detach()
    return parts or None


def _kinds(parts: dict[str, Tensor]) -> dict[str, tuple[torch.dtype, torch.Size]]:
    return {name: (part.dtype, part.shape[1:]) for name, part in parts.items()}


def _keys(parts: dict[str, Tensor], size: int) -> list[bytes]:
    """Return some bytes of every row."""
    columns = []
    for name in sorted(parts):
        part = parts[name] if parts[name].ndim > 1 else parts[name][:, None]
        width = part[:1].numel()
        if not width:
            continue
        # Indices along each axis: to flatten rows that lie otherwise in memory would copy them.
        every = np.arange(0, width, max(1, width // SAMPLED))
        places = np.unravel_index(every, tuple(part.shape[1:]))
        index: tuple[Any, ...] = (slice(None), *map(torch.from_numpy, places))
        some = part[index].contiguous()
        columns.append(some.cpu().view(torch.uint8).numpy())
    return [b"".join(column[row].tobytes() for column in columns) for row in range(size)]


def _same(one: Tensor, other: Tensor) -> bool:
    """Compare bytes, as a NaN does not equal itself."""
    flat = [part.reshape(-1).contiguous().cpu().view(torch.uint8) for part in (one, other)]
    return torch.equal(*flat)


def _rows(batch: Batch, rows: list[int]) -> Batch:
    """Return what subsets follow from, of some inputs, without activations."""
    return Batch(
        pooled={"": torch.empty(len(rows), 0, device=batch.device)},
        size=len(rows),
        labels=None if batch.labels is None else batch.labels[rows],
        logits=None if batch.logits is None else batch.logits[rows],
        slices={name: mask[rows] for name, mask in batch.slices.items()},
        only=batch.only,
        mode=batch.mode,
    )
