"""Measure the memory that a forward pass takes."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

from summary_ops.network.modules.watch import Watch
from summary_ops.problems import RECOVERABLE


class Memory(Watch):  # type: ignore[no-untyped-call]
    """Counts the bytes of what operations make while it is active, shared memory once.

    Attributes:
        most: what existed at the same time, at most: the need of a pass without gradients.
        total: all of it together, which a backward pass may still need.
    """

    def __init__(self) -> None:
        super().__init__()
        self.most = self.total = self._held = 0
        self._tensors: Counter[int] = Counter()

    def note(self, func: Any, args: Any, kwargs: Mapping[str, Any], made: Any) -> None:
        """Count what an operation has made."""
        del func
        there = {key for key, _, _ in _memory((args, kwargs))}
        for key, size, tensor in _memory(made):
            if key in there and key not in self._tensors:
                continue  # of a weight, or of the inputs
            if key not in self._tensors:
                self._held, self.total = self._held + size, self.total + size
                self.most = max(self.most, self._held)
            self._tensors[key] += 1
            weakref.finalize(tensor, self._free, key, size).atexit = False

    def _free(self, key: int, size: int) -> None:
        self._tensors[key] -= 1
        if not self._tensors[key]:
            del self._tensors[key]
            self._held -= size


def of_forward(forward: Callable[[], Any]) -> Memory | None:
    """Measure a forward pass; None where the model refuses it, as one that takes fixed batches."""
    memory = Memory()
    try:
        with memory:
            forward()
    except RECOVERABLE:
        return None
    return memory


def _memory(of: Any) -> Iterator[tuple[int, int, Tensor]]:
    """Yield the storage of each tensor, its bytes, and the tensor."""
    for leaf in tree_leaves(of):
        if isinstance(leaf, Tensor):
            with suppress(RuntimeError, NotImplementedError):  # sparse ones have none
                storage = leaf.untyped_storage()
                yield int(storage._cdata), storage.nbytes(), leaf  # noqa: SLF001
