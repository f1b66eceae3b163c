"""The model's fingerprint, and a line on stderr."""

from __future__ import annotations

import hashlib
import sys

import torch
from torch import Tensor, nn

from summary_ops.data.tensor_parts import strided_parts
from summary_ops.network.isolation import sharding
from summary_ops.schedule import Schedule

SAMPLES = 4096


def fingerprint(model: nn.Module) -> str:
    """Hash the parameters: names, shapes, and up to 4,096 evenly spread values of each.

    Empty, which says that it is not known, where a parameter's values are not all here: not made
    yet (lazy modules and the meta device), spread over processes, or of a class that tells none.
    """
    digest = hashlib.blake2b(digest_size=8)
    for name, parameter in model.named_parameters():
        parts = list(strided_parts(parameter)) if sharding.is_whole(parameter) else []
        if not parts:
            return ""
        digest.update(f"{name}{tuple(parameter.shape)}".encode())
        try:
            for part in parts:
                digest.update(_sample(part))
        except Exception:  # noqa: BLE001 - whatever a class of tensors cannot do
            return ""
    return digest.hexdigest()


def _sample(tensor: Tensor) -> bytes:
    with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
        tensor = tensor.detach()
        tensor = tensor.dequantize() if tensor.is_quantized else tensor
        tensor = torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
        flat = tensor.reshape(-1)
        sample = flat[:: max(1, len(flat) // SAMPLES)].to("cpu", torch.float64)
        return sample.contiguous().numpy().tobytes()


def announce(size: int, count: int, step: int, schedule: Schedule | None) -> None:
    """Say once on stderr how many bytes a record takes."""
    text = f"Neural: step {step}: {size / 1e6:.2f} MB in {count} records"
    if schedule is not None and (total := schedule.count()):
        text += f"; the {total} steps of the schedule take about {total * size / 1e6:.0f} MB"
    print(text, file=sys.stderr)  # noqa: T201


def report_left_out(notes: tuple[str, ...], reported: tuple[str, ...]) -> tuple[str, ...]:
    """Print what does not fit the budget to stderr, once; return what has been printed."""
    for note in notes:
        if note not in reported:
            print(f"Neural: not recorded: {note}", file=sys.stderr)  # noqa: T201
    return notes or reported
