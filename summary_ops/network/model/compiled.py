"""Hooks on models that are compiled."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.layers import is_compiled

_ADVICE = (
    "hooks added after torch.compile never fire; make the recorder before the first call of the "
    "compiled model, with Recorder(model, compiled=True)"
)

_found: list[bool] = []
"""The compiler's settings when each of the present `hook_guards` began."""


def hook_guards(*, wanted: bool) -> ExitStack:
    """Have code that is compiled from now on see hooks that are added or removed afterwards.

    By default compiled code keeps the hooks that it was compiled with. With guards on them, a
    module with hooks is compiled a second time, and each call takes the code that fits.

    Args:
        wanted: whether to do so at all.

    Returns:
        What ends it when it is closed; several may overlap.
    """
    stack = ExitStack()
    if wanted:
        config: Any = torch._dynamo.config  # noqa: SLF001
        _found.append(config.skip_nnmodule_hook_guards)
        config.skip_nnmodule_hook_guards = False
        stack.callback(lambda: setattr(config, "skip_nnmodule_hook_guards", _found.pop()))
    return stack


def check_not_compiled(model: nn.Module) -> None:
    """Refuse a model that is compiled, wholly or in parts.

    Raises:
        RuntimeError: it is.
    """
    if is_compiled(model):
        raise RuntimeError(_ADVICE)


def report_if_compiled(network: RecordedNetwork, *, heard: bool) -> None:
    """Report that no hook was heard of, if a `torch.compile(…)` in this process has the model."""
    if heard:
        return
    frame = sys.modules.get("torch._dynamo.eval_frame")
    kind = getattr(frame, "OptimizedModule", None)
    wrappers = [one for one in gc.get_objects() if type(one) is kind] if kind else []
    if any(part is network.model for one in wrappers for part in one.modules()):
        network.problems.report("observing", f"no forward pass was seen: {_ADVICE}")
