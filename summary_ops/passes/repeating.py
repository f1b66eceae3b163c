"""See whether a network does the same again, when all that can be put back is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from summary_ops.network import calling
from summary_ops.network.establishing import chosen_of
from summary_ops.network.isolation import generators, isolation, sharding
from summary_ops.network.model.recorded import RecordedNetwork

FEW = 2
"""Inputs that are tried."""

CLOSE = 1e-3
"""What kernels that are not deterministic may differ by, in parts of the largest output."""


def check_repeats(network: RecordedNetwork, inputs: Any, size: int, device: torch.device) -> None:
    """Call the model twice with a few inputs, and report outputs that differ.

    Args:
        network: what is recorded.
        inputs: a batch.
        size: number of inputs in it.
        device: where they are sent.
    """
    if sharding.is_spread(network.model):
        return
    axis = network.layouts.input_axis or 0
    try:
        few = chosen_of(inputs, range(min(FEW, size)), axis, size)
        first, second = (_prediction(network, few, device) for _ in range(2))
    except Exception:  # noqa: BLE001 - the model may take no such batch
        return
    if first.shape == second.shape:
        scale = float(first.abs().nan_to_num(0, 0, 0).max()) if first.numel() else 0.0
        if torch.allclose(first, second, rtol=0, atol=CLOSE * scale, equal_nan=True):
            return
    network.problems.report(
        "state that cannot be put back",
        "the same inputs give another output in a second pass, though weights, buffers and random "
        "states were put back between: the model keeps something in plain Python values (numbers, "
        "lists, dicts), which passes of ours change; keep it in a buffer, or record a copy of the "
        "model",
    )


def _prediction(network: RecordedNetwork, inputs: Any, device: torch.device) -> Tensor:
    with isolation.isolated(network.model), torch.no_grad():
        generators.seed_all(0)
        output = calling.call_afresh(network.model, inputs, device)
        return network.prediction(output).detach().double().cpu()
