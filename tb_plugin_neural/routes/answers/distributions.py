"""Distributions of activations, how far they are apart, and how well the model does."""

from typing import Annotated, TypedDict

from tb_plugin_neural.routes.answers.shared import Identity
from tb_plugin_neural.routes.requests.declared import Arrays, Json, counts, floats


class DistributionSubject(TypedDict):
    """A subject as it was found."""

    run: Annotated[str, "as asked"]
    model: Annotated[str, "as asked"]
    step: Annotated[int | None, "the one found; `null` where the run lacks the layer"]
    subset: Annotated[str, "as asked"]
    inputs: Annotated[int, "in the subset"]
    mode: Annotated[str | None, "module mode: `train`, `eval`, `mixed`"]
    few: Annotated[bool, "below 20 inputs"]
    identity: Annotated[Identity, "by what units correspond to the first subject's"]
    reason: Annotated[str | None, "why `identity` is `none`"]
    instances: Annotated[int | None, "of the probe set, by which units are `matched`"]
    threshold: Annotated[float | None, "correlation from which they are"]


class DistributionsMeta(TypedDict):
    """Whose distributions these are."""

    layer: Annotated[str, "as asked"]
    subjects: Annotated[list[DistributionSubject], "in the order asked for"]


class StepsMeta(TypedDict):
    """The steps of an answer's rows."""

    steps: Annotated[list[int], "rising"]


class LayerDifference(TypedDict):
    """Divergence of two subjects in a layer."""

    name: Annotated[str, "of the layer"]
    mean: Annotated[float | None, "of the units' distances; units within noise count as 0"]
    top: Annotated[float | None, "mean of the top 5 %"]
    telling: Annotated[int | None, "units that can be told from noise"]
    units: Annotated[int | None, "of the layer"]
    profile: Annotated[list[float] | None, "sorted distances at 8 evenly spaced ranks, descending"]
    reason: Annotated[str | None, "why there are no numbers"]


class LayerDifferences(TypedDict):
    """Divergence of two subjects, layer by layer."""

    layers: Annotated[list[LayerDifference], "of the first subject's run"]


class MetricsMeta(TypedDict):
    """Steps and subsets of class metrics."""

    steps: Annotated[list[int], "rising"]
    rows: Annotated[list[str], "keys of the subsets"]
    total: Annotated[list[int], "inputs seen, one a step"]
    unlabelled: Annotated[list[int], "of these without a known label"]
    step: Annotated[int, "of `confusion` and `probability`"]
    mode: Annotated[str, "module mode there"]


DISTRIBUTIONS = Arrays(
    {
        "counts": counts(
            "subjects units bins", "values in `[start + b·width, start + (b+1)·width)`"
        ),
        "zero": counts("subjects units", "values of exactly zero"),
        "under": counts("subjects units", "values below the window"),
        "over": counts("subjects units", "values above the window"),
        "nan": counts("subjects units", "not a number"),
        "infinite": counts("subjects units", "infinite values"),
        "start": floats("units", "left edge of bin 0"),
        "width": floats("units", "of a bin, a power of two"),
        "mean": floats(
            "subjects units", "over the finite values; NaN where none are, or none is recorded"
        ),
        "std": floats("subjects units", "likewise"),
        "quantiles": floats(
            "subjects units 5",
            "5, 25, 50, 75, 95 %, on the subject's own, finest lattice; NaN where empty",
        ),
        "unit": counts(
            "subjects units",
            "the unit's index in the subject's own run; 4294967295 = unmatched, its counts are 0",
        ),
        "correlation": floats(
            "subjects units",
            "of the match, or of the best that was too low for one; 1 within one run and from the "
            "same weights, NaN where `identity` is `none`",
        ),
    },
    DistributionsMeta,
)
DIVERGENCE = Arrays(
    {
        "wasserstein": floats("units", "in units of the pooled standard deviation"),
        "ratio": floats("units", "measured over the noise floor: 1 is noise, shown from 3 up"),
        "jensen_shannon": floats("units", "in bits, its bias removed"),
        "kolmogorov_smirnov": floats("units", "largest distance of the two shares"),
    },
    DistributionsMeta,
)
LAYERS = Json(LayerDifferences)
HISTORY = Arrays(
    {
        "counts": counts("steps bins", "values in `[start + b·width, start + (b+1)·width)`"),
        "zero": counts("steps", "values of exactly zero"),
        "under": counts("steps", "values below the window"),
        "over": counts("steps", "values above the window"),
        "nan": counts("steps", "not a number"),
        "infinite": counts("steps", "infinite values"),
        "start": floats("1", "left edge of bin 0"),
        "width": floats("1", "of a bin, a power of two"),
        "quantiles": floats("steps 5", "5, 25, 50, 75, 95 %"),
        "mean": floats("steps", "over the finite values"),
        "std": floats("steps", "likewise"),
    },
    StepsMeta,
)
METRICS = Arrays(
    {
        "inputs": counts("steps rows", "in the row"),
        "correct": counts("steps rows", "of these, predicted rightly"),
        "predicted": counts("steps rows", "inputs predicted as the row's class"),
        "absolute_error": floats("steps rows", "sum over inputs; NaN unless regression"),
        "squared_error": floats("steps rows", "likewise"),
        "confusion": counts("rows predicted_classes", "true class by predicted class, at `step`"),
        "probability": counts("rows bins", "histogram of the predicted class's probability there"),
    },
    MetricsMeta,
)
