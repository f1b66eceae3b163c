"""Communicate between processes; every one of them must call these in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from summary_ops.statistics.state import How, State

T = TypeVar("T")

_alone: ContextVar[bool] = ContextVar("_alone", default=False)


@contextmanager
def alone() -> Iterator[None]:
    """Inside, this process records by itself, whatever the others do meanwhile."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def active() -> bool:
    """Return whether there are several processes to merge."""
    if _alone.get() or not (dist.is_available() and dist.is_initialized()):
        return False
    return dist.get_world_size() > 1


def rank() -> int:
    """Return this process's rank; only rank 0 writes."""
    return dist.get_rank() if active() else 0


def device() -> torch.device:
    """Return the device that tensors must be on to be reduced."""
    if dist.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def gather(mine: T) -> list[T]:
    """Gather an object from every process, in the order of ranks."""
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(everyone, mine)
    return everyone


def broadcast(mine: T | None) -> T:
    """Broadcast rank 0's object."""
    values: list[Any] = [mine]
    dist.broadcast_object_list(values, src=0)
    found: T = values[0]
    return found


def all_reduce(state: State) -> None:
    """Reduce a statistic over all processes, in place, as `State.merge` does with two."""
    how = {
        How.SUM: dist.ReduceOp.SUM,
        How.MIN: dist.ReduceOp.MIN,
        How.MAX: dist.ReduceOp.MAX,
    }
    steps = state.reduction()
    with suppress(StopIteration):
        tensor, which = next(steps)
        while True:
            dist.all_reduce(tensor, how[which])
            tensor, which = steps.send(tensor)
