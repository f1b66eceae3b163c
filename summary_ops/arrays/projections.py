"""Projections of arrays of any framework, equal to what a `Recorder` would write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from summary_ops import tasks
from summary_ops.arrays import distributions
from summary_ops.data.conversion import array
from summary_ops.network.isolation import isolation
from summary_ops.probe.probe_set import FOCUS, LARGEST
from summary_ops.projections import Projection
from summary_ops.projections.pivots import farthest_first
from summary_ops.projections.records import Distances, to_records
from summary_ops.projections.tables import Table
from summary_ops.schedule import step_number
from summary_ops.tasks.class_names import class_names
from tb_plugin_neural.contract import records

_pivots: dict[tuple[str, int, int], tuple[int, ...]] = {}
"""Those chosen so far, by instances, number and seed: the same for all writers."""


def projection(
    writer: Any,
    layer: str,
    activations: Any,
    *,
    ids: Sequence[Any],
    step: int,
    labels: Any = None,
    classes: Sequence[str] | Mapping[int, str] | None = None,
    pivots: Sequence[Any] | None = None,
    focus: Sequence[Any] = (),
    options: Projection = Projection(),
    name: str = "model",
) -> None:
    """Write what maps of a layer are made of: distances of instances, and their neighbours.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`.
        layer: the layer's name.
        activations: `[instances, …]`, any array: all numbers of the layer, not pooled.
        ids: `[instances]`, what tells them apart; the same ones at all layers and steps of a
            writer and name, in any order. They are the names on the page.
        step: the training step.
        labels: `[instances]` class indices, or None; negative ones are unlabelled.
        classes: class names by index; by default those given before, else as many numbers as the
            labels need.
        pivots: ids of those that all are compared with, the same in all runs that are to be
            compared; by default chosen max-min among the first activations that this process is
            given of these instances.
        focus: ids of up to 64 instances whose distances among each other are kept too.
        options: how many pivots and neighbours, and the metric.
        name: the model's name, as of a `Recorder`.

    Raises:
        ValueError: arrays contradict each other or what was given before, activations are not
            finite, or the step is no whole number.

    Example:
        >>> names = [f"image {number}" for number in range(30)]
        >>> projection(writer, "encoder", np.random.rand(30, 64), ids=names, step=0, name="maps")
    """
    step = step_number(step)
    if pivots is not None:
        options = replace(options, pivots=len(pivots))
    values = array(activations)
    if values.ndim < 2 or not 1 <= len(values) <= LARGEST or len(ids) != len(values):
        raise ValueError(
            f"activations of shape {list(values.shape)} and {len(ids)} ids, expected "
            f"[instances, …] with an id each, at most {LARGEST}"
        )
    model = distributions.model_of(writer, name)
    units, given = values.shape[1], _probe(ids, labels)
    probe = model.probe or given
    values = values[_order(probe, given)].flatten(1)
    distances = _distances(values, options.metric)
    chosen = _chosen(probe, values, options) if pivots is None else _places(probe, pivots)
    rows = [
        (layer, record)
        for record in to_records(probe.hash, options, chosen, _focus(probe, focus), distances)
    ]
    model.probe = probe
    model.layers[layer] = records.Layer(layer, "array", units, "none")
    model.write(writer, rows, step, _about(model, probe, classes, name))


def _probe(ids: Sequence[Any], labels: Any) -> records.Probe:
    names, size = tuple(map(str, ids)), len(ids)
    if len(set(names)) < size:
        raise ValueError(f"{size} ids, of which {len(set(names))} are different")
    known = [-1] * size
    if labels is not None:
        found = tasks.of("multiclass").check_labels(labels, size, torch.device("cpu"))
        known = [max(int(label), -1) for label in found]
    digest = hashlib.blake2b(repr((names, known)).encode(), digest_size=16)
    return records.Probe(
        hash=digest.hexdigest(),
        names=names,
        labels=tuple(known),
        pairs=(-1,) * size,
        notes=("",) * size,
        texts=("",) * size,
        pictured=False,
        lossless=False,
    )


def _order(probe: records.Probe, given: records.Probe) -> list[int]:
    """Return the rows of the given arrays, in the order of the instances."""
    row_of = {name: row for row, name in enumerate(given.names)}
    if row_of.keys() != set(probe.names):
        raise ValueError(
            f"{len(given.names)} ids that are not the {len(probe.names)} given before; use the "
            "same instances for all layers and steps, or another name="
        )
    return [row_of[name] for name in probe.names]


def _distances(values: Tensor, metric: str) -> Distances:
    with isolation.without_autocast_or_grad():
        table = Table.of(len(values), len(values), metric, values)
        table.begin(0, len(values))
        table.add(0, values)
    return Distances(tuple(range(len(values))), table.found.numpy(), table.unit)


def _chosen(probe: records.Probe, values: Tensor, options: Projection) -> tuple[int, ...]:
    key = probe.hash, options.pivots, options.seed
    if key not in _pivots:
        _pivots[key] = farthest_first([values], options.pivots, seed=options.seed)
    return _pivots[key]


def _places(probe: records.Probe, ids: Sequence[Any]) -> tuple[int, ...]:
    row_of = {name: row for row, name in enumerate(probe.names)}
    if unknown := [one for one in map(str, ids) if one not in row_of]:
        raise ValueError(f"pivot or focus {unknown[0]!r} is none of the {len(row_of)} ids")
    return tuple(dict.fromkeys(row_of[one] for one in map(str, ids)))


def _focus(probe: records.Probe, ids: Sequence[Any]) -> tuple[int, ...]:
    if len(ids) > FOCUS:
        raise ValueError(f"focus on {len(ids)} instances, expected at most {FOCUS}")
    return _places(probe, ids)


def _about(
    model: distributions.Model,
    probe: records.Probe,
    classes: Sequence[str] | Mapping[int, str] | None,
    name: str,
) -> records.Session:
    """Return the session record: the one before it, with the classes that are named now."""
    names = class_names(classes)
    if model.about is not None:
        return replace(model.about, classes=names or model.about.classes)
    return records.Session(
        name=name,
        task="multiclass",
        classes=names or tuple(map(str, range(max(probe.labels) + 1))),
        subset_names=(),
        layers=(),
        probe=None,
        weights="",
        left_out=(),
    )
