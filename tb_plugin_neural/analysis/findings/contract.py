"""Check field by field what two subjects must agree in to be compared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Evidence
from tb_plugin_neural.analysis.findings.finding import Finding
from tb_plugin_neural.analysis.findings.words import moment, names

UNLIKE = 4.0
"""Two snapshots of which one has so many times the other's inputs are hardly of one data set."""


@dataclass(frozen=True)
class Mismatch:
    """A field in which two subjects differ.

    Attributes:
        field: `task`, `classes`, `layers`, `units`, `reduction`, `mode`, `probe set`, `inputs`.
        says: what is there and what is here.
        costs: what cannot be compared.
        cure: how to make it comparable.
        whole: whether nothing can be compared at all.
    """

    field: str
    says: str
    costs: str
    cure: str
    whole: bool = False


@dataclass(frozen=True)
class Contract:
    """The fields in which two subjects agree.

    Attributes:
        layers: names of the layers that can be compared, in the order of execution.
        units: of these, the layers whose units correspond by number.
        classes: pairs of subset keys of classes with the same name: before, after.
        probe: whether both have seen the same probe set.
        metrics: whether shares of right predictions can be compared.
    """

    layers: tuple[str, ...]
    units: frozenset[str]
    classes: tuple[tuple[str, str], ...]
    probe: bool
    metrics: bool
    mismatches: tuple[Mismatch, ...]

    @property
    def comparable(self) -> bool:
        """Return whether anything can be compared."""
        return not any(one.whole for one in self.mismatches)


def contract(before: Evidence, after: Evidence) -> Contract:
    """Compare the terms of two subjects."""
    found: list[Mismatch] = []
    if before.task != after.task:
        found.append(
            Mismatch(
                "task",
                f"task {before.task} and {after.task}",
                "nothing can be compared",
                "give both recorders the same task=…",
                whole=True,
            )
        )
    layers, units = _layers(before, after, found)
    classes = _classes(before, after, found)
    probe = _probe(before, after, found)
    _inputs(before, after, found)
    return Contract(layers, units, classes, probe, bool(classes) or probe, tuple(found))


def _layers(
    before: Evidence, after: Evidence, found: list[Mismatch]
) -> tuple[tuple[str, ...], frozenset[str]]:
    shared = [name for name in after.layers if name in before.layers]
    alone = [name for name in (*before.layers, *after.layers) if name not in shared]
    if alone:
        found.append(
            Mismatch(
                "layers",
                f"layers {names(dict.fromkeys(alone))} are recorded on one side only",
                "they are left out",
                "record both with the same layers=…",
                whole=not shared and not (before.metrics and after.metrics),
            )
        )
    pairs = {name: (before.layers[name], after.layers[name]) for name in shared}
    for field, cure in (
        ("reduction", "record both with the same statistics=Statistics(reduction=…)"),
        ("mode", "record both in eval mode, or both in training"),
    ):
        odd = [n for n, (a, b) in pairs.items() if getattr(a, field) != getattr(b, field)]
        if odd:
            values = [getattr(side, field) for side in pairs[odd[0]]]
            found.append(
                Mismatch(
                    field,
                    f"{field} {values[0]} and {values[1]} in {names(odd)}",
                    "these layers are left out",
                    cure,
                )
            )
            pairs = {name: pair for name, pair in pairs.items() if name not in odd}
    return tuple(pairs), _units(before, after, pairs, found)


def _units(
    before: Evidence, after: Evidence, pairs: Collection[str], found: list[Mismatch]
) -> frozenset[str]:
    here, there = before.subject, after.subject
    same = (here.run, here.model) == (there.run, there.model)
    if not same and not (before.weights and before.weights == after.weights):
        if pairs:
            found.append(
                Mismatch(
                    "units",
                    "the runs started from different weights, so that unit 7 of one is not unit 7 "
                    "of the other",
                    "layers are compared as wholes, units are not",
                    "start both from the same weights to compare units",
                )
            )
        return frozenset()
    fits = {n for n in pairs if before.layers[n].units == after.layers[n].units}
    if odd := [name for name in pairs if name not in fits]:
        found.append(
            Mismatch(
                "units",
                f"layers {names(odd)} have other numbers of units",
                "their units are left out",
                "compare runs of one architecture",
            )
        )
    return frozenset(fits)


def _classes(
    before: Evidence, after: Evidence, found: list[Mismatch]
) -> tuple[tuple[str, str], ...]:
    if before.metrics is None or after.metrics is None:
        return ()
    if before.subject.subset != after.subject.subset:
        return ()
    here = {before.name(key): key for key in before.metrics.keys}
    there = {after.name(key): key for key in after.metrics.keys}
    alone = [name for name in (*here, *there) if name not in here or name not in there]
    if alone:
        found.append(
            Mismatch(
                "classes",
                f"classes {names(dict.fromkeys(alone))} are on one side only",
                "they are left out",
                "give both recorders the same classes=…; they are matched by name",
            )
        )
    return tuple((here[name], key) for name, key in there.items() if name in here)


def _probe(before: Evidence, after: Evidence, found: list[Mismatch]) -> bool:
    if before.probe is None or after.probe is None:
        if (before.probe is None) != (after.probe is None):
            found.append(
                Mismatch(
                    "probe set",
                    "only one side has a probe set",
                    "no instance can be followed",
                    "give both recorders the same probe=ProbeSet(…)",
                )
            )
        return False
    same = before.probe.hash == after.probe.hash
    if not same:
        found.append(
            Mismatch(
                "probe set",
                "the probe sets hold other inputs",
                "no instance can be followed, and samples are compared as independent ones",
                "give both recorders the same probe=ProbeSet(…)",
            )
        )
    return same and before.subject.subset == after.subject.subset


def _inputs(before: Evidence, after: Evidence, found: list[Mismatch]) -> None:
    sizes = sorted((before.inputs, after.inputs))
    if sizes[0] and before.subject.subset == after.subject.subset and sizes[1] > UNLIKE * sizes[0]:
        found.append(
            Mismatch(
                "inputs",
                f"{before.inputs:,} and {after.inputs:,} inputs",
                "they can hardly be the same data",
                "run both over the same loader",
            )
        )


def not_comparable(terms: Contract, before: Evidence, after: Evidence) -> tuple[Finding, ...]:
    """Say in what two subjects differ that should agree; nothing where they agree."""
    if not terms.mismatches:
        return ()
    whole = not terms.comparable
    head = "Not comparable" if whole else "Not fully comparable"
    subjects = (after.subject, before.subject)
    what = "; ".join(f"{one.says}, so {one.costs}" for one in terms.mismatches)
    return (
        Finding(
            kind="not_comparable",
            severity="look" if whole else "note",
            sentence=f"{head} {moment(*subjects)}: {what}.",
            subjects=subjects,
            effect=float(len(terms.mismatches)),
            scale="fields",
            n=after.inputs,
            floor=1.0,
            convention="comparison contract",
            next="To make it comparable: " + "; ".join(m.cure for m in terms.mismatches) + ".",
            link=links.compared("distributions", subjects),
        ),
    )
