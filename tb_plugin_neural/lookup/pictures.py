"""Find what shows a unit: names, crops of probe inputs, and feature visualizations."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract.graph_records import Examples, FeatureVisualization, UnitNames
from tb_plugin_neural.contract.records import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

MOST_EXAMPLES = 10
MOST_NAMES, LONGEST_NAME = 10_000, 200
MAGIC = ((b"\x89PNG\r\n\x1a\n", 0, "image/png"), (b"WEBP", 8, "image/webp"))


def content_type(picture: bytes) -> str | None:
    """Return the content type of a PNG or WebP picture, None of anything else."""
    found = (kind for magic, at, kind in MAGIC if picture[at : at + len(magic)] == magic)
    return next(found, None)


def picture(store: Store, entry: Entry, blob: int, name: str) -> tuple[bytes, str]:
    """Return a picture of a record and its content type.

    Raises:
        NotFoundError: it is not a picture, or gone.
    """
    data = store.decoder.blob(entry, blob)
    kind = content_type(data)
    if kind is None:
        store.decoder.damage.note(entry, f"{name} is neither PNG nor WebP")
        raise errors.NotFoundError(f"{name} is damaged")
    return data, kind


def probe_of(store: Store, model: Model) -> tuple[Entry, Probe]:
    """Return the newest probe set.

    Raises:
        NotFoundError: there is none.
    """
    for entry in reversed(store.entries(model, Probe)):
        if (record := store.decoder.record(entry, Probe)) is not None:
            return entry, record
    raise errors.NotFoundError(
        f"{model.name!r} in run {model.run!r} has no probe set; record one with probe=ProbeSet(…)"
    )


def examples_of(store: Store, model: Model, layer: str, step: int) -> tuple[Entry, Examples]:
    """Return the examples of a layer's units at a step, or at the nearest, of the shown probe set.

    Raises:
        NotFoundError: there are none.
    """
    try:
        return store.find(model, Examples, layer, step, lambda r: r.probe == model.about.probe)
    except errors.NotFoundError:
        raise errors.NotFoundError(
            f"no examples of layer {layer!r} of {model.name!r} in run {model.run!r}; they are "
            "recorded with probe=ProbeSet(…) and graph=Graph()"
        ) from None


def boxes(record: Examples, unit: int) -> Array:
    """Return what a unit sees at the positions of its examples, `[examples, 4]`.

    Returns:
        Top, left, bottom and right as shares of the input's height and width; all of it where the
        receptive field is the whole input, and of axes that the layer does not have.
    """
    position = record.position[unit].astype(np.float64)
    found = np.tile([0.0, 0.0, 1.0, 1.0], (len(position), 1))
    if not record.stride:
        return found
    size = np.maximum(1.0, np.array(record.input_shape, dtype=np.float64))
    start = position * record.stride + np.array(record.start, dtype=np.float64)
    end = start + np.array(record.extent, dtype=np.float64)
    low, high = np.clip(start / size, 0, 1), np.clip(end / size, 0, 1)
    axes = min(2, low.shape[1])
    found[:, 2 - axes : 2] = low[:, low.shape[1] - axes :]
    found[:, 4 - axes :] = high[:, high.shape[1] - axes :]
    return found


def crops(store: Store, model: Model, layer: str, step: int) -> Callable[[int], list[list[float]]]:
    """Return a function from units to examples: instance, top, left, bottom, right."""
    try:
        instances = len(probe_of(store, model)[1].names)
        _, record = examples_of(store, model, layer, step)
    except errors.NotFoundError:
        return lambda _: []

    def of_unit(unit: int) -> list[list[float]]:
        if not 0 <= unit < len(record.instance):
            return []
        rows = zip(record.instance[unit].tolist(), boxes(record, unit).tolist(), strict=True)
        found = ([at, *(round(end, 3) for end in box)] for at, box in rows if at < instances)
        return list(itertools.islice(found, MOST_EXAMPLES))

    return of_unit


def tiles(store: Store, model: Model, layer: str, step: int) -> dict[int, dict[str, Any]]:
    """Return where the pictures of units are: the atlas, the first tile, and their number."""
    found: dict[int, dict[str, Any]] = {}
    for entry, record in facets_of(store, model, layer, step):
        count = record.activation.shape[1]
        for at, unit in enumerate(record.units.tolist()):
            found.setdefault(unit, {"id": facet_id(entry), "tile": at * count, "count": count})
    return found


def facets_of(
    store: Store, model: Model, layer: str, step: int
) -> Iterator[tuple[Entry, FeatureVisualization]]:
    """Feature visualizations of a layer, those of the step nearest to a step first."""
    entries = store.entries(model, FeatureVisualization, layer)
    for entry in sorted(entries, key=lambda entry: entry.distance(step)):
        record = store.record(model, entry, FeatureVisualization)
        if record is not None and len(entry.keys) > 1 and record.tile > 0 and record.columns > 0:
            yield entry, record


def facet_id(entry: Entry) -> str:
    """Return the identifier of an atlas among those of a layer."""
    return f"{entry.series.session}-{entry.step}"


def names(store: Store, model: Model) -> dict[str, dict[int, str]]:
    """Names that were given to units, by layer and unit; those given later go before others."""
    found: dict[str, dict[int, str]] = {}
    entries = sorted(store.entries(model, UnitNames), key=lambda entry: entry.wall_time)
    every = (store.record(model, entry, UnitNames) for entry in entries)
    for record in filter(None, every):
        for one in record.names[:MOST_NAMES]:
            found.setdefault(one.layer, {})[one.unit] = one.name[:LONGEST_NAME]
    return found
