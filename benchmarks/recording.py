"""Measure what recording costs an evaluation pass, and what TensorBoard's histograms cost it."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, models, report
from benchmarks.report import Figure, Section, Stopwatch
from summary_ops import Graph, Recorder
from summary_ops.network.hooks.activations import Pooling
from summary_ops.network.hooks.hook import Hook
from summary_ops.network.hooks.layer_hooks import LayerHooks
from summary_ops.network.layouts import axes
from summary_ops.network.modules import layers
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.intake import Intake

COMMAND = "python -m benchmarks.recording"
PEER_BATCHES = 3
PEER_UNITS = 8
PAIRS = 5
PEER_AT_LEAST = {False: 10, True: 100}
"""How much cheaper we are to be than `add_histogram` of layers, and of units."""


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
    Case("VGG16, 32 px", "vgg16", 32, 10, 64, 4096, 1.04),
    Case("ResNet-50, 224 px", "resnet50", 224, 1000, 16, 512, 1.05),
    Case("EfficientNet-Lite0, 224 px", "efficientnet_lite0", 224, 1000, 16, 1024, 1.07),
    Case("ViT-Tiny, 64 px", "vit_tiny", 64, 10, 32, 1024, 1.15),
)

Batches = list[tuple[Tensor, Tensor]]


def prepare(case: Case, device: str) -> tuple[nn.Module, Batches]:
    """Return the network with its norms calibrated, and its pass, both on the device."""
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


@dataclass(frozen=True)
class Costs:
    """Processor seconds of a pass: what a recorder adds, parts of it, and the rest of the pass."""

    own: float
    pooling: float
    folding: float
    plain: float


@contextmanager
def recording_timed(own: Stopwatch, pooling: Stopwatch, folding: Stopwatch) -> Iterator[None]:
    """Time what a recorder adds to a pass: hooks, their coming and going, folding, sampling."""
    wrapped = (
        (Hook, "__call__", own),
        (LayerHooks, "attach", own),
        (LayerHooks, "detach", own),
        (Pooling, "_begin", own),
        (LayerHooks, "_begin", own),
        (Intake, "count", own),
        (axes, "pool", pooling),
        (Accumulator, "add", folding),
        (AttributionPass, "offer", own),
    )
    with ExitStack() as stack:
        stack.enter_context(patch.object(AttributionPass, "run", lambda *_, **__: None))
        for owner, name, watch in wrapped:
            stack.enter_context(patch.object(owner, name, watch.wrap(getattr(owner, name))))
        yield


def costs(case: Case, model: nn.Module, batches: Batches, graph: Graph | None = None) -> Costs:
    """Measure a recorder's second record, without the second pass that graphs need."""
    watches = [Stopwatch() for _ in range(3)]
    classes = [str(index) for index in range(case.classes)]
    with (
        tempfile.TemporaryDirectory() as folder,
        SummaryWriter(folder) as writer,
        recording_timed(*watches),
    ):
        recorder = Recorder(model, classes=classes, verbose=False, graph=graph)
        recorder.run(batches[:2], progress=False)
        recorder.write(writer, 0)
        for watch in watches:
            watch.seconds = 0.0
        total = report.seconds(
            lambda: recorder.run(batches, progress=False), clock=time.thread_time
        )
    own, pooling, folding = (watch.seconds for watch in watches)
    return Costs(own, pooling, folding, total - own)


def paired_ratio(case: Case, model: nn.Module, batches: Batches) -> float:
    """Return the wall time of a recorded pass over that of a plain one."""

    def plain() -> None:
        with torch.no_grad():
            for inputs, _ in batches:
                model(inputs)
        torch.cuda.synchronize()

    classes = [str(i) for i in range(case.classes)]
    recorder = Recorder(model, classes=classes, verbose=False, graph=None)

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


def peer_seconds(model: nn.Module, batches: Batches, *, of_units: bool) -> float:
    """Seconds a batch of `SummaryWriter.add_histogram` of the layers that we record.

    Args:
        model: the network.
        batches: its pass, of which a few batches are taken.
        of_units: one call a unit, timed for eight units of each layer, instead of one a layer.
    """
    found = 0.0
    handles = []
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:

        def see(name: str, output: Tensor) -> None:
            nonlocal found
            parts = output.unbind(1)[:PEER_UNITS] if of_units else (output,)
            watch = Stopwatch()
            add = watch.wrap(writer.add_histogram)
            for place, part in enumerate(parts):
                add(f"{name}/{place}", part, 0)
            found += watch.seconds * (output.shape[1] / len(parts) if of_units else 1)

        for name, module in layers.choose(model).items():
            handles.append(module.register_forward_hook(lambda _m, _a, out, n=name: see(n, out)))
        with torch.no_grad():
            model(batches[0][0])
            found = 0.0
            for inputs, _ in batches[:PEER_BATCHES]:
                model(inputs)
        for handle in handles:
            handle.remove()
    return found / PEER_BATCHES


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
        figures += measure_host(case, model, batches)
    return Section("Recording an evaluation pass", COMMAND, METHOD, figures)


def measure_host(case: Case, model: nn.Module, batches: Batches) -> list[Figure]:
    """Return a network's figures on the processor."""
    taken = costs(case, model, batches)
    image = {
        name: 1e6 * getattr(taken, name) / case.count for name in ("own", "pooling", "folding")
    }
    rest = image["own"] - image["pooling"] - image["folding"]
    figures = [
        Figure(
            f"{case.name}: a recorded pass over the plain one",
            1 + taken.own / taken.plain,
            most=case.most,
            note=f"µs an image: pooling {image['pooling']:.0f}, folding {image['folding']:.0f}, "
            f"hooks and checks {rest:.0f}, on {1e6 * taken.plain / case.count:.0f}",
        )
    ]
    everything = costs(case, model, batches, Graph())
    figures.append(
        Figure(
            f"{case.name}: a pass recorded for graphs too over the plain one",
            1 + everything.own / everything.plain,
            note=f"µs an image: {1e6 * everything.own / case.count:.0f}, of which "
            f"{1e6 * everything.folding / case.count:.0f} folding",
        )
    )
    for of_units, what in ((False, "the same layers"), (True, "every unit of them")):
        peer = 1e6 * peer_seconds(model, batches, of_units=of_units) / case.batch
        figures.append(
            Figure(
                f"{case.name}: `add_histogram` of {what} over our recording",
                peer / image["own"],
                least=PEER_AT_LEAST[of_units],
                note=f"{peer:.0f} µs an image",
            )
        )
    return figures


METHOD = (
    "Distributions by class and class metrics, with a recorder's defaults without graphs, in "
    "its second record (with 1,000 classes: histograms of all inputs and of the 16 most confused "
    "classes). "
    "Recording's own processor seconds (hooks, attaching and detaching them, checks, folding, the "
    "placing of the windows) over the rest of the same pass: two passes of the same network differ "
    "by more than recording costs. The peer hooks the same layers and gives each batch's outputs "
    "to `SummaryWriter.add_histogram`, which tells neither units nor classes apart; its writer "
    "thread is not counted. A call a unit would tell units apart, though not classes; it is timed "
    "for eight units of each layer. One thread; He-initialized weights, norms calibrated on the "
    "images; crops of scikit-learn's photographs, labelled by brightness; batches of "
    + ", ".join(f"{case.batch} of {case.count:,} images ({case.name})" for case in CASES)
    + ".\n\nPooling reads every recorded output once from memory, as any look at it must: where "
    "the network itself is fast for its outputs, as VGG16 at 32 px is, that and one scattered "
    "count a unit and input are the cost. The hooks' own cost is one of processor caches that the "
    "network has filled with its own data, and counts where batches are small. `add_histogram` "
    "takes some 8 ns a number it reads; pooling alone takes 0.2 to 0.5 ns, so that no recording of "
    "all outputs is 50 times as fast on this processor."
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda for paired passes there")
    print(measure(parser.parse_args().device).markdown())
