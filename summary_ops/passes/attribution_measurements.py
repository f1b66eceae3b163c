"""Influence and importance, measured on batches of one subset each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from summary_ops.influence.importance_tables import ImportanceTables
from summary_ops.influence.influence_tables import Chosen, InfluenceTables
from summary_ops.influence.noise import Noise
from summary_ops.influence.options import Graph
from summary_ops.influence.reservoir import Sampled
from summary_ops.network import calling
from summary_ops.network.hooks.gradients import LayerGradients
from summary_ops.network.memory import of_forward
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.tracing import Measured, ReceptiveField, Tracer
from tb_plugin_neural.contract.record import Record

Top = Mapping[str, Sequence[int]]
"""Units by layer."""

Batches = Iterator[tuple[Any, list[Sampled]]]
"""Inputs with token masks, and what is known of them."""

AT_ONCE, THERE_AND_BACK = 32, 2
"""Inputs of a batch, all of one subset, at most; and how often their values are held at a time."""

PASSES = 4
"""Most passes on the way to the means of units: one for every so many layers."""

DRAWS = 2
"""How often each of them is repeated, if work allows."""

SHARE = 8
"""What one such pass may cost, in the work that is allowed a layer."""


@dataclass
class MeasuredTables:
    """The measurements since the last record.

    Attributes:
        subsets: those that were measured.
        importance: by layer and subset.
        influence: by layer and subset.
        failed: what is not tried again in this record.
    """

    subsets: set[str] = field(default_factory=set)
    importance: ImportanceTables = field(default_factory=ImportanceTables)
    influence: InfluenceTables = field(default_factory=InfluenceTables)
    failed: set[str] = field(default_factory=set)


class AttributionMeasurements:
    """Measures influence and importance on batches of one subset each.

    Args:
        network: what is measured on.
        graph: what is measured.

    Attributes:
        tables: what was measured.
    """

    def __init__(self, network: RecordedNetwork, graph: Graph) -> None:
        self._network, self._graph = network, graph
        self._tracer = Tracer(network, work=graph.work, baseline=graph.baseline)
        self._gradients = LayerGradients(network)
        self._size = 0
        self.start_next()

    def start_next(self) -> None:
        """Begin the next record."""
        self.tables = MeasuredTables()
        self._means: dict[str, Tensor] = {}
        self._signs = torch.Generator().manual_seed(self._graph.seed)

    def center(self, batches: Batches, device: torch.device) -> None:
        """Learn the means of all units, if anything is to be compared with them.

        Args:
            batches: of all subsets, as of `influence`.
            device: where the model is.
        """
        needed = bool(self._graph.influence) and self._graph.baseline == "mean"
        rated = self._graph.importance and self._network.task.name is not None
        if not needed and not (rated and self._passes):
            return
        sums: dict[str, tuple[Tensor, int]] = {}
        for (inputs, mask), drawn in batches:
            given = calling.to_device(inputs, device)
            forward = partial(calling.call_afresh, self._network.model, given, device)
            with torch.no_grad():
                measure = partial(self._gradients.means, forward, len(drawn), mask)
                found = self._attempt("importance", measure) or {}
            for layer, (total, count) in found.items():
                before = sums.get(layer, (torch.zeros_like(total), 0))
                sums[layer] = before[0] + total, before[1] + count
        self._means = {layer: total / max(count, 1) for layer, (total, count) in sums.items()}

    @property
    def _passes(self) -> int:
        """Return how often gradients are measured on the path to the means, as work allows."""
        cost = self._tracer.cost
        return 0 if cost is None else int(SHARE * self._graph.work / max(cost, 1))

    @property
    def at_once(self) -> int:
        """Return the size of a batch: what the budget holds there and back, one at least."""
        size = self._tracer.size or self._size
        return max(1, min(AT_ONCE, self._network.max_bytes // (THERE_AND_BACK * max(size, 1))))

    def influence(
        self, subset: str, batches: Batches, *, part: bool, top: Top | None, device: torch.device
    ) -> None:
        """Measure influence on the sample of one subset.

        Args:
            subset: its key.
            batches: its inputs, each with its token mask or None, see `Reservoir.batches`.
            part: whether `all` consists of it and others.
            top: the units that get Summit's measure; None for all.
            device: where the model is.
        """
        influence, noise = Measured(), Noise()
        for (inputs, mask), drawn in batches if self._graph.influence else ():
            given = calling.to_device(inputs, device)
            forward = partial(calling.call_afresh, self._network.model, given, device)
            trace = partial(self._trace, forward, len(drawn), top, mask)
            found = self._attempt("influence", trace)
            if found is not None:
                noise.add(influence, found)
                influence = influence.merge(found)
        if influence.inputs:
            add = partial(self._add_influence, subset, influence, noise, part=part)
            self._attempt("influence", add)

    def importance(
        self,
        subset: str,
        batches: Batches,
        *,
        part: bool,
        device: torch.device,
        done: Callable[[int], Any],
    ) -> None:
        """Measure importance on the sample of one subset; arguments as of `influence`.

        Args:
            subset: its key.
            batches: its inputs.
            part: whether `all` consists of it and others.
            device: where the model is.
            done: called with numbers of inputs.
        """
        self._signs.manual_seed(self._graph.seed)  # the same after a pass that failed
        for (inputs, mask), drawn in batches:
            if self._graph.importance and self._network.task.name is not None:
                given = calling.to_device(inputs, device)
                forward = partial(calling.call_afresh, self._network.model, given, device)
                add = partial(self._add_importance, forward, subset, drawn, mask, part=part)
                self._attempt("importance", add)
            done(len(drawn))

    def _attempt(self, what: str, action: Callable[[], Any]) -> Any:
        """Do something, and nothing of that sort again in this record once it fails."""
        if what not in self.tables.failed:
            try:
                return action()
            except Exception as error:  # noqa: BLE001 - the model may raise anything
                self.tables.failed.add(what)
                self._network.problems.report(what, error)
        return None

    def _trace(
        self, forward: Callable[[], Any], inputs: int, top: Top | None, mask: Tensor | None
    ) -> Measured:
        kinds = self._graph.influence
        return self._tracer.measure(
            forward, kinds, inputs=inputs, top=top, mask=mask, means=self._means
        )

    def _add_influence(self, subset: str, found: Measured, noise: Noise, *, part: bool) -> None:
        errors = noise.errors(found.inputs)
        self.tables.influence.add(subset, found.inputs, found.compose(), part=part, errors=errors)

    def _add_importance(
        self,
        forward: Callable[[], Any],
        subset: str,
        drawn: Sequence[Sampled],
        mask: Tensor | None,
        *,
        part: bool,
    ) -> None:
        target = partial(self._target, subset, drawn)
        if self._means:
            found = self._gradients.bent(
                forward,
                target,
                len(drawn),
                mask,
                means=self._means,
                passes=min(PASSES, self._passes),
                draws=max(1, min(DRAWS, self._passes // PASSES)),
                signs=self._signs,
            )
        else:
            found = self._gradients.measure(forward, target, len(drawn), mask)
        self.tables.importance.add(subset, found, part=part)

    def _target(self, subset: str, drawn: Sequence[Sampled], output: Any) -> Tensor:
        """Sum the task's own outputs over inputs."""
        logits = self._network.logits(output, len(drawn))
        kind, _, index = subset.partition(":")
        labels = [int(index) if kind == "class" else one.label for one in drawn]
        label = torch.tensor(labels, device=logits.device)
        return self._network.task.own_output(logits, label).sum()

    def learn(self, forward: Callable[[], Any]) -> None:
        """Trace the model, unless that is done: `forward` calls it once; two inputs suffice."""
        if not self._tracer.layers:
            self._attempt("influence", partial(self._tracer.trace, forward))

    def weigh(self, forward: Callable[[], Any], inputs: int) -> None:
        """Measure what the model computes of an input, unless tracing it measured that."""
        if not self._tracer.size and not self._size:
            memory = of_forward(forward)
            self._size = -(-memory.total // inputs) if memory else 0

    @property
    def fields(self) -> Mapping[str, ReceptiveField | None]:
        """Return the part of the input that each layer's positions see, as far as known."""
        return self._tracer.fields()

    def rows(self, chosen: Chosen) -> Iterator[tuple[str, Record]]:
        """Yield the records, each with its layer."""
        if self._tracer.layers:
            yield "", self._tracer.topology()
        yield from self.tables.influence.rows(chosen, self._graph.baseline)
        yield from self.tables.importance.rows()
