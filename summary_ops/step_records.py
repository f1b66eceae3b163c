"""Gather the records of a step, and write them with what describes the session."""

from __future__ import annotations

from typing import Any

from summary_ops.influence import activation_counts
from summary_ops.influence.class_embedding import embeddings_of_enough
from summary_ops.network.hooks.activations import ObservedLayers
from summary_ops.network.model.fingerprint import announce, report_left_out
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.model.unseen import unseen
from summary_ops.network.modules.calls import conflicts
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.passes.probe_pass import ProbeResult
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.probe.seen import SeenInstances
from summary_ops.schedule import Schedule
from summary_ops.session.names import Names
from summary_ops.session.writer import Rows, SessionWriter
from summary_ops.session.writers import WritesNoFile
from summary_ops.streaming import collectives, processes, writing
from summary_ops.streaming.accumulator import Accumulator
from tb_plugin_neural.contract import records


class StepRecords:
    """The records of one recorder.

    Args:
        network: what is recorded.
        observed: the layers that were seen.
        accumulator: what was counted.
        attribution: what was measured.
        names: of the recorder.
        probe: the probe set; None for none.
        seen: looked for its instances among the inputs; None without a probe set.
        weights: fingerprint of those that the recorder was made with.
        schedule: of the steps; None for none.
        verbose: whether sizes, and what does not fit, are said on stderr.

    Attributes:
        counts: activation counts of the last record, by layer.
        started: whether anything was ever written.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        observed: ObservedLayers,
        accumulator: Accumulator,
        attribution: AttributionPass,
        *,
        names: Names,
        probe: ProbeSet | None,
        seen: SeenInstances | None,
        weights: str,
        schedule: Schedule | None,
        verbose: bool,
    ) -> None:
        self._network, self._observed = network, observed
        self._accumulator, self._attribution = accumulator, attribution
        self._names, self._probe, self._schedule, self._seen = names, probe, schedule, seen
        self._verbose = verbose
        self._weights = weights
        self._session_writer = SessionWriter(network.problems)
        self._probe_left_out: tuple[str, ...] = ()
        self._probe_seen = False
        self._reported: tuple[str, ...] = ()
        self.counts: activation_counts.Counts = {}

    @property
    def started(self) -> bool:
        """Return whether anything was ever written."""
        return self._session_writer.started

    @property
    def about(self) -> records.Session:
        """The session's static record."""
        names = self._network.classes
        if not names and self._network.task.has_classes:
            names = tuple(str(index) for index in range(self._accumulator.classes))
        return records.Session(
            name=self._names.name,
            task=self._network.task.name,
            classes=names,
            subset_names=self._accumulator.subset_names(),
            layers=tuple(self._observed.layers.values()),
            probe=self._probe.hash if self._probe is not None else None,
            weights=self._weights,
            left_out=self.left_out,
            title=self._names.title,
            data=self._names.data,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return what does not fit the budget, and which argument changes that."""
        budget = self._accumulator.budget
        return (
            *self._network.calls.left_out,
            *(budget.left_out if budget is not None else ()),
            *self._attribution.left_out,
            *self._probe_left_out,
        )

    def report_left_out(self) -> None:
        """Say once on stderr what does not fit the budget."""
        if self._verbose:
            self._reported = report_left_out(self.left_out, self._reported)

    def merge(self, *, several: bool) -> None:
        """Count what is kept back, and with several processes what all of them have."""
        guarded, accumulator = self._network.problems.guard, self._accumulator
        if several:
            with guarded("quantiles of several processes"):
                processes.share_edges(accumulator)
        with guarded("a batch"):
            accumulator.flush()
        if self._seen is not None:
            with guarded("the probe set's inputs among others"):
                self._seen.count(several=several)
        if several:
            with guarded("statistics of several processes"):
                excluded = self._network.layouts.excluded
                for others in collectives.gather(dict(excluded)):
                    excluded.update(others)
                network = self._network
                calls = network.calls.described(network.model, network.layers)
                for layer, reason in conflicts(collectives.gather(calls)).items():
                    excluded[layer] = reason
                    self._network.problems.report(f"layer {layer}", reason)
                processes.merge(accumulator, self._observed.layers, self._observed.sizes)
                self._observed.forget(excluded)

    def _of_counts(self, step: int) -> Rows:
        """Make the records of statistics."""
        guarded = self._network.problems.guard
        rows: list[tuple[str, records.Record]] = []
        with guarded(f"records of step {step}"):
            found = writing.to_records(self._accumulator)
            rows.extend(row for row in found if row[0] not in self._network.layouts.excluded)
        if doubt := self._accumulator.labels.doubt(self._accumulator.classes):
            self._network.problems.report("labels", doubt)
        self.counts = activation_counts.among(rows) or self.counts
        if self._schedule is not None and self._schedule.ends(step) and processes.rank() == 0:
            with guarded("a map of classes"):
                rows.extend(embeddings_of_enough(self.counts))
        return rows

    def _of_attribution(self, step: int) -> Rows:
        """Make the records of measurements."""
        rows: list[tuple[str, records.Record]] = []
        with self._network.problems.guard(f"records of step {step}"):
            rows.extend(self._attribution.rows())
        self._attribution.start_next()
        return rows

    def _of_probe(self, found: ProbeResult, step: int) -> Rows:
        """Make the records of the probe set, and of the instances that excite each unit most."""
        rows: list[tuple[str, records.Record]] = []
        with self._network.problems.guard(f"records of step {step}"):
            rows.extend(found.examples.rows(self._attribution.fields))
        self._probe_left_out, self._probe_seen = found.left_out, True
        return [*rows, *found.rows]

    def write(self, writer: Any, step: int, probe: ProbeResult | None) -> bool:
        """Write what was counted and measured, and what was found on the probe set.

        Returns:
            Whether anything was written.

        Raises:
            WritesNoFile: the writer writes to no file.
        """
        rows = [*self._of_counts(step), *self._of_attribution(step)]
        if probe is not None:
            rows += [(layer, self._with_seen(row)) for layer, row in self._of_probe(probe, step)]
        elif self._probe is not None and not self._probe_seen and self._session_writer.started:
            self._network.problems.report(
                "probe set",
                "observing() sees your own batches only; call recorder.run(…), or "
                "recorder.write_probe(writer, step) at the steps to record it",
            )
        return self._write(writer, step, rows)

    def write_probe(self, writer: Any, step: int, probe: ProbeResult) -> bool:
        """Write what was found on the probe set alone, see `write`."""
        return self._write(writer, step, self._of_probe(probe, step))

    def _with_seen(self, row: records.Record) -> records.Record:
        """Add to predictions which instances are among the inputs counted."""
        if self._seen is None or not isinstance(row, records.ProbePredictions):
            return row
        return self._seen.put_into(row)

    def _report_unseen(self) -> None:
        """Report layers that were never seen, each once."""
        problems, network = self._network.problems, self._network
        known = {problem.what for problem in problems.found}
        dropped = {name for name in network.layers if f"layer {name}" in known}
        for what, why in unseen(network, {*self._observed.layers, *dropped}):
            if what not in known:
                problems.report(what, why)

    def _write(self, writer: Any, step: int, rows: Rows) -> bool:
        """Write records; process 0 does, the others take it for done."""
        rows = [row for row in rows if row[0] not in self._network.layouts.excluded]
        first = not self._session_writer.started
        if processes.rank() != 0:
            self._session_writer.started = True
            return True
        self._report_unseen()
        size = 0
        with self._network.problems.guard(f"records of step {step}", WritesNoFile):
            size = self._session_writer.write(
                writer,
                rows,
                step,
                about=self.about,
                architecture=self._observed.sizes.record(self._network.model, self._network.layers),
                probe=self._probe.record if self._probe is not None else None,
                sample=self._attribution.reservoir.record,
            )
        if first and size and self._verbose:
            announce(size, len(rows), step, self._schedule)
        return size > 0
