"""Sites, and what their pre-activations are sums of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.flow import Flow, Step, Through
from summary_ops.tracing.graph.kinds import multiplies, rectifies, shifts
from summary_ops.tracing.graph.sites import Hidden, Leaf, Site
from summary_ops.tracing.graph.tape import Ref
from summary_ops.tracing.graph.unit_groups import Family

MOST_COPIES = 8
"""Of one producer's unit that are told apart by a backward pass each."""

SCALING = ("add", "sub", "rsub", "mul", "div", "neg", "lerp", "maximum", "minimum")
"""Operations on single elements after which a term is no longer what it was at its leaf."""


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
        hidden |= {leaf.source: True for leaf in leaves if leaf not in kept}
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

    def _walk(self, start: int, *, own: bool) -> tuple[list[Leaf], tuple[int, ...], Hidden]:
        """Leaves, operations on the way, and hidden values, from a value back."""
        flow = self.flow
        leaves: dict[int, Leaf] = {}
        ops: set[int] = set()
        hidden: Hidden = {}
        waiting, seen = [Through(start)], set[Through]()
        while waiting:
            way = waiting.pop()
            step = flow.steps.get(way.value)
            if step is None:
                hidden |= dict.fromkeys(flow.hides.get(way.value, ()), True)
            if step is None or way in seen:
                continue
            seen.add(way)
            leaf = self._leaf(way.value, step, own=own and way.value == start)
            if leaf is not None:
                leaf = leaves.setdefault(way.value, leaf)
                leaf.gated |= way.gated
                leaf.linearised |= way.linearised
            if leaf is None or leaf.op is not None:
                self._note(step, hidden)
            if leaf is None:
                ops.add(step.op)
                waiting += [back.after(way) for back in step.through]
        ordered = []
        for _, leaf in sorted(leaves.items()):
            ordered += self._by_term(leaf, hidden)
        return ordered, tuple(sorted(ops)), hidden

    def _by_term(self, leaf: Leaf, hidden: Hidden) -> list[Leaf]:
        """The leaf, or where it is a weighted sum over terms, one for each of these."""
        if leaf.op is None:
            if leaf.value not in self._own:
                self._follow(leaf, hidden)
            return [leaf]
        terms, ops, more = self._walk(leaf.source, own=False)
        _add_hidden(hidden, more)
        if not self._is_more(leaf.source, ops):
            leaf.gated |= any(term.gated for term in terms)
            leaf.linearised |= any(term.linearised for term in terms)
            return [leaf]
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

    def _is_more(self, source: int, ops: tuple[int, ...]) -> bool:
        """Whether a value that operations made is more than activations of sites moved about."""
        numbers = self.flow.numbers[source]
        shifted = any(shifts(self.flow.tape.ops[place]) for place in ops)
        return shifted or not bool(numbers.all()) or self._is_hidden(numbers)

    def _is_hidden(self, numbers: Tensor) -> bool:
        """Whether some units are not those of recorded layers."""
        return any(not self.flow.families[place].layer for place in self.flow.within(numbers))

    def curve(self, pre: int, value: int) -> tuple[int, ...]:
        """The operations that make a value of a site's pre-activation, in order."""
        steps, first = self.flow.steps, self.flow.steps[pre].op
        found, waiting = set[int](), [value]
        while waiting:
            step = steps.get(waiting.pop())
            if step is not None and first < step.op and step.op not in found:
                found.add(step.op)
                waiting += self.flow.tape.ops[step.op].refs()
        return tuple(sorted(found))

    def _leaf(self, value: int, step: Step, *, own: bool) -> Leaf | None:
        """The leaf at a value; None where the walk goes on."""
        stays = own or value not in self._own
        if step.kind == "move" and stays:
            return None
        if step.kind == "mix" and stays:
            return Leaf(value, step.through[0].value, step.op)
        return Leaf(value, value, None)

    def _note(self, step: Step, hidden: Hidden) -> None:
        """Note the values that an operation depends on by ways that are not measured."""
        op = self.flow.tape.ops[step.op]
        adds = not multiplies(op)
        more = {v: adds for ref in op.refs() for v in self.flow.hides.get(ref, frozenset())}
        _add_hidden(hidden, more)

    def _follow(self, leaf: Leaf, hidden: Hidden) -> None:
        """Note what happens to a leaf's units between their site and it."""
        flow, waiting = self.flow, [leaf.source]
        seen: set[int] = set()
        while waiting:
            value = waiting.pop()
            step = flow.steps.get(value)
            if step is None or value in seen or value in self._own:
                continue
            seen.add(value)
            self._note(step, hidden)
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


def _add_hidden(into: Hidden, more: Hidden) -> None:
    for value, adds in more.items():
        into[value] = into.get(value, False) or adds


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
