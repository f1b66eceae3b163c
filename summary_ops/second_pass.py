"""What needs gradients: influence and importance, over a sample of the inputs of each subset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from tqdm import tqdm

from summary_ops import distributed, drawing, guard, tasks
from summary_ops import inputs as inputs_
from summary_ops.batch import Batch
from summary_ops.gradients import Leaves
from summary_ops.graph import Graph
from summary_ops.importance_tables import ImportanceTables
from summary_ops.influence_tables import InfluenceTables
from summary_ops.problems import RECOVERABLE
from summary_ops.reservoir import Drawn, Reservoir
from summary_ops.tracing import ReceptiveField
from tb_plugin_neural import records
from tb_plugin_neural.record import Array

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

AT_ONCE = 32
"""Inputs of a batch; all are of one subset."""


class SecondPass:
    """Draws a sample of what `run` brings, and measures on it.

    Args:
        recorder: whose model is measured.
        graph: what is; None for nothing.

    Attributes:
        reservoir: the sample.
        fields: what part of the input each layer's positions see, as far as it is known.
    """

    def __init__(self, recorder: Recorder, graph: Graph | None) -> None:
        self._recorder = recorder
        self._graph = graph = graph or Graph(influence=(), importance=False)
        settings = recorder.accumulator.settings
        self.reservoir = Reservoir(graph.inputs, graph.seed, settings.max_bytes)
        self._leaves = Leaves(
            recorder.model, recorder.chosen, recorder.unit_axis, recorder.problems
        )
        self.fields: dict[str, ReceptiveField | None] = {}
        self._waiting: list[tuple[Any, Batch]] = []
        self.start_next()

    def start_next(self) -> None:
        """Begin the next record."""
        self._done: set[str] = set()
        self._importance = ImportanceTables()
        self._influence = InfluenceTables()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is not measured, and which argument changes that."""
        plan = self._recorder.accumulator.plan
        if plan is None or plan.histograms is None or not self._graph.second_pass:
            return self.reservoir.left_out
        note = (
            "influence and importance of classes without histograms: what they are measured on "
            "would not fit either; pass focus=[…] or a larger max_bytes"
        )
        return (*self.reservoir.left_out, note)

    def begin(self) -> None:
        """Begin a pass over a loader."""
        self.reservoir.begin()
        self._waiting = []

    def offer(self, inputs: Any, batch: Batch) -> None:
        """Draw from a batch, now or when the accumulator knows which classes it keeps."""
        if distributed.rank() != 0 or not self._graph.second_pass:
            return
        accumulator = self._recorder.accumulator
        with guard.plain_mode():
            if accumulator.waiting or not accumulator.planned:
                self._waiting.append((inputs_.copy_of(inputs), batch))
                return
            self._draw(inputs, batch)

    def _draw(self, *latest: Any) -> None:
        waiting, self._waiting = self._waiting, []
        for inputs, batch in (*waiting, *([latest] if latest else [])):
            members, labels = drawing.members_of(self._recorder.accumulator, batch)
            try:
                self.reservoir.offer(inputs, batch.size, members, labels)
            except ValueError as error:
                self._recorder.problems.tell("the inputs that influence is measured on", error)

    def run(self, device: torch.device, *, progress: bool) -> None:
        """Measure on the subsets that the pass has had, unless this record has them already."""
        if distributed.rank() != 0:
            return
        with guard.plain_mode():
            if self._waiting:
                self._recorder.attempt("a batch", self._recorder.accumulator.flush)
            self._draw()
            self.reservoir.settle()
        kept = {name: drawn for name, drawn in self.reservoir.kept.items() if drawn}
        subsets = [name for name in kept if name in self.reservoir.seen - self._done]
        self._done |= set(subsets)
        bar = tqdm(
            total=sum(len(kept[subset]) for subset in subsets),
            desc="Neural: second pass",
            disable=not progress or not subsets,
            leave=False,
        )
        with bar, guard.plain_mode(gradients=True):
            for subset in subsets:
                try:
                    self._measure(subset, device, bar)
                except RECOVERABLE as error:
                    self._recorder.problems.tell(f"influence in {subset}", error)

    def _measure(self, subset: str, device: torch.device, bar: Any) -> None:
        """Measure on the sample of one subset."""
        part = drawing.is_part(self._recorder.accumulator, subset)
        for inputs, drawn in self.reservoir.batches(subset, AT_ONCE):
            given = inputs_.to_device(inputs, device)
            if self._graph.importance and self._recorder.task is not None:
                forward = partial(inputs_.call, self._recorder.model, given, device)
                target = partial(self._target, subset, drawn, self._recorder.task)
                found = self._leaves.measure(forward, target, len(drawn))
                self._importance.add(subset, found, part=part)
            bar.update(len(drawn))

    def _target(self, subset: str, drawn: Sequence[Drawn], task: str, output: Any) -> Tensor:
        """The sum over inputs of what the task makes of an input's own output."""
        classes = len(self._recorder.classes) or None
        logits = tasks.prediction(output, self._recorder.output).float()
        logits = tasks.check_output(task, logits, len(drawn), classes)
        if task == "multilabel" and subset.startswith("class:"):
            return logits[:, int(subset.partition(":")[2])].sum()
        label = torch.tensor([one.label for one in drawn], device=logits.device)
        return tasks.own_output(task, logits, label).sum()

    def rows(self) -> Iterator[tuple[str, records.Record]]:
        """What was measured since the last record, each with the layer it is about."""
        yield from self._importance.rows()
        yield from self._influence.rows(self._chosen)

    def _chosen(self, layer: str, subset: str) -> Array | None:
        """The units whose producers are kept: those that are in some input's top mass."""
        accumulator = self._recorder.accumulator
        number, counts = accumulator.keys.number.get(subset), accumulator.counts.of_layer.get(layer)
        if subset == "all" or number is None or counts is None:
            return None
        row = accumulator.moment_rows[number]
        return counts.counts[:, row].any(0).cpu().numpy() if row else None
