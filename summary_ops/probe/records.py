"""Make the probe set's records of a step: activations and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from summary_ops import tasks
from summary_ops.network.model.output_scale import Scale
from tb_plugin_neural.contract.records import (
    NOT_FINITE,
    ProbeActivations,
    ProbeActivationsHalf,
    ProbePredictions,
)

TOP = 10
"""Most classes an instance whose probabilities are kept."""

INTERVALS = 253
"""Steps over a unit's range: with one to spare, so that zero can be moved onto a level."""

HUGE = 2.0**126
"""Activations beyond this count as infinite: their levels could overflow float32."""


def quantize(activations: Tensor) -> ProbeActivations:
    """Activations `[instances, units]` in 8 bits, a scale and a zero point a unit.

    Zero stays exactly zero; any other finite value is off by at most half of `scale[unit]`, which
    is the width of the unit's range, widened to contain zero, over 253.
    """
    values = activations.detach().to(device="cpu", dtype=torch.float64).numpy()
    finite = np.abs(values) <= HUGE  # False for NaN too
    values = np.where(finite, values, 0.0)
    low, high = values.min(0, initial=0.0), values.max(0, initial=0.0)
    scale = np.maximum((high - low) / INTERVALS, np.finfo(np.float32).tiny).astype(np.float32)
    zero = np.rint(-low / scale)
    levels = np.clip(np.rint(values / scale) + zero, 0, NOT_FINITE - 1)
    levels = np.where(finite, levels, NOT_FINITE)
    return ProbeActivations(levels.astype(np.uint8), zero.astype(np.uint8), scale)


def half(activations: Tensor) -> ProbeActivationsHalf:
    """Activations `[instances, units]` as float16: 11 bits each, infinite beyond 65,504."""
    return ProbeActivationsHalf(activations.detach().cpu().to(torch.float16).numpy())


def predictions(
    outputs: Tensor,
    labels: Sequence[int] | Tensor,
    task: str | None,
    *,
    scale: Scale | None = None,
) -> ProbePredictions:
    """Make the record of the model's predictions on the probe set.

    Args:
        outputs: logits `[instances, classes]`; `[instances]` for binary and regression.
        labels: class indices, -1 where unknown.
        task: what the outputs mean, see `Recorder`.
        scale: what they were made of; of probabilities several classes have no energy.
    """
    outputs = outputs.detach().float().cpu()
    size = len(outputs)
    kind = tasks.of(task)
    scores = kind.scores(kind.check_output(outputs, size))
    if scale not in (None, Scale.LOGITS) and not kind.known_classes:
        scores = replace(scores, energy=torch.full_like(scores.energy, torch.nan))
    return _record(scores, _of_labels(scores.probabilities, labels), scale)


def _of_labels(chances: Tensor, labels: Sequence[int] | Tensor) -> Tensor:
    """Probability of the true class, NaN where it is unknown."""
    chosen = torch.as_tensor(labels).long()
    if not chances.shape[1]:
        return torch.full((len(chances),), torch.nan)
    known = (chosen >= 0) & (chosen < chances.shape[1])
    found = chances.gather(1, torch.where(known, chosen, 0)[:, None])[:, 0]
    return torch.where(known, found, torch.nan)


def _record(scores: tasks.Scores, of_label: Tensor, scale: Scale | None) -> ProbePredictions:
    chances = scores.probabilities
    probability, top = chances.topk(min(TOP, chances.shape[1]), 1)
    columns: dict[str, Any] = {
        "probability": probability,
        "label_probability": of_label,
        "energy": scores.energy,
        "margin": scores.margin,
        "outputs": scores.outputs,
    }
    arrays = {name: value.float().contiguous().numpy() for name, value in columns.items()}
    scale_name = scale.value if scale is not None else ""
    return ProbePredictions(top=top.numpy().astype(np.uint32), scale=scale_name, **arrays)
