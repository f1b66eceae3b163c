"""Sites, and what their pre-activations are sums of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from summary_ops.tracing import tape as tape_
from summary_ops.tracing.families import Family
from summary_ops.tracing.flow import Flow, Step, Through
from summary_ops.tracing.kinds import rectifies
from summary_ops.tracing.tape import Ref

MOST_COPIES = 8
"""Of one producer's unit that are told apart by a backward pass each."""

SCALING = ("add", "sub", "rsub", "mul", "div", "neg", "lerp", "maximum", "minimum")
"""Operations on single elements after which a term is no longer what it was at its leaf."""


@dataclass
class Leaf:
    """A term of a site's pre-activation.

    Attributes:
        value: where the walk from the pre-activation ended.
        source: of a weighted sum its input, else the value itself: activations of sites.
        op: place of the weighted sum, None for an identity.
        term: where the source is itself a sum that nothing rectifies, the term of it that this is
            about: a value of activations of sites; else None.
        ops: places of the operations between the terms and the source, in order.
        gated, linearised: whether some way to it is, see `Through`.
        pairs: int64 `[pairs, 2]`, a unit of the site and a number of a unit at the leaf.
        group: int64 `[pairs]`: in a group, a number at the leaf has one unit of the site.
    """

    value: int
    source: int
    op: int | None
    term: int | None = None
    ops: tuple[int, ...] = ()
    gated: bool = False
    linearised: bool = False
    pairs: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.int64))
    group: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.int64))

    @property
    def given(self) -> int:
        """The value that has the producers' units."""
        return self.source if self.term is None else self.term


@dataclass
class Site:
    """Units that can be producers and consumers.

    Attributes:
        family: its place in the flow.
        key: the recorded layer's name, or a name of its own.
        layer: whether it is a recorded layer.
        size: number of units.
        pre: value of the pre-activation.
        units: int64, each element's unit, −1 for none; broadcasts to the pre-activation.
        axes: unit axis and batch axis of the pre-activation, of a recorded layer.
        mask: `rectified`, `plain`, or `signed` for a hidden sum.
        leaves: the terms of the pre-activation.
        ops: places of the operations between the leaves and the pre-activation, in order.
        moved: whether these only move elements about.
        hidden: values whose units it depends on by ways that are not measured.
    """

    family: int
    key: str
    layer: bool
    size: int
    pre: int
    units: Tensor
    axes: tuple[int, int]
    mask: str
    leaves: list[Leaf]
    ops: tuple[int, ...]
    moved: bool
    hidden: frozenset[int]


class Wiring:
    """The sites of a model that recorded layers are reached through, in order of execution."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._own = {
            family.value: place for place, family in enumerate(flow.families) if family.site
        }
        self._uses = self._users()
        self.sites: dict[int, Site] = {}
        wanted = [place for place, family in enumerate(flow.families) if family.layer]
        while wanted:
            place = wanted.pop()
            if place not in self.sites:
                self.sites[place] = site = self._site(place)
                wanted += self.producers(site)
                for value in site.hidden:
                    wanted += self.behind(value)
        self.sites = dict(sorted(self.sites.items()))
        self._name()

    def _name(self) -> None:
        """Name hidden sites by what they are sums of, the same in every sequence of operations."""
        taken: dict[str, int] = {}
        for site in self.sites.values():
            if not site.layer:
                sums = "+".join(sorted({self.via(leaf) for leaf in site.leaves}))
                name = f"~{sums} {site.mask}"
                taken[name] = taken.get(name, 0) + 1
                site.key = f"{name} {taken[name]}"

    def producers(self, site: Site) -> list[int]:
        """The sites that feed a site, in order."""
        numbers = self.flow.numbers
        return sorted({p for leaf in site.leaves for p in self.flow.within(numbers[leaf.given])})

    def behind(self, value: int) -> list[int]:
        """The sites that a value's units come from."""
        leaves, _, _ = self._walk(value, own=False)
        numbers = self.flow.numbers
        return sorted({p for leaf in leaves for p in self.flow.within(numbers[leaf.given])})

    def _users(self) -> dict[int, list[tape_.Op]]:
        users: dict[int, list[tape_.Op]] = {}
        for op in self.flow.tape.ops:
            for value in op.refs():
                users.setdefault(value, []).append(op)
        return users

    def _site(self, place: int) -> Site:
        family = self.flow.families[place]
        pre = family.value if family.pre is None else family.pre
        leaves, ops, hidden = self._walk(pre, own=pre == family.value)
        units = self._units(family, pre)
        for leaf in leaves:
            leaf.pairs, leaf.group = self._pairs(leaf, pre, units)
        kept = [leaf for leaf in leaves if len(leaf.group) and int(leaf.group.max()) < MOST_COPIES]
        steps = {step.op: step for step in self.flow.steps.values()}
        moved = all(self.flow.tape.ops[op].name not in SCALING for op in ops)
        moved &= all(not leaf.gated and not leaf.linearised for leaf in kept)
        moved &= all(len(steps[op].through) == len(self.flow.tape.ops[op].refs()) for op in ops)
        hidden |= {leaf.source for leaf in leaves if leaf not in kept}
        return Site(
            place,
            family.layer,
            bool(family.layer),
            family.size,
            pre,
            units,
            family.axes,
            self._mask(family),
            kept,
            ops,
            moved,
            hidden,
        )

    def _mask(self, family: Family) -> str:
        uses = self._uses.get(family.value, []) if family.layer else []
        if family.rectified or (uses and all(rectifies(op) for op in uses)):
            return "rectified"
        return "plain" if family.layer else "signed"

    def _walk(self, start: int, *, own: bool) -> tuple[list[Leaf], tuple[int, ...], frozenset[int]]:
        """Leaves, operations on the way, and hidden values, from a value back."""
        flow = self.flow
        leaves: dict[int, Leaf] = {}
        ops: set[int] = set()
        hidden: set[int] = set()
        waiting, seen = [Through(start)], set[Through]()
        while waiting:
            way = waiting.pop()
            step = flow.steps.get(way.value)
            if step is None:
                hidden |= flow.hides.get(way.value, frozenset())
            if step is None or way in seen:
                continue
            seen.add(way)
            leaf = self._leaf(way.value, step, own=own and way.value == start)
            if leaf is not None:
                leaf = leaves.setdefault(way.value, leaf)
                leaf.gated |= way.gated
                leaf.linearised |= way.linearised
            if leaf is None or leaf.op is not None:
                hidden |= self._hidden(step)
            if leaf is None:
                ops.add(step.op)
                waiting += [back.after(way) for back in step.through]
        ordered = []
        for _, leaf in sorted(leaves.items()):
            ordered += self._by_term(leaf, hidden)
        return ordered, tuple(sorted(ops)), frozenset(hidden)

    def _by_term(self, leaf: Leaf, hidden: set[int]) -> list[Leaf]:
        """The leaf, or where it is a weighted sum over a sum of sites, one for each of these."""
        if leaf.op is None or not self.flow.raw(self.flow.numbers[leaf.source]):
            if leaf.op is not None or leaf.value not in self._own:
                self._follow(leaf, hidden)
            return [leaf]
        terms, ops, more = self._walk(leaf.source, own=False)
        hidden |= more
        return [
            replace(
                leaf,
                term=term.value,
                ops=ops,
                gated=leaf.gated or term.gated,
                linearised=leaf.linearised or term.linearised,
            )
            for term in terms
        ]

    def _leaf(self, value: int, step: Step, *, own: bool) -> Leaf | None:
        """The leaf at a value; None where the walk goes on."""
        stays = own or value not in self._own
        if step.kind == "move" and stays:
            return None
        if step.kind == "mix" and stays:
            return Leaf(value, step.through[0].value, step.op)
        return Leaf(value, value, None)

    def _hidden(self, step: Step) -> set[int]:
        refs, hides = self.flow.tape.ops[step.op].refs(), self.flow.hides
        return {value for ref in refs for value in hides.get(ref, frozenset())}

    def _follow(self, leaf: Leaf, hidden: set[int]) -> None:
        """Note what happens to a leaf's units between their site and it."""
        flow, waiting = self.flow, [leaf.source]
        seen: set[int] = set()
        while waiting:
            value = waiting.pop()
            step = flow.steps.get(value)
            if step is None or value in seen or value in self._own:
                continue
            seen.add(value)
            hidden |= self._hidden(step)
            for back in step.through:
                leaf.gated |= back.gated
                leaf.linearised |= back.linearised
                waiting.append(back.value)

    def _units(self, family: Family, pre: int) -> Tensor:
        shape = self.flow.tape.values[pre].shape
        if family.layer:
            view = [1] * len(shape)
            view[family.axes[0]] = -1
            return torch.arange(family.size).view(view)
        numbers = self.flow.numbers[pre].cpu()
        if family.origin is None:
            return torch.where(numbers > 0, numbers - family.start, -1)
        places = torch.searchsorted(family.origin.cpu(), numbers)
        return torch.where(numbers > 0, places, -1)

    def _pairs(self, leaf: Leaf, pre: int, units: Tensor) -> tuple[Tensor, Tensor]:
        """Which units of the site a leaf's units are in, grouped so that each is in one."""
        at_pre = self.flow.numbers[pre].cpu()
        both = torch.broadcast_tensors(units, at_pre)  # type: ignore[no-untyped-call]
        found = torch.unique(torch.stack([part.flatten() for part in both], 1), dim=0).tolist()
        known = set(torch.unique(self.flow.numbers[leaf.value]).tolist()) - {0}
        pairs = [
            (unit, number)
            for unit, whole in found
            if unit >= 0
            for number in self._ancestors(whole)
            if number in known
        ]
        if not pairs:
            return leaf.pairs, leaf.group
        return torch.tensor(pairs), torch.tensor(_coloured(pairs))

    def _ancestors(self, number: int) -> Iterator[int]:
        """A number and those that it was merged from."""
        if not number:
            return
        yield number
        family = self.flow.families[self.flow.family(number)]
        if family.parents is not None:
            for parent in set(family.parents[number - family.start].tolist()):
                yield from self._ancestors(parent)

    def via(self, leaf: Leaf) -> str:
        """What a weighted sum is called: its module, else its operation."""
        if leaf.op is None:
            return ""
        op = self.flow.tape.ops[leaf.op]
        for ref in op.args:
            if isinstance(ref, Ref) and ref.value != leaf.source:
                name = self._named(ref.value)
                if name:
                    return name.rpartition(".")[0] or name
        return op.name

    def _named(self, value: int) -> str:
        """The parameter that a value is a view of."""
        constants = self.flow.tape.constants
        made = {out: op for op in self.flow.tape.ops for out in op.outputs}
        while value not in constants and value in made and made[value].refs():
            value = made[value].refs()[0]
        return constants.get(value, "")


def _coloured(pairs: list[tuple[int, int]]) -> list[int]:
    """Groups of pairs, by unit, so that no two units of a group share a number."""
    numbers: dict[int, list[int]] = {}
    for unit, number in pairs:
        numbers.setdefault(unit, []).append(number)
    taken: dict[int, set[int]] = {}
    colour = {}
    for unit, own in numbers.items():
        used = set().union(*(taken.get(number, set()) for number in own))
        colour[unit] = next(place for place in range(len(used) + 1) if place not in used)
        for number in own:
            taken.setdefault(number, set()).add(colour[unit])
    return [colour[unit] for unit, _ in pairs]
