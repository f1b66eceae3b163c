"""Assemble what counts, measures and writes for one choice of layers."""

from __future__ import annotations

from dataclasses import dataclass

from summary_ops.influence.options import Graph
from summary_ops.network.hooks.activations import ObservedLayers, Pooling
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.passes.evaluation_pass import EvaluationPass
from summary_ops.passes.probe_pass import ProbePass
from summary_ops.passes.time_share import TimeShare
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.probe.seen import SeenInstances
from summary_ops.projections import Projection
from summary_ops.schedule import Schedule
from summary_ops.session.names import Names
from summary_ops.step_records import StepRecords
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.intake import Intake
from summary_ops.streaming.options import Statistics
from summary_ops.streaming.subsets.batch import Settings
from summary_ops.tasks.class_names import focus_indices


@dataclass(frozen=True, eq=False)
class PipelineOptions:
    """A recorder's arguments that have nothing to do with its layers.

    Attributes:
        names: of the recorder, the model and the inputs.
        statistics: how activations are read and summed up.
        graph: what attribution graphs are made of; None for none.
        projection: what maps are made of; None for none.
        probe: the probe set; None for none.
        schedule: of the steps; None for none.
        weights: fingerprint of those that the recorder was made with.
        time_share: how much is done in a record.
        verbose: whether sizes, and what does not fit, are said on stderr.
    """

    names: Names
    statistics: Statistics
    graph: Graph | None
    projection: Projection | None
    probe: ProbeSet | None
    schedule: Schedule | None
    weights: str
    time_share: TimeShare
    verbose: bool

    def settings(self, network: RecordedNetwork) -> Settings:
        """Return what the accumulator counts in this network's classes."""
        options, names = self.statistics, network.classes
        return Settings(
            task=network.task,
            classes=len(names) or None,
            focus=focus_indices(options.focus, names),
            max_bytes=options.max_bytes,
            bins=options.bins,
            predicted_histograms=options.predicted_histograms,
            cross_slices=options.cross_slices,
            windows=options.windows(),
            masses=self.graph.masses if self.graph is not None else (),
        )


class Pipeline:
    """The parts of a recorder, each made for one network with its layers.

    Args:
        network: what is recorded.
        options: how.

    Attributes:
        observed: takes note of the layers.
        accumulator: counts.
        attribution: measures influence and importance.
        step_records: writes.
        probe: looks at the probe set; None without one.
        seen: looks for its instances among the inputs; None without a probe set.
        intake: takes in forward passes.
        evaluation: goes over loaders.
        pooling: looks at the user's own forward passes.
    """

    def __init__(self, network: RecordedNetwork, options: PipelineOptions) -> None:
        self.network, self.observed = network, ObservedLayers()
        self.accumulator = Accumulator(options.settings(network))
        self.attribution = AttributionPass(
            network, self.accumulator, options.graph, options.time_share
        )
        self.seen = None
        if options.probe is not None:
            self.seen = SeenInstances(options.probe.instances, self.accumulator)
        self.step_records = StepRecords(
            network,
            self.observed,
            self.accumulator,
            self.attribution,
            names=options.names,
            probe=options.probe,
            seen=self.seen,
            weights=options.weights,
            schedule=options.schedule,
            verbose=options.verbose,
        )
        self.probe = None
        if options.probe is not None:
            self.probe = ProbePass(
                network,
                self.observed,
                options.probe,
                dtype=options.statistics.probe_dtype,
                examples=options.graph.examples if options.graph is not None else 0,
                learn=self.attribution.learn,
                projection=options.projection,
                time_share=options.time_share,
            )
        self.intake = Intake(network, self.observed, self.accumulator)
        self.evaluation = EvaluationPass(
            network,
            self.observed,
            self.accumulator,
            self.attribution,
            self.intake.count,
            self.seen,
        )
        self.pooling = Pooling(network, self.observed)

    @property
    def held(self) -> tuple[object, ...]:
        """Return what a pass changes, which is put back where it fails."""
        seen = (self.seen.held,) if self.seen is not None else ()
        return (self.accumulator, self.observed, *self.attribution.held, *seen)
