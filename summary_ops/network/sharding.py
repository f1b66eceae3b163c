"""Models whose parameters are spread over processes by FSDP."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


def is_sharded(module: nn.Module) -> bool:
    """Whether FSDP (`fully_shard` or `FullyShardedDataParallel`) holds a module's parameters."""
    kinds = _kinds()
    return bool(kinds) and any(isinstance(part, kinds) for part in module.modules())


def _kinds() -> tuple[Any, ...]:
    """The classes that FSDP makes; a program that does not import it has none of them."""
    fsdp = sys.modules.get("torch.distributed.fsdp")
    names = ("FSDPModule", "FullyShardedDataParallel")
    return tuple(getattr(fsdp, name) for name in names if hasattr(fsdp, name))


@contextmanager
def preserved_shards(model: nn.Module) -> Iterator[None]:
    """Let go afterwards of the parameters that a forward pass of `fully_shard` has gathered."""
    kind = getattr(sys.modules.get("torch.distributed.fsdp"), "FSDPModule", ())
    parts = [part for part in model.modules() if isinstance(part, kind)]
    scattered = [part for part in parts if _is_scattered(part, parts)]
    try:
        yield
    finally:
        for part in scattered:
            part.reshard()


def _is_scattered(module: Any, others: list[Any]) -> bool:
    """Whether the parameters of a module's own group are in shards now."""
    inner = [part for part in others if part is not module and part in set(module.modules())]
    foreign = {parameter for part in inner for parameter in part.parameters()}
    kind = getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", ())
    return any(isinstance(own, kind) for own in module.parameters() if own not in foreign)
