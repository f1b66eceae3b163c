"""The records of what would be if an input, a unit or an attack were another.

Axes: `T` steps of an optimization, `F` frames of a strip, `C` classes, `L` layers, `K` units a
layer; `N` instances, `Y X` pixels; `S` subsets, `R` rows; `G` groups of inputs, `M` scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.record import (
    COUNTS,
    Array,
    Record,
    array,
    check_indices,
    check_named,
    integer,
    integers,
    json_field,
    number,
    text,
    texts,
)

NORMS = ("l2", "linf")
REPLACEMENTS = ("mean", "zero")
GROUPS = ("attack", "control")
MOST_NUMBERS = 2**17
"""In a record that is listed number by number."""
MOST_ROWS = 2**12
"""Groups of a report, layers of a strip."""


def _check_numbers(what: str, *counts: int) -> None:
    if sum(counts) > MOST_NUMBERS:
        raise DamagedRecord(f"{what} of {sum(counts)} numbers, expected at most {MOST_NUMBERS}")


@dataclass(frozen=True)
class AdversarialStrip(Record):
    """An input that is changed step by step towards a class, or a unit's activation.

    The further blobs are pictures: of the frames, of their differences from the first one (grey is
    none), of the saliency of these, and of inputs changed at random by the same norm; `F` of each.

    Attributes:
        name: of the input.
        probe, instance: hash of the probe set and number in it; empty and -1 for another input.
        label: its class, or -1.
        target: `class:3`, or `unit:62/features.3` (unit 62 of layer features.3).
        norm: `l2` or `linf`.
        radius: largest norm of the change, in the unit of pixels.
        smoothing: width of the blur that keeps the change smooth at the first step, in pixels.
        seed: of the random direction.
        flip: the first step at which the target is predicted, or -1.
        classes: those with probabilities: target, first prediction, label.
        effect: what is optimized: the target's logit over the others' logsumexp, or the unit's mean
            activation.
        probability: of the classes.
        l2, linf: norms of the change.
        control_effect, control_probability: the same for a change of that norm in one random
            direction.
        frame: step of each frame; they are at equal changes of the target's probability, or of the
            unit's activation, and the flip is one of them.
        prediction: the predicted class of each frame.
        factor: by what the difference from the first frame is multiplied in its picture.
        layers: whose units are recorded.
        unit: those that change most over the strip.
        activation: of these, at each frame; NaN where the layer has fewer units.
    """

    kind: ClassVar[str] = "adversarial_strip"

    name: str = json_field(text)
    probe: str = json_field(text)
    instance: int = json_field(integer)
    label: int = json_field(integer)
    target: str = json_field(text)
    norm: str = json_field(text)
    radius: float = json_field(number)
    smoothing: float = json_field(number)
    seed: int = json_field(integer)
    flip: int = json_field(integer)
    classes: tuple[int, ...] = json_field(integers)
    layers: tuple[str, ...] = json_field(texts)
    effect: Array = array("T", "float32")
    probability: Array = array("T C", "float32")
    l2: Array = array("T", "float32")
    linf: Array = array("T", "float32")
    control_effect: Array = array("T", "float32")
    control_probability: Array = array("T C", "float32")
    frame: Array = array("F", COUNTS)
    prediction: Array = array("F", COUNTS)
    factor: Array = array("F", "float32")
    unit: Array = array("L K", COUNTS)
    activation: Array = array("L K F", "float32")
    pictures: tuple[bytes, ...] = field(default=(), repr=False)

    def _check(self, lengths: Mapping[str, int]) -> None:
        steps, units = lengths["T"] * (1 + lengths["C"]), lengths["L"] * lengths["K"]
        _check_numbers("a strip", steps, units * max(1, lengths["F"]))
        if lengths["L"] > MOST_ROWS:
            raise DamagedRecord(f"a strip of {lengths['L']} layers, expected at most {MOST_ROWS}")
        if self.norm not in NORMS:
            raise DamagedRecord(f"a strip of norm {self.norm!r}, expected one of {NORMS}")
        if len(self.classes) != lengths["C"] or len(self.layers) != lengths["L"]:
            raise DamagedRecord("classes or layers differ in number from their columns")
        check_indices("a frame at step", self.frame, lengths["T"])


@dataclass(frozen=True)
class Saliency(Record):
    """The saliency of instances' pixels for a prediction; positive ones speak for the target.

    The value is `level * scale[n]`.

    Attributes:
        method: `occlusion` or `integrated_gradients`.
        parameters: of the method, for people.
        probe: hash of the probe set.
        instance: numbers in it.
        target: the class whose logit is explained.

    Example:
        >>> maps = saliency(recorder, 0, methods="occlusion", progress=False)
        >>> maps["occlusion"].values(0).shape
        (8, 8)
    """

    kind: ClassVar[str] = "saliency"

    method: str = json_field(text)
    parameters: str = json_field(text)
    probe: str = json_field(text)
    instance: Array = array("N", COUNTS)
    target: Array = array("N", COUNTS)
    level: Array = array("N Y X", "int8")
    scale: Array = array("N", "float32")

    def values(self, row: int) -> Array:
        """Return the map of the row-th instance, float32 `[Y, X]`."""
        return np.asarray(self.level[row] * self.scale[row], dtype=np.float32)


@dataclass(frozen=True)
class Ablations(Record):
    """The effect of ablating a unit on a class, as predicted to first order, and as measured.

    Row `r` is about unit `unit[r]` of layer `layers[layer[r]]` for the inputs of
    `subsets[subset[r]]`.

    Attributes:
        replacement: what the unit was replaced with everywhere: its `mean` activation over the
            inputs, or `zero`.
        inputs: of each subset that were measured.
        correct: of these, those predicted rightly with all units in place.
        predicted: by how much the mean logit of the inputs' own class falls, by one backward pass.
        measured: by how much it did fall when the unit was removed.
        correct_after: inputs predicted rightly then.
        taken_for: the class that gains the most predictions; the number of classes stands
            for none.

    Example:
        >>> ablations(recorder, loader, top=1, progress=False).replacement
        'mean'
    """

    kind: ClassVar[str] = "ablations"

    replacement: str = json_field(text)
    subsets: tuple[str, ...] = json_field(texts)
    layers: tuple[str, ...] = json_field(texts)
    inputs: Array = array("S", COUNTS)
    correct: Array = array("S", COUNTS)
    subset: Array = array("R", COUNTS)
    layer: Array = array("R", COUNTS)
    unit: Array = array("R", COUNTS)
    predicted: Array = array("R", "float32")
    measured: Array = array("R", "float32")
    correct_after: Array = array("R", COUNTS)
    taken_for: Array = array("R", COUNTS)

    def _check(self, lengths: Mapping[str, int]) -> None:
        if self.replacement not in REPLACEMENTS:
            raise DamagedRecord(
                f"units replaced with {self.replacement!r}, expected one of {REPLACEMENTS}"
            )
        check_named("subsets", self.subsets, lengths["S"])
        check_indices("subset", self.subset, lengths["S"])
        check_indices("layer", self.layer, len(self.layers))


@dataclass(frozen=True)
class AttackReport(Record):
    """The power of scores to separate attacked from benign inputs.

    Of each group of inputs the area under the ROC curve of each score, with a bootstrap interval.
    An input's score rises with suspicion: its distance from the distribution of the class that it
    is predicted as, or the baselines 1 − max-softmax, −margin, −energy.

    Attributes:
        groups: names, `PGD linf` say.
        of: `attack`, or `control`: inputs that a detector of attacks should not tell from others.
        measures: of each score: `max_softmax`, `margin`, `energy`, `tail`, `surprisal`, `robust_z`.
        layers: of each score, the layer; empty for the baselines, and for the mean of all layers.
        reference: inputs that the distributions of classes are made of, none of them in a group.
        bootstrap: number of resamples.
        level: of the interval, .95 say.
        strength: of the attack, NaN for none.
        inputs: that were attacked, or are in the control.
        positives: of these, those that are compared: attacks that succeed; all of a control.
        negatives: benign inputs predicted rightly that they are compared with.
        auroc, low, high: area and its interval; NaN without inputs on both sides.

    Example:
        >>> report = attack_report(
        ...     recorder, images, labels, reference=(others, labels), bootstrap=20, progress=False
        ... )
        >>> report.level
        0.95
    """

    kind: ClassVar[str] = "attack_report"

    groups: tuple[str, ...] = json_field(texts)
    of: tuple[str, ...] = json_field(texts)
    measures: tuple[str, ...] = json_field(texts)
    layers: tuple[str, ...] = json_field(texts)
    reference: int = json_field(integer)
    bootstrap: int = json_field(integer)
    level: float = json_field(number)
    strength: Array = array("G", "float32")
    inputs: Array = array("G", COUNTS)
    positives: Array = array("G", COUNTS)
    negatives: Array = array("G", COUNTS)
    auroc: Array = array("G M", "float32")
    low: Array = array("G M", "float32")
    high: Array = array("G M", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        _check_numbers("a report", lengths["G"] * max(1, lengths["M"]), lengths["M"])
        if lengths["G"] > MOST_ROWS:
            raise DamagedRecord(f"a report of {lengths['G']} groups, expected at most {MOST_ROWS}")
        if not len(self.groups) == len(self.of) == lengths["G"]:
            raise DamagedRecord(f"{len(self.groups)} groups named, {lengths['G']} rows")
        if any(kind not in GROUPS for kind in self.of):
            raise DamagedRecord(f"a group that is none of {GROUPS}")
        if not len(self.measures) == len(self.layers) == lengths["M"]:
            raise DamagedRecord(f"{len(self.measures)} scores named, {lengths['M']} columns")


ALL: tuple[type[Record], ...] = (AdversarialStrip, Saliency, Ablations, AttackReport)
