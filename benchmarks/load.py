"""A load test: 1,000 classes and 5,000 units through the recorder, the files and the server."""

from __future__ import annotations

import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from benchmarks import opening
from benchmarks.report import Figure, Section
from summary_ops import Recorder, Statistics, add_class_embedding
from summary_ops.passes.attribution_pass import AttributionPass
from tensorboard_neural.demo import data

COMMAND = "python -m benchmarks.load"
RUN = "load test, clusters as classes"
CLASSES, FOCUS = 1000, 64
WIDTHS = (64, 128)
HIDDEN = (1408, 1200, 1200)
BATCH = 250
CLUSTERING = 5  # passes of k-means
MEGA = 2**20
SWITCHES = 10
LAST_HIDDEN = "11"


def network(size: int) -> nn.Sequential:
    """4,000 hidden units and 1,000 logits, with He-initialized weights."""
    parts: list[nn.Module] = []
    width = 1
    for channels in WIDTHS:
        parts += [nn.Conv2d(width, channels, 3, 2), nn.ReLU()]
        width, size = channels, (size - 1) // 2
    parts += [nn.MaxPool2d(2), nn.Flatten()]
    width *= (size // 2) ** 2
    for units in HIDDEN:
        parts += [nn.Linear(width, units), nn.ReLU()]
        width = units
    model = nn.Sequential(*parts, nn.Linear(width, CLASSES))
    for module in model[:-1]:
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return model.eval()


def cluster(model: nn.Sequential, images: Tensor) -> Tensor:
    """Give the network a class for each of 1,000 clusters of its own features, by k-means.

    The logit of the nearest centre c is largest: x · c - |c|² / 2.

    Returns:
        The class predicted for each image, `[N]`.
    """
    with torch.inference_mode():
        features = torch.cat([model[:-1](batch) for batch in images.split(BATCH)])
    centres = features[torch.randperm(len(features))[:CLASSES]].clone()
    head = model[-1]
    with torch.no_grad():
        for _ in range(CLUSTERING + 1):
            head.weight.copy_(centres)
            head.bias.copy_(-centres.square().sum(1) / 2)
            nearest = torch.cat([head(part).argmax(1) for part in features.split(BATCH)])
            inputs = torch.bincount(nearest, minlength=CLASSES)
            sums = torch.zeros_like(centres).index_add_(0, nearest, features)
            centres = torch.where(inputs[:, None] > 0, sums / inputs[:, None].clamp(1), centres)
    return nearest


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def peak() -> float:
    """Most resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA


def record(logdir: Path) -> tuple[list[int], list[Figure]]:
    """Record one pass.

    Returns:
        The focus classes, largest first, and figures.
    """
    images = data.load("fashion-mnist")
    pixels = torch.tensor(images.train_images).permute(0, 3, 1, 2).float() / 255
    model = network(pixels.shape[2])
    predicted = cluster(model, pixels)
    inputs = torch.bincount(predicted, minlength=CLASSES)
    focus = inputs.argsort(descending=True)[:FOCUS].tolist()
    passing = DataLoader(TensorDataset(pixels, predicted), BATCH)
    before = peak()

    def plain() -> None:
        with torch.no_grad():
            for batch, _ in passing:
                model(batch)

    alone = timed(plain)
    names = [f"cluster {label}" for label in range(CLASSES)]
    second = 0.0
    measured = AttributionPass.run

    def measure(*given: Any, **named: Any) -> None:
        nonlocal second
        second += timed(lambda: measured(*given, **named))

    with (
        SummaryWriter(str(logdir / RUN)) as writer,
        Recorder(model, classes=names, statistics=Statistics(focus=focus)) as recorder,
        patch.object(AttributionPass, "run", measure),
    ):
        recorded = timed(lambda: recorder.run(passing))
        written = timed(lambda: (recorder.write(writer, 0), writer.flush()))
        most = peak()
        mapped = timed(lambda: add_class_embedding(writer, recorder, step=0))
    size = sum(file.stat().st_size for file in logdir.rglob("*") if file.is_file()) / MEGA
    enough = int((inputs >= 20).sum())
    note = f"{len(pixels)} images of {images.name}; {enough} clusters of at least 20"
    return focus, [
        Figure("the plain pass", alone, "s", note=note),
        Figure("the first pass, recorded", recorded - second, "s"),
        Figure(f"the second pass, for {FOCUS} classes", second, "s"),
        Figure("written", written, "s"),
        Figure(f"{enough} classes mapped by UMAP, in every layer", mapped, "s"),
        Figure("event files", size, "MB"),
        Figure("peak memory of the process", most, "MB", note=f"{before:.0f} before recording"),
    ]


def switches(logdir: Path, focus: list[int]) -> list[Figure]:
    """Measure the requests of a change of class."""

    def subject(label: int) -> str:
        return json.dumps([RUN, "model", 0, f"class:{label}"])

    with opening.serving(logdir, "false") as address:
        opening.wait_for_models(address)
        asked = [ask(address, subject(label)) for label in focus[: SWITCHES + 1]]
    (cold, _), *answers = asked
    shown = [json.loads(graph) for _, (graph, _) in answers]
    nodes = statistics.median(len(graph["nodes"]) for graph in shown)
    edges = statistics.median(len(graph["edges"]) for graph in shown)
    return [
        Figure("the first class, cold", cold, "ms"),
        Figure(
            "another class: its two requests",
            statistics.median(taken for taken, _ in answers),
            "ms",
            most=100,
            note=f"{nodes:g} units, {edges:g} edges",
        ),
        Figure(
            "another class: their answers",
            statistics.median(sum(map(len, parts)) for _, parts in answers) / 1000,
            "kB",
            most=150,
            note="Summit's: 637 requests, 1.6 MB",
        ),
    ]


def ask(address: str, chosen: str) -> tuple[float, list[bytes]]:
    """Milliseconds and answers of what the page asks of a class: its graph, and similar classes."""
    asked = [
        opening.ask(address, "graph", s=chosen),
        opening.ask(address, "similarity", s=chosen, layer=LAST_HIDDEN),
    ]
    return sum(taken for taken, _ in asked), [answer for _, answer in asked]


def measure() -> Section:
    """Record, then switch classes as the page does."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        focus, figures = record(Path(folder))
        figures += switches(Path(folder), focus)
    return Section("Load: 1,000 classes, 5,000 units", COMMAND, METHOD, figures)


METHOD = (
    "A convolutional network with untrained hidden layers whose 1,000 classes are clusters of its "
    "features (k-means), on Fashion-MNIST's 60,000 training images, labelled by what it predicts: "
    "this tests load, and its graphs mean nothing. One recorded pass with a recorder's defaults "
    f"and `focus=` {FOCUS} classes: moments and activation counts of all classes, influence for "
    "the focus classes, from 64 inputs each; then a map of the classes with 20 inputs or more. A "
    "change of class asks for its graph and for the similarity of all others. One thread."
)


if __name__ == "__main__":
    print(measure().markdown())
