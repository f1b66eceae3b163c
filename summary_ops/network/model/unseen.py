"""Say which layers were never seen, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import torch
from torch import nn

from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.layers import SCRIPTED, clean_name, split_output

REPLACED = (
    "replaced since the Recorder was made, which does not see what is in their place; make the "
    "Recorder after the model is changed"
)
IDLE = (
    "no forward pass has gone through them so far; leave them out with layers=[…], if that is as "
    "it should be"
)

NAMED = 5
"""Layers that are named where many were not seen."""


def unseen(network: RecordedNetwork, seen: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what to report of layers that no forward pass has gone through so far.

    Args:
        network: what is recorded.
        seen: layers that were seen, and those of which a problem is known.

    Yields:
        What it concerns, and the sentence that says what to do.
    """
    modules = {clean_name(name): module for name, module in network.model.named_modules()}
    missing = [name for name in network.layers if name not in seen]
    replaced = [name for name in missing if _at(name, modules) is not network.layers[name]]
    if replaced:
        yield f"layers {_names(replaced)}", REPLACED
    if idle := [name for name in missing if name not in replaced]:
        yield f"layers {_names(idle)}", IDLE
    for name in scripted(network.model):
        if name not in seen:
            yield f"layers inside {name}", SCRIPTED


def scripted(model: nn.Module) -> list[str]:
    """Return the outermost TorchScript modules in a model."""
    found: list[str] = []
    for name, module in model.named_modules():
        inside = any(name.startswith(f"{outer}.") for outer in found)
        if isinstance(module, torch.jit.ScriptModule) and not inside:
            found.append(name)
    return [clean_name(name) for name in found]


def _at(name: str, modules: dict[str, nn.Module]) -> nn.Module | None:
    return modules.get(split_output(name, modules)[0])


def _names(layers: list[str]) -> str:
    more = f" and {len(layers) - NAMED} more" if len(layers) > NAMED else ""
    return ", ".join(layers[:NAMED]) + more
