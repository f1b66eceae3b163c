"""Record a network over batches, and compare class means with those of plain PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from summary_ops import Recorder, RecordingWarning
from tests.summary_ops.network import layout_models as models
from tests.summary_ops.written import counted

INPUTS, TOKENS, CLASSES = 48, 8, models.CLASSES
LABELS = torch.arange(INPUTS) % CLASSES
SIZES = (TOKENS, 5, 16)
"""Batch sizes: as many inputs as tokens, a smaller last batch, a multiple."""


def ids(tokens: int = TOKENS) -> Tensor:
    return torch.randint(models.WORDS, (INPUTS, tokens), generator=torch.Generator().manual_seed(1))


def batches(size: int, *inputs: Tensor, axis: int = 0) -> list[tuple[Any, Tensor]]:
    def part(tensor: Tensor, start: int) -> Tensor:
        return tensor.narrow(axis, start, min(size, INPUTS - start))

    return [
        (tuple(part(tensor, at) for tensor in inputs), LABELS[at : at + size])
        for at in range(0, INPUTS, size)
    ]


def outputs(model: nn.Module, *inputs: Any) -> dict[str, Any]:
    """First outputs of all modules in one pass over all inputs."""
    found: dict[str, Any] = {}

    def keep(name: str, output: Any) -> None:
        found.setdefault(name, output)

    handles = [
        module.register_forward_hook(lambda _m, _a, output, name=name: keep(name, output))
        for name, module in model.named_modules()
    ]
    with torch.no_grad():
        model.eval()(*inputs)
    for handle in handles:
        handle.remove()
    return found


def assert_means(recorder: Recorder, layer: str, pooled: Tensor) -> None:
    """Means by class are those of `pooled`, `[inputs, units]`, for all inputs."""
    record = counted(recorder)["moments", layer]
    for label in range(CLASSES):
        row = record.subsets.index(f"class:{label}")
        mine = pooled[LABELS[: len(pooled)] == label].double()
        assert record.inputs[row] == len(mine)
        np.testing.assert_allclose(record.mean[row], mine.mean(0).numpy(), rtol=1e-5, atol=1e-6)


def recorded(recorder: Recorder) -> set[str]:
    found = recorder.pipeline.network.layouts.excluded
    return {layer for kind, layer in counted(recorder) if kind == "moments"} - found.keys()


def left_out(recorder: Recorder, batches: Any, **options: Any) -> dict[str, str]:
    """Why layers are not recorded in a run over batches."""
    with pytest.warns(RecordingWarning):
        recorder.run(batches, progress=False, **options)
    found = recorder.problems.found
    return {problem.what.removeprefix("layer "): problem.message for problem in found}


def make(model: nn.Module, layers: Sequence[str], **options: Any) -> Recorder:
    return Recorder(model, layers=list(layers), graph=None, verbose=False, **options)


def overall(recorder: Recorder, layer: str) -> tuple[int, Tensor]:
    """Number of inputs and their mean, from the subsets that each input is in one of."""
    record = counted(recorder)["moments", layer]
    rows = [
        row
        for row, name in enumerate(record.subsets)
        if name.startswith("class:") or name in ("unlabelled", "all")
    ]
    inputs = torch.tensor(record.inputs[rows].astype(float))
    means = torch.tensor(record.mean[rows].astype(float)).nan_to_num()
    return int(inputs.sum()), (inputs[:, None] * means).sum(0) / inputs.sum()


def assert_overall(recorder: Recorder, layer: str, pooled: Tensor) -> None:
    """All inputs' mean is that of `pooled`, `[inputs, units]`."""
    inputs, mean = overall(recorder, layer)
    assert inputs == len(pooled)
    torch.testing.assert_close(mean, pooled.detach().double().mean(0), rtol=1e-5, atol=1e-6)
