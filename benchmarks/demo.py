"""Measure what the demo's records cost its trainings, and when the first record is served."""

from __future__ import annotations

import itertools
import json
import socket
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, report
from benchmarks.report import Figure, Section
from summary_ops import ProbeSet, Recorder
from tensorboard_neural import serving
from tensorboard_neural.demo import demo, training
from tensorboard_neural.demo.network import SmallVGG

COMMAND = "python -m benchmarks.demo"
SIZE, CLASSES, TIMED, PATIENCE = 28, 10, 12, 120.0
NAMES = [str(index) for index in range(CLASSES)]


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def served_after(start: float, port: int) -> float:
    """Return the wall seconds until TensorBoard lists a run of ours."""
    while time.monotonic() < start + PATIENCE:
        with suppress(OSError, ValueError):
            address = f"http://localhost:{port}/data/plugin/neural/index"
            with urllib.request.urlopen(address, timeout=5) as answer:
                if json.load(answer)["models"]:
                    return time.monotonic() - start
        time.sleep(0.2)
    return float("inf")


def measure() -> Section:
    """Train as the demo does for some steps, and write the first two records."""
    torch.set_num_threads(1)
    crops, labels = images.crops(demo.EVALUATED, SIZE, CLASSES).tensors
    test = TensorDataset(crops.mean(1, keepdim=True), labels)
    probe = ProbeSet.sample(test, demo.PROBED)
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        start = time.monotonic()
        port = free_port()
        with serving.tensorboard(Path(folder), port):
            network = SmallVGG(1, SIZE, CLASSES)
            recorder = Recorder(
                network, classes=NAMES, probe=probe, graph=demo.GRAPH, verbose=False
            )

            def record(step: int) -> None:
                recorder.run(DataLoader(test, demo.BATCH), progress=False)
                recorder.write(writer, step)
                writer.flush()

            record(0)
            served = served_after(start, port)
        steps = training.fit(network, test, lambda batch: batch, writer)
        next(steps)
        trained = report.seconds(
            lambda: list(itertools.islice(steps, TIMED)), clock=time.process_time
        )
        recorded = report.seconds(lambda: record(1), clock=time.process_time)
    a_training = trained / TIMED * training.STEPS
    records = recorded * demo.RECORDS
    figures = [
        Figure(
            "records of a training of the demo, over that training without recording",
            records / a_training,
            note=f"{demo.RECORDS} records of {recorded:.2f} s on {training.STEPS} steps of "
            f"{1e3 * trained / TIMED:.0f} ms",
        ),
        Figure("from the start to the first record served", served, "s", most=60),
    ]
    return Section("The demo", COMMAND, METHOD, figures)


METHOD = (
    "The demo's network, schedule, probe set and options, on crops of scikit-learn's photographs "
    f"at {SIZE} px in gray. Processor seconds of {TIMED} steps of training and of the second "
    "record, with influence, importance and projections, times their numbers in a training; one "
    "thread. Pictures of units and the questions asked after a training are not counted. The "
    "first record is served when TensorBoard, started at the same time as the training, lists its "
    "run; wall time."
)


if __name__ == "__main__":
    print(measure().markdown())
