"""Find what attribution graphs are made of: the records of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis.attribution_graph import Network, ranks
from tb_plugin_neural.analysis.networks import influence as influences
from tb_plugin_neural.contract.graph_records import INFLUENCE, ActivationCounts, Importance
from tb_plugin_neural.lookup import subset_rows
from tb_plugin_neural.lookup.recorded_graphs import CountingRule, GraphRecords
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tb_plugin_neural.contract.record import Record
    from tb_plugin_neural.lookup.subjects import Subject
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

    Found = Mapping[str, tuple[Entry, Any]]

Array = np.ndarray[Any, Any]

MOST_CLASSES = 128
"""Classes whose ranks make the mean that lift is the multiple of."""


def find(
    store: Store, subject: Subject, *, measure: str | None = None, way: CountingRule | None = None
) -> GraphRecords:
    """Find what is recorded at a subject's step, or at the nearest that has its subset.

    Steps at which influence is recorded go before those with counts alone.

    Args:
        store: where to look.
        subject: of whose subset there must be counts.
        measure: of influence; by default the first recorded.
        way: of counting; by default the first recorded.

    Raises:
        NotFoundError: there is no such run or model, no counts of the subset or in this way, or no
            such influence.
    """
    model = store.model(subject.run, subject.model)
    return find_any(store, model, subject.step, subject.subset, measure=measure, way=way)


def find_any(
    store: Store,
    model: Model,
    wanted: int,
    subset: str | None = None,
    *,
    measure: str | None = None,
    way: CountingRule | None = None,
) -> GraphRecords:
    """Find the same by model and step; without a subset, whatever subsets there are."""
    names = [layer.name for layer in model.about.layers]
    there = measures(model)
    if measure is not None and measure not in there:
        raise errors.NotFoundError(
            f"run {model.run!r} has no influence by {measure!r}, but {', '.join(there) or 'none'}; "
            f'record it with Recorder(model, graph=Graph(influence=("{measure}", …)))'
        )
    measure = measure or next(iter(there), None)
    kinds = (ActivationCounts, Importance, *([INFLUENCE[measure]] if measure else []))
    for step in _nearest(model, measure, wanted):
        counted, importance, *influence = at_step(store, model, kinds, names, step)
        if subset is not None:
            counted = {name: one for name, one in counted.items() if subset in one[1].subsets}
        if counted:
            return _gather(
                model, step, way or CountingRule(), counted, importance, measure, *influence
            )
    raise errors.NotFoundError(_nothing_of(store, model, subset))


def _nearest(model: Model, measure: str | None, step: int) -> list[int]:
    counted = steps(model, ActivationCounts)
    traced = steps(model, INFLUENCE[measure]) if measure else []
    both = set(traced).intersection(counted)
    return sorted(counted, key=lambda at: (at not in both, at > step, abs(at - step)))


def _nothing_of(store: Store, model: Model, subset: str | None) -> str:
    names = (layer.name for layer in model.about.layers)
    found = (store.newest(model, ActivationCounts, name) for name in names)
    last = next((record for record in found if record), None)
    if last is None:
        return (
            f"run {model.run!r} has no activation counts of {model.name!r}; they are recorded by "
            "Recorder(model, graph=Graph()), influence by recorder.run(loader)"
        )
    there = ", ".join(last.subsets[:20])
    return f"run {model.run!r} has no activation counts of the subset {subset!r}, but of: {there}"


def _gather(
    model: Model,
    step: int,
    way: CountingRule,
    counted: Found,
    importance: Found,
    measure: str | None,
    influence: Found | None = None,
) -> GraphRecords:
    rows = {name: way.row(record) for name, (_, record) in counted.items()}
    known = {name: row for name, row in rows.items() if row is not None}
    if not known:
        ways = {pair for _, r in counted.values() for pair in zip(r.masses, r.of, strict=True)}
        there = ", ".join(str(CountingRule(*pair)) for pair in sorted(ways)[:20])
        raise errors.NotFoundError(
            f"run {model.run!r} has no activation counts for {way}, but for {there or 'none'}; "
            "record it with Recorder(model, graph=Graph(masses=(…)))"
        )

    def of_known(found: Found | None) -> dict[str, Any]:
        return {name: record for name, (_, record) in (found or {}).items() if name in known}

    entries = [
        (entry.keys[0], entry.wall_time)
        for found in (counted, importance, influence or {})
        for _, (entry, _) in sorted(found.items())
    ]
    return GraphRecords(
        model=model,
        step=step,
        layers=tuple(layer for layer in model.about.layers if layer.name in known),
        counted=of_known(counted),
        way=known,
        measure=measure,
        influence=of_known(influence),
        importance=of_known(importance),
        key=(tuple(known.items()), measure, *entries),
    )


def at_step(
    store: Store, model: Model, kinds: Sequence[type[Any]], names: Sequence[str], step: int
) -> list[dict[str, tuple[Entry, Any]]]:
    """Return the records at exactly a step, of each kind by layer, read at once."""
    pairs = [(kind, name) for kind in kinds for name in names if _is_there(model, kind, name)]
    found = prefetch(lambda pair: subset_rows.at(store, model, *pair, step), pairs)
    at: list[dict[str, tuple[Entry, Any]]] = [{} for _ in kinds]
    for (kind, name), one in zip(pairs, found, strict=True):
        if one is not None:
            at[kinds.index(kind)][name] = one
    return at


def _is_there(model: Model, kind: type[Record], layer: str) -> bool:
    return any((kind.kind, layer) in recording.listings for recording in model.recordings)


def steps(model: Model, kind: type[Record]) -> list[int]:
    """Return the steps at which any layer has a record of a kind."""
    return list(model.recorded.get(kind.kind, ()))


def measures(model: Model) -> list[str]:
    """Return the measures of influence that are recorded."""
    return [name for name, kind in INFLUENCE.items() if steps(model, kind)]


def network(store: Store, of: GraphRecords, subset: str, shown: Sequence[str]) -> Network:
    """Return the units of the shown layers, and the influence between them for a subset."""

    def make() -> tuple[Network, int]:
        units, order = of.units, [layer.name for layer in of.layers]
        relative = of.measure != "summit"
        found = [
            one
            for name, record in of.influence.items()
            for one in influences.of_subset(record, name, subset, units, relative=relative)
        ]
        joined = influences.between(found, order, shown, widest=not relative)
        made = Network(tuple(shown), tuple(units[name] for name in shown), tuple(joined))
        return made, 4000 + 48 * made.weights.nnz + 24 * sum(made.units)

    return store.decoder.cache.get(("network", of.key, subset, tuple(shown)), make)


def rank(
    store: Store, of: GraphRecords, subset: str, shown: Sequence[str], *, directed: bool
) -> Array:
    """PageRank of all units of the shown layers for a subset, `[nodes]`."""

    def make() -> tuple[Array, int]:
        counts = {name: of.counts(name, subset) for name in shown}
        found = ranks(network(store, of, of.stand_in(subset), shown), counts, directed=directed)
        return found, 200 + found.nbytes

    key = ("rank", of.key, subset, tuple(shown), directed)
    return store.decoder.cache.get(key, make)


def mean_rank(store: Store, of: GraphRecords, shown: Sequence[str], *, directed: bool) -> Array:
    """Return the mean rank over the classes with inputs and influence of their own, `[nodes]`.

    Where no class has, over all with inputs; of very many over some, evenly.
    """

    def make() -> tuple[Array, int]:
        there = [key for key in of.classes if of.subsets[key]]
        there = [key for key in there if of.stand_in(key) == key] or there
        at = np.linspace(0, len(there) - 1, min(len(there), MOST_CLASSES)).round().astype(int)
        found = [rank(store, of, there[index], shown, directed=directed) for index in at]
        mean = np.mean(found, axis=0) if found else np.zeros(sum(of.units[n] for n in shown))
        return mean, 200 + mean.nbytes

    key = ("mean rank", of.key, tuple(shown), directed)
    return store.decoder.cache.get(key, make)
