"""Gather what findings are made of from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import histogram
from tb_plugin_neural.analysis.findings import separating
from tb_plugin_neural.analysis.findings.evidence import (
    Attacks,
    ClassCounts,
    Evidence,
    LayerEvidence,
    ProbeEvidence,
)
from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.analysis.layer_health import Spread
from tb_plugin_neural.analysis.verdicts import verdicts
from tb_plugin_neural.contract.graph_records import Topology
from tb_plugin_neural.contract.records import (
    ClassMetrics,
    Histograms,
    Moments,
    Probe,
    ProbePredictions,
)
from tb_plugin_neural.contract.what_if_records import AttackReport
from tb_plugin_neural.lookup import recorded_graphs, subjects
from tb_plugin_neural.lookup.subset_rows import ALL, PARTS
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.contract.records import Layer, Record
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

FEWEST_ATTACKED = 30
FEWEST_CLASSES = 3
MOST_CELLS = 2**23
"""Classes times units times bins that areas are computed of."""

LAST = 2**53


def evidence(store: Store, asked: Subject) -> Evidence:
    """Return everything recorded of a subject, at its step or the nearest before; computed once.

    Raises:
        NotFoundError: there is no such run or model, or nothing is recorded of it.
    """
    model = store.model(asked.run, asked.model)
    step = nearest(recorded_steps(model), asked.step)
    if step is None:
        raise errors.NotFoundError(
            f"no moments or class metrics of {asked.model!r} in run {asked.run!r}: "
            "record some with recorder.run(loader) and recorder.write(writer, step)"
        )
    subject = Subject(asked.run, asked.model, step, asked.subset)

    def make() -> tuple[Evidence, int]:
        found = _gather(store, model, subject)
        return found, _weight(found)

    key = ("evidence", subject, identity(store, model, step))
    return store.decoder.cache.get(key, make)


def recorded_steps(model: Model) -> list[int]:
    """Return the steps with statistics of a model's units or classes; jobs make none."""
    kinds = (Moments, ClassMetrics, Histograms)
    return sorted({step for kind in kinds for step in model.recorded.get(kind.kind, ())})


def nearest(steps: Sequence[int], wanted: int) -> int | None:
    """Return the last of the steps at or before `wanted`, else the first; None without steps."""
    earlier = [step for step in steps if step <= wanted]
    return earlier[-1] if earlier else next(iter(steps), None)


def identity(store: Store, model: Model, step: int) -> tuple[Any, ...]:
    """Return what distinguishes the records of a step from later ones at the same step."""
    series: list[tuple[type[Record], str]] = [
        *((kind, layer.name) for layer in model.about.layers for kind in (Moments, Histograms)),
        (ClassMetrics, ""),
        (ProbePredictions, ""),
    ]
    entries = (entry for one in series for entry in store.entries_at(model, *one, step))
    late = (
        entry
        for kind in (AttackReport, Topology, Probe)
        for entry in store.entries(model, kind)[-1:]
    )
    return tuple((entry.keys[0], entry.wall_time) for entry in (*entries, *late))


def _gather(store: Store, model: Model, subject: Subject) -> Evidence:
    about = model.about
    layers = prefetch(lambda layer: _layer(store, model, subject, layer), about.layers)
    found = {layer.name: layer for layer in layers if layer is not None}
    metrics = _metrics(store, model, subject) if subject.subset == ALL else None
    inputs = [layer.inputs for layer in found.values()]
    topology = store.newest(model, Topology)
    return Evidence(
        subject=subject,
        task=about.task,
        names=about.classes,
        weights=about.weights,
        inputs=max(inputs, default=int(metrics.inputs.sum()) if metrics else 0),
        layers=found,
        metrics=metrics,
        probe=_probe(store, model, subject),
        links=tuple((k.producer, k.consumer, k.kind, k.via) for k in topology.links)
        if topology
        else (),
        attacks=_attacks(store, model, subject.step),
    )


def _layer(store: Store, model: Model, subject: Subject, layer: Layer) -> LayerEvidence | None:
    """Return what is recorded of a layer; None without moments of the subset."""
    at = store.at(
        model,
        Moments,
        layer.name,
        subject.step,
        lambda record: bool(rows_of(record.subsets, subject.subset)),
    )
    if at is None:
        return None
    record = at[1]
    rows = rows_of(record.subsets, subject.subset)
    inputs = int(record.inputs[rows].sum())
    count = (record.inputs[rows].astype(np.int64)[:, None] - record.missing[rows]).sum(0)
    keys = [record.subsets[row] for row in rows]
    classes, class_keys = _classes(record) if subject.subset == ALL else (None, ())
    histograms = subjects.find_at(
        store,
        subjects.Subject(subject.run, subject.model, subject.step, subject.subset),
        layer.name,
    )
    zero = areas = None
    if histograms is not None:
        of = histograms.record
        zero = of.zero[subjects.rows(of, subject.subset)].sum(0, dtype=np.int64)
        fits = len(zero) == len(count) and histograms.inputs == inputs
        zero, areas = (zero, _areas(of, class_keys)) if fits else (None, None)
    areas = (
        _areas(histograms.record, class_keys)
        if histograms is not None and zero is not None
        else None
    )
    return LayerEvidence(
        name=layer.name,
        type=layer.type,
        output=layer.output,
        reduction=layer.reduction,
        mode=record.mode,
        inputs=inputs,
        spread=Spread(count, *subjects.pooled(record, keys)),
        zero=zero,
        classes=classes,
        keys=class_keys,
        auroc=areas,
        probe=subjects.activations_at(store, model, layer.name, subject.step),
    )


def rows_of(names: Sequence[str], subset: str) -> list[int]:
    """Rows of disjoint subsets that are a subset together; none where it is not recorded."""
    if subset in names:
        return [names.index(subset)]
    parts = [row for row, name in enumerate(names) if name.startswith(PARTS)]
    return parts if subset == ALL else []


def _classes(record: Moments) -> tuple[Spread | None, tuple[str, ...]]:
    """Moments of the true classes that have inputs, and their keys."""
    kind = recorded_graphs.PARTITIONS[0]
    rows = [row for row, key in enumerate(record.subsets) if kind.fullmatch(key)]
    rows = [row for row in rows if record.inputs[row]]
    if not rows:
        return None, ()
    count = record.inputs[rows].astype(np.int64)[:, None] - record.missing[rows]
    spread = Spread(count, record.mean[rows], record.std[rows])
    return spread, tuple(record.subsets[row] for row in rows)


def _areas(record: Histograms, keys: Sequence[str]) -> Array | None:
    """Return how well each unit separates a class; None without all classes' histograms."""
    if len(keys) < FEWEST_CLASSES or any(key not in record.subsets for key in keys):
        return None
    cells = len(keys) * record.counts[0].size
    if cells > MOST_CELLS:
        return None
    rows = [record.subsets.index(key) for key in keys]
    return separating.areas(histogram.from_record(record, rows))


def _metrics(store: Store, model: Model, subject: Subject) -> ClassCounts | None:
    at = store.at(model, ClassMetrics, "", subject.step)
    if at is None or model.about.task not in ("multiclass", "binary"):
        return None
    record = at[1]
    fields = (record.inputs, record.correct, record.predicted)
    inputs, correct, predicted = (array.astype(np.int64) for array in fields)
    confusion = record.confusion.astype(np.int64)
    return ClassCounts(record.rows, inputs, correct, predicted, confusion)


def _probe(store: Store, model: Model, subject: Subject) -> ProbeEvidence | None:
    record = store.newest(model, Probe)
    if record is None:
        return None
    labels = np.array(record.labels, np.int64)
    at = store.at(model, ProbePredictions, "", subject.step, lambda r: len(r.top) == len(labels))
    predicted = at[1].top[:, 0].astype(np.int64) if at and at[1].top.shape[1] else None
    members = np.ones(len(labels), bool)
    for part in () if subject.subset == ALL else subject.subset.split("/"):
        members &= _members(part, record, labels, predicted)
    pairs = np.array(record.pairs, np.int64)
    scale = at[1].scale if at else ""
    names = dict.fromkeys(name for instance in record.slices for name in instance)
    slices = {
        name: np.array([name in instance for instance in record.slices], bool) for name in names
    }
    return ProbeEvidence(record.hash, labels, predicted, members, pairs, scale, slices)


def _members(part: str, record: Probe, labels: Array, predicted: Array | None) -> Array:
    kind, _, rest = part.partition(":")
    if kind == "class" and rest.isdigit():
        return np.asarray(labels == int(rest))
    if kind == "predicted" and rest.isdigit() and predicted is not None:
        return np.asarray(predicted == int(rest))
    if kind == "slice" and record.slices:
        return np.array([rest in slices for slices in record.slices], bool)
    return np.zeros(len(labels), bool)


def _attacks(store: Store, model: Model, step: int) -> Attacks | None:
    entries = store.entries_at(model, AttackReport, "", step)
    record = store.last(model, entries, AttackReport)
    if record is None:
        return None
    enough = np.minimum(record.positives, record.negatives) >= FEWEST_ATTACKED
    low, high = np.where(enough[:, None], [record.low, record.high], np.nan)
    scores = zip(record.measures, record.layers, strict=True)
    return Attacks(
        record.groups,
        record.of,
        record.strength,
        record.positives.astype(np.int64),
        record.negatives.astype(np.int64),
        tuple(f"{measure} of {layer}" if layer else measure for measure, layer in scores),
        record.auroc,
        low,
        high,
        tuple(tuple(words) for words in verdicts(low, high, record.level)),
    )


def _weight(found: Evidence) -> int:
    """Bytes that evidence holds in memory, roughly."""
    arrays = [
        array
        for layer in found.layers.values()
        for array in (layer.probe, layer.zero, layer.spread.mean, layer.classes)
    ]
    sizes = [array.nbytes for array in arrays if isinstance(array, np.ndarray)]
    return 4000 + 3 * sum(sizes)
