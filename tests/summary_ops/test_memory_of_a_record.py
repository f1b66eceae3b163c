"""What a record takes in memory beyond the pass it is of, by the allocator's own account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, ProbeSet, Recorder, Statistics
from summary_ops.passes.probe_pass import ROOM

MB = 2**20


def peak(action: Callable[[], object]) -> int:
    """Return the most bytes of tensors that are there at a time, beyond those there before."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        action()
    found = profile.profiler.kineto_results.events()
    changes = [(event.start_ns(), event.nbytes()) for event in found if event.name() == "[memory]"]
    held = most = 0
    for _, change in sorted(changes, key=lambda one: one[0]):
        held += change
        most = max(most, held)
    return most


def network(width: int) -> nn.Module:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for channels in (3, *[width] * 5):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 2)).eval()


def beyond_the_pass(folder: Path, allowed: int, graph: Graph | None, **options: Any) -> int:
    """Return by how many bytes a record of 64 images takes more than the pass that it is of."""
    model = network(16)
    images, labels = torch.randn(64, 3, 48, 48), torch.arange(64) % 2
    batches = list(zip(images.split(8), labels.split(8), strict=True))

    def plain() -> None:
        with torch.no_grad():
            for inputs, _ in batches:
                model(inputs)

    recorder = Recorder(
        model,
        classes=["a", "b"],
        graph=graph,
        statistics=Statistics(max_bytes=allowed),
        verbose=False,
        **options,
    )
    with SummaryWriter(str(folder)) as writer:

        def record() -> None:
            recorder.run(batches, progress=False)
            assert recorder.write(writer, 0)

        return peak(record) - peak(plain)


@pytest.mark.parametrize("influence", [("contribution",), ()])
def test_it_is_at_most_twice_what_is_allowed(tmp_path: Path, influence: tuple[str, ...]) -> None:
    """All of the sample of a class there and back at once would be 150 MB."""
    graph = Graph(inputs=32, influence=influence)
    assert beyond_the_pass(tmp_path, 16 * MB, graph) <= 2 * 16 * MB


def test_of_a_probe_set_it_is_at_most_what_a_batch_of_it_may_take(tmp_path: Path) -> None:
    """And what comparing instances takes. All of it at once would be 120 MB."""
    probe, allowed = ProbeSet(torch.randn(256, 3, 48, 48)), 4 * MB
    assert beyond_the_pass(tmp_path, allowed, None, probe=probe) <= (ROOM + 4) * allowed


def test_the_count_sees_what_is_held_and_what_is_given_back() -> None:
    def action() -> None:
        first = torch.ones(MB)
        del first
        second, third = torch.ones(MB), torch.ones(MB)
        del second, third

    assert 8 * MB <= peak(action) < 9 * MB
