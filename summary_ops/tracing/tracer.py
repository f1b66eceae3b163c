"""Measure which recorded layer feeds which, and by how much, from passes of real batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from summary_ops.network.hooks.layer_hooks import StopForward
from summary_ops.network.isolation.module_state import Unwatched
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.graph.edges import MEASURES, ReceptiveField
from summary_ops.tracing.graph.links import ORDER, LayerInputs
from summary_ops.tracing.graph.tape import Tape
from summary_ops.tracing.graph.weights import weights_by_layer
from summary_ops.tracing.influence.baselines import Means
from summary_ops.tracing.influence.contributions import contribute
from summary_ops.tracing.influence.measured import Measured
from summary_ops.tracing.influence.plan import TracePlan
from summary_ops.tracing.influence.summit import count
from summary_ops.tracing.tape_hooks import OPAQUE, TapeHooks
from tb_plugin_neural.contract import graph_records

Top = Mapping[str, Collection[int]]


class AnotherSequence(StopForward):
    """The model does something else than in the pass before."""


class Tracer:
    """Follows units through a model's operations, see `summary_ops.tracing`.

    The model is left as it was: weights, gradients, flags and hooks. Evaluation mode is the
    caller's matter.

    Args:
        network: a model and its recorded layers; layers that cannot be followed are reported.
        work: multiplications and additions, for a batch of 32 inputs and a layer, up to which what
            several weighted layers, norms or attention pass on is measured by replacing unit after
            unit; beyond it is composed.
        baseline: `zero` or `mean`: what contributions compare a unit's activation with.
    """

    def __init__(
        self, network: RecordedNetwork, *, work: float = math.inf, baseline: str = "zero"
    ) -> None:
        self._model, self._work, self._mean = network.model, work, baseline == "mean"
        self._hooks = TapeHooks(network)
        self._plans: list[TracePlan] = []
        self._weights: dict[str, str] = {}

    @property
    def layers(self) -> dict[str, int]:
        """Units of the recorded layers seen so far, in order of execution."""
        found: dict[str, int] = {}
        for plan in self._plans:
            found |= {name: size for name, size in plan.layers.items() if name not in found}
        return found

    @property
    def cost(self) -> int | None:
        """Multiplications and additions of a pass of 32 inputs there and back; None: not traced."""
        return max((plan.cost for plan in self._plans), default=None)

    @property
    def size(self) -> int:
        """Return the bytes of what a pass computes of an input; 0 where nothing was traced."""
        return max((plan.size for plan in self._plans), default=0)

    def trace(self, forward: Callable[[], Any]) -> None:
        """Learn the model's sequence of operations, with the memory of a training pass.

        Args:
            forward: calls the model once; two inputs suffice.
        """
        tape = self._record(forward, None)
        self._plan_of(tape)
        tape.values.clear()

    def measure(
        self,
        forward: Callable[[], Any],
        measures: Collection[str] = ("contribution", "summit"),
        *,
        inputs: int,
        top: Top | None = None,
        mask: Tensor | None = None,
        means: Means | None = None,
    ) -> Measured:
        """Measure influence in one batch.

        Args:
            forward: calls the model once on the batch; if it takes another way than ever before
                (a data-dependent branch), it is called twice.
            measures: of `contribution`, `maximum` and `summit`.
            inputs: how many are in the batch.
            top: the consumers that get Summit's measure, units by layer name; None for all.
            mask: bool `[batch, positions]`, which tokens of a recorded layer count; by default
                all do, but for an `attention_mask` that the model is called with by keyword.
            means: of all recorded layers; used where the baseline is the mean.

        Returns:
            Sums over the batch's inputs.

        Raises:
            ValueError: there is no such measure, or the baseline is the mean and none are given.
        """
        if self._mean and means is None:
            raise ValueError("the baseline is the mean, and no means are given")
        means = means if self._mean else None
        if unknown := sorted(set(measures) - set(MEASURES)):
            raise ValueError(f"no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}")
        if not inputs:
            return Measured()
        for plan in self._plans[-1:]:
            make = partial(BatchMeasurement, plan, set(measures), inputs, top, means)
            found = self._follow(plan, forward, set(measures), make, inputs, mask)
            if found is not None:
                return found
        tape = self._record(forward, inputs, mask)
        plan = self._plan_of(tape)
        work = BatchMeasurement(plan, set(measures), inputs, top, means, tape=tape)
        try:
            for index in range(len(tape.ops)):
                work.at(index)
        except RECOVERABLE:
            self._plans.remove(plan)
            plan = self._plan_of(tape)
            work = BatchMeasurement(plan, set(measures), inputs, top, means, tape=tape)
            for index in range(len(tape.ops)):
                work.at(index)
        return work.found

    def topology(self) -> graph_records.Topology:
        """Return which recorded layer feeds which, by all sequences of operations seen so far."""
        fed = {name: LayerInputs({}, frozenset()) for name in self.layers}
        notes: dict[str, None] = {}
        for plan in self._plans:
            for name, found in plan.fed.items():
                fed[name] = fed[name].in_parallel(found)
                between = " and ".join(plan.hidden.get(name, ()))
                for layer in sorted(found.lost, key=list(fed).index):
                    notes[f"{layer} feeds {name} through {between}, which is not measured"] = None
        order = {layer: index for index, layer in enumerate(fed)}
        return graph_records.Topology(
            tuple(
                graph_records.Link(layer, name, path.kind, path.via)
                for name, found in fed.items()
                for layer, path in sorted(
                    found.all_paths(), key=lambda item: (order[item[0]], ORDER.index(item[1].kind))
                )
            ),
            tuple(notes),
            self._layer_weights(),
        )

    def _layer_weights(self) -> tuple[graph_records.LayerWeights, ...]:
        """Count the parameters that feed each layer, every one for the first layer it reaches."""
        counts = dict.fromkeys(self.layers, 0)
        for name, parameter in self._model.named_parameters():
            if name in self._weights:
                counts[self._weights[name]] += parameter.numel()
        return tuple(graph_records.LayerWeights(*item) for item in counts.items())

    def fields(self) -> dict[str, ReceptiveField | None]:
        """Receptive fields by layer; None where positions see the whole input, or there are none.

        Through upsampling and transposed convolutions a field is a bound, elsewhere exact.
        """
        found: dict[str, ReceptiveField | None] = {}
        for plan in self._plans:
            found |= {name: field for name, field in plan.fields.items() if name not in found}
        return found

    def _record(
        self, forward: Callable[[], Any], inputs: int | None, mask: Tensor | None = None
    ) -> Tape:
        tape = self._tape()
        with self._hooks.recording(tape, inputs, mask):
            forward()
        return tape

    def _tape(self, *args: Any) -> Tape:
        named = [*self._model.named_parameters(), *self._model.named_buffers()]
        return Tape({id(tensor): name for name, tensor in named}, *args)

    def _plan_of(self, tape: Tape) -> TracePlan:
        """Return the plan of a tape's sequence, made if it is new; it becomes the last."""
        plan = next((known for known in self._plans if known.tokens == tape.tokens), None)
        if plan is None:
            plan = TracePlan(tape, self._hooks.input, self._work, mean=self._mean)
            self._attribute(tape)
        else:
            self._plans.remove(plan)
        self._plans.append(plan)
        return plan

    def _attribute(self, tape: Tape) -> None:
        """Note the layers that the parameters of a new sequence feed."""
        names = {id(one): name for name, one in self._model.named_parameters()}
        inside = {
            name: [names[id(one)] for one in module.parameters()]
            for name, module in self._model.named_modules()
            if isinstance(module, OPAQUE)
        }
        for layer, found in weights_by_layer(tape, names.values(), inside).items():
            for name in found:
                self._weights.setdefault(name, layer)

    def _follow(
        self,
        plan: TracePlan,
        forward: Callable[[], Any],
        measures: set[str],
        make: Callable[..., BatchMeasurement],
        inputs: int,
        mask: Tensor | None,
    ) -> Measured | None:
        """Measure along a known sequence; None if the model takes another."""
        summit = "summit" in measures
        until = plan.until(contributions=measures != {"summit"}, summit=summit)
        ending: dict[int, list[int]] = {}
        for value, index in until.items():
            ending.setdefault(index, []).append(value)
        failed: list[Exception] = []

        def after(index: int, token: Any) -> None:
            if index >= len(plan.tokens) or plan.tokens[index] != token:
                raise AnotherSequence
            if not failed:
                try:
                    with Unwatched():
                        work.at(index)
                except RECOVERABLE as error:
                    failed.append(error)
            for value in ending.get(index, ()):
                tape.values.pop(value, None)

        tape = self._tape(until.__contains__, after)
        work = make(tape=tape)
        try:
            with self._hooks.recording(tape, inputs, mask):
                forward()
        except AnotherSequence:
            return None
        return work.found if not failed and len(tape.ops) == len(plan.tokens) else None


class BatchMeasurement:
    """The measurements of one batch, made as the values come.

    Attributes:
        found: so far.
    """

    def __init__(
        self,
        plan: TracePlan,
        measures: set[str],
        inputs: int,
        top: Top | None,
        means: Means | None,
        *,
        tape: Tape,
    ) -> None:
        self._plan, self._tape, self._top, self._means = plan, tape, top, means
        self._contributions = measures - {"summit"}
        self._summit = "summit" in measures
        self._touched: dict[str, set[int]] = {}
        self.found = plan.empty(inputs)
        self.found.tables = {measure: {} for measure in measures}

    @torch.no_grad()
    def at(self, index: int) -> None:
        """Measure what can be measured after an operation."""
        if self._contributions:
            for node in self._plan.measured.get(index, ()):
                contribute(
                    self._plan, node, self._tape, self.found, self._contributions, self._means
                )
        if self._summit:
            for node in self._plan.later.get(index, ()):
                chosen: Collection[int] | None = None
                if self._top is not None:
                    known = self._top if node.layer else self._touched
                    chosen = known.get(node.key, ())
                touched = count(self._plan, node, self._tape, self.found, chosen)
                for key, units in touched.items():
                    self._touched.setdefault(key, set()).update(units)
