"""What recording costs an evaluation pass, and what TensorBoard's own histograms cost it."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, models, report
from benchmarks.report import Figure, Section, Stopwatch
from summary_ops import Recorder, layers, taps

COMMAND = "python -m benchmarks.recording"
PEER_BATCHES = 3
PAIRS = 5
PEER_AT_LEAST = 50


@dataclass(frozen=True)
class Case:
    """A network, the pass it is recorded in, and what that is to cost at most."""

    name: str
    network: str
    size: int
    classes: int
    batch: int
    count: int
    most: float


CASES = (
    Case("VGG16, 32 px", "vgg16", 32, 10, 64, 4096, 1.03),
    Case("ResNet-50, 224 px", "resnet50", 224, 1000, 16, 512, 1.05),
    Case("EfficientNet-Lite0, 224 px", "efficientnet_lite0", 224, 1000, 16, 1024, 1.08),
)

Batches = list[tuple[Tensor, Tensor]]


def prepare(case: Case, device: str) -> tuple[nn.Module, Batches]:
    """The network with its norms calibrated, and its pass, both on the device."""
    torch.manual_seed(0)
    inputs, labels = images.crops(case.count, case.size, case.classes).tensors
    model = models.calibrated(getattr(models, case.network)(case.classes), inputs[:32])
    order = torch.randperm(case.count)
    parts = zip(
        inputs[order].to(device).split(case.batch),
        labels[order].to(device).split(case.batch),
        strict=True,
    )
    return model.to(device), list(parts)


@contextmanager
def recording_timed(watch: Stopwatch) -> Iterator[None]:
    """Time everything that a recorder adds to a pass: hooks, their coming and going, folding."""
    with (
        patch.object(taps.Hook, "__call__", watch.wrap(taps.Hook.__call__)),
        patch.object(Recorder, "see", watch.wrap(Recorder.see)),
        patch.object(Recorder, "unsee", watch.wrap(Recorder.unsee)),
        patch.object(Recorder, "collect", watch.wrap(Recorder.collect)),
    ):
        yield


def own_seconds(case: Case, model: nn.Module, batches: Batches) -> tuple[float, float]:
    """Seconds of recording, and of the pass without it; the second record of a recorder."""
    watch = Stopwatch()
    classes = [str(index) for index in range(case.classes)]
    with (
        tempfile.TemporaryDirectory() as folder,
        SummaryWriter(folder) as writer,
        recording_timed(watch),
    ):
        recorder = Recorder(model, classes=classes, verbose=False)
        recorder.run(batches[:2], progress=False)
        recorder.write(writer, 0)
        watch.seconds = 0.0
        total = report.seconds(
            lambda: recorder.run(batches, progress=False), clock=time.thread_time
        )
    return watch.seconds, total - watch.seconds


def paired_ratio(case: Case, model: nn.Module, batches: Batches) -> float:
    """A recorded pass over a plain one, wall time, where the device works on its own."""

    def plain() -> None:
        with torch.no_grad():
            for inputs, _ in batches:
                model(inputs)
        torch.cuda.synchronize()

    recorder = Recorder(model, classes=[str(i) for i in range(case.classes)], verbose=False)

    def recorded() -> None:
        recorder.run(batches, progress=False)
        torch.cuda.synchronize()

    model.eval()
    for warm in (plain, recorded):
        warm()
    pairs = [
        [report.seconds(action, clock=time.perf_counter) for action in (recorded, plain)]
        for _ in range(PAIRS)
    ]
    return statistics.median(recorded / plain for recorded, plain in pairs)


def peer_seconds(model: nn.Module, batches: Batches) -> float:
    """Seconds a batch of `SummaryWriter.add_histogram` of the layers that we record."""
    watch = Stopwatch()
    handles = []
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        add = watch.wrap(writer.add_histogram)
        for name, module in layers.choose(model).items():
            handles.append(
                module.register_forward_hook(lambda _m, _a, output, name=name: add(name, output, 0))
            )
        with torch.no_grad():
            model(batches[0][0])
            watch.seconds = 0.0
            for inputs, _ in batches[:PEER_BATCHES]:
                model(inputs)
        for handle in handles:
            handle.remove()
    return watch.seconds / PEER_BATCHES


def measure(device: str = "cpu") -> Section:
    """Both comparisons for all three networks."""
    torch.set_num_threads(1)
    figures = []
    for case in CASES:
        model, batches = prepare(case, device)
        what = f"{case.name}: a recorded pass over the plain one"
        if device != "cpu":
            figures.append(Figure(what, paired_ratio(case, model, batches), most=case.most))
            continue
        own, plain = own_seconds(case, model, batches)
        image = own / case.count
        note = f"{1e6 * image:.0f} µs an image on {1e3 * plain / case.count:.1f} ms"
        figures.append(Figure(what, 1 + own / plain, most=case.most, note=note))
        peer = peer_seconds(model, batches) / case.batch
        figures.append(
            Figure(
                f"{case.name}: `add_histogram` of the same layers over our recording",
                peer / image,
                least=PEER_AT_LEAST,
                note=f"{1e3 * peer:.1f} ms an image",
            )
        )
    return Section("Recording an evaluation pass", COMMAND, METHOD, figures)


METHOD = (
    "Distributions by class and class metrics, with a recorder's defaults, in its second record "
    "(with 1,000 classes: histograms of all inputs and of the 16 most confused classes). "
    "Recording's own processor seconds (hooks, attaching and detaching them, checks, folding, the "
    "placing of the windows) over the rest of the same pass: two passes of the same network differ "
    "by more than recording costs. The peer hooks the same layers and gives each batch's outputs "
    "to `SummaryWriter.add_histogram`, which tells neither units nor classes apart; its writer "
    "thread is not counted. One thread; He-initialised weights, norms calibrated on the images; "
    "crops of scikit-learn's photographs, labelled by brightness; batches of "
    + ", ".join(f"{case.batch} of {case.count:,} images ({case.name})" for case in CASES)
    + "."
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda for paired passes there")
    print(measure(parser.parse_args().device).markdown())
