"""The contributions to a site's units in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.tracing.graph.links import IDENTITY, way_kind
from summary_ops.tracing.graph.sites import Leaf, Site
from summary_ops.tracing.graph.tape import Tape
from summary_ops.tracing.influence import segments
from summary_ops.tracing.influence.baselines import Means
from summary_ops.tracing.influence.measured import PARTS, Key, Measured, add_all
from summary_ops.tracing.influence.plan import Plan


def contribute(
    plan: Plan,
    site: Site,
    tape: Tape,
    into: Measured,
    measures: set[str],
    means: Means | None = None,
) -> None:
    """Add a site's contributions to what was measured.

    Args:
        plan: of the sequence of operations.
        site: one of its sites.
        tape: holds the values that the plan needs for it.
        into: what is added to.
        measures: `contribution` and `maximum`; a hidden site's parts are those of the first.
        means: what units are compared with, where their baseline is not 0.
    """
    pre = tape.values[site.pre]
    if not site.layer:
        weights = plan.slope(site, tape)
        add_all(into.totals, {site.key: segments.by_place(weights, site.units, site.size)})
        add_all(into.tables.setdefault(PARTS, {}), _tables(plan, site, tape, weights, 1.0, means))
        return
    kept = segments.tokens(site, pre, tape.mask_of(site.key))
    table = _along if site.key in plan.stretches else _tables
    if "contribution" in measures:
        positions = pre.numel() / (pre.shape[site.axes[1]] * site.size)
        weights = segments.mask(site, pre)
        if kept is not None:
            weights = weights * segments.shares(site, kept).to(pre.dtype)
        found = table(plan, site, tape, weights, 1 / positions, means)
        add_all(into.tables["contribution"], found)
    if "maximum" in measures:
        inside = pre if kept is None else pre.masked_fill(~kept, float("-inf"))
        weights = segments.at_maximum(site, inside)
        weights = weights if kept is None else weights * kept
        found = table(plan, site, tape, weights, 1.0, means)
        add_all(into.tables["maximum"], found)


def _along(
    plan: Plan, site: Site, tape: Tape, weights: Tensor, scale: float, means: Means | None
) -> dict[Key, Tensor]:
    """What falls without each unit, along the stretch before a recorded layer."""
    stretch, ways = plan.stretches[site.key], plan.fed[site.key].ways
    whole = stretch.falls(tape, weights, frozenset(), means)
    alone: dict[str, Tensor] = {}
    if any(identity for _, identity in ways):
        alone = stretch.falls(tape, weights, plan.unmixed(site.key), means)
    found = {}
    for layer, table in whole.items():
        rest = table
        if (layer, True) in ways:
            found[Key(site.key, layer, True)] = alone[layer] * scale
            rest = table - alone[layer]
        if (layer, False) in ways:
            found[Key(site.key, layer, False)] = rest * scale
    return found


def _tables(
    plan: Plan, site: Site, tape: Tape, weights: Tensor, scale: float, means: Means | None
) -> dict[Key, Tensor]:
    found: dict[Key, Tensor] = {}
    if plan.only_moves(site):
        for leaf in site.leaves:
            pairs, values = _parts(plan, site, leaf, weights * tape.values[site.pre])
            _add(plan, site, leaf, found, pairs, values, scale)
        return found
    groups = 1 + max(int(leaf.group.max()) for leaf in site.leaves)
    for group in range(groups):
        chosen = weights if groups == 1 else _in_group(site, group, weights)
        grads = segments.gradients(site, tape, plan.steps, chosen)
        for leaf in site.leaves:
            pairs = leaf.pairs[leaf.group == group]
            if not len(pairs):
                continue
            if leaf.op is None:
                values = _by_pair(
                    plan, leaf, pairs, grads[leaf.value] * plan.given(leaf, tape, means)
                )
                _add(plan, site, leaf, found, pairs, values, scale)
            else:
                along = plan.given(leaf, tape, means)
                parts = segments.weighted(leaf, tape, plan.steps, grads[leaf.value], along)
                _add_weighted(plan, site, leaf, found, pairs, parts.double().cpu() * scale, tape)
    return found


def _in_group(site: Site, group: int, weights: Tensor) -> Tensor:
    """Weights of the units of one group alone."""
    chosen = torch.zeros(site.size + 1, dtype=torch.bool)
    for leaf in site.leaves:
        chosen[leaf.pairs[leaf.group == group][:, 0]] = True
    return weights * chosen[site.units].to(weights.device)


def _by_pair(plan: Plan, leaf: Leaf, pairs: Tensor, product: Tensor) -> Tensor:
    """Sums of a product by the number that its elements have, one a pair."""
    known, place = torch.unique(pairs[:, 1], return_inverse=True)
    numbers = plan.numbers(leaf.value)
    at = torch.searchsorted(known, numbers).clamp(max=len(known) - 1)
    at = torch.where(known[at] == numbers, at, -1)
    return segments.by_place(product, at, len(known))[place]


def _parts(plan: Plan, site: Site, leaf: Leaf, product: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs of units and numbers, and what they share of a pre-activation that only moves."""
    pairs = leaf.pairs
    both = torch.broadcast_tensors(site.units, plan.numbers(site.pre))  # type: ignore[no-untyped-call]
    limit = int(both[1].max()) + 1
    keys, known = both[0] * limit + both[1], pairs[:, 0] * limit + pairs[:, 1]
    order = known.argsort()
    places = torch.searchsorted(known[order], keys).clamp(max=len(known) - 1)
    places = torch.where(known[order][places] == keys, places, -1)
    return pairs[order], segments.by_place(product, places, len(known))


def _add(
    plan: Plan,
    site: Site,
    leaf: Leaf,
    found: dict[Key, Tensor],
    pairs: Tensor,
    values: Tensor,
    scale: float,
) -> None:
    for producer in plan.producers(leaf):
        columns = plan.units(pairs[:, 1], producer)
        some = columns >= 0
        index = torch.stack((pairs[some, 0], columns[some]))
        table = torch.sparse_coo_tensor(
            index, values[some] * scale, (site.size, producer.size), check_invariants=False
        )
        add_all(found, {key_of(site, producer, leaf): table.coalesce()})


def _add_weighted(
    plan: Plan,
    site: Site,
    leaf: Leaf,
    found: dict[Key, Tensor],
    pairs: Tensor,
    parts: Tensor,
    tape: Tape,
) -> None:
    rows = rows_of(plan, leaf, pairs, len(parts))
    numbers = plan.channels(leaf, tape.values[leaf.source])
    place = segments.channels(leaf, tape, len(parts))
    some = rows >= 0
    for producer in plan.producers(leaf):
        columns = plan.units(numbers, producer)
        shape = (site.size, producer.size)
        if place is None:
            table = _summed(_summed(parts, columns, 1, producer.size), rows, 0, site.size)
        else:
            where = columns[place[some]]
            index = torch.stack((rows[some][:, None].expand(where.shape), where))
            inside = where >= 0
            table = torch.sparse_coo_tensor(
                index[:, inside], parts[some][inside], shape, check_invariants=False
            ).coalesce()
        add_all(found, {key_of(site, producer, leaf): table})


def _summed(parts: Tensor, places: Tensor, axis: int, size: int) -> Tensor:
    """Sums of rows or columns by place; those of place −1 are left out."""
    if torch.equal(places, torch.arange(size)):
        return parts
    some = (places >= 0).nonzero()[:, 0]
    shape = list(parts.shape)
    shape[axis] = size
    return parts.new_zeros(shape).index_add_(axis, places[some], parts.index_select(axis, some))


def rows_of(plan: Plan, leaf: Leaf, pairs: Tensor, outs: int) -> Tensor:
    """The unit of the site that each channel of a weighted sum is in, −1 for none."""
    first = int(plan.numbers(leaf.value).min())
    rows = torch.full((outs,), -1, dtype=torch.int64)
    rows[pairs[:, 1] - first] = pairs[:, 0]
    return rows


def key_of(site: Site, producer: Site, leaf: Leaf) -> Key:
    """The table of a leaf's influence."""
    return Key(site.key, producer.key, way_kind(leaf) == IDENTITY)
