"""Count forward passes, with what is known of their inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from summary_ops.data import slice_masks
from summary_ops.network.hooks.activations import ForwardPass, ObservedLayers
from summary_ops.network.isolation import isolation
from summary_ops.network.isolation.module_state import Unwatched
from summary_ops.network.model.output_scale import AmbiguousOutput, Scale
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch

Guard = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class BatchInfo:
    """The facts about a batch that precede its forward pass."""

    labels: Any
    slices: Mapping[str, Tensor | bool] | None
    only: bool


class Intake:
    """Counts forward passes.

    Args:
        network: what is called.
        observed: the layers that were seen.
        accumulator: counts.
    """

    def __init__(
        self, network: RecordedNetwork, observed: ObservedLayers, accumulator: Accumulator
    ) -> None:
        self._network, self._observed = network, observed
        self._accumulator = accumulator

    def observe(self, context: BatchInfo, forward: ForwardPass) -> None:
        """Count a forward pass; report what goes wrong with layers, predictions and labels."""
        problems = self._network.problems
        for layer, question in forward.questions.items():
            problems.report(f"layer {layer}", question)
        if forward.pooled:
            self.count(context, forward, problems.guard)

    def count(
        self, context: BatchInfo, forward: ForwardPass, guarded: Guard = nullcontext
    ) -> Batch:
        """Count a forward pass.

        Args:
            context: what is known of the inputs.
            forward: what the network put out.
            guarded: what becomes of an exception, for a prediction or labels that contradict the
                task; by default it is raised.

        Returns:
            What was counted.

        Raises:
            ValueError: a slice has another length, or the batch contradicts earlier ones.
        """
        with isolation.without_autocast_or_grad():
            batch = self._batch(context, forward, guarded)
            self._network.layouts.counted.update(forward.pooled)
            self._observed.forget(self._network.layouts.excluded)
            if not self._accumulator.spans:
                self._mark_output(forward, batch)
            with Unwatched():
                self._accumulator.add(batch)
        return batch

    def _batch(self, context: BatchInfo, forward: ForwardPass, guarded: Guard) -> Batch:
        size, task = forward.inputs, self._network.task
        device = next(iter(forward.pooled.values())).device
        logits = labels = None
        if task.name is not None and forward.prediction is not None:
            with guarded("predictions"):
                if isinstance(forward.prediction, Exception):
                    raise forward.prediction
                self._note_maker(forward, forward.prediction)
                try:
                    logits = self._network.as_logits(forward.prediction, size).to(device)
                except AmbiguousOutput as error:
                    self._network.problems.report("predictions", error)
        if task.name is not None and context.labels is not None:
            with guarded("labels"):
                labels = self._network.labels(context.labels, size, device)
        return Batch(
            pooled=forward.pooled,
            size=size,
            labels=labels,
            logits=logits,
            slices=slice_masks.slice_masks(context.slices, size, device),
            only=context.only,
            mode="train" if self._network.model.training else "eval",
        )

    def _note_maker(self, forward: ForwardPass, prediction: Tensor) -> None:
        """Tell logits from probabilities by the layer that put out the prediction as it is."""
        network = self._network
        training = network.model.training
        if network.scale.of(training=training) is None:
            flat = _rows(prediction)
            for name, values in reversed(list(forward.pooled.items())):
                if values.shape == flat.shape and _equals(values, flat):
                    module = network.layers.get(name.rpartition(":")[0] or name)
                    network.scale.made_in(module, training=training)

    def _mark_output(self, forward: ForwardPass, batch: Batch) -> None:
        """Note which layer has made the prediction."""
        prediction = forward.prediction
        if batch.logits is None or not isinstance(prediction, Tensor):
            return
        known = self._observed.layers
        makers = (self._gives_probabilities, _equals)
        prediction = _rows(prediction)
        for is_maker in makers:
            for name, values in reversed(list(batch.pooled.items())):
                if values.shape == prediction.shape and is_maker(values, prediction):
                    known[name] = replace(known[name], output=True)
                    return

    def _gives_probabilities(self, values: Tensor, prediction: Tensor) -> bool:
        """Return whether probabilities are those of a layer's logits."""
        network = self._network
        if network.scale.of(training=network.model.training) in (None, Scale.LOGITS):
            return False
        task, near = network.task, torch.finfo(torch.bfloat16).eps
        chances = task.scores(task.check_output(values, len(values))).probabilities
        logits = task.check_output(prediction, len(values))
        logits = network.scale.logits(logits, task, training=network.model.training)
        return torch.allclose(chances, task.scores(logits).probabilities, atol=near)


def _equals(values: Tensor, prediction: Tensor) -> bool:
    return torch.equal(values.to(prediction.device), prediction)


def _rows(prediction: Tensor) -> Tensor:
    """Return a prediction as float32 `[batch, numbers]`."""
    return prediction.float()[..., None].flatten(1)
