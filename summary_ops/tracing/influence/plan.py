"""What one sequence of operations asks to be kept, and when its sites can be measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.fields.batch_rows import Batches
from summary_ops.tracing.fields.receptive_fields import Fields
from summary_ops.tracing.graph.edges import ReceptiveField
from summary_ops.tracing.graph.flow import Flow, Step
from summary_ops.tracing.graph.kinds import NORMS
from summary_ops.tracing.graph.links import Fed, is_complex, links, through, with_lost
from summary_ops.tracing.graph.sites import Leaf, Site
from summary_ops.tracing.graph.tape import Tape, mark
from summary_ops.tracing.graph.unit_ids import profile
from summary_ops.tracing.graph.wiring import Wiring
from summary_ops.tracing.influence import segments
from summary_ops.tracing.influence.baselines import Baselines, Means
from summary_ops.tracing.influence.measured import Measured, Place
from summary_ops.tracing.influence.stretches import Stretch, cost_of, stretch

AT_ONCE = 32
"""Inputs of a batch, as its cost is reckoned."""


class Plan:
    """The sites of one sequence of operations, known once it was traced.

    Attributes:
        tokens: of the operations, see `Tape`.
        layers: units of the recorded layers, in order of execution.
        interleaved: values whose rows go from input to input, and not input by input.
        fed: what feeds the recorded layers, see `summary_ops.tracing.graph.links`.
        stretches: of the recorded layers whose producers are replaced one by one.
        cost: multiplications and additions of a pass of 32 inputs there and back.
        fields: receptive fields of the recorded layers.
        sites: by the place of the operation that makes their pre-activation.
        measured: those among them whose contributions are measured.
        steps: how values were made.
        hidden: names of what was not looked into, by recorded layer.
    """

    def __init__(
        self, tape: Tape, given: int | None, work: float = math.inf, *, mean: bool = False
    ) -> None:
        self._producers: dict[int, list[Site]] = {}
        self._units: dict[int, Tensor] = {}
        self._flow = Flow(tape)
        self._wiring = Wiring(self._flow)
        self._baselines = Baselines(self._flow, mean=mean)
        self.tokens = tape.tokens
        self.cost = self._cost(given)
        self.steps: dict[int, Step] = self._flow.steps
        marks = [op for op in tape.ops if op.func is mark]
        fields = Fields(tape, given) if given is not None else None
        self.fields: dict[str, ReceptiveField | None] = {
            op.label: fields.of(op.outputs[0], op.axes) if fields else None for op in marks
        }
        self.layers = {op.label: tape.values[op.outputs[0]].shape[op.axes[0]] for op in marks}
        self.hidden = self._hidden()
        self.fed, self.stretches = self._reached(work)
        made = {out: place for place, op in enumerate(tape.ops) for out in op.outputs}
        self.sites: dict[int, list[Site]] = {}
        for site in self._wiring.sites.values():
            if site.leaves or site.key in self.stretches:
                self.sites.setdefault(made[site.pre], []).append(site)
        self._baselines.learn(
            {leaf.given for sites in self.sites.values() for site in sites for leaf in site.leaves}
        )
        self.measured = self._measured()
        self.later = self._later()
        self.interleaved = self._interleaved(given)

    def _cost(self, given: int | None) -> int:
        """Multiplications and additions of a pass of 32 inputs there and back."""
        tape = self._flow.tape
        inputs = 1 if given is None else max(len(tape.values[given]), 1)
        return 3 * AT_ONCE * sum(cost_of(op, tape) for op in tape.ops) // inputs

    def _reached(self, work: float) -> tuple[dict[str, Fed], dict[str, Stretch]]:
        """What feeds each recorded layer, and how far that is measured by ablation.

        Args:
            work: the most multiplications and additions for a batch and layer.
        """
        fed = links(self._wiring)
        stretches = {}
        for site in self._wiring.sites.values():
            if site.layer and is_complex(fed[site.key]):
                found = self._stretch(site, work)
                if found is not None:
                    stretches[site.key] = found
                    fed[site.key] = through(fed[site.key], found.layers, found.lost)
        return {name: with_lost(one, self.layers) for name, one in fed.items()}, stretches

    def _stretch(self, site: Site, work: float) -> Stretch | None:
        tape, family = self._flow.tape, self._flow.families[site.family]
        unit, batch = site.axes
        found = stretch(tape, site.pre, family.value, unit)
        if found is None:
            return None
        if found.cost / tape.values[family.value].shape[batch] * AT_ONCE > work:
            return None
        try:  # whatever cannot be computed again
            found.replayed(tape)
        except RECOVERABLE:
            return None
        return found

    def _measured(self) -> dict[int, list[Site]]:
        """Sites whose contributions are asked for: hidden ones only where these are composed."""
        wanted = set()
        for site in reversed(self._wiring.sites.values()):
            if (site.layer or site.family in wanted) and site.key not in self.stretches:
                wanted |= {site.family, *self._wiring.producers(site)}
            elif site.layer:
                wanted.add(site.family)
        return {
            place: kept
            for place, sites in self.sites.items()
            if (kept := [site for site in sites if site.family in wanted])
        }

    def unmixed(self, key: str) -> frozenset[int]:
        """Operations of a layer's stretch after which units are no longer what they were."""
        kept = {step.op for step in self.steps.values() if step.kind != "mix"}
        return frozenset(self.stretches[key].ops) - kept

    def _interleaved(self, given: int | None) -> set[int]:
        """Matrices that weighted sums are over, whose rows go from input to input."""
        if given is None:
            return set()
        batches = Batches(self._flow.tape, given)
        leaves = [leaf for sites in self.sites.values() for site in sites for leaf in site.leaves]
        dense = [leaf.source for leaf in leaves if leaf.op is not None and not self._slides(leaf)]
        return {value for value in dense if batches.interleaved(value)}

    def _slides(self, leaf: Leaf) -> bool:
        return self._flow.tape.ops[leaf.op or 0].name == "convolution"

    def _hidden(self) -> dict[str, tuple[str, ...]]:
        found = {}
        ops = self._flow.tape.ops
        makers = {value: op for op in reversed(ops) for value in op.refs() if not _known(self, op)}
        for site in self._wiring.sites.values():
            if site.layer and site.hidden:
                names = {makers[v].label or makers[v].name for v in site.hidden if v in makers}
                found[site.key] = tuple(sorted(names))
        return found

    def _later(self) -> dict[int, list[Site]]:
        """Sites by the place of the operation after which nobody asks for their units."""
        place_of = {site.family: place for place, sites in self.sites.items() for site in sites}
        last: dict[int, int] = {}
        for site in reversed(self._wiring.sites.values()):
            if site.family not in place_of:
                continue
            last[site.family] = max(last.get(site.family, -1), place_of[site.family])
            for producer in self._wiring.producers(site):
                if not self._wiring.sites[producer].layer:
                    last[producer] = max(last.get(producer, -1), last[site.family])
        found: dict[int, list[Site]] = {}
        for family in sorted(last, reverse=True):
            found.setdefault(last[family], []).append(self._wiring.sites[family])
        return found

    def producers(self, leaf: Leaf) -> list[Site]:
        """The sites whose units a leaf's source has."""
        if leaf.given not in self._producers:
            flow, sites = self._flow, self._wiring.sites
            found = [sites[place] for place in flow.within(flow.numbers[leaf.given])]
            self._producers[leaf.given] = found
        return self._producers[leaf.given]

    def numbers(self, value: int) -> Tensor:
        """Unit numbers of a value, on the CPU."""
        return self._flow.numbers[value].cpu()

    def given(self, leaf: Leaf, tape: Tape, means: Means | None) -> Tensor:
        """What a leaf's producers give beyond their baseline; of hidden units, their slopes."""
        hidden = self.hidden_producer(leaf)
        if hidden is None:
            return self._baselines.given(leaf.given, tape, means)
        return self.slope(hidden, tape, leaf.given)

    def only_moves(self, site: Site) -> bool:
        """Whether a site's pre-activation consists of its producers' own, moved about."""
        return site.moved and all(
            leaf.op is None
            and self.hidden_producer(leaf) is None
            and not self._baselines.ops(leaf.given)
            for leaf in site.leaves
        )

    def hidden_producer(self, leaf: Leaf) -> Site | None:
        """The hidden site that a leaf's units are all of, if there is one."""
        sites = self.producers(leaf)
        return sites[0] if len(sites) == 1 and not sites[0].layer else None

    def slope(self, site: Site, tape: Tape, value: int | None = None) -> Tensor:
        """By how much a value grows with the pre-activation that a hidden site makes it of.

        Args:
            site: a hidden one.
            tape: holds the pre-activation.
            value: by default the site's activations.
        """
        value = self._flow.families[site.family].value if value is None else value
        return segments.slope(self._wiring.curve(site.pre, value), tape, site.pre, value)

    def _sloped(self, site: Site, value: int | None = None) -> set[int]:
        """The values that a slope is computed from."""
        value = self._flow.families[site.family].value if value is None else value
        ops = self._flow.tape.ops
        curve = self._wiring.curve(site.pre, value)
        made = {out for place in curve for out in ops[place].outputs}
        return {site.pre} | ({ref for place in curve for ref in ops[place].refs()} - made)

    def channels(self, leaf: Leaf, source: Tensor) -> Tensor:
        """Unit numbers along the axis of a source that a weighted sum is over."""
        op = self._flow.tape.ops[leaf.op or 0]
        if op.name == "convolution":
            axis = 1
        else:
            axis = source.ndim - (1 if op.args[-2].value == leaf.source else 2)
        found = profile(self.numbers(leaf.source), axis)
        if found is None:
            raise ValueError(f"{op.name} is over units that lie beside others")
        return found.flatten().expand(source.shape[axis])

    def units(self, numbers: Tensor, site: Site) -> Tensor:
        """The units of a site that numbers are of, or sums of, −1 for those of others."""
        if site.family not in self._units:
            self._units[site.family] = self._units_of(site.family)
        return self._units[site.family][numbers]

    def _units_of(self, place: int) -> Tensor:
        """By number, the unit of a site that it is of, or that it is a sum with."""
        families = self._flow.families
        found = torch.full((families[-1].start + families[-1].size,), -1)
        own = families[place]
        found[own.start : own.start + own.size] = torch.arange(own.size)
        for family in families[place + 1 :]:
            if family.terms and not family.site and family.parents is not None:
                units = found[family.parents.cpu()].amax(1)
                found[family.start : family.start + family.size] = units
        return found

    def until(self, *, contributions: bool, summit: bool) -> dict[int, int]:
        """Until which operation each value is to be kept, for the measures that are asked for."""
        last: dict[int, int] = {}
        for place, due in self.measured.items() if contributions else ():
            for site in due:
                last |= {value: max(last.get(value, -1), place) for value in self.needed(site)}
        for place, due in self.later.items() if summit else ():
            for site in due:
                values = {value for leaf in site.leaves for value in self.operands(leaf)}
                last |= {value: max(last.get(value, -1), place) for value in values}
        return last

    def needed(self, site: Site) -> set[int]:
        """The values that a site's contributions are computed from."""
        if site.key in self.stretches:
            return self.stretches[site.key].read(self._flow.tape)
        found = {site.pre} | {value for leaf in site.leaves for value in self.operands(leaf)}
        found |= set() if site.layer else self._sloped(site)
        for leaf in site.leaves:
            hidden = self.hidden_producer(leaf)
            found |= (
                self._baselines.read(leaf.given)
                if hidden is None
                else self._sloped(hidden, leaf.given)
            )
        if self.only_moves(site):
            return found
        ops = self._flow.tape.ops
        if site.ops:
            found |= {leaf.value for leaf in site.leaves}
        inner = {value for place in site.ops for value in ops[place].outputs[:1]} - {site.pre}
        found = (found | self._read(site.ops)) - inner
        for leaf in site.leaves:
            if leaf.term is not None:
                found |= {leaf.term} | self._read(leaf.ops)
        return found

    def _read(self, places: Sequence[int]) -> set[int]:
        """The values that operations read when they are replayed."""
        found: set[int] = set()
        for place in places:
            op = self._flow.tape.ops[place]
            found |= set(op.refs()) | set(op.outputs[1:3] if op.name in NORMS else ())
        return found

    def empty(self, inputs: int) -> Measured:
        """Nothing measured yet of so many inputs."""
        places = {site.key: Place(site.layer, site.size) for site in self._wiring.sites.values()}
        return Measured(inputs, places, {name: fed.ways for name, fed in self.fed.items()})

    def operands(self, leaf: Leaf) -> list[int]:
        """The values that a leaf's own part is computed from."""
        if leaf.op is None:
            return [leaf.source]
        refs = self._flow.tape.ops[leaf.op].args
        pair = refs[:2] if self._flow.tape.ops[leaf.op].name == "convolution" else refs[-2:]
        return [ref.value for ref in pair]


def _known(plan: Plan, op: Any) -> bool:
    return any(out in plan.steps for out in op.outputs)
