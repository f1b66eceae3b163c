"""Loaders that training may be iterating over while we do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.utils.data import DataLoader

from summary_ops.network.isolation.generators import held_by


@contextmanager
def own_workers(*loaders: Any) -> Iterator[None]:
    """Iterate inside with workers of our own, where a loader's workers are persistent.

    Such a loader has one iterator. A second `iter` sets it back, which would end the epoch of
    whoever is in the middle of one, and the workers' random states would go on from ours.
    """
    found = held_by(*loaders, kinds=(DataLoader,))
    kept = [(loader, getattr(loader, "_iterator", None)) for loader in found]
    try:
        for loader, _ in kept:
            loader._iterator = None  # noqa: SLF001
        yield
    finally:
        for loader, iterator in kept:
            ours, loader._iterator = loader._iterator, iterator  # noqa: SLF001
            if hasattr(ours, "_shutdown_workers"):
                ours._shutdown_workers()  # noqa: SLF001
