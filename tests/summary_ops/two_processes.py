"""What `test_distributed` runs under torchrun: each process feeds its share, then all write.

Called as `two_processes.py FOLDER`; the same `SCENARIOS` also run in one process.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from networks import digits
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Statistics
from summary_ops.passes.time_share import Effort, TimeShare
from summary_ops.streaming import processes

Batches = Sequence[tuple[Tensor, Tensor]]
UNEVEN = (slice(0, 5), slice(5, 7))
IDLE_SECOND, IDLE_FIRST = (slice(0, 7), slice(7, 7)), (slice(0, 0), slice(0, 7))


def batches() -> Batches:
    """Seven batches of 60 digits; the first five hold 300."""
    images, labels = (part[:420].split(60) for part in digits())
    return list(zip(images, labels, strict=True))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10)).eval()


def running(recorder: Recorder, _: nn.Module, chosen: Batches) -> None:
    recorder.run(chosen, progress=False)


def wrapped(model: nn.Module) -> nn.Module:
    return nn.parallel.DistributedDataParallel(model) if dist.is_initialized() else model


def observing(recorder: Recorder, model: nn.Module, chosen: Batches) -> None:
    for images, labels in chosen:
        given = labels.float() if recorder.pipeline.network.task.name == "regression" else labels
        with recorder.observing(given), torch.no_grad():
            model(images)


@dataclass(frozen=True)
class Scenario:
    """How two processes share the batches of one.

    Attributes:
        feed: feeds a recorder with this process's batches.
        shares: the batches of each process, a record a pair.
        exact: whether windows are agreed on, so that counts must be the same bit for bit.
        options: of the recorder.
    """

    feed: Callable[[Recorder, nn.Module, Batches], None]
    shares: Sequence[tuple[slice, slice]]
    exact: bool = True
    options: dict[str, Any] = field(default_factory=dict)


WINDOW = (-3.0, 5.0)
GIVEN = {"statistics": Statistics(window=WINDOW)}
SCENARIOS = {
    "run, window given": Scenario(running, [UNEVEN, IDLE_FIRST], options=GIVEN),
    "run, first inputs": Scenario(running, [UNEVEN, IDLE_SECOND, UNEVEN]),
    "run, probe set": Scenario(running, [UNEVEN, IDLE_FIRST, IDLE_SECOND], options={"probe": 50}),
    "observing, window given": Scenario(
        observing, [UNEVEN, IDLE_FIRST, IDLE_SECOND], options=GIVEN
    ),
    "observing, one idle": Scenario(observing, [IDLE_FIRST]),
    "observing": Scenario(observing, [UNEVEN, UNEVEN, IDLE_SECOND], exact=False),
    "many classes": Scenario(
        observing,
        [IDLE_SECOND, UNEVEN, IDLE_FIRST],
        options={"statistics": Statistics(window=WINDOW, max_bytes=70_000)},
    ),
    "regression, both": Scenario(
        observing, [UNEVEN, UNEVEN], options=GIVEN | {"task": "regression", "output": "first"}
    ),
    "regression": Scenario(
        observing, [IDLE_FIRST, UNEVEN], options=GIVEN | {"task": "regression", "output": "first"}
    ),
}


def first_unit(output: Tensor) -> Tensor:
    return output[:, 0]


def record(scenario: Scenario, folder: Path, rank: int | None) -> None:
    """Feed and write every record; rank None is one process that is fed everything."""
    options = dict(scenario.options)
    if "probe" in options:
        first = 420 - options["probe"] // 2  # half of them are among the batches
        options["probe"] = ProbeSet(*(part[first:][: options["probe"]] for part in digits()))
    if "output" in options:
        options["output"] = first_unit
    model = wrapped(network())
    recorder = Recorder(model, verbose=False, strict=True, **options)
    everything = batches()
    with nullcontext() if rank else SummaryWriter(str(folder)) as writer:
        for step, shares in enumerate(scenario.shares):
            mine = shares if rank is None else [shares[rank]]
            scenario.feed(recorder, model, [batch for share in mine for batch in everything[share]])
            assert recorder.write(writer, step)
    assert recorder.write(None, 99) is False


def sums(rank: int | None) -> Tensor:
    """The float64 sums of the moments of all batches."""
    recorder = Recorder(network(), verbose=False, strict=True, **GIVEN)
    everything = batches()
    mine = UNEVEN if rank is None else [UNEVEN[rank]]
    running(recorder, recorder.model, [batch for share in mine for batch in everything[share]])
    if rank is None:
        recorder.pipeline.accumulator.flush()
    else:
        processes.merge(
            recorder.pipeline.accumulator,
            recorder.pipeline.observed.layers,
            recorder.pipeline.observed.sizes,
        )
    return recorder.pipeline.accumulator.tables.moments.sums


TRAININGS = {"busy first": (1.0, 1e6), "busy second": (1e6, 1.0)}
"""Seconds between records by the clock of each process, where a pass takes one an input."""


def efforts(training: float, folder: Path, rank: int | None) -> list[tuple[Effort, bool]]:
    """What goes into each of four records that share the time, and whether they have influence."""
    now, found = 0.0, []

    def tick(_: nn.Module, inputs: tuple[Tensor]) -> None:
        nonlocal now
        now += len(inputs[0])

    model = network()
    model.register_forward_pre_hook(tick)
    time_share = TimeShare(0.5, lambda: now)
    recorder = Recorder(model, share=time_share, verbose=False, strict=True, **GIVEN)
    with nullcontext() if rank else SummaryWriter(str(folder)) as writer:
        for step in range(4):
            now += training
            found.append((time_share.effort, time_share.measures))
            recorder.run(batches()[UNEVEN[rank or 0]], progress=False)
            assert recorder.write(writer, step)
    return found


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    dist.init_process_group("gloo", timeout=dt.timedelta(seconds=60))
    rank = dist.get_rank()
    for name, scenario in SCENARIOS.items():
        record(scenario, folder / name, rank)
    torch.save(sums(rank), folder / f"sums-{rank}.pt")
    for name, seconds in TRAININGS.items():
        torch.save(efforts(seconds[rank], folder / name, rank), folder / f"{name}-{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
