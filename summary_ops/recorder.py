"""Recorder: hooks on, statistics in, records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

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
from summary_ops.network.model.recorded import MAX_BYTES, RecordedNetwork
from summary_ops.network.modules import layers as layers_
from summary_ops.network.modules.calls import CallNumbers
from summary_ops.passes.choosing import SAMPLE, LayerChooser, Peeked
from summary_ops.passes.evaluation_pass import Reading, check_batches
from summary_ops.passes.lockstep import anywhere
from summary_ops.passes.one_at_a_time import OneAtATime
from summary_ops.passes.probe_pass import ProbeResult
from summary_ops.passes.undoing import undone_by_failure
from summary_ops.pipeline import Pipeline, PipelineOptions
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.problems import Problems
from summary_ops.projections import Projection
from summary_ops.schedule import Schedule, step_number
from summary_ops.streaming import processes
from summary_ops.streaming.intake import Context
from summary_ops.streaming.subsets.batch import Settings
from summary_ops.tasks.class_names import class_names, focus_indices


class Recorder:
    """Records what the neurons of a model do.

    Feed it with `run` (a whole evaluation pass) or `observing` (around your own forward passes),
    then `write`. Training is not changed: weights, gradients, random states and module modes are
    the same with and without it.

    Args:
        model: any module; wrappers (`DistributedDataParallel`, `torch.compile`) are seen through.
        task: `multiclass`, `binary`, `multilabel`, `regression`, or None.
        classes: class names by index, a sequence or a dict.
        layers: `"auto"`; or names, globs, module types, mixed as one likes.
        output: the prediction among what the model returns: an index, key, attribute or callable;
            by default `logits`, else the only floating tensor of a shape that the task allows.
        output_scale: `logits` or `probabilities`, what it holds; by default seen in its making.
        probe: fixed inputs whose activations and predictions are recorded at every step.
        name: tells several recorders in one run apart (the two networks of a GAN).
        reduction: how positions are reduced to one number a unit: `max` or `mean`; by default the
            largest, but the mean of a residual stream's blocks, which `"auto"` chooses.
        unit_axis: unit axes by layer name, where they cannot be known.
        batch_axis: the axis of the model's own inputs, or axes of outputs by layer name.
        focus: classes (index or name) that get histograms when not all classes fit.
        max_bytes: budget of the statistics on the device.
        bins: bins of a histogram, 64 by default.
        window: bounds `(low, high)` of histograms, or by layer; by default those of first inputs.
        predicted_histograms: histograms by predicted class too.
        cross_slices: slices by class too.
        probe_dtype: `uint8`, or `float16` for the probe set's activations.
        graph: what attribution graphs are made of, see `Graph`; None records none of it.
        projection: what maps of the probe set are made of, see `Projection`; None for none.
        schedule: which steps `due` answers for; by default all.
        compiled: set it before the first call of a model that is compiled; holds until `close`.
        strict: raise instead of dropping and telling.
        verbose: say once on stderr how many bytes a record takes.

    Attributes:
        model: the recorded one, without wrappers.
        chosen: its recorded modules by layer name; what `"auto"` means is settled by the first run.
        problems: what could not be recorded.

    Raises:
        ValueError: an argument contradicts the model or another argument.
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
        output_scale: str | None = None,
        probe: ProbeSet | None = None,
        name: str = "model",
        reduction: str | None = None,
        unit_axis: Mapping[str, int] | None = None,
        batch_axis: int | Mapping[str, int] | None = None,
        focus: Sequence[int | str] | None = None,
        max_bytes: int = MAX_BYTES,
        bins: int = 64,
        window: tuple[float, float] | Mapping[str, tuple[float, float]] | None = None,
        predicted_histograms: bool = False,
        cross_slices: bool = False,
        probe_dtype: str = "uint8",
        graph: Graph | None = Graph(),
        projection: Projection | None = Projection(),
        schedule: Schedule | None = None,
        compiled: bool = False,
        strict: bool = False,
        verbose: bool = True,
    ) -> None:
        options.check(task, reduction, probe_dtype, bins)
        graph, projection = options.check_graph(graph), options.check_projection(projection)
        self.name, self.probe, self.schedule = name, probe, schedule
        self._wrapped, self._compiled, unwrapped = model, compiled, layers_.unwrap(model)
        network = RecordedNetwork(
            model=unwrapped,
            layers=layers_.choose(unwrapped, layers),
            unit_axes=dict(unit_axis or {}),
            reduction=reduction or "max",
            output=output,
            task=tasks.of(task, class_names(classes)),
            scale=OutputScale(output_scale),
            max_bytes=max_bytes,
            problems=Problems(strict=strict),
            calls=CallNumbers(sites=not compiled),
            layouts=KnownLayouts(options.batch_axis(batch_axis)),
        )
        settings = Settings(
            task=network.task,
            classes=len(network.classes) or None,
            focus=focus_indices(focus, network.classes),
            max_bytes=max_bytes,
            bins=bins,
            predicted_histograms=predicted_histograms,
            cross_slices=cross_slices,
            windows=options.windows_by_layer(window),
            masses=graph.masses if graph is not None else (),
        )
        weights = fingerprint(unwrapped)
        self._options = PipelineOptions(
            name, settings, graph, projection, probe, probe_dtype, schedule, weights, verbose
        )
        auto = not compiled and layers_.wants_auto(layers)
        self._chooser = LayerChooser(layers, average_signed=reduction is None) if auto else None
        self._alone, self._used = OneAtATime(unwrapped), False
        self._guards = hook_guards(wanted=compiled)
        self._assemble(network)

    def _assemble(self, network: RecordedNetwork) -> None:
        """Make what records a network; anew where its layers are chosen when it first runs."""
        self._pipeline = made = Pipeline(network, self._options)
        self._probed: ProbeResult | None = None
        self.network, self.observed, self.accumulator = network, made.observed, made.accumulator
        self.attribution, self.step_records = made.attribution, made.step_records
        self.model, self.chosen, self.problems = network.model, network.layers, network.problems

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the model, and the compiler, as they were before the recorder was made."""
        self._pipeline.pooling.hooks.detach()
        self._guards.close()

    def due(self, step: int) -> bool:
        """Whether the schedule wants a record at this step; always, without a schedule."""
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

        Nothing raises by default: what cannot be recorded is dropped, counted and told.

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
            deliver, inputs = partial(self._survive, Context(labels, slices, only=False)), None
            with self.network.problems.guard("labels"):
                inputs = tasks.size_of(labels)
            with self._pipeline.pooling.collecting(deliver, inputs, mask, groups):
                yield
            report_if_compiled(self.network, heard=self._pipeline.pooling.hooks.heard)

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
        context = Context(None, {subset: True} if subset else None, only=only)
        reading = Reading(self.network.device(device), unpack, mask, progress, groups)
        with self._alone.using("run"), isolation.isolated(self.network.model, loader):
            self._used = True
            loader = self._choose_layers(loader, reading)
            with undone_by_failure(self.accumulator, self.observed, *self.attribution.held):
                probed = self._place_windows(reading.device)
                self._pipeline.evaluation.run(loader, context, reading)
                self._probed = probed
            self.step_records.tell_left_out()

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
        with isolation.without_autocast_or_grad():
            self.step_records.merge(several=several)
            if not self.accumulator.inputs and self._probed is None:
                if not several:
                    self._must_have_fired()
                return False
            written = self.step_records.write(writer, step, self._probed)
            self._probed = None
            self.accumulator.start_next(keep_windows=several)
        return written

    def write_probe(self, writer: Any, step: int) -> bool:
        """Record the probe set alone, in evaluation mode, and write it; whether that went well.

        Raises:
            ValueError: the recorder has no probe set, or the step is no whole number.
            RuntimeError: the recorder is observing.
        """
        step = step_number(step)
        if self._pipeline.probe is None:
            raise ValueError("write_probe: this recorder has no probe set; pass probe=ProbeSet(…)")
        with self._alone.using("write_probe"), isolation.isolated(self.network.model):
            self._choose_layers((), Reading(self.network.device()))
            found = self._pipeline.probe.run(self.network.device())
        self._probed = None
        return self.step_records.write_probe(writer, step, found)

    def _choose_layers(self, loader: Iterable[Any], reading: Reading) -> Iterable[Any]:
        """Settle which layers `"auto"` means, by the first inputs; returns the whole loader."""
        chooser, self._chooser = self._chooser, None
        if chooser is None or sharding.is_spread(self.network.model):
            return loader
        if self.probe is None:
            loader = peeked = Peeked(loader)
        inputs = peeked.first(reading) if self.probe is None else next(self.probe.batches(SAMPLE))
        if inputs is not None:
            self._assemble(chooser.choose(self.network, inputs, reading.device))
        return loader

    def _survive(self, context: Context, forward: ForwardPass) -> None:
        """Count an observed forward pass; report what goes wrong."""
        with self.network.problems.guard("a batch"):
            self._pipeline.intake.observe(context, forward)
            self.step_records.tell_left_out()

    def _place_windows(self, device: torch.device) -> ProbeResult | None:
        """Let the probe set place the windows, unless anything is counted already."""
        counted = bool(self.accumulator.spans or self.accumulator.waiting)
        if anywhere(self.network.model, counted):
            return self._probed
        self.accumulator.windows.clear()
        if self._pipeline.probe is None or self._probed is not None:
            return self._probed
        found = self._pipeline.probe.run(device)
        self.accumulator.place(found.activations)
        return found

    def _must_have_fired(self) -> None:
        fired = self._pipeline.pooling.hooks.fired or self._pipeline.evaluation.fired
        if self._used and not (fired or self.step_records.started):
            raise RuntimeError(
                "no hook ever fired: the model that was called is not the recorded one (a copy, or "
                "one compiled before the recorder was made), or none of the layers ran"
            )
