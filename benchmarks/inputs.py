"""How many inputs of a class its graph needs: agreement with ablation, and stability."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from benchmarks import importance, influence, report, small_networks
from benchmarks.report import Figure, Section
from benchmarks.small_networks import Data
from summary_ops import Graph
from summary_ops.influence.importance_tables import ImportanceTables
from summary_ops.network.hooks.gradients import LayerGradients
from summary_ops.tracing import Tracer
from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.record import Array

COMMAND = "python -m benchmarks.inputs"
NETWORKS = ("plain CNN", "ResNet", "ViT")
COUNTS = (4, 8, 12, 16, 24, 32, 48)
DRAWS, TOP = 4, 10

Tables = dict[str, Array]
"""Importance or contributions, `[classes, …]`, by layer."""


def drawn(data: Data, count: int, seed: int) -> list[Tensor]:
    """Images of each class, `count` of them, drawn from those that were not trained on."""
    random = torch.Generator().manual_seed(seed)
    found = []
    for label in range(small_networks.CLASSES):
        own = data.unseen[data.labels == label]
        found.append(own[torch.randperm(len(own), generator=random)[:count]])
    return found


def by_importance(model: nn.Module, layers: Sequence[str], images: Sequence[Tensor]) -> Tables:
    """Gradient × (activation − mean), `[classes, units]`; the mean is over all these images."""
    gradients, tables = LayerGradients(influence.recorded(model, layers)), ImportanceTables()
    for label, batch in enumerate(images):

        def target(logits: Tensor, at: int = label) -> Tensor:
            return logits[:, at].sum()

        found = gradients.measure(partial(model, batch), target, len(batch))
        tables.add(f"class:{label}", found, part=True)
    tables_of = {layer: row for layer, row in tables.rows() if isinstance(row, Importance)}
    order = [f"class:{label}" for label in range(len(images))]
    return {
        layer: row.values()[[row.subsets.index(name) for name in order]]
        for layer, row in list(tables_of.items())[:-1]
    }


def by_contribution(model: nn.Module, layers: Sequence[str], images: Sequence[Tensor]) -> Tables:
    """Measure what a layer gets from those before it, `[classes, units, units of theirs]`."""
    tracer = Tracer(influence.recorded(model, layers), work=Graph.work)
    parts: dict[str, list[Array]] = {}
    for batch in images:
        measured = tracer.measure(partial(model, batch), ["contribution"], inputs=len(batch))
        for layer, edges in measured.compose().items():
            if edges.contribution is not None:
                parts.setdefault(layer, []).append(edges.contribution.numpy())
    return {layer: np.stack(part) for layer, part in parts.items()}


def agreement(one: Tables, other: Tables) -> float:
    """Spearman over classes and units of all layers."""
    pair = [np.concatenate([part[layer].ravel() for layer in one]) for part in (one, other)]
    return float(spearmanr(*pair).statistic)


def agreement_by_consumer(one: Tables, other: Tables) -> float:
    """Return the median, over classes and consuming units, of Spearman over their producers."""
    found = [
        spearmanr(mine, theirs).statistic
        for layer in one
        for mine, theirs in zip(
            *(part[layer].reshape(-1, part[layer].shape[-1]) for part in (one, other)), strict=True
        )
        if np.ptp(mine) > 0 and np.ptp(theirs) > 0
    ]
    return float(np.median(found)) if found else math.nan


def first(tables: Tables) -> list[set[tuple[str, int]]]:
    """Return the ten units of largest importance, by class."""
    rows = [(layer, unit) for layer, table in tables.items() for unit in range(table.shape[1])]
    whole = np.concatenate(list(tables.values()), 1)
    return [{rows[at] for at in np.argsort(-row)[:TOP]} for row in whole]


def shared(one: Tables, other: Tables) -> float:
    """Return the share of each class's first ten units that both name."""
    pairs = zip(first(one), first(other), strict=True)
    return float(np.mean([len(mine & theirs) / TOP for mine, theirs in pairs]))


def curve(name: str) -> Iterator[Figure]:
    """Yield figures by number of inputs."""
    model, data = small_networks.trained(name)
    layers = small_networks.KINDS[name].layers
    falls: Tables | None = None
    for count in COUNTS:
        samples = [drawn(data, count, seed) for seed in range(DRAWS)]
        ranked = [by_importance(model, layers, images) for images in samples]
        if falls is None:
            falls = {layer: importance.ablated(model, layer, data) for layer in ranked[0]}
        edges = [by_contribution(model, layers, images) for images in samples[:2]]
        pairs = list(combinations(ranked, 2))
        stable = np.mean([agreement(*pair) for pair in pairs])
        both = np.mean([shared(*pair) for pair in pairs])
        yield Figure(
            f"{name}, {count} inputs a class",
            float(np.mean([agreement(one, falls) for one in ranked])),
            "rank correlation with ablation",
            note=f"{min(agreement(one, falls) for one in ranked):.3f} in the worst draw; "
            f"importance of two draws {stable:.3f}; {both:.0%} of a class's first ten units are "
            f"the same; edges of two draws {agreement_by_consumer(*edges):.3f}",
        )


def measure() -> Section:
    """Measure the curves of three networks."""
    torch.set_num_threads(1)
    figures = [figure for name in NETWORKS for figure in curve(name)]
    return Section("How many inputs a class's graph needs", COMMAND, METHOD, figures)


METHOD = (
    "Importance, to first order, of the units of small networks that were trained on 1,200 of "
    f"scikit-learn's digits, from samples of the others, {DRAWS} draws of each size. Its Spearman "
    "correlation, over classes and units, with ablation on all images that were not trained on; "
    "how well two draws agree; and the same of edges between layers, the median over classes and "
    "consuming units. Some 60 images a class are there to draw from, so that large draws overlap."
)


def main() -> None:
    print(report.machine())
    print(measure().markdown())


if __name__ == "__main__":
    main()
