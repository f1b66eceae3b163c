"""Conditions under which a report fails: `dead>5%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tb_plugin_neural.lookup.findings import Findings
from tensorboard_neural.usage_error import UsageError

_FORM = re.compile(r"\s*(?P<name>[a-z-]+)\s*>\s*(?P<bound>\d+(?:\.\d+)?)\s*%?\s*")


def _fall(*kinds: str) -> Callable[[Findings], float]:
    """Return a function that finds the largest significant fall, in points."""

    def value(found: Findings) -> float:
        effects = [one.effect for one in found.report.findings if one.kind in kinds]
        return 100 * max((-effect for effect in effects), default=0.0)

    return value


def _severity(*names: str) -> Callable[[Findings], float]:
    def value(found: Findings) -> float:
        return float(sum(one.severity in names for one in found.report.findings))

    return value


NAMES: Mapping[str, tuple[Callable[[Findings], float], str]] = {
    "dead": (lambda found: 100 * found.report.shares["dead"], "% of hidden units that are dead"),
    "nan": (lambda found: 100 * found.report.shares["nan"], "% of inputs with NaN or infinities"),
    "class-regression": (
        _fall("class_regressed", "accuracy_regressed", "recipe_worse", "recipe_class_worse"),
        "points that a class, or the model, has significantly lost",
    ),
    "accuracy-regression": (
        _fall("accuracy_regressed", "recipe_worse"),
        "points that the model has significantly lost",
    ),
    "act": (_severity("act"), "findings of severity act"),
    "look": (_severity("act", "look"), "findings of severity look or act"),
}
COMPARED = ("class-regression", "accuracy-regression")
"""Names that mean nothing without a comparison."""


@dataclass(frozen=True)
class Condition:
    """`name > bound`; `text` is as it was given."""

    name: str
    bound: float
    text: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition.

        Raises:
            UsageError: it has another form, or another name.
        """
        found = _FORM.fullmatch(text)
        if found is None or found["name"] not in NAMES:
            known = "; ".join(f"{name}: {meaning}" for name, (_, meaning) in NAMES.items())
            raise UsageError(f"--fail-on {text!r}: expected NAME>NUMBER, as in dead>5%; {known}")
        return cls(found["name"], float(found["bound"]), text)

    def value(self, found: Findings) -> float:
        """Return the value that the condition is about.

        Raises:
            UsageError: it is about a change, and nothing could be compared.
        """
        apart = any(
            one.kind == "not_comparable" and one.severity != "note" for one in found.report.findings
        )
        if self.name in COMPARED and (found.against is None or apart):
            raise UsageError(
                f"--fail-on {self.text!r}: nothing to compare with; give --against RUN or --since "
                "STEP of records that can be compared"
            )
        return NAMES[self.name][0](found)

    def met(self, found: Findings) -> str | None:
        """Return the condition with its value where it is met, else None."""
        value = self.value(found)
        return f"{self.text} ({self.name} is {value:.3g})" if value > self.bound else None
