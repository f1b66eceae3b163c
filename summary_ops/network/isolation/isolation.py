"""The surroundings of our own passes: a user's model, training and random states stay as found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from summary_ops.network.isolation import generators
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.network.isolation.generators import preserved_rng
from summary_ops.network.isolation.loaders import own_workers
from summary_ops.network.isolation.module_state import preserved_state
from summary_ops.network.modules.layers import uncompiled


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Set every module's `training` flag to False for a while.

    `eval()` and `train()` are not called: adapters merge weights, and deployable networks change
    their structure in them.
    """
    flags = [(part, part.training) for part in model.modules() if hasattr(part, "training")]
    try:
        for part, _ in flags:
            part.training = False
        yield
    finally:
        for part, flag in flags:
            part.training = flag


@contextmanager
def without_autocast_or_grad(*, gradients: bool = False) -> Iterator[None]:
    """No autocast, no inference mode, no gradients unless asked for: where we compute.

    New tensors are of float32 and on the CPU by default, see `own_defaults`.
    """
    with own_defaults(), ExitStack() as stack:
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.set_grad_enabled(gradients))
        for kind in ("cpu", "cuda", "xpu", "mps"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield


@contextmanager
def isolated(model: nn.Module, *loaders: Any) -> Iterator[None]:
    """Make passes of our own in evaluation mode, and leave nothing of them behind.

    Compiled parts run as plain code; random states, those of the loaders included, and all that
    forward passes write are put back, see `preserved_state`. Loaders with persistent workers are
    iterated over with workers of our own, see `own_workers`.

    Raises:
        ValueError: a lazy layer has no weights yet.
    """
    _check_initialized(model)
    with (
        preserved_rng(*loaders),
        own_workers(*loaders),
        preserved_state(model),
        evaluation_mode(model),
        uncompiled(model),
    ):
        yield


@contextmanager
def differentiating(model: nn.Module, seed: int = 0) -> Iterator[None]:
    """Isolate like `isolated`, with gradients on and a seed of its own.

    Args:
        model: as for `isolated`.
        seed: for models that draw in evaluation mode.
    """
    with isolated(model), without_autocast_or_grad(gradients=True):
        generators.seed_all(seed)
        yield


def _check_initialized(model: nn.Module) -> None:
    for name, part in model.named_modules():
        if any(
            is_lazy(own) for own in (*part.parameters(recurse=False), *part.buffers(recurse=False))
        ):
            raise ValueError(
                f"layer {name or 'model'} ({type(part).__name__}) has no weights yet; put one "
                "batch through the model before it is recorded"
            )
