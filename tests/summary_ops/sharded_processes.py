"""What `test_sharded_models` runs under torchrun: FSDP2 over two processes.

Called as `sharded_processes.py FOLDER`; `record` also runs in one process, on the whole model.
"""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, parallelize_module
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Statistics, add_saliency
from tests.summary_ops.networks import digits

GIVEN: dict[str, Any] = {"statistics": Statistics(window=(-3.0, 5.0))}
PLAIN: dict[str, Any] = {"graph": None, "projection": None}
SCENARIOS: dict[str, dict[str, Any]] = {
    "window given": GIVEN | PLAIN,
    "first inputs": PLAIN,
    "probe set": {"probe": 50} | PLAIN,
    "graph and projection": GIVEN | {"probe": 50},
}
SHARES = slice(0, 5), slice(5, 7)
"""The batches of each process, in number unlike."""


def batches() -> list[tuple[Tensor, Tensor]]:
    """Seven batches of 60 digits; the first five hold 300."""
    images, labels = (part[:420].split(60) for part in digits())
    return list(zip(images, labels, strict=True))


def network() -> nn.Module:
    torch.manual_seed(0)
    hidden = [nn.Linear(64, 12), nn.ReLU(), nn.BatchNorm1d(12), nn.Linear(12, 10)]
    return nn.Sequential(nn.Flatten(), *hidden)


def sharded() -> nn.Module:
    model = network()
    for layer in (model[1], model):
        fully_shard(layer)
    return model


def record(name: str, model: nn.Module, folder: Path, rank: int | None) -> list[str]:
    """Run and write; returns what could not be recorded. Rank None is fed everything."""
    options = dict(SCENARIOS[name])
    if "probe" in options:
        options["probe"] = ProbeSet(*(part[-options["probe"] :] for part in digits()))
    recorder = Recorder(model, verbose=False, **options)
    mine = [batches()[SHARES[rank]]] if rank is not None else [batches()[one] for one in SHARES]
    recorder.run([batch for share in mine for batch in share], progress=False)
    problems = recorder.problems.found
    with nullcontext() if rank else SummaryWriter(str(folder / name)) as writer:
        assert recorder.write(writer, 0) is True
    return [problem.what for problem in problems]


def train(rank: int, *, recording: bool) -> dict[str, Tensor]:
    """Two steps on a share each; the full state after them."""
    model = sharded()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for step in range(2):
        images, labels = batches()[2 * step + rank]
        loss = F.cross_entropy(model(images), labels)
        if recording:
            recorder = Recorder(model, verbose=False, **GIVEN, **PLAIN)
            recorder.run([(images, labels)], progress=False)
            assert all(isinstance(own, DTensor) for own in model[1].parameters())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if recording:
            recorder.run([(images, labels)], progress=False)
            assert all(isinstance(own, DTensor) for own in model.parameters())
    return get_model_state_dict(model, options=StateDictOptions(full_state_dict=True))


def refusals(rank: int) -> dict[str, str]:
    """What is said of what cannot be done."""
    model, images = sharded(), digits()[0][:4]
    recorder = Recorder(model, probe=ProbeSet(images), verbose=False, **PLAIN)
    mesh = init_device_mesh("cpu", (2,))
    split = parallelize_module(network(), mesh, {"1": ColwiseParallel()})
    split_recorder = Recorder(split, verbose=False, **PLAIN)
    asked = {
        "a job": lambda: add_saliency(None, recorder, [0], step=0),
        "no batch": lambda: recorder.run(batches()[:1] if rank else [], progress=False),
        "tensor parallel": lambda: split_recorder.run(batches()[:1], progress=False),
    }
    said = {}
    for what, ask in asked.items():
        try:
            ask()
        except (RuntimeError, ValueError) as error:
            said[what] = str(error)
    return said | {"fingerprint": recorder.pipeline.step_records.about.weights}


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    dist.init_process_group("gloo", timeout=dt.timedelta(seconds=60))
    rank = dist.get_rank()
    problems = {name: record(name, sharded(), folder, rank) for name in SCENARIOS}
    found = {
        "problems": problems,
        "plain": train(rank, recording=False),
        "recorded": train(rank, recording=True),
        "refusals": refusals(rank),
    }
    torch.save(found, folder / f"{rank}.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
