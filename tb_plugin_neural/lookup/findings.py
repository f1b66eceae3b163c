"""Findings of subjects in a store: what the page, the command and Python ask."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tb_plugin_neural.analysis.findings import recipes
from tb_plugin_neural.analysis.findings.examine import Report, examine, shares_of
from tb_plugin_neural.lookup.evidence import evidence, identity, recorded_steps
from tb_plugin_neural.lookup.history import history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tb_plugin_neural.analysis.findings.finding import Subject
    from tb_plugin_neural.store.store import Store

SCHEMA = 1
"""Version of the findings' JSON; a field that changes its meaning makes another."""


@dataclass(frozen=True)
class Findings:
    """A report, and what it is about.

    Attributes:
        subject: with the step that was found.
        against: what it was compared with, likewise; None where there was nothing to compare.
    """

    subject: Subject
    against: Subject | None
    report: Report

    def document(self) -> dict[str, Any]:
        """Return the answer as JSON."""
        return {
            "schema": SCHEMA,
            "subject": dataclasses.asdict(self.subject),
            "against": dataclasses.asdict(self.against) if self.against else None,
            "tested": self.report.tested,
            "nothing": self.report.nothing,
            "findings": [one.document() for one in self.report.findings],
        }


def findings_of(store: Store, now: Subject, against: Subject | None = None) -> Findings:
    """Return the findings of a subject; computed once.

    Args:
        store: where to look.
        now: what they are about, at its step or the nearest before.
        against: what it is compared with; by default the record before it, where there is one.

    Raises:
        NotFoundError: there is no such run or model, or nothing is recorded of it.
    """
    here = evidence(store, now)
    model = store.model(now.run, now.model)
    step = here.subject.step
    steps = recorded_steps(model)
    if against is None and steps.index(step):
        against = dataclasses.replace(here.subject, step=steps[steps.index(step) - 1])
    there = evidence(store, against) if against else None
    other = there.subject if there else None

    def make() -> tuple[Report, int]:
        found = examine(here, there, history(store, model, step))
        return found, 2000 * (1 + len(found.findings))

    known = tuple(identity(store, model, one) for one in steps if one <= step)
    beside = identity(store, store.model(other.run, other.model), other.step) if other else ()
    key = ("findings", here.subject, other, known, beside)
    return Findings(here.subject, other, store.decoder.cache.get(key, make))


def recipes_of(
    store: Store,
    now: Sequence[Subject],
    against: Sequence[Subject],
    names: tuple[str, str],
) -> Findings:
    """Return what can be said of two recipes, of which several runs each are recorded.

    Args:
        store: where the runs are.
        now: one subject a run.
        against: likewise, of the recipe that it is compared with.
        names: of both, `now` first.

    Raises:
        NotFoundError: nothing is recorded of one of them.
        ValueError: there are fewer than three runs of a recipe; a run is in both; or one has no
            class metrics, or another task.
    """
    for side, name in zip((now, against), names, strict=True):
        if len(side) < recipes.FEWEST:
            raise ValueError(
                f"{name} names {_named(side)}: {recipes.FEWEST} runs or more a recipe are needed, "
                "trained alike but for the seed"
            )
    if both := sorted({one.run for one in now} & {one.run for one in against}):
        raise ValueError(f"{', '.join(both)} of both recipes: name runs of one each")
    here, there = ([evidence(store, one) for one in side] for side in (now, against))
    for one in (*here, *there):
        if one.metrics is None or one.task != here[0].task:
            raise ValueError(
                f"run {one.subject.run} has no accuracy of classes, or another task than "
                f"{here[0].subject.run}: recipes are compared by the accuracy of their runs"
            )
    found, tested = recipes.compare(there, here, (names[1], names[0]))
    shares = [shares_of(one) for one in here]
    worst = {name: max(one[name] for one in shares) for name in shares[0]}
    nothing = (
        None
        if found
        else (
            f"Nothing can be told from what runs of one recipe differ by ({len(now)} and "
            f"{len(against)} runs)."
        )
    )
    subject = dataclasses.replace(here[0].subject, run=names[0])
    other = dataclasses.replace(there[0].subject, run=names[1])
    return Findings(subject, other, Report(found, tested, nothing, worst))


def _named(side: Sequence[Subject]) -> str:
    """Name the runs of a side."""
    return ", ".join(one.run for one in side) or "no run"
