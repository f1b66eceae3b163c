"""Measure how well units' importance agrees with ablating them, one by one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from benchmarks import report, small_networks
from benchmarks.report import Figure, Section
from benchmarks.small_networks import Data
from summary_ops import Graph, Recorder
from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.record import Array

COMMAND = "python -m benchmarks.importance"
CLASSES = small_networks.CLASSES
NETWORKS = ("plain CNN", "ResNet", "SqueezeNet-like", "ViT")


def recorded(
    model: nn.Module, data: Data, layers: Sequence[str], *, work: int = Graph.work
) -> dict[str, Array]:
    """Return the importance `[classes, units]` of each layer as recorded, outputs apart."""
    graph = Graph(inputs=len(data.unseen), examples=0, work=work)
    classes = [str(index) for index in range(CLASSES)]
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            options = {"classes": classes, "graph": graph, "layers": list(layers), "verbose": False}
            recorder = Recorder(model, **options)
            recorder.run([(data.unseen, data.labels)], progress=False)
            recorder.write(writer, 0)
        records = dict(_records(Path(folder)))
    return {
        layer: record.values()[[record.subsets.index(f"class:{c}") for c in range(CLASSES)]]
        for layer, record in list(records.items())[:-1]
    }


def _records(folder: Path) -> Iterator[tuple[str, Importance]]:
    for path in folder.glob("*tfevents*"):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                series = Series.parse(value.metadata.plugin_data.content)
                if series.kind == Importance.kind:
                    yield series.layer, Importance.unpack(value.tensor.string_val[0])


@torch.no_grad()
def ablated(model: nn.Module, layer: str, data: Data) -> Array:
    """Return the fall `[classes, units]` of a class's own logit when a unit is its mean."""
    seen: list[Tensor] = []
    module = model.get_submodule(layer)

    def own() -> Tensor:
        with torch.no_grad():
            return model(data.unseen).gather(1, data.labels[:, None])[:, 0].double()

    handle = module.register_forward_hook(lambda _m, _a, output: seen.append(output.clone()))
    whole = own()
    handle.remove()
    axis = 2 if seen[0].ndim == 3 else 1
    falls = []
    for unit in range(seen[0].shape[axis]):
        without = seen[0].clone()
        part = without.select(axis, unit)
        part.fill_(part.mean())
        handle = module.register_forward_hook(lambda *_, w=without: w)
        fall = whole - own()
        handle.remove()
        falls.append(torch.stack([fall[data.labels == label].mean() for label in range(CLASSES)]))
    return np.asarray(torch.stack(falls, 1).numpy())


def measure() -> Section:
    """Rank correlations by network."""
    torch.set_num_threads(1)
    figures = []
    for name in NETWORKS:
        model, data = small_networks.trained(name)
        chosen = small_networks.KINDS[name].layers
        first, both = recorded(model, data, chosen, work=0), recorded(model, data, chosen)
        truths = {layer: ablated(model, layer, data) for layer in both}
        whole = _agreement(list(both), both, truths)
        layers = ", ".join(f"{layer} {_agreement([layer], both, truths):.3f}" for layer in both)
        note = f"first order {_agreement(list(first), first, truths):.3f}; by layer {layers}"
        figures.append(Figure(name, whole, "rank correlation", least=0.95, note=note))
    return Section("Importance against ablation", COMMAND, METHOD, figures)


def _agreement(layers: list[str], estimates: dict[str, Array], truths: dict[str, Array]) -> float:
    pairs = (np.concatenate([part[n].ravel() for n in layers]) for part in (estimates, truths))
    return float(spearmanr(*pairs)[0])


METHOD = (
    "Spearman's rank correlation, over classes and units of the layers before the logits, of the "
    "recorded importance with the fall of the class's own logit, averaged over the class's inputs, "
    "when the unit is replaced by its mean at every position. Small networks, trained on 1,200 of "
    "scikit-learn's digits and measured on the others."
)


def main() -> None:
    print(report.machine())
    print(measure().markdown())


if __name__ == "__main__":
    main()
