"""The memory of a forward pass, held against what the layers' outputs take."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from summary_ops.network.memory import Memory

ROWS, WIDTH = 4, 256
OUTPUT = ROWS * WIDTH * 4
"""Bytes of a layer's output."""


def chain(*between: nn.Module) -> nn.Module:
    return nn.Sequential(*(part for _ in range(5) for part in (nn.Linear(WIDTH, WIDTH), *between)))


def memory(model: nn.Module, given: Tensor) -> Memory:
    with torch.no_grad(), Memory() as found:
        model(given)
    return found


def test_of_a_chain_two_layers_are_there_at_once_and_all_are_made() -> None:
    found = memory(chain(), torch.randn(ROWS, WIDTH))
    assert (found.most, found.total) == (2 * OUTPUT, 5 * OUTPUT)


def test_views_and_writes_in_place_take_nothing() -> None:
    found = memory(
        chain(nn.ReLU(inplace=True), nn.Unflatten(1, (16, 16)), nn.Flatten()),
        torch.randn(ROWS, WIDTH),
    )
    assert (found.most, found.total) == (2 * OUTPUT, 5 * OUTPUT)


def test_a_view_holds_the_memory_of_what_it_is_of() -> None:
    class Views(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            kept = [(x + shift)[:1] for shift in range(3)]
            return torch.stack(kept)

    found = memory(Views(), torch.randn(ROWS, WIDTH))
    assert found.most == 3 * OUTPUT + 3 * OUTPUT // ROWS
