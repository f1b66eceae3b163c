"""A map of the classes by what they activate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_plugin_neural.analysis.maps.classical_mds import classical_mds

Floats = NDArray[np.float64]


def cosine_similarity(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    """Cosine of the angle between rows, `[rows of a, rows of b]`; 0 where a row is all 0."""
    one, two = (_unit_rows(np.asarray(values, dtype=np.float64)) for values in (a, b))
    return np.clip(one @ two.T, -1, 1)


def map_of(counts: NDArray[Any]) -> Floats:
    """Classical scaling of the cosine distances between rows of counts, `[rows, 2]`."""
    return classical_mds(1 - cosine_similarity(counts, counts))


def _unit_rows(values: Floats) -> Floats:
    largest = np.abs(values).max(axis=1, initial=0, keepdims=True)
    values = values / np.where(largest > 0, largest, 1)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    rows: Floats = values / np.where(length > 0, length, 1)
    return rows
