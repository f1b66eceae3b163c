"""A finding: a sentence with its numbers, and the same numbers for machines."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["act", "look", "note"]

SEVERITIES: tuple[Severity, ...] = ("act", "look", "note")
"""The gravest first.

`act`: something is broken; numbers are wrong, or the training does not do what it is there for.
`look`: unusual, and worth a look; it may be meant.
`note`: what a healthy training shows as well.
"""

ORDER = (
    "not_comparable",
    "recipe_worse",
    "recipe_better",
    "recipe_class_worse",
    "recipe_class_better",
    "learning",
    "accuracy_improved",
    "nonfinite",
    "resumed_elsewhere",
    "jump",
    "probabilities",
    "train_mode",
    "inputs_scale",
    "classes_swapped",
    "shortcut",
    "class_starved",
    "duplicate_units",
    "dead_units",
    "not_learning",
    "frozen",
    "no_activation",
    "rank_collapsed",
    "scale_exploded",
    "scale_collapsed",
    "slice_gap",
    "class_gap",
    "accuracy_regressed",
    "few_classes",
    "class_regressed",
    "confusion_appeared",
    "units_died",
    "constant_units",
    "saturated_units",
    "class_improved",
    "confusion_healed",
    "units_woke",
    "instances_flipped",
    "separation",
    "layers_moved",
    "stable",
    "changing",
    "attacks",
    "confusion",
    "dormant_units",
)
"""Kinds in the order in which findings of one severity are listed: what explains others first."""

MOST_LISTED = 50
"""Units and instances that a finding lists; it says how many there are."""

Link = Mapping[str, Any]
"""A selection of the page: keys of its address, values as JSON."""


@dataclass(frozen=True, order=True)
class Subject:
    """The subject of a finding: a subset of inputs, of a model at a step of a run."""

    run: str
    model: str
    step: int
    subset: str = "all"


@dataclass(frozen=True)
class Finding:
    """A statement with its effect and its uncertainty.

    Attributes:
        kind: what it is, a word for machines such as `class_regressed`.
        severity: see `SEVERITIES`.
        sentence: the finding in words, with its numbers; `with_uncertainty` adds the
            uncertainty, and `more`.
        more: further sentences.
        subjects: what it is about; of a comparison the later or first subject comes first.
        layer: it is about one layer, else None.
        layers: it is about several, in the order of execution.
        units: numbers of units of `layer`, at most `MOST_LISTED` of `unit_count`.
        classes: names of classes.
        instances: of the probe set, at most `MOST_LISTED` of `instance_count`.
        effect: how large it is, in `scale`; the sign is that of the change.
        low: end of the 95 % interval of the effect; None where it was counted, not estimated.
        high: the other end.
        scale: what the effect is measured in: `share`, `sigma`, `factor`, `fields`, `layers`.
        n: inputs that the effect was had from.
        p: probability of such an effect under the kind's null hypothesis; None for what is plain.
        q: p given everything that was tested with it (Benjamini and Hochberg).
        churn: the same effect between neighbouring records, or None where there are too few.
        floor: smallest effect of the kind that is worth a word.
        convention: the name of the rule or test.
        next: what to do now, or None.
        link: the page's selection that shows it.
    """

    kind: str
    severity: Severity
    sentence: str
    subjects: tuple[Subject, ...]
    effect: float
    scale: str
    n: int
    floor: float
    convention: str
    layer: str | None = None
    layers: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    unit_count: int = 0
    classes: tuple[str, ...] = ()
    instances: tuple[int, ...] = ()
    instance_count: int = 0
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    churn: float | None = None
    next: str | None = None
    more: str = ""
    link: Link = field(default_factory=dict)

    @property
    def primary(self) -> bool:
        """Return whether it answers the first question of a comparison: is it better."""
        return self.kind in ("accuracy_improved", "accuracy_regressed")

    @property
    def strength(self) -> float:
        """The effect in multiples of its floor, for ranking."""
        return abs(self.effect) / self.floor

    @property
    def rank(self) -> tuple[int, int, float]:
        """Sorts the gravest first; of those what explains most, see `ORDER`; then the strongest."""
        rank = ORDER.index(self.kind) if self.kind in ORDER else len(ORDER)
        return SEVERITIES.index(self.severity), rank, -self.strength

    def document(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        found = dataclasses.asdict(self)
        del found["more"]
        renamed = {"unit_count": "unitCount", "instance_count": "instanceCount"}
        listed = {renamed.get(name, name): _plain(value) for name, value in found.items()}
        return listed | {"link": dict(self.link)}


@dataclass(frozen=True)
class Family:
    """The tests of one kind of finding.

    Attributes:
        found: those with a small p, and those that are plain.
        tested: hypotheses that were tested, those that are not in `found` included.
        primary: of these, the ones that weigh most, see `significance.weighted`.
        detectable: the smallest effect that would have been found four times in five, in words;
            None where nothing of the kind was tested.
    """

    found: tuple[Finding, ...] = ()
    tested: int = 0
    primary: int = 0
    detectable: str | None = None


def listed(numbers: Iterable[Any]) -> tuple[int, ...]:
    """Return the first of some numbers, as plain integers."""
    return tuple(int(number) for number in itertools.islice(numbers, MOST_LISTED))


def _plain(value: Any) -> Any:
    """Convert a value for JSON: numbers with four digits, tuples as lists."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
