"""UMAP, which is an optional part of what others need and keeps to itself what it sets."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch


@contextmanager
def umap(purpose: str) -> Iterator[ModuleType]:
    """Import the package; restore warnings and the number of threads at the end of the block.

    Args:
        purpose: what needs it, for the message where it is missing.

    Raises:
        ImportError: the package umap-learn is missing.
    """
    threads = torch.get_num_threads()  # Numba sets it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                import umap as package  # noqa: PLC0415
            except ImportError as error:
                raise ImportError(f"{purpose} needs UMAP: pip install umap-learn") from error
            yield package
    finally:
        torch.set_num_threads(threads)
