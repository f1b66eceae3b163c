"""Maps of the classes by what they activate, a layer each (Hohman et al. 2019, section 6.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from summary_ops.influence import activation_counts
from summary_ops.network.isolation.generators import preserved_rng
from summary_ops.projections import umap_embedding
from summary_ops.session.writer import Rows
from tb_plugin_neural.analysis.procrustes import align
from tb_plugin_neural.contract.graph_records import ClassEmbedding
from tb_plugin_neural.contract.record import Array

FEWEST_CLASSES = 15
"""Fewer have no neighbourhoods to speak of; the page shows classical scaling for them."""

FEWEST_INPUTS = 20
NEIGHBOURS = 15
SEED = 6510


def class_embedding(
    counts: Mapping[str, Any],
    inputs: Any,
    *,
    subsets: Sequence[str] | None = None,
    seed: int = SEED,
    minimum: int = FEWEST_INPUTS,
) -> dict[str, ClassEmbedding]:
    """Map classes by UMAP, near each other where they activate the same units.

    Distance is the cosine distance of counts. A layer's map begins from that of the layer before
    it, and is turned to it afterwards, mirrored where this fits better; so classes stay near their
    place. The same seed gives the same maps.

    Args:
        counts: by layer, in order: for how many of a class's inputs a unit is in the top mass,
            `[classes, units]`.
        inputs: of each class, `[classes]`.
        subsets: keys of the rows; by default `class:0`, `class:1`, ….
        seed: of UMAP.
        minimum: classes with fewer inputs are left out, and listed.

    Returns:
        A record a layer.

    Raises:
        ImportError: the package umap-learn is missing.
        ValueError: fewer than 15 classes have enough inputs, or rows do not match.

    Example:
        >>> counts = {"dense": np.random.default_rng(0).integers(0, 50, (20, 32))}
        >>> maps = class_embedding(counts, np.full(20, 50))
        >>> maps["dense"].xy.shape
        (20, 2)
    """
    number = np.asarray(inputs)
    keys = [f"class:{row}" for row in range(len(number))] if subsets is None else list(subsets)
    tables = {layer: np.asarray(table, dtype=np.float64) for layer, table in counts.items()}
    for layer, table in tables.items():
        if table.ndim != 2 or not len(table) == len(number) == len(keys):
            raise ValueError(
                f"layer {layer}: counts of shape {list(table.shape)} for {len(number)} inputs and "
                f"{len(keys)} subsets; expected a row a class"
            )
    kept = np.flatnonzero(number >= minimum)
    if len(kept) < FEWEST_CLASSES:
        raise ValueError(
            f"{len(kept)} of {len(number)} classes have {minimum} inputs or more, expected at "
            f"least {FEWEST_CLASSES} for a map by UMAP; the page maps fewer by classical scaling"
        )
    options = {
        "n_neighbors": min(NEIGHBOURS, len(kept) - 1),
        "min_dist": 0.1,
        "metric": "cosine",
        "random_state": seed,
    }
    chosen = tuple(keys[row] for row in kept)
    found, before = {}, None
    for layer, table in tables.items():
        before = _map(table[kept], before, options)
        found[layer] = ClassEmbedding(
            method="umap",
            parameters=", ".join(f"{name}={value}" for name, value in options.items()),
            subsets=chosen,
            left_out=tuple(key for key in keys if key not in chosen),
            inputs=number[kept].astype(np.uint32),
            xy=before.astype(np.float32),
        )
    return found


def _map(table: Array, before: Array | None, options: Mapping[str, Any]) -> Array:
    """Lay a layer's classes out, `[classes, 2]` in float64, aligned to the layer before it."""
    start = "spectral" if before is None else before.astype(np.float32)
    with umap_embedding.umap("a map of classes") as package:
        points = package.UMAP(init=start, n_jobs=1, **options).fit_transform(table)
    points = np.asarray(points, dtype=np.float64)
    return points if before is None else align(points, before).points


def embeddings(counts: activation_counts.Counts, seed: int = SEED) -> Rows:
    """Embed the classes in each layer, by the first counting rule."""
    first = next(iter(counts.values()))
    chosen = activation_counts.classes(first)
    with preserved_rng():
        found = class_embedding(
            {
                layer: record.counts[0, chosen]
                for layer, record in counts.items()
                if record.subsets == first.subsets
            },
            first.inputs[chosen],
            subsets=[first.subsets[row] for row in chosen],
            seed=seed,
        )
    return list(found.items())


def embeddings_of_enough(counts: activation_counts.Counts) -> Rows:
    """Embed the classes, unless fewer than 15 of them have 20 inputs."""
    enough = [
        record
        for record in counts.values()
        if (record.inputs[activation_counts.classes(record)] >= FEWEST_INPUTS).sum()
        >= FEWEST_CLASSES
    ]
    return embeddings(counts) if enough else ()
