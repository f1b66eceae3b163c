"""Say how activations are read and summed up."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypedDict

from summary_ops.network.model.output_scale import OutputScale
from summary_ops.network.model.recorded import MAX_BYTES
from summary_ops.statistics.histogram import BINS

Bounds = tuple[float, float]


class StatisticsOptions(TypedDict, total=False):
    """The fields of `Statistics`, which `Recorder` once took one by one."""

    reduction: str | None
    unit_axis: Mapping[str, int] | None
    batch_axis: int | Mapping[str, int] | None
    output_scale: str | None
    focus: Sequence[int | str] | None
    max_bytes: int
    bins: int
    window: Bounds | Mapping[str, Bounds] | None
    predicted_histograms: bool
    cross_slices: bool
    probe_dtype: str


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The options of reading activations and summing them up; pass `Recorder(statistics=…)`.

    Args:
        reduction: how positions are reduced to one number a unit: `max` or `mean`; None takes the
            maximum, but the mean in the residual stream of blocks that `layers="auto"` chooses.
        unit_axis: unit axes by layer name, where they cannot be inferred.
        batch_axis: the batch axis of the model's own inputs, or of outputs by layer name.
        output_scale: whether the prediction holds `logits` or `probabilities`; None infers it from
            the operations that computed it.
        focus: classes (indices or names) that get histograms when not all classes fit.
        max_bytes: memory budget of the statistics on the device.
        bins: bins of a histogram, 8 to 1024.
        window: bounds `(low, high)` of histograms, for all layers or by layer name; None places
            them by the first inputs.
        predicted_histograms: record histograms by predicted class, too.
        cross_slices: record each slice by class, too.
        probe_dtype: type of the probe set's activations, `uint8` (quantized) or `float16`.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> Statistics(reduction="mean", bins=32)
        Statistics(reduction='mean', bins=32)
        >>> Statistics(bins=4)
        Traceback (most recent call last):
        ValueError: bins=4, expected 8 to 1024
    """

    reduction: str | None = None
    unit_axis: Mapping[str, int] | None = None
    batch_axis: int | Mapping[str, int] | None = None
    output_scale: str | None = None
    focus: Sequence[int | str] | None = None
    max_bytes: int = MAX_BYTES
    bins: int = BINS
    window: Bounds | Mapping[str, Bounds] | None = None
    predicted_histograms: bool = False
    cross_slices: bool = False
    probe_dtype: str = "uint8"

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("reduction", self.reduction, ("max", "mean", None)),
            ("probe_dtype", self.probe_dtype, ("uint8", "float16")),
        ):
            if value not in allowed:
                raise ValueError(
                    f"{what}={value!r}, expected one of {', '.join(map(repr, allowed))}"
                )
        if not 8 <= self.bins <= 1024:
            raise ValueError(f"bins={self.bins}, expected 8 to 1024")
        OutputScale(self.output_scale)
        self.batch_axes()
        self.windows()

    def __repr__(self) -> str:
        """Show what differs from the defaults."""
        given = ((field, getattr(self, field.name)) for field in fields(self))
        shown = (
            f"{field.name}={value!r}"
            for field, value in given
            if repr(value) != repr(field.default)
        )
        return f"Statistics({', '.join(shown)})"

    def batch_axes(self) -> int | dict[str, int] | None:
        """Return `batch_axis` as plain integers.

        Raises:
            ValueError: it is neither 0, 1, nor axes by layer name.
        """
        given = self.batch_axis
        if given is None or (given in (0, 1) and not isinstance(given, bool)):
            return None if given is None else int(given)
        if isinstance(given, Mapping) and all(isinstance(axis, int) for axis in given.values()):
            return dict(given)
        raise ValueError(
            f"batch_axis={given!r}; expected 0 or 1, the axis of the model's own inputs, or "
            "{layer: axis} for outputs of layers"
        )

    def windows(self) -> Mapping[str, Bounds]:
        """Return the bounds of histograms by layer name; an empty name stands for every layer.

        Raises:
            ValueError: a lower bound is not below its upper bound.
        """
        if self.window is None:
            return {}
        named = self.window if isinstance(self.window, Mapping) else {"": self.window}
        for name, (low, high) in named.items():
            if not low < high:
                raise ValueError(f"window {name!r}: ({low}, {high}), expected low < high")
        return named


def with_deprecated(
    statistics: Statistics, old: StatisticsOptions, *, stacklevel: int
) -> Statistics:
    """Return options that include keywords which `Recorder` once took itself.

    Args:
        statistics: what was passed as `statistics=`.
        old: keywords that were passed to `Recorder`; they take precedence.
        stacklevel: frames between this function and the user's call.

    Raises:
        TypeError: `statistics` is not a `Statistics`, or a keyword not one of its fields.

    Warns:
        DeprecationWarning: there are such keywords; it shows the new call.
    """
    if not isinstance(statistics, Statistics):
        raise TypeError(f"statistics={statistics!r}, expected summary_ops.Statistics(…)")
    for name in old:
        if name not in StatisticsOptions.__annotations__:
            raise TypeError(f"Recorder() got an unexpected keyword argument {name!r}")
    if not old:
        return statistics
    merged = replace(statistics, **old)
    warnings.warn(
        f"Recorder({', '.join(f'{name}=…' for name in old)}) is deprecated; "
        f"pass Recorder(…, statistics={merged!r})",
        DeprecationWarning,
        stacklevel=stacklevel + 1,
    )
    return merged
