"""What looking at a network's activations costs with one library or another, in one run."""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import images, models, report
from benchmarks.report import Figure, Section
from summary_ops import Recorder
from summary_ops.network.modules import layers

COMMAND = "python -m benchmarks.peers"
SIZE, BATCH, BATCHES, CLASSES, REPEATS = 32, 32, 4, 10, 3
OURS = "ours"

Batches = list[tuple[Tensor, Tensor]]
Pass = Callable[[Batches], object]


@dataclass(frozen=True)
class Peer:
    """Something that looks at the layers' outputs in a pass.

    Attributes:
        name: what is called.
        gives: what one has afterwards.
        opened: from a network and a folder to a function that makes a pass, while it is open.
        library: that is needed.
        compiled: whether it takes a compiled network too.
    """

    name: str
    gives: str
    opened: Callable[[nn.Module, Path], Any]
    library: str = "torch"
    compiled: bool = True


def forward(model: nn.Module) -> Pass:
    """Return a plain pass."""

    def make(batches: Batches) -> None:
        with torch.no_grad():
            for inputs, _ in batches:
                model(inputs)

    return make


def chosen(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers that we record by default."""
    yield from layers.choose(layers.unwrap(model)).items()


@contextmanager
def plain(model: nn.Module, _folder: Path) -> Iterator[Pass]:
    yield forward(model)


@contextmanager
def ours(model: nn.Module, folder: Path) -> Iterator[Pass]:
    """Observe the user's own passes; the second record is timed."""
    recorder = Recorder(
        model,
        classes=[str(index) for index in range(CLASSES)],
        graph=None,
        compiled=hasattr(model, "_orig_mod"),
        verbose=False,
    )
    with SummaryWriter(str(folder)) as writer, recorder:

        def make(batches: Batches) -> None:
            with torch.no_grad():
                for inputs, labels in batches:
                    with recorder.observing(labels):
                        model(inputs)

        make([*images_for_windows()])
        recorder.write(writer, 0)
        yield make


def images_for_windows() -> Batches:
    """Return what the windows of the first record are placed by."""
    inputs, labels = images.crops(256, SIZE, CLASSES).tensors
    return [(inputs[:BATCH], labels[:BATCH])] * (256 // BATCH)


@contextmanager
def add_histogram(model: nn.Module, folder: Path) -> Iterator[Pass]:
    with SummaryWriter(str(folder)) as writer:
        yield from hooked(model, lambda name, output: writer.add_histogram(name, output, 0))


@contextmanager
def copies(model: nn.Module, _folder: Path) -> Iterator[Pass]:
    kept: dict[str, Tensor] = {}
    yield from hooked(
        model, lambda name, output: kept.__setitem__(name, output.detach().to("cpu", copy=True))
    )


def hooked(model: nn.Module, see: Callable[[str, Tensor], object]) -> Iterator[Pass]:
    """Make passes with a hook on each layer."""
    with ExitStack() as stack:
        for name, module in chosen(model):

            def hook(_module: nn.Module, _args: object, output: Tensor, at: str = name) -> None:
                see(at, output)

            stack.callback(module.register_forward_hook(hook).remove)
        yield forward(model)


@contextmanager
def torchlens(model: nn.Module, _folder: Path) -> Iterator[Pass]:
    library = importlib.import_module("torchlens")
    look = getattr(library, "log_forward_pass", None) or library.trace

    def make(batches: Batches) -> None:
        for inputs, _ in batches:
            look(model, inputs)

    yield make


@contextmanager
def wandb(model: nn.Module, folder: Path) -> Iterator[Pass]:
    """Watch parameters, and gradients, of which there are none in a pass."""
    os.environ["WANDB_SILENT"] = "true"
    library = importlib.import_module("wandb")
    session = library.init(mode="offline", dir=str(folder), project="peers")
    session.watch(model, log="all", log_freq=1)
    try:
        yield forward(model)
    finally:
        session.finish()


@contextmanager
def nnsight(model: nn.Module, _folder: Path) -> Iterator[Pass]:
    traced = importlib.import_module("nnsight").NNsight(model)
    outputs = [traced.get(name) for name, _ in chosen(model)]

    def make(batches: Batches) -> None:
        for inputs, _ in batches:
            with torch.no_grad(), traced.trace(inputs):
                for layer in outputs:
                    layer.output.save()

    yield make


PEERS = (
    Peer(OURS, "histograms and moments by unit and class, class metrics", ours),
    Peer("`add_histogram` of each layer", "a histogram a layer and batch", add_histogram),
    Peer("hooks that copy to the processor", "the last batch's outputs", copies),
    Peer("wandb.watch, offline", "histograms of parameters", wandb, "wandb"),
    Peer("nnsight", "each batch's outputs", nnsight, "nnsight", compiled=False),
    Peer("torchlens", "all intermediate results", torchlens, "torchlens", compiled=False),
)


def network() -> nn.Module:
    """VGG16, its norms calibrated."""
    torch.manual_seed(0)
    inputs = images.crops(BATCH, SIZE, CLASSES).tensors[0]
    return models.calibrated(models.vgg16(CLASSES), inputs).eval()


def breaks(batches: Batches) -> int:
    """Graphs that a compiled network is broken into while it is observed, less one."""
    from torch._dynamo.testing import CompileCounter  # noqa: PLC0415 - of no use elsewhere

    torch.compiler.reset()
    counter = CompileCounter()
    model = network()
    with Recorder(model, graph=None, compiled=True, verbose=False) as recorder:
        compiled = torch.compile(model, backend=counter)
        with recorder.observing(batches[0][1]), torch.no_grad():
            compiled(batches[0][0])
    torch.compiler.reset()
    return int(counter.frame_count) - 1


def timed(peer: Peer, batches: Batches, *, compiled: bool) -> list[float]:
    """Return processor seconds of a pass and of the plain one after it, the median pair of some."""
    torch.compiler.reset()
    model = network()
    if compiled:
        model = torch.compile(model, backend="eager")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        seen = stack.enter_context(peer.opened(model, Path(folder)))
        alone = forward(network())
        for warm in (seen, alone):
            warm(batches[:1])
        pairs = [
            [
                report.seconds(partial(one, batches), clock=time.process_time)
                for one in (seen, alone)
            ]
            for _ in range(REPEATS)
        ]
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[REPEATS // 2]


def rows(batches: Batches) -> Iterator[Figure]:
    """Each peer's figures."""
    for peer in PEERS:
        if importlib.util.find_spec(peer.library) is None:
            yield Figure(f"{peer.name}: skipped", 0, "", note=f"{peer.library} is not installed")
            continue
        for compiled in (False, True) if peer.compiled else (False,):
            try:
                taken, alone = timed(peer, batches, compiled=compiled)
            except Exception as error:  # noqa: BLE001 - of other libraries
                yield Figure(f"{peer.name}: failed", 0, "", note=f"{type(error).__name__}: {error}")
                continue
            count = sum(len(labels) for _, labels in batches)
            yield Figure(
                f"{peer.name}, {'compiled' if compiled else 'eager'}",
                taken / alone,
                note=f"{1e6 * taken / count:.0f} µs an image on {1e6 * alone / count:.0f}; gives "
                + peer.gives,
            )


def measure() -> Section:
    """All peers, and our graph breaks."""
    torch.set_num_threads(1)
    inputs, labels = images.crops(BATCH * BATCHES, SIZE, CLASSES).tensors
    batches = list(zip(inputs.split(BATCH), labels.split(BATCH), strict=True))
    figures = list(rows(batches))
    layers_of = len(dict(chosen(network())))
    figures.append(
        Figure(
            "graph breaks of a compiled pass that we observe",
            breaks(batches),
            "",
            note=f"{layers_of} recorded layers; hooks leave the graph",
        )
    )
    return Section("Peers", COMMAND, METHOD, figures)


METHOD = (
    f"A pass of VGG16 over {BATCH * BATCHES} images of {SIZE} px in batches of {BATCH}, looked at "
    "with one library or another, over the plain pass of the same images measured right after it, "
    f"the median of {REPEATS} pairs; processor seconds of all threads, one thread of torch's. "
    "*Compiled* is torch.compile with its backend `eager`, which traces and runs the same kernels, "
    "over the plain eager pass. A peer that is not installed is skipped. What "
    "one has afterwards differs: only ours tells units and classes apart."
)


if __name__ == "__main__":
    print(measure().markdown())
