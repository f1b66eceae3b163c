"""Find what is recorded of a confusion: counts, instances, and what the last hidden layer adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import confusion
from tb_plugin_neural.contract.graph_records import Contributions
from tb_plugin_neural.contract.records import ClassMetrics, Moments, Probe, ProbePredictions
from tb_plugin_neural.lookup import recorded_graphs, subjects, subset_rows

if TYPE_CHECKING:
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]
Pair = tuple[int, int]
"""The true class, and the one that it is predicted as."""


@dataclass(frozen=True)
class Counts:
    """Inputs of two classes at a step, and how many of them are predicted as the other."""

    step: int
    inputs: Pair
    confused: Pair


def counts(store: Store, model: Model, step: int, pair: Pair) -> Counts | None:
    """Count how often two classes are confused at a step; None without class metrics."""
    if not store.entries(model, ClassMetrics):
        return None
    entry, record = store.find(model, ClassMetrics, "", step)
    rows = {key: row for row, key in enumerate(record.rows)}

    def count(true: int, predicted: int) -> tuple[int, int]:
        row = rows.get(f"class:{true}")
        if row is None or predicted >= record.confusion.shape[1]:
            return 0, 0
        return int(record.inputs[row]), int(record.confusion[row, predicted])

    here, there = count(*pair), count(pair[1], pair[0])
    return Counts(entry.step, (here[0], there[0]), (here[1], there[1]))


@dataclass(frozen=True, eq=False)
class Instances:
    """The probe set where two classes are concerned; altered copies of instances are left out.

    Attributes:
        probability: of the predicted class.
        own: probability of the true class.
        confused: of the first class, and predicted as the second.
        correct: of either class, those predicted rightly.
        seen: how many of the first class there are.
    """

    step: int
    probability: Array
    own: Array
    confused: Array
    correct: tuple[Array, Array]
    seen: int


def instances(store: Store, model: Model, step: int, pair: Pair) -> Instances | None:
    """Find the instances of two classes at a step or the nearest; None without predictions."""
    probe = store.newest(model, Probe)
    if probe is None or not store.entries(model, ProbePredictions):
        return None
    labels = np.array(probe.labels)
    try:
        entry, record = store.find(
            model,
            ProbePredictions,
            "",
            step,
            lambda r: len(r.top) == len(labels) and r.top.size > 0,
        )
    except errors.NotFoundError:
        return None
    predicted = record.top[:, 0].astype(np.int64)
    plain = np.array(probe.pairs) < 0
    mine = plain & (labels == pair[0])
    theirs = plain & (labels == pair[1])
    return Instances(
        entry.step,
        record.probability[:, 0],
        record.label_probability,
        mine & (predicted == pair[1]),
        (mine & (predicted == pair[0]), theirs & (predicted == pair[1])),
        int(mine.sum()),
    )


@dataclass(frozen=True, eq=False)
class LastHidden:
    """The last hidden layer on the probe set.

    Attributes:
        activations: `[N, U]`, finite ones alone.
        drive: None where an instance is missing on either side.
        basis: what weights are made of: `logits` and `contributions` of the units to them, or
            `none`, where units push by unknown weights.
    """

    layer: str
    activations: Array
    drive: confusion.Drive | None
    basis: str


def last_hidden(store: Store, model: Model, of: Instances, pair: Pair) -> LastHidden | None:
    """Read what the last hidden layer says of a confusion; None without its activations."""
    layers = model.about.layers
    end = next((at for at, layer in enumerate(layers) if layer.output), len(layers))
    if not end:
        return None
    name = layers[end - 1].name
    found = subjects.activations_at(store, model, name, of.step)
    if found is None or len(found) != len(of.confused):
        return None
    values = np.where(np.isfinite(found), found, 0).astype(np.float64)
    output = layers[end].name if end < len(layers) else None
    margin = _margin(store, model, output, of.step, pair) if output else None
    prior = _prior(store, model, name, output, of.step, pair) if output else None
    drive = None
    if of.confused.any() and of.correct[0].any():
        start = np.zeros(values.shape[1]) if prior is None else prior
        drive = confusion.drive(values, of.confused, of.correct[0], start, margin)
    known = (["logits"] if margin is not None else []) + (
        ["contributions"] if prior is not None else []
    )
    return LastHidden(name, values, drive, " and ".join(known) or "none")


def _margin(store: Store, model: Model, output: str, step: int, pair: Pair) -> Array | None:
    """Return the logit of the second class less that of the first `[N]`."""
    logits = subjects.activations_at(store, model, output, step)
    if logits is None or max(pair) >= logits.shape[1]:
        return None
    margin = logits[:, pair[1]].astype(np.float64) - logits[:, pair[0]]
    return margin if np.isfinite(margin).all() else None


def _prior(
    store: Store, model: Model, hidden: str, output: str, step: int, pair: Pair
) -> Array | None:
    """Make weights `[U]` of the contributions to both logits; None without any."""
    nearest = sorted(store.entries(model, Contributions, output), key=lambda e: e.distance(step))
    at = subset_rows.at(store, model, Contributions, output, nearest[0].step) if nearest else None
    means = store.at(model, Moments, hidden, nearest[0].step) if nearest else None
    if at is None or means is None or hidden not in at[1].producers:
        return None
    record, moments = at[1], means[1]
    index = record.producers.index(hidden)
    first, units = sum(record.units[:index]), record.units[index]
    if moments.mean.shape[1] != units:
        return None
    classes = [
        key
        for key in record.subsets
        if recorded_graphs.PARTITIONS[0].fullmatch(key) and key in moments.subsets
    ]
    mean = moments.mean[[moments.subsets.index(key) for key in classes]].astype(np.float64)
    rows = {record.subsets.index(key): row for row, key in enumerate(classes)}
    weights = record.weights()

    def of_logit(unit: int) -> Array:
        table = np.full((len(classes), units), np.nan)
        for edge in np.flatnonzero(record.unit == unit):
            row = rows.get(int(record.subset[edge]))
            if row is None:
                continue
            producers = record.producer[edge].astype(np.int64) - first
            inside = (producers >= 0) & (producers < units)
            table[row, producers[inside]] = weights[edge][inside]
        return confusion.weights_of(table, mean)

    return of_logit(pair[1]) - of_logit(pair[0])
