"""Pass over the probe set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from summary_ops.data import trees
from summary_ops.network import calling
from summary_ops.network.establishing import Comparison
from summary_ops.network.hooks.activations import ForwardPass, ObservedLayers, Pooling
from summary_ops.network.hooks.layer_hooks import LayerOutput
from summary_ops.network.isolation import generators, isolation, sharding
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.network.layouts import axes
from summary_ops.network.memory import of_forward
from summary_ops.network.model.output_scale import AmbiguousOutput
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.passes.time_share import TimeShare
from summary_ops.probe import records
from summary_ops.probe.examples import Examples, Where
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.projections import Projection
from summary_ops.projections.comparing import Comparison as InstanceComparison
from summary_ops.projections.recording import Projections, show
from summary_ops.session.writer import Rows
from tb_plugin_neural.contract.record import Record

AT_ONCE = 256
"""Instances that go through the network at once, at most."""

FEW = 2
"""Instances that tell what the others need."""

ROOM = 8
"""Times `max_bytes` that a batch may take: of smaller ones every layer needs further passes."""


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """The result of a pass over the probe set.

    Attributes:
        rows: activations, predictions and projections, each with its layer.
        activations: float32 `[instances, units]` of the layers that all instances go through.
        examples: the instances that excite each unit most.
        left_out: what does not fit the budget, and which argument changes that.
    """

    rows: Rows
    activations: Mapping[str, Tensor]
    examples: Examples
    left_out: tuple[str, ...] = ()


class ProbePass:
    """Puts the probe set through the network, in evaluation mode, with random states of its own.

    Args:
        network: what is recorded.
        observed: takes note of the layers.
        probe: the instances.
        dtype: of activations, `uint8` or `float16`.
        examples: most instances kept a unit.
        learn: called with a few inputs and the device, where there are examples.
        projection: what maps are made of; None for none.
        time_share: says how many layers are compared.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        observed: ObservedLayers,
        probe: ProbeSet,
        *,
        dtype: str,
        examples: int,
        learn: Callable[[Any, torch.device], None],
        projection: Projection | None,
        time_share: TimeShare,
    ) -> None:
        self._time = time_share
        self._network, self._observed, self._probe = network, observed, probe
        self._store = records.quantize if dtype == "uint8" else records.half
        self._examples, self._learn = examples, learn
        self._projections = Projections(network, probe, projection) if projection else None
        self._axes = Comparison(network)
        self._size: int | None = None

    @own_defaults()
    def run(self, device: torch.device) -> ProbeResult:
        """Make the pass.

        Raises:
            ValueError: the model's output contradicts the task.
        """
        with isolation.isolated(self._network.model):
            if self._size is None:
                self._size = self._weigh(device)
            while (found := self._attempt(device)) is None:
                pass  # more is known now of the layers' axes
        return found

    @property
    def at_once(self) -> int:
        """Return the size of a batch: what `ROOM` holds, one at least."""
        return max(1, min(AT_ONCE, ROOM * self._network.max_bytes // max(self._size or 1, 1)))

    def _weigh(self, device: torch.device) -> int:
        """Return the bytes that an instance takes on its way through the network."""
        inputs = next(self._probe.batches(FEW))
        with torch.no_grad():
            memory = of_forward(partial(calling.call_afresh, self._network.model, inputs, device))
        if memory is None:
            return 0
        # To compare the outputs of a layer, two copies are made; inputs are copied for the model.
        size: int = 3 * (memory.most + sum(tensor.nbytes for tensor in trees.tensors(inputs)))
        return -(-size // min(FEW, len(self._probe)))

    def _attempt(self, device: torch.device) -> ProbeResult | None:
        """Make the pass; None if it is to be made again."""
        network, probe, at_once = self._network, self._probe, self.at_once
        best = Examples.among(probe, self._examples)
        projections, comparison = self._comparing()
        pooled: dict[str, list[Tensor]] = {}
        logits: list[Tensor] = []
        start = 0

        def see(output: LayerOutput, values: Tensor) -> None:
            pooled.setdefault(output.layer, []).append(values)
            if best.most and not output.tensor.is_nested:
                best.add(output.layer, start, values, *_positions(output))
            if comparison is not None:
                with self._time.spending("comparing"):
                    show(comparison, output)

        rows: list[tuple[str, Record]] = []
        pooling = Pooling(network, self._observed, also=see)
        generators.seed_all(0)
        with pooling.hooks.attached():
            for inputs in probe.batches(at_once):
                size = min(at_once, len(probe) - start)
                if comparison is not None:
                    comparison.start = start
                passes: list[ForwardPass] = []
                with (
                    self._axes.watching(),
                    pooling.collecting(passes.append, size),
                    torch.no_grad(),
                    network.scale.tracking(training=False),
                ):
                    output = calling.call_afresh(network.model, inputs, device)
                if passes and self._axes.settles(inputs, passes[-1], device):
                    return None
                logits.append(self._logits(output, size))
                start += size
        if projections is not None and comparison is not None:
            with network.problems.guard("projections"), self._time.spending("comparing"):
                rows.extend(projections.finish(comparison, device))
        if best.most:
            self._learn(next(probe.batches(2)), device)
        activations = {name: torch.cat(parts) for name, parts in pooled.items()}
        whole = {name: part for name, part in activations.items() if len(part) == len(probe)}
        predictions = records.predictions(
            torch.cat(logits).cpu(),
            probe.labels,
            network.task.name,
            scale=network.scale.of(training=False),
        )
        found = [(name, self._store(part.float().cpu())) for name, part in whole.items()]
        left_out = self._left_out(comparison)
        return ProbeResult([*found, ("", predictions), *rows], whole, best, left_out)

    def _comparing(self) -> tuple[Projections | None, InstanceComparison | None]:
        """Begin to compare instances; None where they are not compared."""
        if self._projections is None:
            return None, None
        if not sharding.is_spread(self._network.model):
            part = self._time.effort.compared
            return self._projections, self._projections.begin(self.at_once, part)
        self._network.problems.report(
            "projections",
            "the model is spread over processes (FSDP), which make no more forward passes "
            "than the inputs need; pass projection=None, or record a copy that is not spread",
        )
        return None, None

    def _left_out(self, comparison: InstanceComparison | None) -> tuple[str, ...]:
        if comparison is None:
            return ()
        return (*comparison.left_out, *self._time.not_compared(tuple(comparison.skipped)))

    def _logits(self, output: Any, size: int) -> Tensor:
        """Return logits, or NaN where their scale is ambiguous."""
        network = self._network
        try:
            return network.logits(output, size)
        except AmbiguousOutput as error:
            network.problems.report("predictions", error)
            return torch.full_like(
                network.task.check_output(network.prediction(output).float(), size), torch.nan
            )


def _positions(output: LayerOutput) -> tuple[Where, tuple[int, ...]]:
    """Return where units are largest, and the lengths of the position axes."""
    tensor, unit, batch, mask = output.view
    shape = tuple(tensor.shape[dim] for dim in axes.positions_of(tensor, unit, batch))
    return lambda rows: axes.arg_max(tensor.detach(), unit, rows, mask=mask, batch=batch), shape
