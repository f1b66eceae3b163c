"""Measure the effect of our CRC-32C on TensorBoard's Python loader."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch
from tensorboard.backend.event_processing import plugin_event_multiplexer

from benchmarks import long_run, report
from benchmarks.report import Figure, Section
from tb_plugin_neural import reader

COMMAND = "python -m benchmarks.python_loader"
SLICE = 20_000_000
LARGE = 150_000_000


def load(logdir: Path) -> int:
    """Read a log directory as TensorBoard's Python loader does; the number of series found."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"neural": 0})
    multiplexer.AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    return sum(len(tags["tensors"]) for tags in multiplexer.Runs().values())


def measure() -> Section:
    """Load the first part of the long run with and without acceleration, then all of it with."""
    torch.set_num_threads(1)
    logdir = long_run.ensure()
    source = next(logdir.rglob("*tfevents*"))
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / source.name
        with source.open("rb") as whole:
            part.write_bytes(whole.read(SLICE))
        reader.restore()
        slow = report.seconds(lambda: load(part.parent), clock=time.process_time)
        if not reader.accelerate():
            raise RuntimeError("google-crc32c has no compiled part here: nothing to measure")
        fast = report.seconds(lambda: load(part.parent), clock=time.process_time, repeats=3)
    whole = report.seconds(lambda: load(logdir), clock=time.process_time)
    reader.restore()
    size = source.stat().st_size
    figures = [
        Figure(
            f"without over with, the first {SLICE / 1e6:.0f} MB",
            slow / fast,
            note=f"{slow:.2f} s over {fast:.3f} s",
        ),
        Figure(
            f"{LARGE / 1e6:.0f} MB with",
            whole * LARGE / size,
            "s",
            note=f"{whole:.2f} s for all {size / 1e6:.0f} MB; "
            f"{slow * LARGE / SLICE:.0f} s without, by proportion",
        ),
    ]
    return Section("TensorBoard's Python loader", COMMAND, METHOD, figures)


METHOD = (
    "The event file of the long run through TensorBoard's `EventMultiplexer`, with CRC-32C by "
    "google-crc32c and by TensorBoard's own Python loop. Processor seconds of all threads."
)


if __name__ == "__main__":
    print(measure().markdown())
