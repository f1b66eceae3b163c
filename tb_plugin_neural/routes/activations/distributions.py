"""Distributions of activations, and how far they are apart."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis import divergence as divergences
from tb_plugin_neural.analysis import histogram
from tb_plugin_neural.contract.records import Histograms, Moments, Record
from tb_plugin_neural.lookup import subjects
from tb_plugin_neural.lookup.subjects import (
    Correspondence,
    LayerNotFound,
    Subject,
    SubjectHistograms,
    TooLarge,
)
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded
from tb_plugin_neural.store.decoder import prefetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.analysis.divergence import Divergence
    from tb_plugin_neural.analysis.histogram import Histogram
    from tb_plugin_neural.store.store import Store

Array = np.ndarray[Any, Any]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEW = 20
MOST_ROWS = 2**17  # subjects times units
MOST_CELLS = 2**23  # and times bins: 64 MiB of counts in 64 bits
SIGNIFICANT_RATIO = 3.0
TOP_SHARE = 0.05
PROFILE = 8
COUNTS = ("counts", "zero", "under", "over", "nan", "infinite")
DIVERGENCES = ("wasserstein", "ratio", "jensen_shannon", "kolmogorov_smirnov")


@dataclasses.dataclass(frozen=True, eq=False)
class Aligned:
    """A subject with its units in the order of the first subject's."""

    subject: Subject
    found: SubjectHistograms | None
    units: Correspondence
    histogram: Histogram


def distributions(store: Store, request: Request) -> Response:
    """Answer the histograms of subjects on their common lattice."""
    layer = arguments.text(request, "layer")
    asked = arguments.subjects(request)
    unit = arguments.optional(request, "unit")
    _preload(store, asked, [layer], (Histograms, Moments))
    aligned = align(store, asked, layer, unit)
    joint = histogram.common_lattice([one.histogram for one in aligned])
    alone = unit is not None
    summaries = zip(*(_summaries(store, one, alone=alone) for one in aligned), strict=True)
    mean, std, quantiles = map(np.stack, summaries)
    units = np.stack([one.units.index for one in aligned])
    return arguments.arrays(
        request,
        {
            **{name: getattr(joint, name) for name in COUNTS},
            "start": joint.start,
            "width": joint.width,
            "mean": mean,
            "std": std,
            "quantiles": quantiles,
            "unit": np.where(units < 0, subjects.UNMATCHED, units).astype(np.uint32),
            "correlation": np.stack([one.units.correlation for one in aligned]),
        },
        {"layer": layer, "subjects": [_describe(one) for one in aligned]},
    )


def divergence(store: Store, request: Request) -> Response:
    """Answer how far two subjects are apart in every unit of a layer."""
    layer = arguments.text(request, "layer")
    asked = arguments.subjects(request, 2)
    _preload(store, asked, [layer], (Histograms,))
    first, second = align(store, asked, layer)
    found = _compare(first, second)
    return arguments.arrays(
        request,
        {name: getattr(found, name) for name in DIVERGENCES},
        {"layer": layer, "subjects": [_describe(one) for one in (first, second)]},
    )


def layers(store: Store, request: Request) -> Response:
    """Answer how far two subjects are apart in every layer."""
    one, two = arguments.subjects(request, 2)
    model = store.model(one.run, one.model)
    names = [layer.name for layer in model.about.layers]
    _preload(store, (one, two), names, (Histograms,))
    found = [{"name": name, **layer_difference(store, (one, two), name)} for name in names]
    return arguments.document(request, {"layers": found})


def history(store: Store, request: Request) -> Response:
    """Answer one unit's distribution over all steps."""
    layer, unit = arguments.text(request, "layer"), arguments.integer(request, "unit")
    subset = arguments.text(request, "subset")
    model = store.model(arguments.text(request, "run"), arguments.text(request, "model"))

    def has(record: Histograms) -> bool:
        return bool(subjects.rows(record, subset)) and 0 <= unit < record.counts.shape[1]

    def at(step: int) -> tuple[int, Histogram, float, float] | None:
        found = store.at(model, Histograms, layer, step, has)
        if found is None:
            return None
        subject = Subject(model.run, model.name, step, subset)
        whole = SubjectHistograms(subject, model, *found)
        mean, std = subjects.mean_and_deviation(store, whole)
        return step, subjects.of_unit(whole, unit).histogram, mean[unit], std[unit]

    read = prefetch(at, store.steps(model, Histograms, layer))
    found = [one for one in read if one is not None]
    if not found:
        raise errors.NotFoundError(
            f"unit {unit} of layer {layer!r} has no histograms of {subset!r} in run {model.run!r}"
        )
    steps, histograms, mean, std = zip(*found, strict=True)
    joint = histogram.common_lattice(histograms)
    return arguments.arrays(
        request,
        {
            **{name: getattr(joint, name)[:, 0] for name in COUNTS},
            "start": joint.start,
            "width": joint.width,
            "quantiles": histogram.quantiles(joint, QUANTILES)[:, 0],
            "mean": np.array(mean),
            "std": np.array(std),
        },
        {"steps": steps},
    )


def _preload(
    store: Store,
    asked: Sequence[Subject],
    names: Sequence[str],
    kinds: Sequence[type[Record]],
) -> None:
    """Read what is wanted of all subjects at once."""
    moments = {(subject.run, subject.model, subject.step) for subject in asked}
    store.preload(
        (store.model(run, model), kind, name, step)
        for run, model, step in moments
        for name in names
        for kind in kinds
    )


def align(
    store: Store, asked: Sequence[Subject], layer: str, unit: int | None = None
) -> list[Aligned]:
    """Find subjects and bring their units, or the one unit, into the order of the first one's.

    Raises:
        NotFoundError: a run, model or subset is missing, or the first subject's layer or unit.
        InvalidArgumentError: it is more than one request is answered.
    """
    first = subjects.find(store, asked[0], layer)
    if unit is not None:
        subjects.check_unit(unit, first.units, layer)
    else:
        _check_size(len(asked), *first.record.counts.shape[1:])
    return [_align(store, first, subject, unit) for subject in asked]


def _check_size(subjects: int, units: int, bins: int) -> None:
    rows = subjects * units
    found = f"{rows} histograms, expected at most {MOST_ROWS}"
    if rows * bins > MOST_CELLS:
        found = f"{rows} histograms of {bins} bins, expected at most {MOST_CELLS} bins in all"
    if rows > MOST_ROWS or rows * bins > MOST_CELLS:
        raise TooLarge(
            f"{subjects} subjects of {units} units are {found}: ask for fewer subjects at once, "
            "or for one unit with unit=…"
        )


def _align(store: Store, first: SubjectHistograms, subject: Subject, unit: int | None) -> Aligned:
    found: SubjectHistograms | None
    try:
        same = subject == first.subject
        found = first if same else subjects.find(store, subject, first.layer)
        units = subjects.correspond(store, first, found)
    except LayerNotFound as error:
        found, units = None, subjects.unmatched(first, str(error))
    if unit is not None:
        units = dataclasses.replace(
            units, index=units.index[[unit]], correlation=units.correlation[[unit]]
        )
    return Aligned(subject, found, units, _taken(found or first, units, alone=unit is not None))


def _taken(found: SubjectHistograms, units: Correspondence, *, alone: bool) -> Histogram:
    if alone:
        one = subjects.of_unit(found, max(0, units.index[0]))
        return histogram.take_units(one.histogram, np.minimum(units.index, 0))
    if units.identity in ("same", "weights"):
        return found.histogram
    return histogram.take_units(found.histogram, units.index)


def _summaries(store: Store, one: Aligned, *, alone: bool) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and quantiles `[units, …]`, in the order of the first's units."""
    units = one.units.index
    if one.found is None:
        nothing = np.full(len(units), np.nan)
        return nothing, nothing, np.full((len(units), len(QUANTILES)), np.nan)
    mean, std = (
        np.where(units >= 0, values[units], np.nan)
        for values in subjects.mean_and_deviation(store, one.found)
    )
    if alone:
        return mean, std, histogram.quantiles(one.histogram, QUANTILES)[0]
    quantiles = subjects.quantiles(store, one.found, QUANTILES)
    return mean, std, np.where(units[:, None] >= 0, quantiles[units], np.nan)


def _describe(one: Aligned) -> dict[str, Any]:
    found = one.found
    return {
        **dataclasses.asdict(one.subject),
        "step": found.step if found else None,
        "inputs": found.inputs if found else 0,
        "mode": found.record.mode if found else None,
        "few": found is None or found.inputs < FEW,
        "identity": one.units.identity,
        "reason": one.units.reason,
        "instances": one.units.instances,
        "threshold": rounded(one.units.threshold),
    }


def _compare(first: Aligned, second: Aligned) -> Divergence:
    return divergences.compare(first.histogram, second.histogram)


def layer_difference(store: Store, asked: Sequence[Subject], layer: str) -> dict[str, Any]:
    """Return the difference of two subjects in one layer, or why it cannot be determined."""
    nothing: dict[str, Any] = {
        "mean": None,
        "top": None,
        "telling": None,
        "units": None,
        "profile": None,
    }
    try:
        first, second = align(store, asked, layer)
    except (errors.NotFoundError, TooLarge) as error:
        return {**nothing, "reason": str(error)}
    nothing["units"] = len(first.units.index)
    if second.units.identity == "none":
        return {**nothing, "reason": second.units.reason}
    found = _compare(first, second)
    known = np.isfinite(found.wasserstein)
    if not known.any():
        return {**nothing, "reason": "no unit has finite values in both subsets"}
    telling = known & (found.ratio >= SIGNIFICANT_RATIO)
    distance = np.sort(np.where(telling, found.wasserstein, 0)[known])[::-1]
    ranks = np.linspace(0, len(distance) - 1, PROFILE).round().astype(int)
    return {
        "mean": float(distance.mean()),
        "top": float(distance[: max(1, round(TOP_SHARE * len(distance)))].mean()),
        "telling": int(telling.sum()),
        "units": nothing["units"],
        "profile": distance[ranks].tolist(),
        "reason": None,
    }
