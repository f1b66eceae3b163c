"""Maps by UMAP of what the probe set activates, made after training, into an event file."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, Unpack

import numpy as np
import torch
from tqdm import tqdm

from summary_ops.jobs.job import write_job
from summary_ops.network import calling
from summary_ops.network.hooks.activations import Pooling
from summary_ops.network.isolation import isolation
from summary_ops.network.modules import layers as layers_
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.projections import umap_embedding
from summary_ops.projections.comparing import BATCH, Comparison
from summary_ops.projections.recording import comparing
from summary_ops.projections.umap_maps import PURPOSE, Umap
from summary_ops.schedule import step_number
from tb_plugin_neural.analysis.maps.map_quality import quality
from tb_plugin_neural.contract.projection_records import METRICS, ProjectionMap
from tb_plugin_neural.contract.record import Array

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

FEWEST = 10
"""Instances of a map by UMAP."""

Place = tuple[str, int]
"""A layer and a step."""


class MapOptions(TypedDict, total=False):
    """The keyword arguments of `projection_maps`."""

    weights: Mapping[int, Mapping[str, Any]] | None
    layers: str | Sequence[str] | None
    method: str
    metric: str
    neighbours: int
    min_dist: float
    alignment: float
    seed: int
    device: torch.device | str | None
    progress: bool


def add_projection_maps(
    writer: Any, recorder: Recorder, *, step: int | None = None, **options: Unpack[MapOptions]
) -> None:
    """Write what `projection_maps` makes: maps of the probe set by UMAP, one a layer.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, layers and probe set are meant.
        step: of the records, for the model as it is now; not with `weights`.
        options: of `projection_maps`.

    Raises:
        ImportError: the package umap-learn is missing.
        ValueError: see `projection_maps`.

    Example:
        >>> add_projection_maps(writer, recorder, step=0, layers="dense", progress=False)
    """

    def find() -> list[tuple[int, str, ProjectionMap]]:
        found = projection_maps(recorder, step=step, **options)
        return [(at, layer, record) for (layer, at), record in found.items()]

    write_job(writer, recorder, find)


project = add_projection_maps


def projection_maps(
    recorder: Recorder,
    *,
    step: int | None = None,
    weights: Mapping[int, Mapping[str, Any]] | None = None,
    layers: str | Sequence[str] | None = None,
    method: str = "umap",
    metric: str = "euclidean",
    neighbours: int = 15,
    min_dist: float = 0.1,
    alignment: float = 0.01,
    seed: int = 0,
    device: torch.device | str | None = None,
    progress: bool = True,
) -> dict[Place, ProjectionMap]:
    """Map the probe set by UMAP, a map a layer, of the distances between full activations.

    Each map begins from the one before it (of the layer before; of the same layer at the step
    before, where there are `weights`) and is turned to lie as that one. `aligned_umap` makes them
    all together instead, so that an instance moves only where its neighbours make it. The same
    seed gives the same maps.

    Args:
        recorder: its model, layers and probe set are meant.
        step: of the model as it is now.
        weights: state dicts by step, instead of `step`; the model is left as it was.
        layers: names or globs of recorded layers; by default all.
        method: `umap` or `aligned_umap`.
        metric: of activations, `euclidean` or `cosine`.
        neighbours: of an instance, for UMAP and for the quality.
        min_dist: of UMAP.
        alignment: how much a map is held to its neighbours by `aligned_umap`.
        seed: of UMAP.
        device: of the inputs; by default that of the model's parameters.
        progress: show progress bars.

    Returns:
        A record by layer and step: places `[instances, 2]` and how far to trust them.

    Raises:
        ImportError: the package umap-learn is missing.
        ValueError: arguments contradict each other, there is no such layer, the probe set has
            fewer than 10 instances, or they cannot be compared in any of the layers.

    Example:
        >>> maps = projection_maps(recorder, step=0, layers="dense", progress=False)
        >>> [(key, record.xy.shape) for key, record in maps.items()]
        [(('dense', 0), (20, 2))]
    """
    umap = Umap(method, neighbours, min_dist, alignment, seed)
    probe = recorder.probe
    if metric not in METRICS:
        raise ValueError(f"metric={metric!r}, expected one of {METRICS}")
    if probe is None or len(probe) < FEWEST:
        given = "no probe set" if probe is None else f"a probe set of {len(probe)} inputs"
        raise ValueError(f"the recorder has {given}; a map by UMAP needs {FEWEST} inputs or more")
    if (step is None) == (weights is None) or weights == {}:
        raise ValueError("pass step=, for the model as it is, or weights={step: state dict}")
    with umap_embedding.umap(PURPOSE):
        found: dict[Place, Array] = {}
    where = recorder.pipeline.network.device(device)
    with _bar("Neural: comparing inputs", progress) as bar:
        for at in _steps(recorder, step, weights):
            for layer, table in _distances(recorder, probe, metric, layers, where, bar.update):
                found[layer, at] = table
    if not found:
        raise ValueError("no layer has activations that can be compared; the warnings say why")
    parameters = {**umap.options(len(probe)), "metric": metric}
    described = ", ".join(f"{name}={value}" for name, value in parameters.items())
    made: dict[Place, ProjectionMap] = {}
    with _bar("Neural: maps by UMAP", progress, len(found)) as bar:
        for keys in _chains(recorder, found, over_steps=weights is not None):
            tables = [found[key] for key in keys]
            for key, table, xy in zip(keys, tables, umap.maps(tables), strict=True):
                good = quality(table, xy, neighbours)
                made[key] = ProjectionMap(
                    probe=probe.hash,
                    method=method,
                    parameters=described,
                    trustworthiness=good.trustworthiness,
                    continuity=good.continuity,
                    preservation=good.preservation,
                    xy=xy.astype(np.float32),
                )
                bar.update()
    return made


def _bar(what: str, progress: bool, total: int | None = None) -> tqdm[NoReturn]:
    return tqdm(desc=what, total=total, disable=not progress, leave=False)


def _chains(
    recorder: Recorder, found: Mapping[Place, Array], *, over_steps: bool
) -> list[list[Place]]:
    """Group the maps that are made together: all layers of a step, or all steps of a layer."""
    order = {layer: index for index, layer in enumerate(recorder.pipeline.observed.layers)}
    ordered = sorted(found, key=lambda key: (order[key[0]], key[1]))
    kept = 0 if over_steps else 1
    chains: dict[str | int, list[Place]] = {}
    for key in ordered:
        chains.setdefault(key[kept], []).append(key)
    return list(chains.values())


def _steps(
    recorder: Recorder, step: int | None, weights: Mapping[int, Mapping[str, Any]] | None
) -> Iterator[int]:
    """Yield the steps, with the model's weights of each; restore its own weights afterwards."""
    if weights is None:
        yield step_number(step)
        return
    own = copy.deepcopy(recorder.model.state_dict())
    try:
        for at in sorted(weights):
            recorder.model.load_state_dict(weights[at])
            yield step_number(at)
    finally:
        recorder.model.load_state_dict(own)


def _distances(
    recorder: Recorder,
    probe: ProbeSet,
    metric: str,
    layers: str | Sequence[str] | None,
    device: torch.device,
    done: Callable[[int], object],
) -> Iterator[tuple[str, Array]]:
    """Each layer's distances of all instances to all, `[n, n]`, in as many passes as it takes."""
    network = recorder.pipeline.network
    problems, room = network.problems, network.max_bytes
    with isolation.isolated(network.model):
        names = layers_.among(_layers(recorder, probe, device), layers)
        comparison = Comparison(len(probe), metric, room, report=problems.report, layers=names)
        show = comparing(network, comparison, device)

        def forward(chosen: Sequence[int]) -> None:
            show(probe.at(chosen))
            done(len(chosen))

        for start in range(0, len(probe), BATCH):
            comparison.start = start
            forward(range(start, min(start + BATCH, len(probe))))
        for layer, distances in comparison.finish(forward, (), math.inf):
            yield layer, distances.found * np.float32(distances.scale)
        if comparison.left_out:
            problems.report("maps by UMAP", "; ".join(comparison.left_out))


def _layers(recorder: Recorder, probe: ProbeSet, device: torch.device) -> list[str]:
    """Return the recorded layers, in order of execution."""
    if not recorder.pipeline.observed.layers:
        network, inputs = recorder.pipeline.network, next(probe.batches(BATCH))
        pooling = Pooling(network, recorder.pipeline.observed)
        with pooling.collecting(), torch.no_grad():
            calling.call_afresh(network.model, inputs, device)
    return list(recorder.pipeline.observed.layers)
