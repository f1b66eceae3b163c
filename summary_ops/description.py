"""What a recorder says of itself: its static record, the model's fingerprint, a line on stderr."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

import torch
from torch import nn

from tb_plugin_neural import records

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

SAMPLES = 4096


def fingerprint(model: nn.Module) -> str:
    """A hash of the parameters: names, shapes, and up to 4,096 evenly spread values of each.

    Empty, which says that it is not known, where a parameter has no values yet (lazy modules and
    those on the meta device).
    """
    digest = hashlib.blake2b(digest_size=8)
    for name, parameter in model.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter) or parameter.is_meta:
            return ""
        digest.update(f"{name}{tuple(parameter.shape)}".encode())
        flat = parameter.detach().reshape(-1)
        sample = flat[:: max(1, len(flat) // SAMPLES)].to("cpu", torch.float64)
        digest.update(sample.contiguous().numpy().tobytes())
    return digest.hexdigest()


def describe(recorder: Recorder) -> records.Session:
    """What the recorder is about, as its session's static record."""
    names = recorder.classes
    if not names and recorder.network.task.has_classes:
        names = tuple(str(index) for index in range(recorder.accumulator.classes))
    return records.Session(
        name=recorder.name,
        task=recorder.task,
        classes=names,
        subset_names=recorder.accumulator.subset_names(),
        layers=tuple(recorder.taps.layers.values()),
        probe=recorder.probe.hash if recorder.probe is not None else None,
        weights=recorder.weights,
        left_out=left_out(recorder),
    )


def left_out(recorder: Recorder) -> tuple[str, ...]:
    """What does not fit the budget, and which argument changes that."""
    plan = recorder.accumulator.plan
    counted = plan.left_out if plan is not None else ()
    return counted + recorder.second_pass.left_out + recorder.projections.left_out


def announce(recorder: Recorder, size: int, count: int, step: int) -> None:
    """Say once on stderr how many bytes a record takes."""
    text = f"Neural: step {step}: {size / 1e6:.2f} MB in {count} records"
    if recorder.schedule is not None and (total := recorder.schedule.count()):
        text += f"; the {total} steps of the schedule take about {total * size / 1e6:.0f} MB"
    print(text, file=sys.stderr)  # noqa: T201


def tell_left_out(recorder: Recorder, told: tuple[str, ...]) -> tuple[str, ...]:
    """Say on stderr what does not fit the budget, unless told already; returns what is told."""
    notes = left_out(recorder)
    for note in notes:
        if note not in told:
            print(f"Neural: not recorded: {note}", file=sys.stderr)  # noqa: T201
    return notes or told
