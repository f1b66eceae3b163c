"""Measure a whole recording step of a default recorder, against the evaluation pass alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import recording, report
from benchmarks.recording import Batches, Case
from benchmarks.report import Figure, Section, Stopwatch
from summary_ops import ProbeSet, Recorder
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.passes.probe_pass import ProbePass
from summary_ops.projections.comparing import Comparison
from summary_ops.projections.recording import Projections

COMMAND = "python -m benchmarks.whole_step"
PROBE = 256
CASES = (
    Case("VGG16, 32 px", "vgg16", 32, 10, 64, 4096, 1.5),
    Case("ResNet-18, 224 px", "resnet18", 224, 10, 16, 1024, 2.5),
    Case("EfficientNet-Lite0, 224 px", "efficientnet_lite0", 224, 10, 16, 1024, 2.5),
    Case("ViT-Tiny, 64 px", "vit_tiny", 64, 10, 32, 1024, 4.0),
)


@contextmanager
def timed(probe: Stopwatch, projections: Stopwatch, second: Stopwatch) -> Iterator[None]:
    """Time the parts of a step; `projections` is a part of `probe`."""

    def finish(self: Projections, *given: Any) -> Iterator[object]:
        yield from projections.wrap(lambda: list(whole(self, *given)))()

    whole = Projections.finish
    wrapped = (
        (ProbePass, "run", probe.wrap(ProbePass.run)),
        (Comparison, "see", projections.wrap(Comparison.see)),
        (Projections, "finish", finish),
        (AttributionPass, "run", second.wrap(AttributionPass.run)),
    )
    with ExitStack() as stack:
        for owner, name, function in wrapped:
            stack.enter_context(patch.object(owner, name, function))
        yield


def figures(case: Case, model: nn.Module, batches: Batches) -> list[Figure]:
    """Return a step's second record, and its parts."""

    def plain() -> None:
        with torch.no_grad():
            for inputs, _ in batches:
                model(inputs)

    model.eval()
    probe, projections, second = watches = [Stopwatch() for _ in range(3)]
    instances = torch.cat([inputs for inputs, _ in batches[: -(-PROBE // case.batch)]])[:PROBE]
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer, timed(*watches):
        recorder = Recorder(
            model,
            classes=[str(index) for index in range(case.classes)],
            probe=ProbeSet(instances),
            verbose=False,
        )
        recorder.run(batches[:2], progress=False)
        recorder.write(writer, 0)
        for watch in watches:
            watch.seconds = 0.0
        taken = report.seconds(plain, clock=time.thread_time)
        run = report.seconds(lambda: recorder.run(batches, progress=False), clock=time.thread_time)
        write = report.seconds(lambda: recorder.write(writer, 1), clock=time.thread_time)
    alone = report.seconds(plain, clock=time.thread_time)
    once = (taken + alone) / 2
    nested = "; ".join(recorder.pipeline.step_records.about.left_out)
    of_probe = once * PROBE / case.count
    return [
        Figure(
            f"{case.name}: a whole step over the plain pass",
            (run + write) / once,
            most=case.most,
            note=f"{run + write:.1f} s on {once:.1f}: the pass "
            f"{run - probe.seconds - second.seconds:.1f}, the probe set {probe.seconds:.1f} (of it "
            f"projections {projections.seconds:.1f}), influence and importance "
            f"{second.seconds:.1f}, writing {write:.1f}",
        ),
        Figure(
            f"{case.name}: projections over the plain pass of the probe set alone",
            projections.seconds / of_probe,
            note=f"{projections.seconds:.2f} s on {of_probe:.2f}"
            + (f"; left out: {nested}" if nested else ""),
        ),
    ]


def measure() -> Section:
    """Measure all networks."""
    torch.set_num_threads(1)
    found = [figure for case in CASES for figure in figures(case, *recording.prepare(case, "cpu"))]
    return Section("A whole recording step", COMMAND, METHOD, found)


METHOD = (
    "Everything that a recorder records by default, in its second record: distributions, metrics, "
    f"activation counts, a probe set of {PROBE} inputs with its projections, influence and "
    "importance by class, and the writing. Processor seconds over those of the same pass without "
    "a recorder, the mean of one before and one after it. All but the pass itself costs the same "
    "however many inputs the pass has: with more than these the ratio falls. 10 classes; one "
    "thread; networks with random weights on crops of scikit-learn's photographs: "
    + ", ".join(f"{case.count:,} images ({case.name})" for case in CASES)
    + ". Influence and importance are measured on samples of each class, see "
    "*How many inputs a class's graph needs*."
)


if __name__ == "__main__":
    print(measure().markdown())
