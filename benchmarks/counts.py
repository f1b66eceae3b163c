"""Measure the cost of activation counts, against a loop over images."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import recording, report
from benchmarks.recording import Batches, Case
from benchmarks.report import Figure, Section, Stopwatch
from summary_ops import Graph, Recorder
from summary_ops.statistics.activation_counts import ActivationCounts
from summary_ops.streaming.layer_counts import LayerCounts

COMMAND = "python -m benchmarks.counts"
MASS, MASSES = 0.03, ((0.03,), (0.01, 0.03, 0.1))
IMAGES, LOOP_IMAGES = 512, 128


def loop(activations: Tensor, labels: Tensor, classes: int, mass: float) -> list[list[int]]:
    """Count `[classes, units]` image by image: sort its units, take them until the share."""
    counts = [[0] * activations.shape[1] for _ in range(classes)]
    for row, label in zip(activations.numpy(), labels.tolist(), strict=True):
        weights = row / row.sum()
        reached = 0.0
        for weight, unit in sorted(((w, -u) for u, w in enumerate(weights)), reverse=True):
            counts[label][-unit] += 1
            reached += weight
            if reached >= mass:
                break
    return counts


def against_the_loop(case: Case, model: nn.Module, batches: Batches) -> Figure:
    """Both ways to count the activations of all rectified layers, from the same arrays.

    Raises:
        RuntimeError: they differ by more than float32 sums explain.
    """
    found = {type(module) for module in model.modules()}
    rectifiers = [kind for kind in (nn.ReLU, nn.ReLU6) if kind in found]
    recorder = Recorder(model, layers=rectifiers, verbose=False, graph=None)
    held, taken = recorder.pipeline.accumulator, Stopwatch()
    with patch.object(held, "flush", lambda: None):
        recorder.run(batches[: -(-LOOP_IMAGES // case.batch)], progress=False)
    labels = torch.cat([batch.labels for batch in held.waiting if batch.labels is not None])
    looped = same = units = 0.0
    for name in held.waiting[0].pooled:
        parts = [batch.pooled[name] for batch in held.waiting]
        whole = torch.cat(parts)
        start = time.thread_time()
        expected = torch.tensor(loop(whole, labels, case.classes, MASS))
        looped += time.thread_time() - start
        counts = ActivationCounts.empty(case.classes, whole.shape[1], (MASS,))
        update = taken.wrap(counts.update)
        for values, label in zip(parts, torch.split(labels, case.batch), strict=True):
            update(values, torch.arange(case.classes)[:, None] == label)
        same += float((counts.counts[0] == expected).sum())
        units += expected.numel()
    if same < 0.999 * units:
        raise RuntimeError(f"{units - same:.0f} of {units:.0f} counts differ from the loop's")
    images = len(labels)
    return Figure(
        f"{case.name}: a loop over images and units in Python, over our counts",
        looped / taken.seconds,
        note=f"{1e6 * looped / images:.0f} µs an image over {1e6 * taken.seconds / images:.0f}; "
        f"{100 * same / units:.2f} % of the counts are equal",
    )


def in_a_pass(
    case: Case, model: nn.Module, batches: Batches, masses: tuple[float, ...], plain: float
) -> Figure:
    """Measure what counting adds to a recorder's second record, over the plain pass's seconds."""
    graph = Graph(masses=masses, influence=(), importance=False, examples=0)
    counting = Stopwatch()
    classes = [str(index) for index in range(case.classes)]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        writer = stack.enter_context(SummaryWriter(folder))
        for name in ("place", "update", "add_rows", "add_layers"):
            method = counting.wrap(getattr(LayerCounts, name))
            stack.enter_context(patch.object(LayerCounts, name, method))
        recorder = Recorder(model, classes=classes, verbose=False, graph=graph)
        recorder.run(batches[:2], progress=False)
        recorder.write(writer, 0)
        counting.seconds = 0.0
        recorder.run(batches, progress=False)
        counting.wrap(lambda: recorder.pipeline.accumulator.counts.of_layer)()
    shares = ", ".join(f"{mass:g}" for mass in masses)
    return Figure(
        f"{case.name}: a pass with activation counts (mass {shares}) over the plain one",
        1 + counting.seconds / plain,
        note=f"µs an image: {1e6 * counting.seconds / case.count:.0f} "
        f"on {1e6 * plain / case.count:.0f}",
    )


def plain_seconds(model: nn.Module, batches: Batches) -> float:
    """Processor seconds of the same pass without hooks."""
    watch = Stopwatch()
    model.eval()
    with torch.no_grad():
        for inputs, _ in batches:
            watch.wrap(model)(inputs)
    return watch.seconds


def measure() -> Section:
    """Both comparisons for all three networks."""
    torch.set_num_threads(1)
    figures = []
    for case in (replace(case, count=IMAGES) for case in recording.CASES):
        model, batches = recording.prepare(case, "cpu")
        plain = plain_seconds(model, batches)
        figures += [in_a_pass(case, model, batches, masses, plain) for masses in MASSES]
        figures.append(against_the_loop(case, model, batches))
    return Section("Activation counts", COMMAND, METHOD, figures)


METHOD = (
    "Summit's activation aggregation: for each image and layer the fewest units that hold 3 % of "
    "the layer's activation, counted a class. Processor seconds of counting alone in a recorder's "
    "second record, over a pass without hooks; layers with a substantial negative share are "
    "counted by their deviation as well. The peer sorts each image's units in Python and adds them "
    "up one by one, as the published notebook does, from the same pooled activations of the "
    f"rectified layers of {LOOP_IMAGES} images; it sums in float32 and we in float64. Networks and "
    f"batches are those of the recording of a pass, with {IMAGES} images."
)


def main() -> None:
    print(report.machine())
    print(measure().markdown())


if __name__ == "__main__":
    main()
