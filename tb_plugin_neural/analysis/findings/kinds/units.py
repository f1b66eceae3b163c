"""Units that do nothing, or nothing of their own; and those that died or woke."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from tb_plugin_neural.analysis.findings import links, significance
from tb_plugin_neural.analysis.findings.contract import Contract
from tb_plugin_neural.analysis.findings.conventions import RULES, States, states
from tb_plugin_neural.analysis.findings.evidence import Evidence, History, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding, Severity, listed
from tb_plugin_neural.analysis.findings.words import count, moment, names, percent, units

MANY, MOST = 0.25, 0.5
"""Shares of a layer's units from which a state is worth a look, and is a fault: by the lower end of
Wilson's interval, so that one of four units alarms nobody."""

FLOORS = {"dead": 0.01, "constant": 0.01, "saturated": 0.05, "duplicate": 0.05, "dormant": 0.1}
"""Share of a layer's units from which a state is worth a word."""

NEXT = {
    "dead": "Lower the learning rate, check the biases before the layer, or use a leaky rectifier.",
    "constant": "See what feeds these units, and whether they get a gradient.",
    "saturated": "Scale the layer's inputs down, or normalize them.",
    "duplicate": "Check how the layer is initialized: units that begin alike stay alike.",
    "dormant": None,
}
WORDS = {
    "dead": "dead",
    "constant": "constant",
    "saturated": "saturated",
    "duplicate": "copies of other units",
    "dormant": "dormant",
}


def unit_states(of: Evidence) -> Family:
    """Units that are dead, constant, saturated, copies of others or dormant, layer by layer.

    Counted, not tested: that a unit is 0 on all of n inputs bounds how often it fires on others
    like them to 3/n, with 95 % confidence (the rule of three).
    """
    found: list[Finding] = []
    silent: str | None = None
    for layer in of.hidden:
        now = states(layer)
        if silent is not None and now.share("constant") + now.share("dead") == 1:
            continue  # it follows from the layer before that does nothing
        for state, floor in FLOORS.items():
            if now.share(state) >= floor and now.of[state].any():
                found.append(_state(of, layer, state, now))
        if now.share("dead") + now.share("constant") == 1:
            silent = layer.name
    return Family(_merged(of.layers, found))


def copies_at_first(of: Evidence, history: History | None) -> Family:
    """Find layers of which a quarter of the units or more were copies at the first record.

    Counted, by the convention of duplicates. Units that begin alike stay alike, or die together.
    """
    first = history.first if history is not None else None
    found: list[Finding] = []
    for layer in first.hidden if first is not None else ():
        then = states(layer)
        hit = int(then.of["duplicate"].sum())
        known = layer.name in of.layers
        still = known and states(of.layers[layer.name]).of["duplicate"].sum() >= hit
        if first is not None and not still and _severity("duplicate", hit, layer.units) != "note":
            found.append(_state(first, layer, "duplicate", then))
    return Family(_merged(of.layers, found))


def _severity(state: str, hit: int, size: int) -> Severity:
    low = float(significance.wilson(hit, size)[0])
    if state == "dormant" or low < MANY:
        return "note"
    return "act" if low >= MOST else "look"


def _state(of: Evidence, layer: LayerEvidence, state: str, now: States) -> Finding:
    hit = np.flatnonzero(now.of[state])
    share = now.share(state)
    n = len(layer.probe) if state == "duplicate" and layer.probe is not None else layer.inputs
    whole = len(hit) == layer.units
    bound = f", so that each fires on less than {percent(3 / n)} of such inputs" if n > 3 else ""
    some = f"{count(len(hit), 'unit')} of {layer.units:,}"
    said = f"All {layer.units:,} units" if whole else some
    return Finding(
        kind=f"{state}_units",
        severity=_severity(state, len(hit), layer.units),
        sentence=(
            f"{said} of {layer.name}{units(hit.tolist(), len(hit))} {_are(len(hit))} "
            f"{WORDS[state]} at step {of.subject.step:,} ({percent(share)}): {RULES[state]}, "
            f"n = {n:,}" + (bound if state == "dead" else "") + "."
        ),
        subjects=(of.subject,),
        layer=layer.name,
        layers=(layer.name,),
        units=listed(hit),
        unit_count=len(hit),
        effect=share,
        scale="share",
        n=n,
        floor=FLOORS[state],
        convention=RULES[state],
        next=NEXT[state],
        link=links.at(
            "distributions",
            of.subject,
            layers=(layer.name,),
            subsets=(of.subject.subset,),
            marked=(layer.name, listed(hit)),
        ),
    )


def _are(size: int) -> str:
    return "is" if size == 1 else "are"


def _merged(order: Iterable[str], found: list[Finding]) -> tuple[Finding, ...]:
    """Merge findings of one kind: the worst layer's, with the other layers named."""
    merged = []
    for kind in dict.fromkeys(one.kind for one in found):
        group = sorted((one for one in found if one.kind == kind), key=lambda one: one.rank)
        first, others = group[0], group[1:]
        if others:
            other_layers = [f"{one.layer} ({percent(one.effect)})" for one in others]
            layers = tuple(name for name in order if name in {one.layer for one in group})
            link = {**first.link, "layers": list(layers)}
            more = f"Also in {names(other_layers)}. {first.more}".strip()
            first = dataclasses.replace(first, more=more, layers=layers, link=link)
        merged.append(first)
    return tuple(merged)


def died_and_woke(before: Evidence, after: Evidence, terms: Contract) -> Family:
    """Find units that are 0 on every input now and were not, or the other way round.

    Null hypothesis, a unit: it is 0 on as large a share of inputs before as after; two proportions
    (Fisher). A layer's p-value is Simes' over all its units, and the units reported are those found
    with FDR held to 5 % in the layer.
    """
    found: list[Finding] = []
    tested = 0
    if before.subject.subset != after.subject.subset:
        return Family()
    for name in terms.layers:
        here, there = before.layers[name], after.layers[name]
        if name not in terms.units or there.output or here.zero is None or there.zero is None:
            continue
        zeros, zeros2 = here.zero.astype(int), there.zero.astype(int)
        n, n2 = here.inputs, there.inputs
        if not (zeros + zeros2).any() or not n or not n2:
            continue
        died = (zeros2 == n2) & (zeros < n)
        woke = (zeros == n) & (zeros2 < n2)
        p = significance.fisher(zeros, n, zeros2, n2)
        tested += 2
        for kind, changed in (("died", died), ("woke", woke)):
            significant = changed & significance.discoveries(np.where(changed, p, 1.0))
            if significant.any() and (
                finding := _changed(before, after, there, kind, significant, p)
            ):
                found.append(finding)
    return Family(_merged(after.layers, found), tested)


def _said(
    before: Evidence, after: Evidence, layer: LayerEvidence, hit: np.ndarray, *, died: bool
) -> str:
    """Return the sentence: between records units die, between runs they are dead in one."""
    some = f"{count(len(hit), 'unit')} of {layer.units:,} of {layer.name}"
    some += units(hit.tolist(), len(hit))
    n = layer.inputs if died else before.layers[layer.name].inputs
    here, there = after.subject, before.subject
    if here.run == there.run:
        when = "now, not so before" if died else "before, not so now"
        verb = "died" if died else "woke"
        return f"{some} {verb} {moment(here, there)}: 0 on every one of {n:,} inputs {when}."
    dead, other = (here, there) if died else (there, here)
    return (
        f"{some} {_are(len(hit))} dead in {dead.run} and not in {other.run}: 0 on every one of "
        f"{n:,} inputs."
    )


def _changed(
    before: Evidence,
    after: Evidence,
    layer: LayerEvidence,
    kind: str,
    significant: np.ndarray,
    p: np.ndarray,
) -> Finding:
    subjects = (after.subject, before.subject)
    hit = np.flatnonzero(significant)
    share = len(hit) / layer.units
    died = kind == "died"
    low, high = significance.wilson(len(hit), layer.units)
    return Finding(
        kind=f"units_{kind}",
        severity=_severity("dead", len(hit), layer.units) if died else "note",
        sentence=_said(before, after, layer, hit, died=died),
        subjects=subjects,
        layer=layer.name,
        layers=(layer.name,),
        units=listed(hit),
        unit_count=len(hit),
        effect=share,
        low=float(low),
        high=float(high),
        scale="share",
        n=layer.inputs,
        p=significance.simes(np.where(significant, p, 1.0)),
        floor=FLOORS["dead"],
        convention="0 on every input; two proportions (Fisher), Simes over units",
        next=NEXT["dead"] if died else None,
        link=links.compared(
            "distributions", subjects, layers=(layer.name,), marked=(layer.name, listed(hit))
        ),
    )
