"""Sample a few inputs of each subset as they pass, the same ones in every record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

import numpy as np

from summary_ops.data import batches
from tb_plugin_neural.contract.graph_records import InfluenceSample
from tb_plugin_neural.contract.record import Array


@dataclass(frozen=True)
class Sampled:
    """An input of the sample.

    Attributes:
        rank: the lowest ones of a subset are drawn.
        index: of the input in its pass.
        label: its class, -1 where there is none.
        inputs: as they were offered, a batch of one, on the CPU.
        bytes: of its tensors.
    """

    rank: int
    index: int
    label: int
    inputs: Any
    bytes: int

    def __deepcopy__(self, _memo: object) -> Self:
        return self  # nobody changes it


class Reservoir:
    """Up to `most` inputs of every subset, drawn in the first pass that has the subset.

    An input is drawn if its rank, a hash of the seed, the subset and the input's place in the pass,
    is among the lowest; so that neither batches nor their sizes matter.

    Args:
        most: inputs a subset.
        seed: of the draw.
        max_bytes: what all inputs may take on the CPU; a pass gets half of what is left.

    Attributes:
        kept: inputs by subset, by rank; none where the budget held none.
        seen: subsets that the present pass has had.
        record: what was drawn; a new one whenever it changes.
        left_out: what the budget did not hold.
    """

    def __init__(self, most: int, seed: int, max_bytes: int) -> None:
        self.most, self.seed, self.max_bytes = most, seed, max_bytes
        self.kept: dict[str, tuple[Sampled, ...]] = {}
        self.record: InfluenceSample | None = None
        self.left_out: tuple[str, ...] = ()
        self.begin()

    def begin(self) -> None:
        """Begin a pass."""
        self.seen: set[str] = set()
        self._fresh: dict[str, list[Sampled]] = {}
        self._first = 0
        self._fit = self.most
        held = sum(drawn.bytes for part in self.kept.values() for drawn in part)
        self._room, self._used = (self.max_bytes - held) // 2, 0

    def offer(self, inputs: Any, size: int, members: Mapping[str, Array], labels: Array) -> None:
        """Draw from a batch.

        Args:
            inputs: tensors with one row an input, in tuples and dicts, and constants.
            size: how many.
            members: the inputs' places in the batch, by subset.
            labels: their classes `[batch]`, -1 where there is none.

        Raises:
            ValueError: single inputs cannot be taken out of this batch.
        """
        for subset, indices in members.items():
            if not len(indices):
                continue
            self.seen.add(subset)
            if subset not in self.kept:
                self._draw(subset, inputs, size, indices, labels)
        self._first += size

    def _draw(self, subset: str, inputs: Any, size: int, indices: Array, labels: Array) -> None:
        drawn = self._fresh.setdefault(subset, [])
        ranks = _ranks(self.seed, subset, self._first + indices)
        bound = drawn[-1].rank if len(drawn) >= self._fit and drawn else 2**64
        found: list[Sampled] = []
        for index in np.argsort(ranks):
            rank, position = int(ranks[index]), int(indices[index])
            if rank >= bound or len(found) >= self._fit:
                break
            one = batches.take(inputs, position, size)
            if batches.is_finite(one):
                own = batches.copy_of(one)
                label = int(labels[position])
                found.append(
                    Sampled(rank, self._first + position, label, own, batches.size_in_bytes(own))
                )
        drawn.extend(found)
        self._used += sum(one.bytes for one in found)
        drawn.sort(key=lambda one: one.rank)
        self._cut(drawn)
        while self._used > self._room and self._fit:
            self._fit -= 1
            for part in self._fresh.values():
                self._cut(part)

    def _cut(self, drawn: list[Sampled]) -> None:
        self._used -= sum(one.bytes for one in drawn[self._fit :])
        del drawn[self._fit :]

    def settle(self) -> None:
        """End the pass: what it has drawn stays."""
        if not self._fresh:
            return
        self.kept |= {subset: tuple(drawn) for subset, drawn in self._fresh.items()}
        if self._fit < self.most:
            note = (
                f"some of the inputs that influence and importance are measured on: {self._fit} "
                f"of {self.most} a class or slice are kept, {self.max_bytes / 2**20:.0f} MB do not "
                "hold more; pass a larger max_bytes or a smaller Graph(inputs=…)"
            )
            self.left_out = (*self.left_out, note)
        self._fresh = {}
        self.record = self._record()

    def _record(self) -> InfluenceSample:
        parts = {subset: drawn for subset, drawn in self.kept.items() if drawn}
        rows = [(row, one.index) for row, part in enumerate(parts.values()) for one in part]
        table = np.array(rows, dtype=np.uint32).reshape(len(rows), 2)
        return InfluenceSample(
            subsets=tuple(parts),
            seed=self.seed,
            subset=np.ascontiguousarray(table[:, 0]),
            input=np.ascontiguousarray(table[:, 1]),
        )

    def batches(
        self, subset: str, size: int, first: int | None = None
    ) -> Iterator[tuple[Any, list[Sampled]]]:
        """Yield a subset's `first` inputs, or all, in order; at most `size` of one shape."""
        drawn = sorted(self.kept[subset][:first], key=lambda one: batches.form(one.inputs))
        for _, group in groupby(drawn, key=lambda one: batches.form(one.inputs)):
            same = list(group)
            for start in range(0, len(same), size):
                part = same[start : start + size]
                yield batches.stack([one.inputs for one in part]), part


def _ranks(seed: int, subset: str, indices: Array) -> Array:
    """Random uint64 `[inputs]` that depend on nothing but the arguments (splitmix64)."""
    digest = hashlib.blake2b(f"{seed}/{subset}".encode(), digest_size=8).digest()
    step = np.uint64(0x9E3779B97F4A7C15)
    mixed = indices.astype(np.uint64) * step + np.uint64(int.from_bytes(digest, "little"))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))
