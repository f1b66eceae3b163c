"""Random generators: those of the process, and those that a loader or a model holds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

KINDS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)

_FURTHEST = 6
"""Attributes of attributes that are looked into."""

_LONGEST = 64
"""Entries of the largest list, tuple or dict that is looked into."""

_OPAQUE = (Tensor, nn.Module, np.ndarray, type, str, bytes, int, float, complex, type(None))


def held_by(*holders: Any, kinds: tuple[type, ...] = KINDS) -> list[Any]:
    """Find objects of some kinds in loaders, samplers, data sets and transforms."""
    found: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = [(holder, 0) for holder in holders]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, kinds):
            found[id(value)] = value
        elif depth <= _FURTHEST and id(value) not in seen and not isinstance(value, _OPAQUE):
            seen.add(id(value))
            waiting += [(part, depth + 1) for part in _parts(value)]
    return list(found.values())


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, (list, tuple)):
        return value if len(value) <= _LONGEST else ()
    entries = value if isinstance(value, dict) else getattr(value, "__dict__", None)
    if isinstance(entries, dict) and len(entries) <= _LONGEST:
        return tuple(entries.values())
    return ()


@contextmanager
def preserved(chosen: Iterable[Any]) -> Iterator[None]:
    """Restore the states of some generators."""
    with ExitStack() as stack:
        for one in chosen:
            if isinstance(one, random.Random):
                stack.callback(one.setstate, one.getstate())
            elif isinstance(one, np.random.Generator):
                stack.callback(setattr, one.bit_generator, "state", one.bit_generator.state)
            else:
                stack.callback(one.set_state, one.get_state())
        yield


@contextmanager
def preserved_rng(*holders: Any) -> Iterator[None]:
    """Restore the random states of torch (all devices in use), NumPy and Python.

    Args:
        holders: loaders, whose own generators are restored as well.
    """
    with ExitStack() as stack:
        if cuda_is_used():
            stack.callback(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
        if torch.backends.mps.is_available():
            stack.callback(torch.mps.set_rng_state, torch.mps.get_rng_state())
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002
        stack.callback(torch.set_rng_state, torch.get_rng_state())
        stack.enter_context(preserved(held_by(*holders)))
        yield


def seed_all(seed: int) -> None:
    """Seed like `torch.manual_seed`, but no CUDA generator before its first use."""
    torch.default_generator.manual_seed(seed)
    if cuda_is_used():
        torch.cuda.manual_seed_all(seed)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(seed)


def cuda_is_used() -> bool:
    """Return whether a CUDA device is in use already."""
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]
