"""Estimate the effect of ablating each unit on each class, to first order, in one backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from summary_ops.jobs.ablation.sample import Batch, Sample
from summary_ops.network.hooks.gradients import Gradients, LayerGradients
from summary_ops.network.isolation import isolation
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.statistics.importance import Importance
from tb_plugin_neural.contract.record import Array

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

BYTES = 16
"""Of the sums for one class and unit."""


@dataclass(frozen=True)
class Screened:
    """A layer's units.

    Attributes:
        predicted: `[classes, units]`, by how much the mean logit of a class's own inputs falls.
        replacement: `[units]`, what a unit is replaced with.
    """

    predicted: Array
    replacement: Array


@own_defaults()
def screen(
    recorder: Recorder,
    sample: Sample,
    classes: Sequence[int],
    replacement: str,
    done: Callable[[int], Any],
) -> dict[str, Screened]:
    """Predictions by layer, in the order of execution; layers that give the logits are left out.

    Args:
        recorder: whose model and layers are meant.
        sample: inputs; the means of units are over those of all classes.
        classes: those that predictions are made for.
        replacement: `mean` or `zero`.
        done: called with numbers of inputs.

    Raises:
        ValueError: the predictions take more than the recorder's `max_bytes`.
        RuntimeError: the logits do not depend on the layers by differentiable operations.
    """
    gradients = LayerGradients(recorder.pipeline.network)
    sums: dict[str, Importance] = {}
    outputs: set[str] = set()
    for label in sample.classes:
        for batch in sample.batches(label):
            found, logits = _measure(gradients, sample, batch, label)
            outputs |= {layer for layer, one in found.items() if _is_output(one, logits)}
            _check_room(recorder, len(classes), found)
            row = torch.tensor(classes)[:, None] == label
            for layer, one in found.items():
                units, device = one.activation.shape[1], one.activation.device
                into = sums.setdefault(layer, Importance.empty(len(classes), units, device))
                member = row.expand(-1, batch.size).to(device)
                into.update(one.activation, one.gradient, member, one.mask)
            done(batch.size)
    return {
        layer: _screened(total, replacement)
        for layer, total in sums.items()
        if layer not in outputs
    }


def _measure(
    gradients: LayerGradients, sample: Sample, batch: Batch, label: int
) -> tuple[dict[str, Gradients], Tensor]:
    """Activations, gradients of the class's logit, and the logits."""
    seen: list[Tensor] = []

    def target(output: Any) -> Tensor:
        seen.append(sample.logits(output, batch.size))
        return sample.own(seen[0], label).sum()

    with isolation.without_autocast_or_grad(gradients=True):
        found = gradients.measure(batch.forward, target, batch.size, batch.mask)
    return found, seen[0].detach()


def _check_room(recorder: Recorder, classes: int, found: Mapping[str, Gradients]) -> None:
    units = sum(one.activation.shape[1] for one in found.values())
    needed, room = BYTES * classes * units, recorder.pipeline.accumulator.settings.max_bytes
    if needed > room:
        raise ValueError(
            f"predictions for {classes} classes and {units} units take {needed:,} bytes of "
            f"{room:,}; pass classes=[…], or make the recorder with a larger max_bytes"
        )


def _is_output(layer: Gradients, logits: Tensor) -> bool:
    values = layer.activation[..., 0]
    whole = values.shape[1] == 1 and logits.shape[1] == 2  # of a binary task
    expected = logits[:, 1:] if whole else logits
    return (
        layer.activation.shape[2] == 1
        and values.shape == expected.shape
        and torch.equal(values.to(expected), expected)
    )


def _screened(total: Importance, replacement: str) -> Screened:
    if replacement == "zero":
        total = replace(total, activations=torch.zeros_like(total.activations))
    mean = total.activations / total.positions.clamp(min=1)
    return Screened(total.values().cpu().numpy(), mean.cpu().numpy())
