"""How well the importance of units agrees with taking them out, one by one."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import report
from benchmarks.report import Figure, Section
from summary_ops import Graph, Recorder
from tb_plugin_neural.graph_records import Importance
from tb_plugin_neural.metadata import Series
from tb_plugin_neural.record import Array

COMMAND = "python -m benchmarks.importance"
SEEDS, TRAINED_ON, STEPS, CLASSES = 5, 1000, 400, 10


def network() -> nn.Sequential:
    """Three convolutions and two dense layers, 136 hidden units."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(inplace=True)),
        *(nn.Conv2d(16, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(inplace=True)),
        nn.MaxPool2d(2),
        *(nn.Conv2d(24, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(inplace=True)),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, 40), nn.ReLU(inplace=True)),
        *(nn.Linear(40, 24), nn.ReLU(inplace=True), nn.Linear(24, CLASSES)),
    )


def trained(seed: int, images: Tensor, labels: Tensor) -> nn.Sequential:
    """The network after 400 steps of SGD."""
    torch.manual_seed(seed)
    model = network()
    optimiser = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    for _ in range(STEPS):
        chosen = torch.randint(0, len(images), (64,))
        loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def recorded(model: nn.Sequential, images: Tensor, labels: Tensor) -> dict[str, Array]:
    """The importance `[classes, units]` of each rectified layer, as a Recorder writes it."""
    graph = Graph(influence=(), inputs=len(images), examples=0)
    classes = [str(index) for index in range(CLASSES)]
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            recorder = Recorder(model, classes=classes, layers=nn.ReLU, graph=graph, verbose=False)
            recorder.run([(images, labels)], progress=False)
            recorder.write(writer, 0)
        records = dict(_records(Path(folder)))
    return {
        layer: record.values()[[record.subsets.index(f"class:{c}") for c in range(CLASSES)]]
        for layer, record in records.items()
    }


def _records(folder: Path) -> Iterator[tuple[str, Importance]]:
    for path in folder.glob("*tfevents*"):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                series = Series.parse(value.metadata.plugin_data.content)
                if series.kind == Importance.kind:
                    yield series.layer, Importance.unpack(value.tensor.string_val[0])


@torch.no_grad()
def ablated(model: nn.Sequential, layer: str, images: Tensor, labels: Tensor) -> Array:
    """How much a class's own logit falls when a unit is its mean everywhere, `[classes, units]`."""
    place = int(layer) + 1
    activation = model[:place](images)
    member = (torch.arange(CLASSES)[:, None] == labels).double()

    def own(hidden: Tensor) -> Tensor:
        logits = model[place:](hidden).gather(1, labels[:, None]).double()
        return (member @ logits)[:, 0] / member.sum(1)

    whole = own(activation.clone())
    falls = []
    for unit in range(activation.shape[1]):
        without = activation.clone()
        without[:, unit] = activation[:, unit].mean()
        falls.append(whole - own(without))
    return np.asarray(torch.stack(falls, 1).numpy())


def measure() -> Section:
    """Rank correlations of 5 seeds."""
    torch.set_num_threads(1)
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(digits.target)
    seen, unseen = slice(None, TRAINED_ON), slice(TRAINED_ON, None)
    found: dict[str, list[float]] = {}
    for seed in range(SEEDS):
        model = trained(seed, images[seen], labels[seen])
        estimates = recorded(model, images[unseen], labels[unseen])
        truths = {
            layer: ablated(model, layer, images[unseen], labels[unseen]) for layer in estimates
        }
        before_last = list(estimates)[:-1]
        for layer in estimates:
            found.setdefault(layer, []).append(_agreement([layer], estimates, truths))
        found.setdefault("", []).append(_agreement(before_last, estimates, truths))
    whole = found.pop("")
    last = list(found)[-1]
    figures = [
        Figure(
            "all layers but the last, pooled",
            min(whole),
            "rank correlation",
            least=0.9,
            note=_spread(whole),
        )
    ]
    for layer, values in found.items():
        note = _spread(values) + ("; exact, as logits are linear in it" if layer == last else "")
        figures.append(Figure(f"layer {layer}", min(values), "rank correlation", note=note))
    return Section("Importance against ablation", COMMAND, METHOD, figures)


def _agreement(layers: list[str], estimates: dict[str, Array], truths: dict[str, Array]) -> float:
    pairs = (np.concatenate([part[n].ravel() for n in layers]) for part in (estimates, truths))
    return float(spearmanr(*pairs)[0])


def _spread(values: list[float]) -> str:
    return f"minimum of {len(values)} seeds; median {statistics.median(values):.3f}"


METHOD = (
    "Spearman's rank correlation, over classes and units, of the recorded importance (the gradient "
    "of the class's own logit times the activation less its mean) with the fall of that logit, "
    "averaged over the class's inputs, when the unit is replaced by its mean at every position. A "
    f"convolutional network of 136 hidden units, trained on {TRAINED_ON:,} of scikit-learn's "
    f"digits and measured on the others, with {SEEDS} seeds."
)


def main() -> None:
    print(report.machine())
    print(measure().markdown())


if __name__ == "__main__":
    main()
