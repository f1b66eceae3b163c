"""Find the distributions of subjects, and match their units across runs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import histogram, unit_matching
from tb_plugin_neural.contract.records import (
    Histograms,
    Moments,
    ProbeActivations,
    ProbeActivationsHalf,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.analysis.histogram import Histogram
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.source import Entry
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

ACTIVATIONS: tuple[type[ProbeActivations | ProbeActivationsHalf], ...] = (
    ProbeActivations,
    ProbeActivationsHalf,
)
UNMATCHED = 2**32 - 1
MOST_CELLS = 2**22
"""Units times bins of a layer that is compared as a whole: 32 MiB of counts in 64 bits."""
ALL = "all"


@dataclass(frozen=True)
class Subject:
    """The subject of a comparison: a subset of inputs at a snapshot."""

    run: str
    model: str
    step: int
    subset: str


@dataclass(frozen=True, eq=False)
class SubjectHistograms:
    """A subject's record: the one at its step, or the nearest."""

    subject: Subject
    model: Model
    entry: Entry
    record: Histograms

    @property
    def layer(self) -> str:
        """The layer, which the record is of."""
        return self.entry.series.layer

    @property
    def step(self) -> int:
        """The step of the record."""
        return self.entry.step

    @property
    def units(self) -> int:
        """Number of units of the layer, in this run."""
        return int(self.record.counts.shape[1])

    @property
    def inputs(self) -> int:
        """Number of inputs in the subset."""
        return int(self.record.inputs[rows(self.record, self.subject.subset)].sum())

    @cached_property
    def histogram(self) -> Histogram:
        """The subset's histogram, on the lattice of the record.

        Raises:
            TooLarge: the layer has more units and bins than are compared at once.
        """
        units, bins = self.record.counts.shape[1:]
        if units * bins > MOST_CELLS:
            raise TooLarge(
                f"{units} units of layer {self.layer!r} with {bins} bins each, expected at most "
                f"{MOST_CELLS} bins: ask for one unit with unit=…"
            )
        return histogram.from_record(self.record, [rows(self.record, self.subject.subset)])


class LayerAt(Protocol):
    """A layer of a model at a step, whatever was found of it."""

    @property
    def model(self) -> Model: ...  # noqa: D102
    @property
    def layer(self) -> str: ...  # noqa: D102
    @property
    def step(self) -> int: ...  # noqa: D102
    @property
    def units(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, eq=False)
class Correspondence:
    """The partners of a run's units in another run.

    Attributes:
        identity: `same`, `weights`, `matched` or `none`; with the reason of the latter.
        index: for every unit of the first the other's, or -1.
        correlation: of the two, NaN where unmatched.
        instances: of the probe set, by which units are `matched`; None otherwise.
        threshold: correlation from which units are matched, likewise.
    """

    identity: str
    reason: str | None
    index: Array
    correlation: Array
    instances: int | None = None
    threshold: float | None = None


def rows(record: Histograms, subset: str) -> list[int]:
    """Rows of a record whose sum is the subset; none if it is not recorded."""
    if subset in record.subsets:
        return [record.subsets.index(subset)]
    return list(record.total) if subset == ALL else []


def of_unit(found: SubjectHistograms, unit: int) -> SubjectHistograms:
    """Return a subject's record of one unit alone."""
    record = found.record
    arrays = {
        spec.name: getattr(record, spec.name).take([unit], spec.metadata["axes"].index("U"))
        for spec in dataclasses.fields(record)
        if "U" in spec.metadata.get("axes", ())
    }
    return dataclasses.replace(found, record=dataclasses.replace(record, **arrays))


def check_unit(unit: int, units: int, layer: str) -> int:
    """Check that a layer has the unit, and return it.

    Raises:
        NotFoundError: it has not.
    """
    if not 0 <= unit < units:
        raise errors.NotFoundError(f"unit {unit} of layer {layer!r}, which has {units}")
    return unit


def find(store: Store, subject: Subject, layer: str) -> SubjectHistograms:
    """Find the histograms of a subject.

    Raises:
        NotFoundError: there is no such run, model, layer or subset.
    """
    model = store.model(subject.run, subject.model)
    if not store.entries(model, Histograms, layer):
        raise LayerNotFound(
            f"run {subject.run!r} has no histograms of layer {layer!r} of {subject.model!r}"
        )
    try:
        entry, record = store.find(
            model, Histograms, layer, subject.step, lambda r: bool(rows(r, subject.subset))
        )
    except errors.NotFoundError:
        last = store.newest(model, Histograms, layer)
        there = ", ".join(last.subsets[:20]) if last else "none that can be read"
        raise errors.NotFoundError(
            f"layer {layer!r} in run {subject.run!r} has no histograms of the subset "
            f"{subject.subset!r}; it has: {there}"
        ) from None
    return SubjectHistograms(subject, model, entry, record)


def find_at(store: Store, subject: Subject, layer: str) -> SubjectHistograms | None:
    """Find the histograms of a subject at exactly its step; None without them."""
    model = store.model(subject.run, subject.model)
    at = store.at(model, Histograms, layer, subject.step, lambda r: bool(rows(r, subject.subset)))
    return SubjectHistograms(subject, model, *at) if at else None


class TooLarge(errors.InvalidArgumentError):
    """A layer is too large to be answered as a whole."""


class LayerNotFound(errors.NotFoundError):
    """A run has no record of a layer that other runs may have."""


def activations(store: Store, model: Model, layer: str, step: int) -> tuple[Entry, Array]:
    """Activations `[instances, units]` of the probe set at a step, or at the nearest.

    Raises:
        NotFoundError: none are recorded.
    """
    found = [
        store.find(model, kind, layer, step)
        for kind in ACTIVATIONS
        if store.entries(model, kind, layer)
    ]
    if not found:
        raise errors.NotFoundError(
            f"no activations of a probe set of layer {layer!r} in run {model.run!r}"
        )
    entry, record = min(found, key=lambda one: one[0].distance(step))
    return entry, record.values()


def activations_at(store: Store, model: Model, layer: str, step: int) -> Array | None:
    """Activations `[instances, units]` of the probe set at exactly this step, or None."""
    found = (store.at(model, kind, layer, step) for kind in ACTIVATIONS)
    return next((at[1].values() for at in found if at), None)


def correspond(store: Store, first: LayerAt, other: LayerAt) -> Correspondence:
    """Match the units of `other` with those of `first`."""
    one, two = first.model, other.model
    same = (one.run, one.name) == (two.run, two.name)
    if same or (one.about.weights and one.about.weights == two.about.weights):
        identity = "same" if same else "weights"
        if first.units == other.units:
            ones = np.ones(first.units, np.float32)
            return Correspondence(identity, None, np.arange(first.units), ones)
        return unmatched(first, f"the layer has {other.units} units there, not {first.units}")
    if not one.about.probe or one.about.probe != two.about.probe:
        return unmatched(
            first,
            f"runs {one.run} and {two.run} started from different weights and share no probe set; "
            "record both with the same probe=ProbeSet(…) to match their units",
        )
    return _matched(store, first, other)


def unmatched(first: LayerAt, reason: str) -> Correspondence:
    """No unit of another run is one of the first's, for a reason."""
    nothing = np.full(first.units, -1), np.full(first.units, np.nan, np.float32)
    return Correspondence("none", reason, *nothing)


def _matched(store: Store, first: LayerAt, other: LayerAt) -> Correspondence:
    layer = first.layer
    try:
        (here, a), (there, b) = (
            activations(store, found.model, layer, found.step) for found in (first, other)
        )
    except errors.NotFoundError as error:
        return unmatched(first, str(error))
    expected = (len(a), first.units), (len(a), other.units)
    if (a.shape, b.shape) != expected:
        return unmatched(first, f"the probe sets' activations of {layer} do not fit")

    def match() -> tuple[Correspondence, int]:
        found = unit_matching.match(a, b)
        made = Correspondence(
            "matched", None, found.index, found.correlation, len(a), found.threshold
        )
        return made, 2000 + 16 * len(a.T)

    key = ("match", *((entry.keys[0], entry.wall_time) for entry in (here, there)))
    return store.decoder.cache.get(key, match)


def mean_and_deviation(store: Store, found: SubjectHistograms) -> tuple[Array, Array]:
    """Mean and standard deviation `[units]` of the finite values, NaN where none are recorded."""
    subset = found.subject.subset
    parts = [found.record.subsets[row] for row in rows(found.record, subset)]

    def covers(record: Moments) -> bool:
        known = {*record.subsets}
        return record.mean.shape[1] == found.units and (subset in known or known >= {*parts})

    at_step = store.at(found.model, Moments, found.layer, found.step, covers)
    if at_step is None:
        nothing = np.full(found.units, np.nan)
        return nothing, nothing
    record = at_step[1]
    return pooled(record, [subset] if subset in record.subsets else parts)


def quantiles(store: Store, found: SubjectHistograms, q: tuple[float, ...]) -> Array:
    """Quantiles `[units, len(q)]` of the subset, on the lattice of its record."""

    def compute() -> tuple[Array, int]:
        values: Array = histogram.quantiles(found.histogram, q)[0]
        return values, values.nbytes

    key = ("quantiles", found.entry.keys[0], found.entry.wall_time, found.subject.subset, q)
    return store.decoder.cache.get(key, compute)


def pooled(record: Moments, subsets: Sequence[str]) -> tuple[Array, Array]:
    """Mean and standard deviation `[units]` of disjoint subsets taken together.

    Source: Chan, Golub & LeVeque (1979), equation 2.1, for several parts.
    """
    at = [record.subsets.index(subset) for subset in subsets]
    count = record.inputs[at][:, None].astype(np.float64) - record.missing[at]
    mean, std = record.mean[at].astype(np.float64), record.std[at].astype(np.float64)
    mean, std = np.where(count > 0, mean, 0), np.where(count > 0, std, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = count.sum(axis=0)
        middle = (count * mean).sum(axis=0) / total
        spread = (count * (std**2 + (mean - middle) ** 2)).sum(axis=0) / total
    return middle, np.sqrt(spread)
