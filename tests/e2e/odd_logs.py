"""Small log directories for the small, large and odd cases; real digits, tiny networks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    Graph,
    ProbeSet,
    Recorder,
    Statistics,
    add_feature_visualizations,
    annotate_units,
    attacks,
)
from tb_plugin_neural.contract.graph_records import Architecture, LayerShape, Link, Topology
from tb_plugin_neural.contract.records import Layer
from tests.logs import Log, activations, class_metrics, histograms, moments, session
from tests.recording import CLASSES, digits, train

INPUTS = 400
STAGES, BLOCKS = 4, 10
FOCUS = (33, 425, 629)  # of the most frequent ones
IMAGE, DUPLICATE, ARABIC = "<img src=x onerror=alert(1)>", "crane", "رافعة بناء"
ODD = (IMAGE, "=1+1", "", "x" * 300, ARABIC, DUPLICATE, DUPLICATE)
ODD += ('a "b" & c=d#e/f?g%h', "@SUM(A1)", "__proto__")
ATTACKED, ATTACKS = 1, 12
PICTURED = "features.1"
ODD_RUN = "<img src=x onerror=alert(2)>"
ODD_LAYER = "<b onclick=alert(3)>activation & 'more'</b>"


def dense(*units: int) -> nn.Sequential:
    """Dense layers with rectified units in between."""
    return nn.Sequential(*(m for ab in pairwise(units) for m in (nn.Linear(*ab), nn.ReLU())))[:-1]


def batches(inputs: Tensor, labels: Tensor | None = None) -> list[Any]:
    """A loader: batches of 100."""
    if labels is None:
        return list(inputs.split(100))
    return list(zip(inputs.split(100), labels.split(100), strict=True))


def record(
    folder: Path, model: nn.Module, loader: Iterable[Any], steps: Sequence[int], **options: Any
) -> None:
    """Record a network at some steps, changed a little from each to the next."""
    recorder = Recorder(model, verbose=False, **options)
    with SummaryWriter(str(folder)) as writer:
        for step in steps:
            recorder.run(loader, progress=False)
            recorder.write(writer, step)
            change(model)


def change(model: nn.Module) -> None:
    """Another moment of the network, without training."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.1)


def make(folder: Path) -> Path:
    """All runs in one log directory: see the functions below."""
    torch.manual_seed(0)
    images, labels = digits()
    inputs, labels = images[:INPUTS].flatten(1), labels[:INPUTS]
    two_classes(folder / "two classes", inputs, labels)
    unlabelled(folder / "unlabelled", inputs)
    deep(folder / "deep", inputs, labels)
    thousand_classes(folder / "thousand classes", inputs, labels)
    odd_names(folder, inputs, labels)
    damaged(folder / "damaged", inputs, labels)
    no_graphs(folder / "no graphs", inputs, labels)
    attacked(folder / "attacked", images[:INPUTS], labels)
    for run, architecture in LARGE.items():
        large(folder / run, *architecture())
    return folder


def two_classes(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """Zeros against ones, without a probe set."""
    chosen = labels < 2
    loader = batches(inputs[chosen], labels[chosen])
    record(folder, dense(64, 12, 8, 2), loader, (0, 10, 20), classes=["zero", "one"])


def unlabelled(folder: Path, inputs: Tensor) -> None:
    """A network that reproduces its inputs: no task, no classes."""
    record(folder, dense(64, 12, 64), batches(inputs), (0, 10), task=None)


def deep(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """Forty hidden layers in four stages."""
    blocks = [nn.Sequential(nn.Linear(16, 16), nn.ReLU()) for _ in range(STAGES * BLOCKS)]
    stages = [nn.Sequential(*blocks[at : at + BLOCKS]) for at in range(0, len(blocks), BLOCKS)]
    model = nn.Sequential(nn.Linear(64, 16), nn.Sequential(*stages), nn.Linear(16, 10))
    record(folder, model, batches(inputs, labels), (0,), layers=[nn.ReLU])


def thousand_classes(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """A digit and its amount of ink in hundredths are a class; histograms of three of them."""
    ink = (inputs.mean(1) * 100).long().clamp(0, 99)
    classes = [f"{digit}, {share} % ink" for digit in range(10) for share in range(100)]
    options: Any = {
        "classes": classes,
        "layers": [nn.ReLU],
        "statistics": Statistics(focus=FOCUS, max_bytes=10 * 2**20),
    }
    record(folder, dense(64, 16, 16, 1000), batches(inputs, labels * 100 + ink), (0, 10), **options)


def odd_names(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """Two runs of one network; the second counts the same classes from the other end."""
    model = nn.Sequential(nn.Linear(64, 12))
    model.add_module(ODD_LAYER, nn.ReLU())
    model.append(nn.Linear(12, len(ODD)))
    names = [IMAGE, "", ARABIC, "=1+1"]
    probe = ProbeSet(inputs[:4].view(4, 1, 8, 8), labels[:4], names=names, notes=[IMAGE] * 4)
    model = nn.Sequential(nn.Flatten(), model)
    loader = batches(inputs.view(-1, 1, 8, 8), labels)
    turned = batches(inputs.view(-1, 1, 8, 8), len(ODD) - 1 - labels)
    record(folder / ODD_RUN, copy.deepcopy(model), loader, (0,), classes=ODD, probe=probe)
    record(folder / "turned", model, turned, (0,), classes=ODD[::-1], probe=probe)


def damaged(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """Three steps, of which the second lost the histograms of a layer."""
    record(folder, dense(64, 12, 8, 10), batches(inputs, labels), (0, 10, 20))
    (path,) = folder.glob("*tfevents*")
    events = list(EventFileLoader(str(path)).Load())
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for event in events:
            if event.step == 10:
                _spoil(event)
            writer.write(event.SerializeToString())


def no_graphs(folder: Path, inputs: Tensor, labels: Tensor) -> None:
    """Distributions alone."""
    record(folder, dense(64, 12, 10), batches(inputs, labels), (0,), graph=None)


def attacked(folder: Path, images: Tensor, labels: Tensor) -> None:
    """A trained network, attacked images of a class, pictures of a layer's units, and names.

    Beside the run `attacked.pt` keeps what was recorded, by `state`, `clean` and `attacked`.
    """
    network = next(net for step, net in train(0, 0.05, (60,)) if step == 60).eval()
    clean = images[labels == ATTACKED]
    attack = attacks.fgsm(network, clean, torch.full((len(clean),), ATTACKED), eps=0.4)
    changed = attack.successful().at(range(ATTACKS)).images
    recorder = Recorder(
        network,
        classes=CLASSES,
        probe=ProbeSet(images[:20], labels[:20]),
        graph=Graph(masses=(0.03, 0.1)),
        verbose=False,
    )
    with SummaryWriter(str(folder)) as writer:
        recorder.run(batches(images, labels), progress=False)
        wrong = [(changed, torch.full((ATTACKS,), ATTACKED))]
        recorder.run(wrong, subset="attacked", only=True, progress=False)
        recorder.write(writer, 0)
        add_feature_visualizations(writer, recorder, {PICTURED: range(16)}, step=0, steps=16)
        annotate_units(writer, {PICTURED: {unit: f"stroke {unit}" for unit in range(16)}})
    kept = {"state": network.state_dict(), "clean": clean, "attacked": changed}
    torch.save(kept, folder.parent / "attacked.pt")


def large(folder: Path, names: list[str], links: list[tuple[str, str, str]]) -> None:
    """Layers of a large network at one step; what they do is of no matter."""
    seen = activations(0)
    layers = tuple(Layer(n, "ReLU", 4, "max", output=n == names[-1]) for n in names)
    sizes = tuple(LayerShape(name, (4, 7, 7), 100) for name in names)
    found: dict[str, Any] = {name: [histograms(seen), moments(seen)] for name in names}
    about = [session(layers=layers), Architecture(sizes, 10**7), class_metrics(40 * np.eye(3))]
    with Log(folder) as log:
        log.write(0, {"": [*about, Topology(tuple(Link(*ends) for ends in links), ())], **found})


def residual() -> tuple[list[str], list[tuple[str, str, str]]]:
    """The 155 convolutions of a ResNet-152, shortcuts among them, and its classifier."""
    names, links, before = ["conv1"], [], "conv1"
    for stage, count in enumerate((3, 8, 36, 3), 1):
        for block in (f"layer{stage}.{at}" for at in range(count)):
            convolutions = [f"{block}.conv{at}" for at in (1, 2, 3)]
            shortcut = [f"{block}.downsample.0"] * block.endswith(".0")
            names += convolutions + shortcut
            links += [(*ends, "direct") for ends in pairwise((before, *convolutions))]
            links += [(before, to, "direct") for to in shortcut]
            links += [(before, convolutions[-1], "identity")]
            before = convolutions[-1]
    return [*names, "fc"], [*links, (before, "fc", "direct")]


def transformer() -> tuple[list[str], list[tuple[str, str, str]]]:
    """What 24 blocks of a transformer attend to, think and pass on."""
    names, links, before = ["embed"], [], "embed"
    for block in (f"encoder.layers.{at}" for at in range(24)):
        parts = [f"{block}.self_attn", f"{block}.linear1", f"{block}.linear2"]
        names += parts
        links += [(*ends, "linearised") for ends in pairwise((before, *parts))]
        links += [(before, parts[-1], "identity")]
        before = parts[-1]
    return [*names, "head"], [*links, (before, "head", "direct")]


Architectures = Callable[[], tuple[list[str], list[tuple[str, str, str]]]]
LARGE: dict[str, Architectures] = {"residual": residual, "transformer": transformer}


def _spoil(event: Event) -> None:
    value = next(v for v in event.summary.value if "histograms" in v.tag and "1" in v.tag)
    value.tensor.string_val[0] = value.tensor.string_val[0][:40]
