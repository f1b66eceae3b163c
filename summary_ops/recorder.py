"""Recorder: hooks on, statistics in, records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Self, Unpack

import torch
from torch import Tensor, nn

from summary_ops import options, tasks
from summary_ops.influence.options import Graph
from summary_ops.network.hooks.activations import ForwardPass
from summary_ops.network.isolation import isolation, sharding
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.network.model.compiled import check_not_compiled, hook_guards, report_if_compiled
from summary_ops.network.model.fingerprint import fingerprint
from summary_ops.network.model.output_scale import OutputScale
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers as layers_
from summary_ops.network.modules.calls import CallNumbers
from summary_ops.passes.choosing import SAMPLE, LayerChooser, Peeked
from summary_ops.passes.evaluation_pass import Reading, check_batches
from summary_ops.passes.lockstep import anywhere
from summary_ops.passes.one_at_a_time import OneAtATime
from summary_ops.passes.probe_pass import ProbeResult
from summary_ops.passes.time_share import TimeShare
from summary_ops.passes.undoing import undone_by_failure
from summary_ops.pipeline import Pipeline, PipelineOptions
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.problems import Problems
from summary_ops.projections import Projection
from summary_ops.schedule import Schedule, step_number
from summary_ops.session.names import Names
from summary_ops.streaming import processes
from summary_ops.streaming.intake import BatchInfo
from summary_ops.streaming.options import Statistics, StatisticsOptions, with_deprecated
from summary_ops.tasks.class_names import class_names


class Recorder:
    """Records what the neurons of a model do.

    Feed it with `run` (a whole evaluation pass) or `observing` (around your own forward passes),
    then `write`. Training stays as without it: weights, gradients, random states, module modes.

    Args:
        model: the module to record; DDP and `torch.compile` wrappers are unwrapped.
        task: `multiclass`, `binary`, `multilabel`, `regression`, or None.
        classes: class names by index, a sequence or a dict.
        layers: `"auto"`, or any mix of layer names, globs and module types.
        output: the prediction among what the model returns: an index, key, attribute or callable;
            None takes `logits`, else the only floating tensor of a shape that the task allows.
        probe: fixed inputs whose activations and predictions are recorded at every step.
        name: distinguishes the recorders of one run (such as the two networks of a GAN).
        title: what the model is called on the page, such as `ResNet-18`.
        data: what its inputs are called there, such as `CIFAR-10`.
        statistics: how activations are read and summed up.
        graph: what to record for attribution graphs; None records nothing for them.
        projection: what to record for maps of the probe set; None records nothing for them.
        schedule: the steps at which `due` returns True; None means all.
        share: the share of the time between records that recording may take, such as 0.2; fewer
            inputs are sampled then, influence is not in every record, fewer layers are compared.
        compiled: the model is compiled: make the recorder before its first call, and `close` it.
        strict: raise on problems instead of dropping the affected data with a warning.
        verbose: print once to stderr how many bytes a record takes.
        **deprecated: fields of `Statistics`, which go into `statistics` now.

    Attributes:
        model: the recorded module, unwrapped.
        problems: what could not be recorded, and why.
        pipeline: the recorder's parts, for jobs; a new one once the first run chooses layers.

    Raises:
        ValueError: an argument contradicts the model or another argument.
        TypeError: an argument is of another type.

    Example:
        >>> from torch import nn
        >>> from torch.utils.tensorboard import SummaryWriter
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> batches = [(torch.randn(16, 4), torch.randint(2, (16,))) for _ in range(2)]
        >>> recorder = Recorder(model, classes=["left", "right"], verbose=False)
        >>> recorder.run(batches, progress=False)
        >>> with SummaryWriter(log_dir) as writer:
        ...     recorder.write(writer, step=0)
        True
    """

    @own_defaults()
    def __init__(
        self,
        model: nn.Module,
        *,
        task: str | None = "multiclass",
        classes: Sequence[str] | Mapping[int, str] | None = None,
        layers: layers_.Layers = "auto",
        output: tasks.Output = None,
        probe: ProbeSet | None = None,
        name: str = "model",
        title: str = "",
        data: str = "",
        statistics: Statistics = Statistics(),
        graph: Graph | None = Graph(),
        projection: Projection | None = Projection(),
        schedule: Schedule | None = None,
        share: float | TimeShare | None = None,
        compiled: bool = False,
        strict: bool = False,
        verbose: bool = True,
        **deprecated: Unpack[StatisticsOptions],
    ) -> None:
        statistics = with_deprecated(statistics, deprecated, stacklevel=3)
        graph, projection = options.check_graph(graph), options.check_projection(projection)
        options.check_task(task)
        self._time = share if isinstance(share, TimeShare) else TimeShare(share)
        self.name, self.probe, self.schedule = name, probe, schedule
        self._wrapped, self._compiled, unwrapped = model, compiled, layers_.unwrap(model)
        network = RecordedNetwork(
            model=unwrapped,
            layers=layers_.choose(unwrapped, layers),
            unit_axes=dict(statistics.unit_axis or {}),
            reduction=statistics.reduction or "max",
            output=output,
            task=tasks.of(task, class_names(classes)),
            scale=OutputScale(statistics.output_scale),
            max_bytes=statistics.max_bytes,
            problems=Problems(strict=strict),
            calls=CallNumbers(sites=not compiled),
            layouts=KnownLayouts(statistics.batch_axes()),
        )
        self._options = PipelineOptions(
            names=Names(name, title, data),
            statistics=statistics,
            graph=graph,
            projection=projection,
            probe=probe,
            schedule=schedule,
            weights=fingerprint(unwrapped),
            time_share=self._time,
            verbose=verbose,
        )
        auto = not compiled and layers_.wants_auto(layers)
        average = statistics.reduction is None
        self._chooser = LayerChooser(layers, average_signed=average) if auto else None
        self._alone, self._used = OneAtATime(unwrapped), False
        self._guards = hook_guards(wanted=compiled)
        self._assemble(network)

    def _assemble(self, network: RecordedNetwork) -> None:
        """Make what records a network; anew where its layers are chosen when it first runs."""
        self.pipeline = Pipeline(network, self._options)
        self._probed: ProbeResult | None = None
        self.model, self.problems = network.model, network.problems

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the model, and the compiler, as they were before the recorder was made."""
        self.pipeline.pooling.hooks.detach()
        self._guards.close()

    def due(self, step: int) -> bool:
        """Return whether the schedule records this step; without a schedule, always."""
        return self.schedule is None or self.schedule.due(step)

    @contextmanager
    def observing(
        self,
        labels: Any = None,
        *,
        slices: Mapping[str, Tensor | bool] | None = None,
        mask: Tensor | None = None,
        groups: Tensor | None = None,
    ) -> Iterator[None]:
        """Record the forward passes made inside the `with` block, in whatever mode the model is.

        Nothing raises by default: what cannot be recorded is dropped, counted and reported.

        Args:
            labels: of the inputs that go through the model inside.
            slices: further subsets: name to boolean mask `[batch]`, or True for all.
            mask: bool `[batch, tokens]` of the model's first input, True where a token counts.
            groups: int `[rows]`, the input that each row of some layers belongs to (as nodes to
                graphs), negative for none; these rows are reduced like positions.

        Raises:
            RuntimeError: the model is compiled and the recorder was not made for that; or the
                recorder is in use already, here or in another thread.
        """
        if not self._compiled:
            check_not_compiled(self._wrapped)
        with self._alone.using("observing"):
            self._used, self._chooser = True, None
            deliver, inputs = partial(self._survive, BatchInfo(labels, slices, only=False)), None
            with self.problems.guard("labels"):
                inputs = tasks.size_of(labels)
            with self.pipeline.pooling.collecting(deliver, inputs, mask, groups):
                yield
            report_if_compiled(self.pipeline.network, heard=self.pipeline.pooling.hooks.heard)

    def run(
        self,
        loader: Iterable[Any],
        *,
        subset: str | None = None,
        only: bool = False,
        unpack: Callable[[Any], tuple[Any, Any]] | None = None,
        mask: Callable[[Any], Tensor] | None = None,
        groups: Tensor | Callable[[Any], Tensor] | None = None,
        device: torch.device | str | None = None,
        progress: bool = True,
    ) -> None:
        """Record a whole evaluation pass, in evaluation mode, and the probe set.

        A pass that fails or is interrupted leaves nothing in the next record.

        Args:
            loader: batches of `(inputs, labels)`, of inputs alone, or of dicts with `labels`.
            subset: name of a slice that all these inputs belong to.
            only: count them there alone, not in their classes and `all`, as for attacked inputs.
            unpack: from a batch to `(inputs, labels)`, for loaders of another shape.
            mask: from a batch to the mask `[batch, tokens]` of the model's first input.
            groups: as in `observing`, or from a batch to that.
            device: where to send inputs; by default the device of the model's parameters.
            progress: show a progress bar.

        Raises:
            RuntimeError: the recorder is in use already, here or in another thread.
            TypeError: what was given are no batches.
            ValueError: labels or outputs contradict the task, or `only` without a subset.
        """
        if only and not subset:
            raise ValueError("run(only=True) counts inputs in a subset alone: name it with subset=")
        check_batches(loader)
        context = BatchInfo(None, {subset: True} if subset else None, only=only)
        reading = Reading(self.pipeline.network.device(device), unpack, mask, progress, groups)
        with self._alone.using("run"), isolation.isolated(self.model, loader):
            self._used = True
            loader = self._choose_layers(loader, reading)
            made = self.pipeline
            undone = undone_by_failure(*made.held)
            with undone, self._time.spending():
                probed = self._place_windows(reading.device)
                self.pipeline.evaluation.run(loader, context, reading)
                self._probed = probed
            self.pipeline.step_records.report_left_out()

    def write(self, writer: Any, step: int) -> bool:
        """Write everything observed since the last `write`, and start anew.

        With several processes every one calls this; process 0 writes (others may pass None).

        Returns:
            Whether anything was written: not when nothing was observed, nor when writing failed.

        Raises:
            RuntimeError: nothing was ever seen: no hook fired.
            ValueError: the writer writes to no file, or the step is no whole number.
        """
        step = step_number(step)
        several = processes.active()
        with isolation.without_autocast_or_grad(), self._time.spending():
            self.pipeline.step_records.merge(several=several)
            if not self.pipeline.accumulator.inputs and self._probed is None:
                if not several:
                    self._must_have_fired()
                return False
            written = self.pipeline.step_records.write(writer, step, self._probed)
            self._probed = None
            self.pipeline.accumulator.start_next(keep_windows=several)
        self._time.settle()
        return written

    def write_probe(self, writer: Any, step: int) -> bool:
        """Record the probe set alone, in evaluation mode, and write it; whether that went well.

        Raises:
            ValueError: the recorder has no probe set, or the step is no whole number.
            RuntimeError: the recorder is observing.
        """
        step = step_number(step)
        if self.pipeline.probe is None:
            raise ValueError("write_probe: this recorder has no probe set; pass probe=ProbeSet(…)")
        with self._alone.using("write_probe"), isolation.isolated(self.model):
            self._choose_layers((), Reading(self.pipeline.network.device()))
            with self._time.spending():
                found = self.pipeline.probe.run(self.pipeline.network.device())
        self._probed = None
        return self.pipeline.step_records.write_probe(writer, step, found)

    def _choose_layers(self, loader: Iterable[Any], reading: Reading) -> Iterable[Any]:
        """Settle which layers `"auto"` means, by the first inputs; returns the whole loader."""
        chooser, self._chooser = self._chooser, None
        if chooser is None or sharding.is_spread(self.model):
            return loader
        if self.probe is None:
            loader = peeked = Peeked(loader)
        inputs = peeked.first(reading) if self.probe is None else next(self.probe.batches(SAMPLE))
        if inputs is not None:
            self._assemble(chooser.choose(self.pipeline.network, inputs, reading.device))
        return loader

    def _survive(self, context: BatchInfo, forward: ForwardPass) -> None:
        """Count an observed forward pass; report what goes wrong."""
        with self.problems.guard("a batch"):
            self.pipeline.intake.observe(context, forward)
            self.pipeline.step_records.report_left_out()

    def _place_windows(self, device: torch.device) -> ProbeResult | None:
        """Let the probe set place the windows, unless anything is counted already."""
        counted = bool(self.pipeline.accumulator.spans or self.pipeline.accumulator.waiting)
        if anywhere(self.model, counted):
            return self._probed
        self.pipeline.accumulator.windows.clear()
        if self.pipeline.probe is None or self._probed is not None:
            return self._probed
        found = self.pipeline.probe.run(device)
        self.pipeline.accumulator.place(found.activations)
        return found

    def _must_have_fired(self) -> None:
        fired = self.pipeline.pooling.hooks.fired or self.pipeline.evaluation.fired
        if self._used and not (fired or self.pipeline.step_records.started):
            raise RuntimeError(
                "no hook ever fired: the model that was called is not the recorded one (a copy, or "
                "one compiled before the recorder was made), or none of the layers ran"
            )
