"""Measure the time to answer maps of a probe set."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Subset
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, models
from benchmarks.opening import SERVERS, ask, serving, wait_for_models
from benchmarks.report import Figure, Section
from summary_ops import ProbeSet, Recorder

COMMAND = "python -m benchmarks.maps"
PROBED, STEPS = 256, 5
REPEATS = 9
RUN = {"run": "run", "model": "model"}
COLD, CACHED = 300.0, 30.0


def record(folder: Path) -> None:
    """Record VGG16 at some steps, its weights moved a little each time."""
    torch.manual_seed(0)
    data = images.crops(PROBED + 64, 32, 10)
    probed = data[:PROBED]
    model = models.calibrated(models.vgg16(), probed[0][:64])
    recorder = Recorder(model, probe=ProbeSet(*probed), graph=None, verbose=False)
    loader = DataLoader(Subset(data, range(PROBED, PROBED + 64)), 64)
    with SummaryWriter(str(folder / "run")) as writer:
        for step in range(STEPS):
            recorder.run(loader, progress=False)
            recorder.write(writer, step)
            with torch.no_grad():
                for weight in model.parameters():
                    spread = weight.std(correction=0)
                    weight.add_(0.01 * spread * torch.randn_like(weight))


def measure_server(folder: Path, server: str, fast: str) -> list[Figure]:
    """Ask for maps that were not asked for before, and again."""
    with serving(folder, fast) as address:
        wait_for_models(address)
        time.sleep(5)
        about = json.loads(ask(address, "index")[1])["models"][0]
        cold = ask(address, "projection", **RUN, step=0)[0]
        again = [ask(address, "projection", **RUN, step=0)[0] for _ in range(REPEATS)]
        moved = [ask(address, "projection", **RUN, step=at)[0] for at in range(1, STEPS - 1)]
        chosen = [
            ask(address, "projection", **RUN, step=0, instances=f"{at}-{at + 9}")[0]
            for at in range(0, 10 * REPEATS, 10)
        ]
    size = f"{len(about['layers'])} layers, {PROBED} instances"
    return [
        Figure(f"{server}: maps of a step, cold", cold, "ms", most=COLD, note=size),
        Figure(f"{server}: the same again", statistics.median(again), "ms", most=CACHED),
        Figure(f"{server}: another step", statistics.median(moved), "ms"),
        Figure(
            f"{server}: ten instances projected anew",
            statistics.median(chosen),
            "ms",
            note="at two steps: the one shown, and the last, which it lies as",
        ),
    ]


def measure() -> Section:
    """Ask both of TensorBoard's servers for maps."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder))
        figures = [
            figure
            for server, fast in SERVERS.items()
            for figure in measure_server(Path(folder), server, fast)
        ]
    return Section("Maps of a probe set", COMMAND, METHOD, figures)


METHOD = (
    f"VGG16 at 32 px, recorded at {STEPS} steps with a recorder's defaults and {PROBED} crops of "
    "scikit-learn's photographs as its probe set. Wall time of requests made one after another to "
    "a TensorBoard in its own process; *cold* is the first one after the index."
)


if __name__ == "__main__":
    print(measure().markdown())
