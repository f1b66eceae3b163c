"""Answer how the recorded layers are linked, and their health over the steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.graph_records import Architecture, Topology
from tb_plugin_neural.contract.records import Histograms, Moments
from tb_plugin_neural.lookup import graphs, layer_numbers
from tb_plugin_neural.lookup.layer_numbers import Number
from tb_plugin_neural.routes.activations.distributions import layer_difference
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.lookup.subjects import Subject
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

CHANGE, DIVERGENCE = "change", "divergence"
OF = (*layer_numbers.OF, DIVERGENCE)
MOST_LINKS, MOST_NOTES = 10_000, 50
MOST_NUMBERS = 2**21


def architecture(store: Store, request: Request) -> Response:
    """Answer the recorded layers, and which feeds which."""
    model = arguments.model(store, request)
    sizes = store.newest(model, Architecture)
    topology = store.newest(model, Topology)
    known = {layer.name: layer for layer in sizes.layers} if sizes else {}
    weights = {layer.name: layer.parameters for layer in topology.weights} if topology else {}

    def describe(layer: Any) -> dict[str, Any]:
        size = known.get(layer.name)
        return {
            "name": layer.name,
            "type": layer.type,
            "units": layer.units,
            "shape": size.shape if size else None,
            "parameters": size.parameters if size else None,
            "weights": weights.get(layer.name),
            "output": layer.output,
        }

    return arguments.document(
        request,
        {
            "parameters": sizes.parameters if sizes else None,
            "layers": [describe(layer) for layer in model.about.layers],
            "links": [
                [link.producer, link.consumer, link.kind]
                for link in (topology.links[:MOST_LINKS] if topology else ())
            ],
            "notes": topology.notes[:MOST_NOTES] if topology else [],
        },
    )


def layer_series(store: Store, request: Request) -> Response:
    """Answer one number a layer and step."""
    model = arguments.model(store, request)
    arguments.text(request, "of")
    of = arguments.one_of(request, "of", OF, None)
    wanted = arguments.optional(request, "since")
    known = [layer.name for layer in model.about.layers]
    names = request.args.getlist("layer") or known
    if strangers := [name for name in names if name not in known]:
        raise errors.NotFoundError(f"run {model.run!r} has no layer {strangers[0]!r}")
    subjects = arguments.subjects(request, 2) if of == DIVERGENCE else []
    kind = Histograms if subjects else Moments
    steps = graphs.steps(model, kind)
    since = _nearest(steps, wanted)
    only = arguments.optional(request, "step")
    if only is None:
        steps = _evenly(steps, arguments.integer(request, "most", len(steps)))
    else:
        steps = [_nearest(steps, only)] if steps else []

    def number(pair: tuple[str, int]) -> Number:
        if subjects:
            return Number(_divergence(store, subjects, *pair), 0.0)
        return layer_numbers.at(store, model, *pair, of, since)

    if len(names) * len(steps) > MOST_NUMBERS:
        raise errors.InvalidArgumentError(
            f"{len(names)} layers at {len(steps)} steps, expected at most {MOST_NUMBERS} numbers: "
            "ask for fewer layers with layer=…, or for fewer steps with most=…"
        )
    there = [{*store.steps(model, kind, name)} for name in names]
    pairs = [
        (row, column)
        for row, known in enumerate(there)
        for column, step in enumerate(steps)
        if step in known
    ]
    found = prefetch(number, ((names[row], steps[column]) for row, column in pairs))
    values = np.full((len(names), len(steps), 2), np.nan, np.float32)
    for cell, one in zip(pairs, found, strict=True):
        values[cell] = one
    return arguments.arrays(
        request,
        {"values": values[:, :, 0], "noise": values[:, :, 1]},
        {
            "of": of,
            "since": since if of == CHANGE else None,
            "layers": names,
            "steps": steps,
        },
    )


def dead_units(store: Store, request: Request) -> Response:
    """Answer which units of a layer are 0 on every input, and which were from the start."""
    model = arguments.model(store, request)
    layer = arguments.text(request, "layer")
    step = _nearest(store.steps(model, Moments, layer), arguments.integer(request, "step"))
    found = layer_numbers.dead(store, model, layer, step)
    if found is None:
        raise errors.NotFoundError(
            f"no moments over all inputs are recorded of layer {layer!r} at step {step}"
        )
    return arguments.document(
        request,
        {
            "step": step,
            "inputs": found.inputs,
            "units": found.units,
            "first": found.first,
            "before": found.before,
        },
    )


def _evenly(steps: Sequence[int], most: int) -> list[int]:
    """Choose at most `most` steps: the last and, of several, the first among them."""
    if len(steps) <= most:
        return list(steps)
    indices = np.linspace(len(steps) - 1, 0, max(1, most)).round().astype(int)
    return [steps[index] for index in indices[::-1]]


def _nearest(steps: Sequence[int], wanted: int | None) -> int:
    """Return the step at or before `wanted`, else the first."""
    earlier = [step for step in steps if wanted is not None and step <= wanted]
    return max(earlier, default=min(steps, default=0))


def _divergence(store: Store, subjects: Sequence[Subject], layer: str, step: int) -> float:
    """Return the divergence of two subjects at a step; those at the first one's step move along."""
    first = subjects[0]
    moved = [
        replace(one, step=step)
        if (one.run, one.model, one.step) == (first.run, first.model, first.step)
        else one
        for one in subjects
    ]
    entries = [entry for one in moved for entry in _histograms(store, one, layer)]

    def make() -> tuple[float, int]:
        mean = layer_difference(store, moved, layer)["mean"]
        return float("nan") if mean is None else mean, 200

    subsets = tuple((one.run, one.model, one.step, one.subset) for one in moved)
    key = ("layer divergence", layer, subsets, *((e.keys[0], e.wall_time) for e in entries))
    return store.decoder.cache.get(key, make)


def _histograms(store: Store, of: Subject, layer: str) -> tuple[Entry, ...]:
    """Return the newest records that a subject's histograms could come from."""
    return store.entries(store.model(of.run, of.model), Histograms, layer)[-1:]
