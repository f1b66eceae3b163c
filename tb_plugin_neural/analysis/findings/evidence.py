"""Hold the arrays of one subject and the series of one run that findings are computed from.

Shapes: `U` units of a layer, `N` instances of the probe set, `K` classes, `P` predicted classes,
`T` steps. Counts and sums are float64 or int64 here, whatever records hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.analysis.layer_health import Spread

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class LayerEvidence:
    """One layer of a subject.

    Attributes:
        type: class of the module.
        output: whether it makes the prediction.
        reduction: of positions.
        mode: `train`, `eval` or `mixed`.
        inputs: in the subset.
        spread: `[U]`, moments over the subset; `count` are inputs with a finite activation.
        zero: `[U]`, inputs with an activation of exactly 0; None without histograms.
        classes: `[K, U]`, moments of the true classes, in the order of `keys`; None of a subset
            that is not all inputs, and without classes.
        keys: of the classes' subsets.
        auroc: `[K, U]`, of telling a class from all others by one unit; None without histograms.
        probe: `[N, U]`, of the whole probe set; None where none is recorded.
    """

    name: str
    type: str
    output: bool
    reduction: str
    mode: str
    inputs: int
    spread: Spread
    zero: Array | None = None
    classes: Spread | None = None
    keys: tuple[str, ...] = ()
    auroc: Array | None = None
    probe: Array | None = None

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.spread.mean)

    @property
    def missing(self) -> Array:
        """Inputs whose activation is NaN or infinite `[U]`."""
        found: Array = self.inputs - self.spread.count
        return found


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """The accuracy of each class.

    Attributes:
        keys: subset keys of the rows.
        inputs: `[K]`, so `correct`, and `predicted`, inputs predicted as the class.
        confusion: `[K, P]`, true class by predicted class; `P` is 0 where there is none.
    """

    keys: tuple[str, ...]
    inputs: Array
    correct: Array
    predicted: Array
    confusion: Array


@dataclass(frozen=True, eq=False)
class ProbeEvidence:
    """The model's predictions on the probe set.

    Attributes:
        hash: of its content.
        labels: `[N]`, -1 where unknown.
        predicted: `[N]`, classes; None where the task has none, or they are not recorded.
        members: `[N]`, whether an instance is in the subject's subset.
        pairs: `[N]`, the benign instance that one is an altered copy of, or -1.
        scale: `logits`, `probabilities` or `log-probabilities`, what the model puts out; empty
            where that is not known.
        slices: `[N]` by name, whether an instance is in a slice.
    """

    hash: str
    labels: Array
    predicted: Array | None
    members: Array
    pairs: Array
    scale: str = ""
    slices: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that is recorded of one subject.

    Attributes:
        subject: with the step of the record that was found.
        weights: fingerprint of the parameters that the run started from.
        layers: by name, in the order of execution.
        links: (producer, consumer, kind, via) between layers.
    """

    subject: Subject
    task: str | None
    names: tuple[str, ...]
    weights: str
    inputs: int
    layers: Mapping[str, LayerEvidence]
    metrics: ClassCounts | None = None
    probe: ProbeEvidence | None = None
    links: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    attacks: Attacks | None = None

    def name(self, key: str) -> str:
        """Name a class or another subset in words."""
        kind, _, index = key.rpartition(":")
        if kind == "class" and index.isdigit() and int(index) < len(self.names):
            found = self.names[int(index)]
            twice = self.names.count(found) > 1
            return f"{found} #{index}" if twice else found
        return key

    @cached_property
    def hidden(self) -> tuple[LayerEvidence, ...]:
        """The layers that do not make the prediction."""
        return tuple(layer for layer in self.layers.values() if not layer.output)


@dataclass(frozen=True, eq=False)
class Attacks:
    """The last attack report: by group a name, strength, inputs, and the best score's area.

    Attributes:
        of: `attack` or `control` by group.
        positives: inputs of the group, so `negatives`, benign ones.
        scores: names of the scores.
        auroc: `[groups, scores]`, with the ends of its interval; so `low` and `high`.
        verdict: `detects`, `reversed` or `none`, by group and score.
    """

    groups: tuple[str, ...]
    of: tuple[str, ...]
    strength: Array
    positives: Array
    negatives: Array
    scores: tuple[str, ...]
    auroc: Array
    low: Array
    high: Array
    verdict: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class LayerHistory:
    """One layer over the steps of a run, all inputs: `[T, U]` each.

    Attributes:
        perplexity: `[t, N]`, of the probe set at the last few records, see
            `tb_plugin_neural.analysis.findings.perplexity`; None where one of them has none.
    """

    mean: Array
    std: Array
    missing: Array
    perplexity: Array | None = None


@dataclass(frozen=True, eq=False)
class ClassHistory:
    """The accuracy of each class over the steps of a run.

    Attributes:
        keys: subset keys of the classes.
        correct: `[T, K]`, inputs that are predicted rightly.
        inputs: `[T, K]`.
        confusion: `[t, K, P]`, of the last few records; None of many classes.
    """

    keys: tuple[str, ...]
    correct: Array
    inputs: Array
    confusion: Array | None = None

    @cached_property
    def right(self) -> Array:
        """Inputs that are predicted rightly, of all classes `[T]`."""
        found: Array = self.correct.sum(1)
        return found

    @cached_property
    def total(self) -> Array:
        """Inputs of all classes `[T]`."""
        found: Array = self.inputs.sum(1)
        return found


@dataclass(frozen=True, eq=False)
class History:
    """A run up to a step.

    Attributes:
        steps: `[T]`, rising; the last is the subject's.
        inputs: `[T]`.
        layers: by name; a layer that is not recorded at all steps is left out.
        classes: None without class metrics at every step.
        resumed: first steps of sessions that go on from an earlier one.
        predicted: `[T, N]`, classes of the probe set, -1 where none are recorded.
        first: the first record, where it is another than the subject's.
    """

    steps: tuple[int, ...]
    inputs: Array
    layers: Mapping[str, LayerHistory] = field(default_factory=dict)
    classes: ClassHistory | None = None
    resumed: tuple[int, ...] = ()
    predicted: Array | None = None
    first: Evidence | None = None

    @cached_property
    def shifts(self) -> Mapping[str, Array]:
        """Return, by layer, how far it moved since the record before `[T - 1]`; see `shift`."""
        return {
            name: np.array([shift_of(layer, t - 1, t) for t in range(1, len(self.steps))])
            for name, layer in self.layers.items()
        }

    @cached_property
    def churn(self) -> Mapping[str, float]:
        """Return, by layer, the usual shift between neighbouring records, bar the last pair.

        The median of up to `NEIGHBOURS` pairs; a layer without two is left out.
        """
        usual = {name: found[-1 - NEIGHBOURS : -1] for name, found in self.shifts.items()}
        known = {name: found[np.isfinite(found)] for name, found in usual.items()}
        return {name: float(np.median(found)) for name, found in known.items() if len(found) > 1}


NEIGHBOURS = 4
"""Pairs of neighbouring records that the usual change is taken from."""


def shift_of(layer: LayerHistory, before: int, after: int) -> float:
    """Root mean square over units of the change of the mean, in standard deviations.

    NaN where no unit varies.
    """
    spread = np.hypot(layer.std[before], layer.std[after]) / np.sqrt(2)
    varies = spread > 0
    with np.errstate(invalid="ignore", over="ignore"):
        steps = (layer.mean[after] - layer.mean[before])[varies] / spread[varies]
        square = steps[np.isfinite(steps)] ** 2
    return float(np.sqrt(square.mean())) if square.size else float("nan")
