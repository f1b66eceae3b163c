"""The contract between training and page: one frozen dataclass a kind of record.

Array fields declare their axes by letters; the same letter means the same length within a
record. Axes used here: `S` subsets, `U` units, `B` bins, `N` instances of the probe set, `R` rows
of the class metrics, `P` predicted classes, `K` top classes, `O` outputs, `H` histogram bins.

A *subset* is written as a key: `all`, `class:3`, `predicted:3`, `unlabelled`, `slice:attacked`,
`slice:attacked/class:3`; for regression `target:2` and `error:2` are quantile bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from tb_plugin_neural.contract import graph_records, projection_records, what_if_records
from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.record import (
    COUNTERS,
    COUNTS,
    Array,
    Record,
    array,
    check_named,
    entries,
    integer,
    integers,
    json_field,
    maybe_text,
    several,
    text,
    texts,
)

__all__ = ["COUNTERS", "COUNTS", "KINDS", "Array", "Record", "array", "json_field"]

_lists_of_texts = several(texts)

TASKS = ("multiclass", "binary", "multilabel", "regression", None)
WIDEST = 160
"""Largest exponent of a bin width, either way: beyond what float32 holds."""

MOST_BINS = 4096
MOST_ACTIVATIONS = 2**24
"""Of the probe set in a layer: 4,096 units on 4,096 instances, or 65,536 on 256."""

NOT_FINITE = 255
"""The level that stands for NaN and infinities in quantized activations."""


def _task(value: Any) -> str | None:
    if value not in TASKS:
        raise ValueError(f"unknown task {value!r}")
    return maybe_text(value)


@dataclass(frozen=True)
class Layer:
    """A recorded layer.

    Attributes:
        name: qualified name of the module, with `:1` for its second call in one forward.
        type: class name of the module.
        units: number of units.
        reduction: how positions were reduced, `max` or `mean`; `none` when there are none.
        output: whether this is the layer that makes the prediction (the logits).
    """

    name: str
    type: str
    units: int
    reduction: str
    output: bool = False

    @classmethod
    def parse(cls, value: Any) -> Layer:
        """Read a layer out of JSON, or raise TypeError or KeyError."""
        value = entries(value, "a layer")
        return cls(
            text(value["name"]),
            text(value["type"]),
            integer(value["units"]),
            text(value["reduction"]),
            bool(value["output"]),
        )


@dataclass(frozen=True)
class Problem:
    """A problem: what could not be recorded, how often, and why."""

    what: str
    count: int
    message: str

    @classmethod
    def parse(cls, value: Any) -> Problem:
        """Read a problem out of JSON, or raise TypeError or KeyError."""
        value = entries(value, "a problem")
        return cls(text(value["what"]), integer(value["count"]), text(value["message"]))


@dataclass(frozen=True)
class Session(Record):
    """The description of a session; written once, at its first step.

    Attributes:
        name: the recorder's name; sessions of a run with the same name are joined.
        classes: class names by index; empty when the task has no classes.
        subset_names: readable names of the `target:` and `error:` keys, as `key=name` is not enough
            for a page: pairs are flattened, key first.
        layers: recorded layers in the order of execution.
        probe: hash of the probe set, or None.
        weights: fingerprint of the parameters when the recorder was made; two runs with the same
            fingerprint started from the same weights, so that their units correspond.
        left_out: sentences that say what is not recorded, and which argument changes that.
        addition: whether it repeats steps of the session before it, and hides no others.
        title: what the model is called for people; empty where nobody said.
        data: what the inputs are, for people; likewise.
    """

    kind: ClassVar[str] = "session"

    name: str = json_field(text)
    task: str | None = json_field(_task)
    classes: tuple[str, ...] = json_field(texts)
    subset_names: tuple[str, ...] = json_field(texts)
    layers: tuple[Layer, ...] = json_field(several(Layer.parse))
    probe: str | None = json_field(maybe_text)
    weights: str = json_field(text)
    left_out: tuple[str, ...] = json_field(texts)
    addition: bool = json_field(bool, default=False)
    title: str = json_field(text, default="")
    data: str = json_field(text, default="")


@dataclass(frozen=True)
class Histograms(Record):
    """Capped dyadic-lattice histograms of the pooled activations of one layer.

    Bin `b` of unit `u` counts the values `x` with `floor(x / 2**exponent[u]) == offset[u] + b`.
    A value of exactly zero counts in `zero` only; values outside the window `[lower, upper]`
    count in `under` or `over`; infinities and NaN in their own.

    Attributes:
        mode: the module mode it was recorded in, `train`, `eval` or `mixed`.
        subsets: keys of the rows.
        total: rows whose sum is the subset `all`; empty when `all` is a row itself.
    """

    kind: ClassVar[str] = "histograms"

    mode: str = json_field(text)
    subsets: tuple[str, ...] = json_field(texts)
    total: tuple[int, ...] = json_field(integers)
    inputs: Array = array("S", COUNTS)
    counts: Array = array("S U B", COUNTS)
    zero: Array = array("S U", COUNTS)
    under: Array = array("S U", COUNTS)
    over: Array = array("S U", COUNTS)
    nan: Array = array("S U", COUNTS)
    negative_infinite: Array = array("S U", COUNTS)
    positive_infinite: Array = array("S U", COUNTS)
    under_sum: Array = array("S U", "float32")
    over_sum: Array = array("S U", "float32")
    exponent: Array = array("U", "int16")
    offset: Array = array("U", "int32")
    lower: Array = array("U", "float32")
    upper: Array = array("U", "float32")
    finest: Array = array("U", "int16")
    minimum: Array = array("U", "float32")
    maximum: Array = array("U", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])
        if any(not 0 <= row < lengths["S"] for row in self.total):
            raise DamagedRecord(f"rows {list(self.total)} of {lengths['S']} make no total")
        if len({*self.total}) < len(self.total):
            raise DamagedRecord(f"rows {list(self.total)} are summed, some twice")
        if not 0 < lengths["B"] <= MOST_BINS:
            raise DamagedRecord(f"{lengths['B']} bins, expected 1 to {MOST_BINS}")
        if lengths["U"] and np.abs(self.exponent.astype(np.int32)).max() > WIDEST:
            raise DamagedRecord(f"a bin width beyond 2**{WIDEST}")


@dataclass(frozen=True)
class Moments(Record):
    """Count, mean and standard deviation of the finite pooled activations, for every subset.

    `std` is the population's (divided by the count); where the count is 0 both are NaN.
    """

    kind: ClassVar[str] = "moments"

    mode: str = json_field(text)
    subsets: tuple[str, ...] = json_field(texts)
    inputs: Array = array("S", COUNTS)
    missing: Array = array("S U", COUNTS)  # inputs whose value was NaN or infinite
    mean: Array = array("S U", "float32")
    std: Array = array("S U", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])


@dataclass(frozen=True)
class ClassMetrics(Record):
    """The performance of the model, one row per class (or quantile bin of the target).

    Attributes:
        rows: subset keys of the rows.
        inputs: number of inputs in the row. Multilabel: inputs that carry the label.
        correct: inputs predicted rightly. Multilabel: true positives.
        predicted: inputs predicted as the row's class; 0 for regression.
        confusion: true class × predicted class; `P` is 0 when the task has none.
        probability: histogram of the predicted class's probability in `H` equal bins of [0, 1].
        absolute_error: sum over the row's inputs of |output − target|; NaN unless regression.
        squared_error: sum of squares, likewise.
        total: number of inputs seen, labelled or not.
        unlabelled: of these, inputs without a known label.
    """

    kind: ClassVar[str] = "class_metrics"

    mode: str = json_field(text)
    rows: tuple[str, ...] = json_field(texts)
    total: int = json_field(integer)
    unlabelled: int = json_field(integer)
    inputs: Array = array("R", COUNTS)
    correct: Array = array("R", COUNTS)
    predicted: Array = array("R", COUNTS)
    confusion: Array = array("R P", COUNTS)
    probability: Array = array("R H", COUNTS)
    absolute_error: Array = array("R", "float64")
    squared_error: Array = array("R", "float64")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("rows", self.rows, lengths["R"])


@dataclass(frozen=True)
class Probe(Record):
    """The probe set; written once a session. Its value's further blobs are the pictures, in order.

    Attributes:
        hash: of the inputs' content; the probe set's identity.
        names: a name an instance.
        labels: class index an instance, -1 when unlabelled.
        pairs: index of the benign instance that this one is an altered copy of, or -1.
        notes: what was done to it (`one-pixel attack, 1 pixel`), or empty.
        texts: text to show where there is no picture, or empty.
        pictured: whether pictures follow; otherwise the value has this one blob.
        lossless: whether pictures are the inputs' exact 8-bit pixels at native size.
        slices: names of the slices that each instance is in; empty where none are named.
    """

    kind: ClassVar[str] = "probe"

    hash: str = json_field(text)
    names: tuple[str, ...] = json_field(texts)
    labels: tuple[int, ...] = json_field(integers)
    pairs: tuple[int, ...] = json_field(integers)
    notes: tuple[str, ...] = json_field(texts)
    texts: tuple[str, ...] = json_field(texts)
    pictured: bool = json_field(bool)
    lossless: bool = json_field(bool)
    slices: tuple[tuple[str, ...], ...] = json_field(_lists_of_texts, default=())
    pictures: tuple[bytes, ...] = field(default=(), repr=False)

    def _check(self, lengths: Mapping[str, int]) -> None:
        del lengths
        size = len(self.names)
        for name in ("labels", "pairs", "notes", "texts"):
            if len(getattr(self, name)) != size:
                raise DamagedRecord(f"{size} names but {len(getattr(self, name))} {name}")
        if len(self.slices) not in (0, size):
            raise DamagedRecord(f"{size} names but {len(self.slices)} slices")
        if any(not -1 <= pair < size for pair in self.pairs):
            raise DamagedRecord("a pair refers to an instance that does not exist")


def _check_activations(lengths: Mapping[str, int]) -> None:
    if (activations := lengths["N"] * lengths["U"]) > MOST_ACTIVATIONS:
        raise DamagedRecord(f"{activations} activations, expected at most {MOST_ACTIVATIONS}")


@dataclass(frozen=True)
class ProbeActivations(Record):
    """Pooled activations of the probe set in one layer, 8 bits each.

    The value is `(level - zero[u]) * scale[u]`, so that an activation of exactly 0 stays exactly 0;
    level `NOT_FINITE` stands for NaN and infinities.
    """

    kind: ClassVar[str] = "probe_activations"

    levels: Array = array("N U", "uint8")
    zero: Array = array("U", "uint8")
    scale: Array = array("U", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        _check_activations(lengths)

    def values(self) -> Array:
        """Activations `[instances, units]`, float32; NaN where not finite."""
        out = self.levels.astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            out -= self.zero.astype(np.float32)
            out *= self.scale
        out[self.levels == NOT_FINITE] = np.nan
        return out


@dataclass(frozen=True)
class ProbeActivationsHalf(Record):
    """Pooled activations of the probe set in one layer as float16; by choice."""

    kind: ClassVar[str] = "probe_activations_half"

    half: Array = array("N U", "float16")

    def _check(self, lengths: Mapping[str, int]) -> None:
        _check_activations(lengths)

    def values(self) -> Array:
        """Activations `[instances, units]`, float32; NaN where not finite."""
        out = self.half.astype(np.float32)
        out[~np.isfinite(out)] = np.nan
        return out


@dataclass(frozen=True)
class ProbePredictions(Record):
    """The model's predictions on the probe set.

    Attributes:
        top: the `K` most probable classes, best first; `K` is 0 when the task has no classes.
        probability: their probabilities.
        label_probability: probability of the true class, NaN when unlabelled.
        energy: logsumexp of the logits, NaN when the task has none.
        margin: difference of the two largest logits, likewise.
        outputs: raw outputs for regression, probabilities a label for multilabel; else `O` is 0.
        scale: what the model puts out: `logits`, `probabilities`, `log-probabilities`; empty where
            that is not known.
        seen: how often each instance is among the inputs that the step's statistics are of, in each
            of the subsets `seen_in`; None where not all of these inputs could be compared.
        seen_in: names of subsets.
    """

    kind: ClassVar[str] = "probe_predictions"

    top: Array = array("N K", COUNTS)
    probability: Array = array("N K", "float32")
    label_probability: Array = array("N", "float32")
    energy: Array = array("N", "float32")
    margin: Array = array("N", "float32")
    outputs: Array = array("N O", "float32")
    scale: str = json_field(text, default="")
    seen: Array | None = array("S N", COUNTS, optional=True)
    seen_in: tuple[str, ...] = json_field(texts, default=())

    def _check(self, lengths: Mapping[str, int]) -> None:
        if self.seen_in and self.seen is not None:
            check_named("subsets", self.seen_in, lengths["S"])

    def times_seen(self, subset: str) -> Array | None:
        """Return how often each instance is among a subset's inputs, `[N]`; None if not known."""
        if self.seen is None or len(self.seen) != len(self.seen_in):
            return None
        if subset not in self.seen_in:
            return np.zeros(len(self.top), np.int64)
        times: Array = self.seen[self.seen_in.index(subset)].astype(np.int64)
        return times


@dataclass(frozen=True)
class Problems(Record):
    """All problems of a session so far; written when new ones appear."""

    kind: ClassVar[str] = "problems"

    problems: tuple[Problem, ...] = json_field(several(Problem.parse))


_ALL: tuple[type[Record], ...] = (
    Session,
    Histograms,
    Moments,
    ClassMetrics,
    Probe,
    ProbeActivations,
    ProbeActivationsHalf,
    ProbePredictions,
    Problems,
    *graph_records.ALL,
    *projection_records.ALL,
    *what_if_records.ALL,
)

KINDS: Mapping[str, type[Record]] = {cls.kind: cls for cls in _ALL}
