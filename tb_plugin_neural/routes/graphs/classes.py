"""Classes among each other: how alike they are in a layer, and maps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import procrustes
from tb_plugin_neural.analysis.maps import class_embedding
from tb_plugin_neural.analysis.networks import intervals
from tb_plugin_neural.contract.graph_records import ActivationCounts, ClassEmbedding
from tb_plugin_neural.lookup import graphs
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.lookup.recorded_graphs import GraphRecords
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

FEWEST_INPUTS, FEWEST_CLASSES = 20, 3
MOST_CLASSES = 2000
"""Classes of one map; distances between them take 8 bytes a pair."""


def similarity(store: Store, request: Request) -> Response:
    """Answer how alike a subject and every class are in what they activate in a layer."""
    layer = arguments.text(request, "layer")
    (subject,) = arguments.subjects(request, 1)
    evidence = graphs.find(store, subject, way=arguments.way(request))
    if layer not in evidence.counted:
        raise errors.NotFoundError(
            f"layer {layer!r} in run {subject.run!r} has no activation counts"
        )
    rows = evidence.classes
    counts = evidence.table(layer, rows)
    own = evidence.counts(layer, subject.subset)[None]
    inputs = np.array([evidence.subsets[key] for key in rows])
    ends = intervals.similarity(own[0], evidence.subsets[subject.subset], counts, inputs)
    return arguments.arrays(
        request,
        {
            "similarity": class_embedding.cosine_similarity(own, counts)[0],
            **dict(zip(("low", "high"), ends, strict=True)),
        },
        {"layer": layer, "step": evidence.step, "rows": rows},
    )


def embedding(store: Store, request: Request) -> Response:
    """Answer maps of the classes, a layer each, turned to lie as one another."""
    model, way = arguments.model(store, request), arguments.way(request)
    here = graphs.find_any(store, model, arguments.integer(request, "step"), way=way)
    newest = max(graphs.steps(model, ActivationCounts), default=here.step)
    last = graphs.find_any(store, model, newest, way=way)
    layers = [layer.name for layer in here.layers]
    rows, left_out = _rows(here)
    reason = None
    if len(rows) < FEWEST_CLASSES:
        reason = (
            f"a map needs {FEWEST_CLASSES} classes of {FEWEST_INPUTS} inputs or more; "
            f"there {'is' if len(rows) == 1 else 'are'} {len(rows)}"
        )
        rows, left_out = [], [*rows, *left_out]
    maps = {layer: _map(store, here, layer, rows) for layer in layers if rows}
    xy = _aligned(store, here, last, {layer: points for layer, (points, _) in maps.items()})
    return arguments.arrays(
        request,
        {
            "xy": np.stack([xy[layer] for layer in maps]) if maps else np.zeros((0, 0, 2)),
            "inputs": np.array([here.subsets[key] for key in rows], np.int64),
        },
        {
            "step": here.step,
            "layers": list(maps),
            "rows": rows,
            "method": [method for _, method in maps.values()],
            "leftOut": left_out,
            "reason": reason,
        },
    )


def _rows(evidence: GraphRecords) -> tuple[list[str], list[str]]:
    """Classes with enough inputs, those with most where there are too many, and the others."""
    inputs = {key: evidence.subsets[key] for key in evidence.classes}
    enough = [key for key, count in inputs.items() if count >= FEWEST_INPUTS]
    chosen = set(sorted(enough, key=inputs.__getitem__, reverse=True)[:MOST_CLASSES])
    return [key for key in inputs if key in chosen], [key for key in inputs if key not in chosen]


def _map(store: Store, of: GraphRecords, layer: str, rows: Sequence[str]) -> tuple[Array, str]:
    """Return a layer's map as recorded for its step, else by classical scaling; and which."""
    at = store.at(of.model, ClassEmbedding, layer, of.step, lambda r: set(rows) <= {*r.subsets})
    if at is not None and np.isfinite(at[1].xy).all():
        row_of = {key: row for row, key in enumerate(at[1].subsets)}
        return at[1].xy[[row_of[key] for key in rows]].astype(np.float64), at[1].method

    def make() -> tuple[Array, int]:
        found = class_embedding.map_of(of.table(layer, rows))
        return found, 200 + found.nbytes

    return store.decoder.cache.get(("map", of.key, layer, tuple(rows)), make), "mds"


def _aligned(
    store: Store, here: GraphRecords, last: GraphRecords, maps: dict[str, Array]
) -> dict[str, Array]:
    """Align the last step's maps each to the layer before; another's to the last step's."""
    if here.step == last.step:
        return dict(zip(maps, procrustes.chain(maps.values()), strict=True))
    rows = _rows(here)[0]
    known = _rows(last)[0]
    common = [key for key in rows if key in set(known)]
    layers = [layer.name for layer in last.layers]
    before = [_map(store, last, layer, known)[0] for layer in layers if known]
    reference = dict(zip(layers, procrustes.chain(before), strict=False))
    found = {}
    for layer, points in maps.items():
        there = reference.get(layer)
        if there is None or not common:
            found[layer] = points
            continue
        own = points[[rows.index(key) for key in common]]
        other = there[[known.index(key) for key in common]]
        found[layer] = procrustes.align(own, other).apply(points)
    return found
