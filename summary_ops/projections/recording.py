"""Compare the instances of a probe set by full activations, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from summary_ops.network import calling
from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.isolation import isolation
from summary_ops.network.layouts import axes
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.projections import pivots
from summary_ops.projections.comparing import Comparison
from summary_ops.projections.options import Projection
from summary_ops.projections.records import to_records
from tb_plugin_neural.contract.record import Record


class Projections:
    """The projections of a network's probe set.

    Args:
        network: its layers are compared in.
        probe: the instances.
        options: what is recorded.
    """

    def __init__(self, network: RecordedNetwork, probe: ProbeSet, options: Projection) -> None:
        self._network, self._probe, self._options = network, probe, options
        self._pivots: tuple[int, ...] = ()
        self._sizes: dict[str, int] = {}

    def begin(self, batch: int, part: float = 1.0) -> Comparison:
        """Begin a comparison that is to see the whole probe set, in order.

        Args:
            batch: instances that go through the network at once.
            part: of the activations, by number; below 1 the layers with the most are left out.
        """
        return Comparison(
            len(self._probe),
            self._options.metric,
            self._network.max_bytes,
            report=self._network.problems.report,
            every=self._options.neighbours > 0,
            layers=None if part >= 1 else self._smallest(part),
            batch=batch,
        )

    def _smallest(self, part: float) -> list[str]:
        """Return the layers of the fewest activations that hold a part of them all."""
        room = part * sum(self._sizes.values())
        found = []
        for layer in sorted(self._sizes, key=self._sizes.__getitem__):
            room -= self._sizes[layer]
            if room >= 0:
                found.append(layer)
        return found

    def finish(self, comparison: Comparison, device: torch.device) -> Iterator[tuple[str, Record]]:
        """Make what further passes are needed; the records, each with its layer."""
        options, probe = self._options, self._probe
        if not self._pivots:
            self._pivots = pivots.choose(probe, options.pivots, options.seed)
        front = tuple(dict.fromkeys((*self._pivots, *probe.focus)))
        self._sizes |= comparison.sizes
        forward = comparing(self._network, comparison, device)

        def again(chosen: Sequence[int]) -> None:
            forward(probe.at(chosen))

        for layer, found in comparison.finish(again, front):
            records: list[Record] = []
            with (
                self._network.problems.guard(f"projection of layer {layer}"),
                isolation.without_autocast_or_grad(),
            ):
                records += to_records(probe.hash, options, self._pivots, probe.focus, found)
            yield from ((layer, record) for record in records)


def show(comparison: Comparison, output: LayerOutput) -> None:
    """Let a comparison see a layer's output."""
    whole = None  # of inputs that differ in size
    if not output.tensor.is_nested:
        tensor, unit, batch, mask = output.layout.view(output.tensor.detach())
        whole = axes.flat(tensor, unit, mask=mask, batch=batch)
    comparison.add(output.layer, whole)


def comparing(
    network: RecordedNetwork, comparison: Comparison, device: torch.device
) -> Callable[[Any], None]:
    """Return a function that runs inputs through the network while a comparison sees all layers."""
    hooks = LayerHooks(network, lambda output: show(comparison, output))

    def forward(inputs: Any) -> None:
        with hooks.listening(), torch.no_grad():
            calling.call_afresh(network.model, inputs, device)

    return forward
