"""Choose the layers of a deep network that a graph shows as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def choose_rows(names: Sequence[str], most: int, always: Collection[str] = ()) -> list[str]:
    """Choose the layers that stand for a network of many.

    Layers whose names begin alike make a block, which its last layer stands for. Blocks are as deep
    as leaves at most `most` of them; where these are fewer than half of `most`, or always more,
    layers are left out evenly.

    Args:
        names: layers in the order of execution.
        most: number of rows, at least 1.
        always: layers that are chosen in any case.

    Returns:
        Layers in their order, at most `most` and `always` beside.
    """
    if len(names) <= most:
        return list(names)
    depths = range(1, 1 + max(name.count(".") for name in names))
    blocks = [_last_of_blocks(names, depth) for depth in depths]
    fitting = [chosen for chosen in blocks if most / 2 <= len(chosen) <= most]
    if fitting:
        chosen = fitting[-1]
    else:
        at = np.linspace(0, len(names) - 1, most).round().astype(int)
        chosen = [names[index] for index in at]
    return [name for name in names if name in chosen or name in always]


def inner_layers(names: Sequence[str], shown: Collection[str]) -> dict[str, list[str]]:
    """Return the layers that each shown one stands for: those since the shown one before it."""
    found: dict[str, list[str]] = {}
    waiting: list[str] = []
    for name in names:
        if name in shown:
            found[name] = waiting
            waiting = []
        else:
            waiting.append(name)
    return found


def _last_of_blocks(names: Sequence[str], depth: int) -> list[str]:
    return list({tuple(name.split(".")[:depth]): name for name in names}.values())
