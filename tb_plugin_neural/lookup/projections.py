"""Maps of the probe set: solved from recorded distances, or made beforehand."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import layer_map
from tb_plugin_neural.analysis.layer_map import LayerMap
from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances, ProjectionMap
from tb_plugin_neural.lookup import pictures
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

    Found = tuple[Entry, PivotDistances | ProjectionMap, PivotDistances | None]

Array = np.ndarray[Any, Any]

PIVOT_MDS = "pivot_mds"
MOST_STEPS = 500
QUALITY = ("trustworthiness", "continuity", "preservation")


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps by one method that there are of a model's probe set.

    Attributes:
        probe: hash of the probe set.
        size: instances of it.
        metric: of the distances; empty for maps that were made beforehand.
        steps: rising.
    """

    store: Store
    model: Model
    method: str
    probe: str
    size: int
    metric: str
    steps: tuple[int, ...]
    _recorded: dict[int, dict[str, Found]] = field(default_factory=dict)

    def at(self, step: int, chosen: Array | None = None) -> dict[str, LayerMap]:
        """Return maps at exactly a step by layer, in the order of execution.

        Args:
            step: where to look.
            chosen: instances, rising, to project anew; by default all. Maps that were made
                beforehand stay as they are.
        """
        return {layer: self._map(one, chosen) for layer, one in self._at(step).items()}

    def over_steps(self, layer: str, chosen: Array | None = None) -> dict[int, LayerMap]:
        """Return maps of one layer by step; of very many steps some, evenly."""
        indices = np.linspace(0, len(self.steps) - 1, min(len(self.steps), MOST_STEPS))
        steps = [self.steps[at] for at in indices.round().astype(int)]
        found = zip(steps, prefetch(lambda step: self._find(layer, step), steps), strict=True)
        return {step: self._map(one, chosen) for step, one in found if one}

    def nearest(self, step: int) -> int:
        """Return the step, or the nearest that has a map: an earlier one, else the first.

        Raises:
            NotFoundError: there is none.
        """
        order = sorted(self.steps, key=lambda at: (at > step, abs(at - step)))
        found = next((at for at in order if self._at(at)), None)
        if found is None:
            raise errors.NotFoundError(missing(self.model, self.method))
        return found

    def quality(self, step: int, layers: Iterable[str]) -> Array:
        """Trustworthiness, continuity and preservation of whole maps, `[layers, 3]`, or NaN."""
        kind = Neighbours if self.method == PIVOT_MDS else ProjectionMap
        found = prefetch(lambda layer: self._record(kind, layer, step), layers)
        rows = [[one and getattr(one[1], name) for name in QUALITY] for one in found]
        return np.array(rows, dtype=np.float64).reshape(-1, len(QUALITY))

    def _at(self, step: int) -> dict[str, Found]:
        """Return what the maps of a step are made of, read at once."""
        if step not in self._recorded:
            names = [layer.name for layer in self.model.about.layers]
            found = prefetch(lambda name: self._find(name, step), names)
            there = zip(names, found, strict=True)
            self._recorded[step] = {name: one for name, one in there if one}
        return self._recorded[step]

    def _find(self, layer: str, step: int) -> Found | None:
        distances = self._record(PivotDistances, layer, step)
        if self.method == PIVOT_MDS:
            return distances and (*distances, None)
        made = self._record(ProjectionMap, layer, step)
        return made and (*made, distances and distances[1])

    def _record(self, kind: Any, layer: str, step: int) -> tuple[Entry, Any] | None:
        """Return the layer's record of this probe set, and method of maps, at a step, or None."""

        def accept(record: Any) -> bool:
            ours = (record.probe, _instances(record)) == (self.probe, self.size)
            return ours and getattr(record, "method", self.method) == self.method

        return self.store.at(self.model, kind, layer, step, accept)

    def _map(self, found: Found, chosen: Array | None) -> LayerMap:
        entry, record, distances = found
        if isinstance(record, ProjectionMap):
            return layer_map.beforehand(record, distances, chosen)

        def solve() -> tuple[LayerMap, int]:
            made = layer_map.solve(record, chosen)
            return made, 1000 + made.xy.nbytes + made.pivot.nbytes

        of = None if chosen is None else blake2b(chosen.tobytes()).digest()
        key = ("projection", entry.keys[0], entry.wall_time, of)
        return self.store.decoder.cache.get(key, solve)


def find(store: Store, model: Model, method: str) -> Maps:
    """Find the maps by a method: `pivot_mds`, or that of maps made beforehand.

    Raises:
        NotFoundError: there is nothing.
    """
    kind: Any = PivotDistances if method == PIVOT_MDS else ProjectionMap
    listed = prefetch(lambda layer: store.entries(model, kind, layer.name), model.about.layers)
    entries = sorted((e for group in listed for e in group), key=lambda e: (e.step, e.wall_time))
    if method != PIVOT_MDS:
        read = prefetch(lambda entry: store.record(model, entry, kind), entries)
        entries = [e for e, one in zip(entries, read, strict=True) if one and one.method == method]
    newest = store.last(model, entries, kind)
    if newest is None:
        raise errors.NotFoundError(missing(model, method))
    probe, size = model.about.probe or newest.probe, _instances(newest)
    with contextlib.suppress(errors.NotFoundError):
        size = len(pictures.probe_of(store, model)[1].names)
    steps = tuple(dict.fromkeys(entry.step for entry in entries))
    metric = newest.metric if isinstance(newest, PivotDistances) else ""
    return Maps(store, model, method, probe, size, metric, steps)


def missing(model: Model, method: str) -> str:
    """Explain why there are no maps by a method."""
    if method == PIVOT_MDS:
        return (
            f"run {model.run!r} has no distances between activations of {model.name!r} on its "
            "probe set; Recorder(model, probe=ProbeSet(…)) records them at every run"
        )
    return (
        f"run {model.run!r} has no maps of {model.name!r} by {method!r}; they are made by "
        f"summary_ops.add_projection_maps(writer, recorder, step=…, method={method!r})"
    )


def _instances(record: PivotDistances | Neighbours | ProjectionMap) -> int:
    return len(record.xy if isinstance(record, ProjectionMap) else record.level)
