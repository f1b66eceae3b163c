"""Setups of PyTorch itself: how a model is wrapped, called, and what it takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_sequence
from torch.utils.checkpoint import checkpoint

from tools.compatibility.trying import Case

N = 48
X, IMAGES = torch.randn(N, 6), torch.rand(N, 3, 12, 12)
Y = torch.arange(N) % 3
BATCHES = [(X[:32], Y[:32]), (X[32:], Y[32:])]


def dense(width: int = 6) -> nn.Module:
    """Return a small classifier."""
    return nn.Sequential(
        nn.Linear(width, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)
    )


def images() -> nn.Module:
    """Return a small convolutional classifier."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
        nn.Conv2d(6, 8, 3),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )


def of(model: nn.Module, **more: Any) -> Case:
    """Return a case on vectors."""
    return Case(model, **{"batches": BATCHES, "probe": X[:12], **more})


def of_images(model: nn.Module, **more: Any) -> Case:
    """Return a case on images."""
    batches = [(IMAGES[:32], Y[:32]), (IMAGES[32:], Y[32:])]
    return Case(model, **{"batches": batches, "probe": IMAGES[:12], **more})


def compiled(*, before: bool) -> Case:
    """Return a compiled model, in training."""
    model = dense()
    if before:
        return of(torch.compile(model, backend="eager"), observe=_call)
    wrapped = torch.compile(model, backend="eager")
    return of(wrapped, observe=_call, probe=None, options={"compiled": True})


def _call(model: nn.Module, inputs: Any) -> object:
    with torch.no_grad():
        return model(inputs)


def _group() -> None:
    if not dist.is_initialized():
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29531")
        dist.init_process_group("gloo", rank=0, world_size=1)


def parallel() -> Case:
    """Return one process of `DistributedDataParallel`."""
    _group()
    return of(nn.parallel.DistributedDataParallel(dense()))


def sharded() -> Case:
    """Return one process of FSDP2."""
    from torch.distributed.fsdp import fully_shard  # noqa: PLC0415 - needs a process group

    _group()
    model = dense()
    mesh = dist.init_device_mesh("cpu", (1,))
    fully_shard(model, mesh=mesh)
    return of(model)


def mixed_precision() -> Case:
    """Autocast to bfloat16 in training."""

    def call(model: nn.Module, inputs: Tensor) -> object:
        with torch.autocast("cpu", torch.bfloat16):
            return model(inputs)

    return of(dense(), observe=call, probe=None)


def inference() -> Case:
    """Inference mode around the user's own loop."""

    def call(model: nn.Module, inputs: Tensor) -> object:
        with torch.inference_mode():
            return model(inputs)

    return of(dense(), observe=call, probe=None)


class Checkpointed(nn.Module):
    """Activations are computed again in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = dense(), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(checkpoint(self.body, x, use_reentrant=False))


def checkpointed() -> Case:
    """Activation checkpointing, with the backward pass inside `observing`."""

    def call(model: nn.Module, inputs: Tensor) -> object:
        return model(inputs).sum().backward()

    return of(Checkpointed(), observe=call, probe=None)


def averaged() -> Case:
    """Return a running average of weights."""
    return of(torch.optim.swa_utils.AveragedModel(dense()))


def parametrized() -> Case:
    """Weight and spectral normalization."""
    model = dense()
    parametrizations.weight_norm(model[0])
    parametrizations.spectral_norm(model[2])
    return of(model)


def in_float64() -> Case:
    """Return a model and inputs of double precision."""
    return of(dense().double(), batches=[(X.double(), Y)], probe=X[:12].double())


def in_bfloat16() -> Case:
    """Return a model and inputs of half precision."""
    return of(dense().bfloat16(), batches=[(X.bfloat16(), Y)], probe=X[:12].bfloat16())


def scripted() -> Case:
    """Return a model with a TorchScript part."""
    return of(nn.Sequential(torch.jit.script(dense()), nn.ReLU(), nn.Linear(3, 3)))


def replaced() -> Case:
    """Return a case whose head is replaced after the Recorder is made."""

    def change(model: Any) -> None:
        model[4] = nn.Linear(8, 3)

    return of(dense(), before=change)


class Lazy(nn.Module):
    """A layer whose size follows from the first input."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.head = nn.LazyLinear(8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.first(x).relu())


def lazy() -> Case:
    """Lazy modules that have not run yet."""
    return of(Lazy())


class Recurrent(nn.Module):
    """Reads sequences."""

    def __init__(self, *, first: bool = True) -> None:
        super().__init__()
        self.rnn, self.head = nn.LSTM(5, 7, batch_first=first), nn.Linear(7, 3)

    def forward(self, x: Any) -> Tensor:
        """Logits of the last state."""
        return self.head(self.rnn(x)[1][0][-1])


def packed() -> Case:
    """Return a `PackedSequence` as the input."""
    parts = [torch.randn(2 + place % 5, 5) for place in range(N)]
    return Case(
        Recurrent(),
        [(pack_sequence(parts, enforce_sorted=False), Y)],
        pack_sequence(parts[:12], enforce_sorted=False),
    )


def time_first() -> Case:
    """PyTorch's default order `[time, batch, …]`."""
    x = torch.randn(9, N, 5)
    return Case(Recurrent(first=False), [(x, Y)])


class Detector(nn.Module):
    """Takes a list of images, returns a dict an image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, images: list[Tensor], targets: Any = None) -> list[dict[str, Tensor]]:
        """Scores of every image."""
        del targets
        parts = [nn.functional.adaptive_avg_pool2d(image, 9)[None] for image in images]
        return [{"scores": row} for row in self.head(self.conv(torch.cat(parts)).amax((2, 3)))]


def detector() -> Case:
    """Images of different sizes, `(images, targets)`, without a task."""
    pictures = [torch.rand(3, 10 + place % 4, 12 + place % 3) for place in range(N)]
    targets = [{"boxes": torch.rand(1, 4)}] * N
    return Case(Detector(), [(pictures, targets)], pictures[:12], {"task": None})


class OfDict(nn.Module):
    """Takes a dict as one argument."""

    def __init__(self) -> None:
        super().__init__()
        self.body = dense()

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Logits by name."""
        return {"logits": self.body(batch["x"])}


def of_dict() -> Case:
    """Return a dict of inputs, as one argument, and a dict of outputs."""
    return Case(OfDict(), [({"x": X}, Y)], {"x": X[:12]})


@dataclass
class Row:
    """Inputs with a type of their own."""

    x: Tensor


class OfDataclass(nn.Module):
    """Takes and returns dataclasses."""

    def __init__(self) -> None:
        super().__init__()
        self.body = dense()

    def forward(self, row: Row) -> Row:
        """Logits."""
        return Row(self.body(row.x))


def of_dataclass() -> Case:
    """Return a dataclass of inputs and one of outputs."""
    return Case(OfDataclass(), [(Row(X), Y)], Row(X[:12]))


SETUPS: dict[str, Callable[[], Case]] = {
    "a plain module": lambda: of(dense()),
    "a convolutional network, in-place ReLU": lambda: of_images(images()),
    "`channels_last`": lambda: of_images(images().to(memory_format=torch.channels_last)),
    "frozen parameters": lambda: of(dense().requires_grad_(requires_grad=False)),
    "float64": in_float64,
    "bfloat16": in_bfloat16,
    "autocast to bfloat16, `observing`": mixed_precision,
    "`inference_mode`, `observing`": inference,
    "activation checkpointing, `observing`": checkpointed,
    "`torch.compile`, `run`": lambda: of(torch.compile(dense(), backend="eager")),
    "`torch.compile`, `observing`": lambda: compiled(before=True),
    "`torch.compile`, `observing`, `compiled=True`": lambda: compiled(before=False),
    "`DataParallel` (one device)": lambda: of(nn.DataParallel(dense())),
    "`DistributedDataParallel`": parallel,
    "FSDP2 `fully_shard`": sharded,
    "`AveragedModel`": averaged,
    "weight and spectral normalization": parametrized,
    "TorchScript, the whole model": lambda: of(torch.jit.script(dense())),
    "TorchScript, a part": scripted,
    "a head replaced before the first record": replaced,
    "lazy modules, not yet run": lazy,
    "a `PackedSequence` as input": packed,
    "`[time, batch, …]`": time_first,
    "a list of images of different sizes": detector,
    "a dict as one argument": of_dict,
    "a dataclass as one argument": of_dataclass,
}
