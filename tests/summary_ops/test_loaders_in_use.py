"""Run may be given the very loader that training is iterating over."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from summary_ops import Recorder
from tests.summary_ops.networks import digits


class Noisy(Dataset[tuple[Tensor, int]]):
    """Digits with noise from all of a worker's random generators, and one of its own."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng(3)

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        noise = torch.rand(1) + np.random.rand() + random.random() + self.generator.random()  # noqa: NPY002, S311
        return digits()[0][index] + noise, int(digits()[1][index])


class Prefetching:
    """A loader around a loader, as training libraries make them."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self.loader = loader

    def __iter__(self) -> Iterator[Any]:
        yield from self.loader


LOADERS: dict[str, Callable[[], Any]] = {
    "no workers": lambda: DataLoader(Noisy(), 8, shuffle=True),
    "workers": lambda: DataLoader(Noisy(), 8, shuffle=True, num_workers=2),
    "persistent": lambda: DataLoader(
        Noisy(), 8, shuffle=True, num_workers=2, persistent_workers=True
    ),
    "wrapped": lambda: Prefetching(
        DataLoader(Noisy(), 8, shuffle=True, num_workers=2, persistent_workers=True)
    ),
}


def train(loader: Any, *, recording: bool) -> list[tuple[Tensor, Tensor]]:
    """The batches of two epochs, with passes in the middle of the first, and between them."""
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(5)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    recorder = Recorder(model, graph=None, verbose=False, strict=True)
    seen = []
    for _ in range(2):
        for place, batch in enumerate(loader):
            seen.append(batch)
            if recording and place in (1, 4):
                recorder.run(loader, progress=False)
                assert recorder.pipeline.accumulator.inputs == 40
                recorder.pipeline.accumulator.start_next(keep_windows=False)
    return seen


@pytest.mark.parametrize("kind", LOADERS)
def test_training_gets_the_batches_that_it_would_have_had(kind: str) -> None:
    plain = train(LOADERS[kind](), recording=False)
    recorded = train(LOADERS[kind](), recording=True)
    assert len(plain) == len(recorded) == 10
    for one, other in zip(plain, recorded, strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])
