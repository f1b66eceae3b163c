"""The model's fingerprint, and a line on stderr."""

from __future__ import annotations

import hashlib
import sys

import torch
from torch import nn

from summary_ops.schedule import Schedule

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


def announce(size: int, count: int, step: int, schedule: Schedule | None) -> None:
    """Say once on stderr how many bytes a record takes."""
    text = f"Neural: step {step}: {size / 1e6:.2f} MB in {count} records"
    if schedule is not None and (total := schedule.count()):
        text += f"; the {total} steps of the schedule take about {total * size / 1e6:.0f} MB"
    print(text, file=sys.stderr)  # noqa: T201


def tell_left_out(notes: tuple[str, ...], told: tuple[str, ...]) -> tuple[str, ...]:
    """Say on stderr what does not fit the budget, unless told already; returns what is told."""
    for note in notes:
        if note not in told:
            print(f"Neural: not recorded: {note}", file=sys.stderr)  # noqa: T201
    return notes or told
