"""Choose the layers that `"auto"` means, when the network first runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from summary_ops.data import batches, trees
from summary_ops.network import calling
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers as layers_
from summary_ops.passes.evaluation_pass import Reading
from summary_ops.tracing.roles.roles import BLOCK, OUTPUT, Role, find_roles

SAMPLE = 2
"""Inputs that a network is traced with."""


class LayerChooser:
    """Chooses layers by their roles in a traced forward pass.

    Args:
        layers: as the user gave them, `"auto"` among them.
        average_signed: whether the positions of blocks that put out signed sums are averaged.
    """

    def __init__(self, layers: layers_.Layers, *, average_signed: bool) -> None:
        self._layers, self._average_signed = layers, average_signed

    def choose(
        self, network: RecordedNetwork, inputs: Any, device: torch.device
    ) -> RecordedNetwork:
        """Return the network with the layers that its roles suggest.

        Where the network cannot be traced its layers stay those that its modules suggest.

        Args:
            network: in evaluation mode.
            inputs: a batch; two inputs suffice.
            device: where they are sent.
        """
        forward = partial(calling.call_afresh, network.model, inputs, device)
        try:
            roles = thinned(find_roles(network.model, forward, network.prediction))
            names = [role.layer for role in roles]
            modules = layers_.choose(network.model, self._layers, names) if names else {}
        except Exception:  # noqa: BLE001 - the model, or a tensor of its own kind, may raise anything
            return network
        if not modules:
            return network
        signed = frozenset(role.layer for role in roles if role.signed)
        return replace(
            network,
            layers=modules,
            averaged=signed if self._average_signed else frozenset(),
        )


def thinned(roles: tuple[Role, ...], most: int = layers_.FLOOD) -> tuple[Role, ...]:
    """Thin roles to at most `most`: hidden units and activations first, evenly.

    Examples:
        >>> roles = tuple(Role(str(n), BLOCK if n % 2 else "hidden", "", n) for n in range(8))
        >>> [role.layer for role in thinned(roles, 6)]
        ['0', '1', '3', '5', '6', '7']
    """
    kept = [role for role in roles if role.role in (BLOCK, OUTPUT)]
    others = [role for role in roles if role.role not in (BLOCK, OUTPUT)]
    kept = _spread(kept, most)
    kept += _spread(others, most - len(kept))
    return tuple(sorted(kept, key=lambda role: role.index))


def _spread(roles: list[Role], most: int) -> list[Role]:
    """Choose at most `most` roles evenly, the first and the last among them."""
    if len(roles) <= most:
        return roles
    if not most:
        return []
    indices = torch.linspace(0, len(roles) - 1, most).round().long().tolist()
    return [roles[index] for index in indices]


class Peeked:
    """A loader whose first batch has been looked at.

    Args:
        loader: is iterated once.
    """

    def __init__(self, loader: Iterable[Any]) -> None:
        self._loader = loader
        self._batches: Iterator[Any] = iter(loader)

    def __len__(self) -> int:
        return len(self._loader)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        return self._batches

    def first(self, reading: Reading) -> Any:
        """Return the first inputs; None if the loader has none."""
        batch = next(self._batches, None)
        if batch is None:
            return None
        self._batches = itertools.chain([batch], self._batches)
        inputs, _ = reading.split(batch)
        tensor = next(trees.tensors(inputs), None)
        entries = isinstance(inputs, list) and batches.has_entries(inputs)
        size = len(inputs) if entries else int(tensor.size(0)) if tensor is not None else 0
        try:
            return batches.rows(inputs, range(min(size, SAMPLE)), size)
        except (ValueError, IndexError):
            return inputs
