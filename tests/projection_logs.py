"""Records about projections for tests of the reader, from activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances, ProjectionMap

PROBE = "probe-1"


def half(values: Any) -> tuple[np.ndarray, float]:
    """Values as float16 and the scale they are to be multiplied by."""
    scale = float(np.nanmax(values, initial=0) or 1) / 1000
    return (np.asarray(values) / scale).astype(np.float16), scale


def pivot_distances(
    activations: Any, pivots: Sequence[int], *, focus: Sequence[int] = (), **changes: Any
) -> PivotDistances:
    """Distances of activations `[instances, values]` to some of them."""
    distances = cdist(activations, activations)
    level, scale = half(distances[:, list(pivots)])
    among = distances[np.ix_(focus, focus)] / scale
    fields: dict[str, Any] = {
        "probe": PROBE,
        "metric": "euclidean",
        "scale": scale,
        "pivot": np.array(pivots, np.uint32),
        "level": level,
        "focus": np.array(focus, np.uint32),
        "mutual": among.astype(np.float16),
    }
    return PivotDistances(**(fields | changes))


def neighbours(activations: Any, k: int = 3, **changes: Any) -> Neighbours:
    """The nearest `k` of activations `[instances, values]`."""
    distances = cdist(activations, activations)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    level, scale = half(np.take_along_axis(distances, nearest, 1))
    fields: dict[str, Any] = {
        "probe": PROBE,
        "metric": "euclidean",
        "scale": scale,
        "trustworthiness": 0.875,
        "continuity": 0.75,
        "preservation": None,
        "instance": nearest.astype(np.uint32),
        "level": level,
    }
    return Neighbours(**(fields | changes))


def projection_map(xy: Any, method: str = "umap", **changes: Any) -> ProjectionMap:
    """A map that was made beforehand."""
    fields: dict[str, Any] = {
        "probe": PROBE,
        "method": method,
        "parameters": "n_neighbors=15",
        "trustworthiness": 0.5,
        "continuity": 0.25,
        "preservation": 0.125,
        "xy": np.asarray(xy, np.float32),
    }
    return ProjectionMap(**(fields | changes))
