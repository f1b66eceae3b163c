"""Measure whether a class depends on the units that its attribution graph names."""

from __future__ import annotations

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

from benchmarks import opening, small_networks
from benchmarks.report import Figure, Section
from benchmarks.small_networks import KINDS, Data
from summary_ops import Graph, Recorder

COMMAND = "python -m benchmarks.truth"
RANKINGS = {"importance": "importance", "lift": "rank and lift", "pagerank": "Summit's rank"}
NETWORKS = ("plain CNN", "ResNet", "SqueezeNet-like", "ViT")
SAMPLES = 3
"""Samples of the inputs that importance and influence are measured on: seeds of `Graph`."""

LARGER = 64
"""Inputs a class of larger samples than the default's."""

TOP, DRAWS, NEAREST = 10, 50, 10
WHOLE = 1.0  # keep every node there is; the ten first do not depend on the cut
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
        """Return how many deviations of the draws lie between `own` and their mean."""
        return float((self.own - np.mean(self.drawn)) / np.std(self.drawn))


@contextmanager
def watching(model: nn.Module, names: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Yield the last forward pass's outputs, averaged over positions, `[batch, units]`."""
    seen: dict[str, Tensor] = {}
    modules = dict(model.named_modules())
    with ExitStack() as stack:
        for name in names:

            def see(_module: nn.Module, _inputs: object, output: Tensor, at: str = name) -> None:
                seen[at] = _pooled(output)

            stack.callback(modules[name].register_forward_hook(see).remove)
        yield seen


def _pooled(output: Tensor) -> Tensor:
    """Means over positions, `[batch, units]`: of maps, or of tokens, whose units are last."""
    if output.ndim == 3:
        return output.mean(1)
    return output.flatten(2).mean(2) if output.ndim > 2 else output


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
                if output.ndim == 3:  # tokens
                    changed[..., at] = by
                else:
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
    """Return for each unit another one of its layer that the class excites about as much.

    Each is drawn among the ten nearest in mean activation that are neither given nor drawn yet;
    where a layer has no others left, there is none for it.
    """
    drawn: list[tuple[str, int]] = []
    for layer, unit in units:
        means_here = means.by_class[layer][label]
        order = (means_here - means_here[unit]).abs().argsort().tolist()
        free = [(layer, other) for other in order if (layer, other) not in {*units, *drawn}]
        if free:
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


def record(model: nn.Module, data: Data, layers: Sequence[str], to: Path, graph: Graph) -> None:
    """Record a network on the images it was trained on, as anybody would."""
    training = TensorDataset(data.seen, data.seen_labels)
    classes = [str(label) for label in range(small_networks.CLASSES)]
    options = {"classes": classes, "layers": list(layers), "verbose": False}
    with SummaryWriter(str(to)) as writer, Recorder(model, graph=graph, **options) as recorder:
        recorder.run(DataLoader(training, BATCH))
        recorder.write(writer, 0)


def strongest(address: str, run: str, label: int, ranking: str) -> Units:
    """Return the ten units that come first in a class's graph, as the page gets it.

    The output layer's are left out: that a class's logit depends on itself is no finding.
    """
    subject = json.dumps([run, "model", 0, f"class:{label}"])
    answer = opening.ask(address, "graph", s=subject, ranking=ranking, keep=WHOLE, rows=32)[1]
    graph = json.loads(answer)
    nodes = [node for node in graph["nodes"] if not graph["layers"][node["layer"]]["output"]]
    nodes.sort(key=lambda node: -(node["score"][0] or 0))
    return [(graph["layers"][node["layer"]]["name"], node["unit"]) for node in nodes[:TOP]]


def measure() -> Section:
    """Record, ask for the graphs, and ablate what they name."""
    torch.set_num_threads(1)
    trained = {name: small_networks.trained(name) for name in NETWORKS}
    labels = range(small_networks.CLASSES)
    cases = {ranking: (ranking, None) for ranking in RANKINGS}
    cases["larger"] = ("importance", LARGER)
    chosen: dict[tuple[str, str], list[list[Units]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, data) in trained.items():
            for seed in range(SAMPLES):
                for inputs in (None, LARGER):
                    to = Path(folder) / _run(name, seed, inputs)
                    record(model, data, KINDS[name].layers, to, Graph(seed=seed, inputs=inputs))
        with opening.serving(Path(folder), "false") as address:
            opening.wait_for_models(address)
            for name in NETWORKS:
                for case, (ranking, inputs) in cases.items():
                    chosen[name, case] = [
                        [
                            strongest(address, _run(name, seed, inputs), label, ranking)
                            for label in labels
                        ]
                        for seed in range(SAMPLES)
                    ]
    figures: list[Figure] = []
    for name, (model, data) in trained.items():
        training = TensorDataset(data.seen, data.seen_labels)
        means = mean_activations(model, training, KINDS[name].layers)
        for case, (ranking, inputs) in cases.items():
            effects = [
                [
                    effect(model, data.unseen[data.labels == label], label, units, means)
                    for label, units in zip(labels, by_class, strict=True)
                ]
                for by_class in chosen[name, case]
            ]
            said = RANKINGS[ranking] + (f" on {inputs} inputs a class" if inputs else "")
            least = 10 if case == "importance" else None
            figures.append(_figure(f"{name}, by {said}", effects, chosen[name, case], least))
    return Section("What class graphs name, ablated", COMMAND, METHOD, figures)


def _run(name: str, seed: int, inputs: int | None) -> str:
    return f"{name.replace(' ', '-')}-{seed}-{inputs or 'default'}"


def _figure(
    name: str,
    effects: Sequence[Sequence[Effect]],
    chosen: Sequence[Sequence[Units]],
    least: float | None,
) -> Figure:
    """Return the classes that all draws are beaten in, of the sample with the fewest.

    Args:
        name: of the network and the ranking.
        effects: by sample and class.
        chosen: likewise, the units.
        least: how many classes there should be.
    """
    beaten = [[sum(one.own > other for other in one.drawn) for one in sample] for sample in effects]
    whole = [sum(count == DRAWS for count in counts) for counts in beaten]
    every = [one for sample in effects for one in sample]
    different = np.mean([len({unit for units in sample for unit in units}) for sample in chosen])
    note = (
        f"by sample {', '.join(map(str, whole))}; the logit falls by "
        f"{np.mean([one.own for one in every]):.2f}, without similar units by "
        f"{np.mean([np.mean(one.drawn) for one in every]):.2f}, other logits by "
        f"{np.mean([one.others for one in every]):.2f}; {different:.0f} different units; "
        f"at least {min(map(min, beaten))} draws beaten"
    )
    title = f"{name}: classes in which all draws are beaten"
    return Figure(title, min(whole), "of 10", least=least, note=note)


METHOD = (
    "Small networks, trained on 1,200 of scikit-learn's digits and recorded on these with a "
    "recorder's defaults: importance on 32 inputs a class, influence on 12. The figure is that of "
    f"the worst of {SAMPLES} samples of these inputs. For each class the ten units that come first "
    "in its attribution graph, as the page gets it but for the logits themselves, are replaced by "
    "their means over all training images, at every position (mean ablation), and the other images "
    f"of the class go through the network. Beside it, {DRAWS} draws of ten other units: for each, "
    "one of the ten of its layer whose mean activation on the class is nearest."
)


if __name__ == "__main__":
    print(measure().markdown())
