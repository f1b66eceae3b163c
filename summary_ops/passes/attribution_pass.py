"""Measure influence and importance on a sample of the inputs of each subset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from summary_ops.data import batches
from summary_ops.influence import strata
from summary_ops.influence.options import Graph
from summary_ops.influence.reservoir import Reservoir
from summary_ops.network import calling
from summary_ops.network.isolation import isolation, sharding
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.passes.attribution_measurements import AttributionMeasurements, Batches
from summary_ops.passes.time_share import TimeShare
from summary_ops.streaming import processes
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch
from summary_ops.tracing import ReceptiveField
from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.record import Array

FEW = 2
"""Inputs by which the model's operations are learned."""

PARTS = 2
"""Batches that influence on a subset is measured in at least, so that its noise is known."""

CONSUMERS = 8
"""Units of a layer that get Summit's measure."""


class AttributionPass:
    """Samples the inputs of `run`; measures influence and importance on the sample.

    Args:
        network: what is measured on.
        accumulator: knows which subsets are kept.
        graph: what is measured; None for nothing.
        time_share: says on how much of the sample; all of it by default.

    Attributes:
        reservoir: the sample.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        accumulator: Accumulator,
        graph: Graph | None,
        time_share: TimeShare | None = None,
    ) -> None:
        self._network, self._accumulator = network, accumulator
        self._time = time_share or TimeShare(None)
        self._graph = graph = graph or Graph(influence=(), importance=False)
        self.reservoir = Reservoir(graph.sampled, graph.seed, network.max_bytes)
        self._measurements = AttributionMeasurements(network, graph)
        self._waiting: list[tuple[Any, Batch]] = []
        self.start_next()

    def start_next(self) -> None:
        """Begin the next record."""
        self._measurements.start_next()

    @property
    def held(self) -> tuple[object, ...]:
        """Return the objects that a pass changes."""
        return self.reservoir, self._measurements.tables

    @property
    def fields(self) -> Mapping[str, ReceptiveField | None]:
        """Return the part of the input that each layer's positions see, as far as known."""
        return self._measurements.fields

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return what is not measured, and which argument changes that."""
        budget = self._accumulator.budget
        if not self._graph.second_pass:
            return self.reservoir.left_out
        if budget is None or budget.histograms is None:
            return (*self.reservoir.left_out, *self._time.left_out)
        note = (
            "influence and importance of classes without histograms: what they are measured on "
            "would not fit either; pass Statistics(focus=[…]) or a larger max_bytes"
        )
        return (*self.reservoir.left_out, *self._time.left_out, note)

    def begin(self) -> None:
        """Begin a pass over a loader."""
        self.reservoir.begin()
        self._waiting = []

    def offer(self, inputs: Any, batch: Batch, mask: Tensor | None = None) -> None:
        """Draw from a batch, now or when the accumulator knows which classes it keeps."""
        if processes.rank() != 0 or not self._graph.second_pass or self._is_out_of_reach():
            return
        accumulator = self._accumulator
        inputs = batches.turned(inputs, self._network.layouts.input_axis or 0, batch.size)
        with isolation.without_autocast_or_grad():
            if accumulator.waiting or not accumulator.planned:
                self._waiting.append((batches.copy_of((inputs, mask)), batch))
                return
            self._draw((inputs, mask), batch)

    def _draw(self, *latest: Any) -> None:
        waiting, self._waiting = self._waiting, []
        for inputs, batch in (*waiting, *([latest] if latest else [])):
            members, labels = strata.members_of(self._accumulator, batch)
            try:
                self.reservoir.offer(inputs, batch.size, members, labels)
            except ValueError as error:
                self._network.problems.report("the inputs that influence is measured on", error)

    def run(self, device: torch.device, *, progress: bool) -> None:
        """Measure on the subsets that the pass has had, unless this record has them already."""
        if processes.rank() != 0 or self._is_out_of_reach():
            return
        with isolation.without_autocast_or_grad():
            if self._waiting:
                with self._network.problems.guard("a batch"):
                    self._accumulator.flush()
            self._draw()
            self.reservoir.settle()
        if self._time.measures:
            with self._time.spending("influence"):
                self._measure(device, progress=progress)

    def _measure(self, device: torch.device, *, progress: bool) -> None:
        kept = {
            name: self._time.inputs_of(len(drawn))
            for name, drawn in self.reservoir.kept.items()
            if drawn
        }
        done = self._measurements.tables.subsets
        fresh = self.reservoir.seen - done
        subsets = sorted((name for name in kept if name in fresh), key=strata.order)
        done |= set(subsets)
        bar = tqdm(
            total=sum(kept[subset] for subset in subsets),
            desc="Neural: second pass",
            disable=not progress or not subsets,
            leave=False,
        )
        with bar, isolation.without_autocast_or_grad(gradients=True):
            if subsets:
                (few, _), drawn = next(self.reservoir.batches(subsets[0], FEW))
                if self._graph.influence:
                    self.learn(few, device)
                forward = partial(calling.call_afresh, self._network.model, few, device)
                self._measurements.weigh(forward, len(drawn))

            def batches_of(subset: str, most: int, parts: int = 1) -> Batches:
                size = min(self._measurements.at_once, -(-min(most, kept[subset]) // parts))
                return self.reservoir.batches(subset, size, most)

            every = (batch for subset in subsets for batch in batches_of(subset, kept[subset]))
            self._measurements.center(every, device)
            for subset in subsets:
                self._measurements.influence(
                    subset,
                    batches_of(subset, self._time.part_of(self._graph.traced, kept[subset]), PARTS),
                    part=strata.is_part(self._accumulator, subset),
                    top=self._top(subset),
                    device=device,
                )
                self._measurements.importance(
                    subset,
                    batches_of(subset, kept[subset]),
                    part=strata.is_part(self._accumulator, subset),
                    device=device,
                    done=bar.update,
                )

    def learn(self, inputs: Any, device: torch.device) -> None:
        """See by a few inputs which layer feeds which, unless that is known."""
        if self._is_out_of_reach():
            return
        forward = partial(calling.call_afresh, self._network.model, inputs, device)
        with isolation.without_autocast_or_grad(gradients=True):
            self._measurements.learn(forward)

    def _is_out_of_reach(self) -> bool:
        """Return whether the model is spread over processes, and report it."""
        if not sharding.is_spread(self._network.model):
            return False
        if self._graph.second_pass:
            self._network.problems.report(
                "influence and importance",
                "the model is spread over processes (FSDP), of which process 0 alone measures "
                "them; pass graph=None, or record a copy that is not spread",
            )
        return True

    def rows(self) -> Iterator[tuple[str, records.Record]]:
        """Yield the records since the last one, each with its layer."""
        yield from self._measurements.rows(self._chosen)

    def _chosen(self, layer: str, subset: str) -> Array | None:
        """Return the units whose producers are kept: those in some input's top mass."""
        counts = None if subset == "all" else self._counts(layer, subset)
        return None if counts is None else np.asarray((counts > 0).any(0))

    def _top(self, subset: str) -> dict[str, list[int]] | None:
        """Return each layer's units for Summit's measure: those most often in the top mass."""
        found: dict[str, list[int]] = {}
        for layer in self._accumulator.spans:
            counts = self._counts(layer, subset)
            if counts is None:
                return None
            order = np.argsort(-counts[0].astype(np.int64), kind="stable")[:CONSUMERS]
            found[layer] = [int(unit) for unit in order if counts[0, unit]]
        return found

    def _counts(self, layer: str, subset: str) -> Array | None:
        """Activation counts `[ways, units]` of this record so far, where they are kept."""
        return self._accumulator.tables.counts_of(layer, subset)
