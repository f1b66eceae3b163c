"""Maps by UMAP of distances: one after the other, or several aligned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from summary_ops.projections import umap_embedding
from tb_plugin_neural.analysis.procrustes import align
from tb_plugin_neural.contract.record import Array

METHODS = ("umap", "aligned_umap")
PURPOSE = "a map of the probe set"
WINDOW = 3
"""Maps on either side that each map is aligned with, by umap-learn's default."""


@dataclass(frozen=True)
class Umap:
    """The options of maps; see `project`.

    Raises:
        ValueError: a value is out of its range.
    """

    method: str
    neighbours: int
    min_dist: float
    alignment: float
    seed: int

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method={self.method!r}, expected one of {METHODS}")
        if self.neighbours < 2 or not 0 <= self.min_dist <= 1 or self.alignment < 0:
            raise ValueError(
                f"neighbours={self.neighbours}, min_dist={self.min_dist}, "
                f"alignment={self.alignment}; expected 2 or more, 0 to 1, and 0 or more"
            )

    def options(self, size: int) -> dict[str, float]:
        """Return umap-learn's options for `size` instances."""
        found = {
            "n_neighbors": min(self.neighbours, size - 1),
            "min_dist": self.min_dist,
            "random_state": self.seed,
        }
        if self.method == "aligned_umap":
            found["alignment_regularisation"] = self.alignment
        return found

    def maps(self, tables: Sequence[Array]) -> Iterable[Array]:
        """Make maps `[n, 2]` from distances `[n, n]` of the same instances, in their order.

        Raises:
            ImportError: the package umap-learn is missing.
            ValueError: a single map cannot be aligned.
        """
        return self._aligned(tables) if self.method == "aligned_umap" else self._chained(tables)

    def _chained(self, tables: Sequence[Array]) -> Iterator[Array]:
        """Each begins from the one before it, and is turned to lie as that one."""
        before: Array | None = None
        for table in tables:
            start = "spectral" if before is None else before.astype(np.float32)
            with umap_embedding.umap(PURPOSE) as package:
                make = package.UMAP(
                    metric="precomputed", init=start, n_jobs=1, **self.options(len(table))
                )
                points = np.asarray(make.fit_transform(table), np.float64)
            before = points if before is None else align(points, before).points
            yield before

    def _aligned(self, tables: Sequence[Array]) -> list[Array]:
        if len(tables) < 2:
            raise ValueError(
                "aligned_umap aligns the maps of several layers, or by weights={…} of several "
                "steps, and there is one; pass method='umap'"
            )
        same = {row: row for row in range(len(tables[0]))}
        with umap_embedding.umap(PURPOSE) as package:
            make = package.AlignedUMAP(
                metric="precomputed",
                alignment_window_size=min(WINDOW, len(tables) - 1),
                **self.options(len(same)),
            )
            make.fit(list(tables), relations=[same] * (len(tables) - 1))
            return [np.asarray(points, np.float64) for points in make.embeddings_]
