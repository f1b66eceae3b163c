"""Records that graphs are made of, for tests of the reader: of whole numbers, told as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tb_plugin_neural.contract import graph_records
from tb_plugin_neural.contract.records import Layer

LAYERS = (
    Layer("conv", "ReLU", 5, "max"),
    Layer("mid", "ReLU", 4, "max"),
    Layer("fc", "ReLU", 4, "none"),
    Layer("logits", "Linear", 3, "none", output=True),
)
SUBSETS = ("all", "class:0", "class:1", "class:2", "predicted:0", "slice:x", "slice:x/class:1")
INPUTS = (90, 30, 30, 30, 28, 20, 5)
INFLUENCED = ("all", "class:0", "class:1", "slice:x")


def counts(tables: Any, **changes: Any) -> graph_records.ActivationCounts:
    """Activation counts `[subsets, units]`, or `[ways, subsets, units]`, of `SUBSETS`."""
    table = np.asarray(tables, np.uint32).reshape(-1, len(SUBSETS), np.shape(tables)[-1])
    ways = len(table)
    record = graph_records.ActivationCounts(
        mode="eval",
        subsets=SUBSETS,
        masses=(0.03, 0.1, 0.3)[:ways],
        of=("activation",) * ways,
        negative=0.25,
        inputs=np.array(INPUTS, np.uint32),
        counts=table,
        center=np.zeros(table.shape[2], np.float32),
    )
    return dataclasses.replace(record, **changes)


def influence(
    weights: Mapping[str, Any],
    producers: Sequence[tuple[str, int, str]],
    measure: str = "contribution",
) -> Any:
    """Influence by subset, whole numbers `[units, units of all producers]`, kept in full."""
    cls = graph_records.INFLUENCE[measure]
    everyone = sum(units for _, units, _ in producers)
    tables = np.array([*weights.values()])
    subset, unit = (index.ravel() for index in np.indices(tables.shape[:2]))
    producer = np.where(tables == 0, everyone, np.arange(everyone)).reshape(len(unit), -1)
    values = tables.reshape(len(unit), -1)
    found: dict[str, Any] = {"count": values.astype(np.uint32)}
    if measure != "summit":
        found = {"level": values.astype(np.int8), "scale": np.ones(len(unit), np.float32)}
    return cls(
        subsets=tuple(weights),
        producers=tuple(name for name, _, _ in producers),
        units=tuple(units for _, units, _ in producers),
        links=tuple(kind for _, _, kind in producers),
        inputs=np.full(len(weights), 16, np.uint32),
        subset=subset.astype(np.uint32),
        unit=unit.astype(np.uint32),
        producer=producer.astype(np.uint32),
        kept=np.full(len(unit), 255, np.uint8),
        **found,
    )


def importance(values: Mapping[str, Any]) -> graph_records.Importance:
    """Importance by subset, `[units]`, of whole numbers."""
    return graph_records.Importance(
        subsets=tuple(values),
        inputs=np.full(len(values), 16, np.uint32),
        level=np.array([*values.values()], np.float16),
        scale=np.ones(len(values), np.float32),
    )


def topology() -> graph_records.Topology:
    """Of the layers below."""
    links = (("conv", "mid"), ("mid", "fc"), ("conv", "fc"), ("fc", "logits"))
    return graph_records.Topology(
        tuple(graph_records.Link(*ends, "direct", ("relu",)) for ends in links), ("a note",)
    )


def examples(
    instance: Any, position: Any, probe: str = "probe-1", **changes: Any
) -> graph_records.Examples:
    """Examples of units that see 4 × 4 of 16 × 16 inputs, two by two, padded by one."""
    fields: dict[str, Any] = {
        "shape": (8, 8),
        "input_shape": (16, 16),
        "stride": (2, 2),
        "extent": (4, 4),
        "start": (-1, -1),
    }
    return graph_records.Examples(
        probe=probe,
        instance=np.array(instance, np.uint32),
        position=np.array(position, np.uint32),
        **{**fields, **changes},
    )


def facets(units: Sequence[int], picture: bytes) -> graph_records.FeatureVisualization:
    """Two pictures a unit."""
    return graph_records.FeatureVisualization(
        tile=4,
        columns=3,
        units=np.array(units, np.uint32),
        activation=np.ones((len(units), 2), np.float32),
        probe_maximum=np.ones(len(units), np.float32),
        pictures=(picture,),
    )


def embedding(xy: Any, subsets: Sequence[str]) -> graph_records.ClassEmbedding:
    """A recorded map of classes."""
    return graph_records.ClassEmbedding(
        method="umap",
        parameters="neighbours 15",
        subsets=tuple(subsets),
        left_out=(),
        inputs=np.full(len(subsets), 30, np.uint32),
        xy=np.array(xy, np.float32),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Numbers:
    """What one step's records are made of: tables by layer, and by consumer and subset."""

    counts: dict[str, np.ndarray]
    weights: dict[str, dict[str, np.ndarray]]
    summit: dict[str, dict[str, np.ndarray]]
    importance: dict[str, dict[str, np.ndarray]]


FEEDING = {
    "mid": [("conv", 5, "direct")],
    "fc": [("mid", 4, "direct"), ("conv", 5, "identity")],
    "logits": [("fc", 4, "direct")],
}


def numbers(seed: int) -> Numbers:
    """Random whole numbers; about a third of the influence is nought."""
    random = np.random.default_rng(seed)
    units = {layer.name: layer.units for layer in LAYERS}
    limits = np.array(INPUTS)[:, None]

    def tables(lowest: int, highest: int) -> dict[str, dict[str, np.ndarray]]:
        return {
            consumer: {
                subset: random.integers(lowest, highest, shape) * (random.random(shape) < 0.7)
                for subset in INFLUENCED
            }
            for consumer, producers in FEEDING.items()
            for shape in [(units[consumer], sum(n for _, n, _ in producers))]
        }

    return Numbers(
        {name: random.integers(0, limits + 1, (len(SUBSETS), n)) for name, n in units.items()},
        tables(-99, 100),
        tables(1, 17),
        {
            name: {subset: random.integers(-9, 10, n) for subset in INFLUENCED}
            for name, n in units.items()
        },
    )


def step_of(seed: int) -> dict[str, list[Any]]:
    """The records of one step by layer."""
    return records_of(numbers(seed))


def records_of(made: Numbers) -> dict[str, list[Any]]:
    """Records that tell some numbers."""
    found: dict[str, list[Any]] = {
        name: [counts(table), importance(made.importance[name])]
        for name, table in made.counts.items()
    }
    for consumer, producers in FEEDING.items():
        found[consumer].append(influence(made.weights[consumer], producers))
        found[consumer].append(influence(made.summit[consumer], producers, "summit"))
    return found
