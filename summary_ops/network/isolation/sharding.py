"""Models whose parameters are spread over processes, by FSDP or tensor parallelism."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.distributed as dist
from torch import Tensor, nn


def is_sharded(module: nn.Module) -> bool:
    """Return whether FSDP holds a module's parameters, by `fully_shard` or its class."""
    kinds = _kinds()
    return bool(kinds) and any(isinstance(part, kinds) for part in module.modules())


def is_spread(model: nn.Module) -> bool:
    """Return whether every forward pass of a model needs other processes."""
    return _several() and is_sharded(model)


def is_whole(parameter: Tensor) -> bool:
    """Return whether this process holds all of a parameter's values."""
    if type(parameter).__name__ == "FlatParameter":
        return False
    return not isinstance(parameter, _dtensor()) or all(
        placement.is_replicate() or parameter.device_mesh.size(axis) == 1
        for axis, placement in enumerate(parameter.placements)
    )


def check_not_tensor_parallel(model: nn.Module) -> None:
    """Refuse models whose layers give each process only some of their units.

    Raises:
        RuntimeError: it is such a model.
    """
    if _several() and _dtensor() and not is_sharded(model):
        for name, parameter in model.named_parameters():
            if not is_whole(parameter):
                raise RuntimeError(
                    f"parameter {name} is split over processes (tensor parallelism), so that no "
                    "process sees all units of its layer; record a copy of the model that is not"
                )


def _several() -> bool:
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def _dtensor() -> Any:
    return getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", ())


def _kinds() -> tuple[Any, ...]:
    """Return FSDP's classes; none if the program has not imported it."""
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
    """Return whether the parameters of a module's own group are in shards now."""
    inner = [part for part in others if part is not module and part in set(module.modules())]
    foreign = {parameter for part in inner for parameter in part.parameters()}
    return any(isinstance(own, _dtensor()) for own in module.parameters() if own not in foreign)
