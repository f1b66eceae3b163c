"""Recorder: hooks on, statistics in, records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import torch
from torch import Tensor, nn

from summary_ops import counted, evaluation, options, reading, steps, tasks
from summary_ops import layers as layers_
from summary_ops.accumulator import Accumulator
from summary_ops.batch import Batch, Settings
from summary_ops.description import fingerprint, tell_left_out
from summary_ops.examples import Examples
from summary_ops.graph import Graph
from summary_ops.journal import Journal, Rows
from summary_ops.network import isolation
from summary_ops.network.recorded import RecordedNetwork
from summary_ops.probe import ProbeSet
from summary_ops.problems import RECOVERABLE, Problems
from summary_ops.projections import Projection
from summary_ops.projections.recording import Projections
from summary_ops.reading import Context
from summary_ops.schedule import Schedule, step_number
from summary_ops.second_pass import SecondPass
from summary_ops.taps import Taps

MAX_BYTES = 256 * 2**20


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
            by default `logits` where there is such a part, else the first floating tensor.
        probe: fixed inputs whose activations and predictions are recorded at every step.
        name: tells several recorders in one run apart (the two networks of a GAN).
        reduction: how positions are reduced to one number a unit: `max` or `mean`.
        unit_axis: unit axes by layer name, where they cannot be known.
        focus: classes (index or name) that get histograms when not all classes fit.
        max_bytes: budget of the statistics on the device.
        bins: bins of a histogram, 64 by default.
        window: bounds `(low, high)` of all histograms, or by layer name; by default they are
            placed by the probe set, else by the first 256 inputs.
        predicted_histograms: histograms by predicted class too.
        cross_slices: slices by class too.
        probe_dtype: `uint8`, or `float16` for the probe set's activations.
        graph: what attribution graphs are made of, see `Graph`; None records none of it.
        projection: what maps of the probe set are made of, see `Projection`; None records none of
            it.
        schedule: which steps `due` answers for; by default all.
        compiled: set it when the model will be compiled: hooks go on now and stay until `close`.
        strict: raise instead of dropping and telling.
        verbose: say once on stderr how many bytes a record takes.

    Raises:
        ValueError: an argument contradicts the model or another argument.
    """

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
        reduction: str = "max",
        unit_axis: Mapping[str, int] | None = None,
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
        self.task = task
        self.classes = options.class_names(classes)
        self.name = name
        self.probe = probe
        self._wrapped = model
        self.model = layers_.unwrap(model)
        self.output = output
        self.probe_dtype = probe_dtype
        self.graph = options.check_graph(graph)
        self.schedule = schedule
        self.problems = Problems(strict=strict)
        self.journal = Journal(self.problems)
        self.chosen = layers_.choose(self.model, layers)
        self.unit_axis = dict(unit_axis or {})
        self.network = RecordedNetwork(
            model=self.model,
            layers=self.chosen,
            unit_axes=self.unit_axis,
            reduction=reduction,
            output=output,
            task=tasks.of(task, self.classes),
            classes=self.classes,
            max_bytes=max_bytes,
            problems=self.problems,
        )
        self.taps = Taps(
            self.model,
            self.chosen,
            reduction=reduction,
            unit_axis=self.unit_axis,
            problems=self.problems,
            predict=lambda value: tasks.prediction(value, output).clone(),
            on_forward=self.collect,
        )
        self.accumulator = Accumulator(
            Settings(
                task=self.network.task,
                classes=len(self.classes) or None,
                focus=options.focus_indices(focus, self.classes),
                max_bytes=max_bytes,
                bins=bins,
                predicted_histograms=predicted_histograms,
                cross_slices=cross_slices,
                windows=options.windows_by_layer(window),
                masses=graph.masses if graph is not None else (),
            )
        )
        self.second_pass = SecondPass(self, graph)
        self.projections = Projections(self, options.check_projection(projection))
        self.counts: counted.Counts = {}
        self._compiled = compiled
        self.verbose = verbose
        self._notes: tuple[str, ...] = ()
        self.weights = fingerprint(self.model)
        self.observed = False
        self._context: Context | None = None
        self.probe_rows: Rows = ()
        self.examples: Examples | None = None
        self.probe_seen = False
        if compiled:
            self.taps.attach()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take every hook off the model."""
        self.taps.detach()

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
    ) -> Iterator[None]:
        """Record the forward passes made inside the `with` block, in whatever mode the model is.

        Nothing raises by default: what cannot be recorded is dropped, counted and told.

        Args:
            labels: of the inputs that go through the model inside.
            slices: further subsets: name to boolean mask `[batch]`, or True for all.
            mask: bool `[batch, positions]` for token models, True where a token counts.

        Raises:
            RuntimeError: the model is compiled and the recorder was not made for that.
        """
        if not self._compiled and layers_.is_compiled(self._wrapped):
            raise RuntimeError(
                "hooks added after torch.compile never fire; make the recorder before the first "
                "call of the compiled model, with Recorder(model, compiled=True)"
            )
        self.observed = True
        self._context = Context(labels, slices, only=False)
        if not self._compiled:
            self.taps.attach()
        self.taps.begin(tasks.size_of(labels), mask)
        try:
            yield
            self.collect()
        finally:
            self._context = None
            self.taps.end()
            if not self._compiled:
                self.taps.detach()

    def run(
        self,
        loader: Iterable[Any],
        *,
        subset: str | None = None,
        only: bool = False,
        unpack: Callable[[Any], tuple[Any, Any]] | None = None,
        mask: Callable[[Any], Tensor] | None = None,
        device: torch.device | str | None = None,
        progress: bool = True,
    ) -> None:
        """Record a whole evaluation pass, in evaluation mode, and the probe set.

        Args:
            loader: batches of `(inputs, labels)`, of inputs alone, or of dicts with `labels`.
            subset: name of a slice that all these inputs belong to.
            only: count them in that slice alone, not in their classes and `all`; for attacked
                or corrupted inputs.
            unpack: from a batch to `(inputs, labels)`, for loaders of another shape.
            mask: from a batch to the token mask `[batch, positions]`.
            device: where to send inputs; by default the device of the model's parameters.
            progress: show a progress bar.

        Raises:
            ValueError: labels or outputs contradict the task, or `only` without a subset.
        """
        if only and not subset:
            raise ValueError("run(only=True) counts inputs in a subset alone: name it with subset=")
        self.observed = True
        evaluation.run(
            self,
            loader,
            context=Context(None, {subset: True} if subset else None, only=only),
            unpack=unpack,
            mask=mask,
            device=device,
            progress=progress,
        )

    def write(self, writer: Any, step: int) -> bool:
        """Write everything observed since the last `write`, and start anew.

        With several processes every one calls this; process 0 writes (others may pass None).

        Returns:
            False when nothing was observed, else True.

        Raises:
            RuntimeError: nothing was ever seen: no hook fired.
            ValueError: the writer writes to no file, or the step is no whole number.
        """
        return steps.write(self, writer, step_number(step))

    def write_probe(self, writer: Any, step: int) -> bool:
        """Record the probe set alone, in evaluation mode, and write it.

        Raises:
            ValueError: the recorder has no probe set, or the step is no whole number.
        """
        return steps.write_probe(self, writer, step_number(step))

    def see(self, context: Context, batch: int | None, mask: Tensor | None = None) -> None:
        """Collect the next forward passes under another context, until `unsee`."""
        self._context = context
        self.taps.attach()
        self.taps.begin(batch, mask)

    def unsee(self) -> None:
        """End what `see` began."""
        self._context = None
        self.taps.end()
        if not self._compiled:
            self.taps.detach()

    def collect(self, *, raising: bool = False) -> Batch | None:
        """Count the forward pass that the hooks have just seen; returns what was counted."""
        context, taps = self._context, self.taps
        if context is None or taps.inside or not taps.pooled or taps.batch is None:
            return None
        with isolation.without_autocast_or_grad():
            try:
                batch = reading.batch_of(self, context, raising=raising)
                self.accumulator.add(batch)
                if self.verbose:
                    self._notes = tell_left_out(self, self._notes)
            except RECOVERABLE as error:
                if raising:
                    raise
                self.problems.tell("a batch", error)
                return None
        return batch

    def attempt(self, what: str, action: Callable[[], None]) -> None:
        """Do something that a training loop must survive; tell what went wrong."""
        try:
            action()
        except RECOVERABLE as error:
            self.problems.tell(what, error)
