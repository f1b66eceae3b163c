"""Leave a user's model and random states exactly as they were found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import nn

from summary_ops import layers


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while; every module's own flag is restored."""
    flags = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, flag in flags:
            module.training = flag


@contextmanager
def same_randomness() -> Iterator[None]:
    """Restore the random states of torch (all devices), NumPy and Python."""
    cuda = torch.cuda.get_rng_state_all() if _cuda_is_used() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[2])
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        if mps is not None:
            torch.mps.set_rng_state(mps)


def _seed(seed: int) -> None:
    """As `torch.manual_seed`, which would also seed what CUDA draws when it is used later on."""
    torch.default_generator.manual_seed(seed)
    if _cuda_is_used():
        torch.cuda.manual_seed_all(seed)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(seed)


def _cuda_is_used() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


@contextmanager
def plain_mode(*, gradients: bool = False) -> Iterator[None]:
    """No autocast, no inference mode, and no gradients unless asked for: where we compute."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.set_grad_enabled(gradients))
        for kind in ("cpu", "cuda", "xpu", "mps"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield


@contextmanager
def differentiating(model: nn.Module, seed: int = 0) -> Iterator[None]:
    """Gradients on, whatever is around; the model and all random states are left as they were.

    Args:
        model: in evaluation mode meanwhile, and in plain code where it is compiled.
        seed: for models that draw in evaluation mode.
    """
    with (
        same_randomness(),
        evaluating(model),
        layers.uncompiled(model),
        plain_mode(),
        torch.enable_grad(),
    ):
        _seed(seed)
        yield
