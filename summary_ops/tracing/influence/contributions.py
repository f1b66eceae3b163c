"""The contributions to a sum node's units in one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.tracing.graph.links import IDENTITY, path_kind
from summary_ops.tracing.graph.sum_nodes import SumNode, Term
from summary_ops.tracing.graph.tape import Tape
from summary_ops.tracing.influence import segments
from summary_ops.tracing.influence.baselines import Means
from summary_ops.tracing.influence.measured import PARTS, Measured, TableKey, add_all
from summary_ops.tracing.influence.plan import TracePlan


def contribute(
    plan: TracePlan,
    node: SumNode,
    tape: Tape,
    into: Measured,
    measures: set[str],
    means: Means | None = None,
) -> None:
    """Add a sum node's contributions to what was measured.

    Args:
        plan: of the sequence of operations.
        node: one of its sum nodes.
        tape: holds the values that the plan needs for it.
        into: what is added to.
        measures: `contribution` and `maximum`; a hidden sum node's parts are those of the first.
        means: what units are compared with, where their baseline is not 0.
    """
    pre = tape.values[node.pre]
    if not node.layer:
        weights = plan.slope(node, tape)
        add_all(into.totals, {node.key: segments.sum_by_index(weights, node.units, node.size)})
        add_all(into.tables.setdefault(PARTS, {}), _tables(plan, node, tape, weights, 1.0, means))
        return
    kept = segments.tokens(node, pre, tape.mask_of(node.key))
    table = _along if node.key in plan.stretches else _tables
    if "contribution" in measures:
        positions = pre.numel() / (pre.shape[node.axes[1]] * node.size)
        weights = segments.mask(node, pre)
        if kept is not None:
            weights = weights * segments.shares(node, kept).to(pre.dtype)
        found = table(plan, node, tape, weights, 1 / positions, means)
        add_all(into.tables["contribution"], found)
    if "maximum" in measures:
        inside = pre if kept is None else pre.masked_fill(~kept, float("-inf"))
        weights = segments.at_maximum(node, inside)
        weights = weights if kept is None else weights * kept
        found = table(plan, node, tape, weights, 1.0, means)
        add_all(into.tables["maximum"], found)


def _along(
    plan: TracePlan, node: SumNode, tape: Tape, weights: Tensor, scale: float, means: Means | None
) -> dict[TableKey, Tensor]:
    """Measure the fall without each unit, along the stretch before a recorded layer."""
    stretch, paths = plan.stretches[node.key], plan.fed[node.key].paths
    whole = stretch.falls(tape, weights, frozenset(), means)
    alone: dict[str, Tensor] = {}
    if any(identity for _, identity in paths):
        alone = stretch.falls(tape, weights, plan.unmixed(node.key), means)
    found = {}
    for layer, table in whole.items():
        rest = table
        if (layer, True) in paths:
            found[TableKey(node.key, layer, True)] = alone[layer] * scale
            rest = table - alone[layer]
        if (layer, False) in paths:
            found[TableKey(node.key, layer, False)] = rest * scale
    return found


def _tables(
    plan: TracePlan, node: SumNode, tape: Tape, weights: Tensor, scale: float, means: Means | None
) -> dict[TableKey, Tensor]:
    found: dict[TableKey, Tensor] = {}
    if plan.only_moves(node):
        for term in node.terms:
            pairs, values = _parts(plan, node, term, weights * tape.values[node.pre])
            _add(plan, node, term, found, pairs, values, scale)
        return found
    groups = 1 + max(int(term.group.max()) for term in node.terms)
    for group in range(groups):
        chosen = weights if groups == 1 else _in_group(node, group, weights)
        grads = segments.gradients(node, tape, plan.steps, chosen)
        for term in node.terms:
            pairs = term.pairs[term.group == group]
            if not len(pairs):
                continue
            if term.op is None:
                values = _by_pair(
                    plan, term, pairs, grads[term.value] * plan.given(term, tape, means)
                )
                _add(plan, node, term, found, pairs, values, scale)
            else:
                along = plan.given(term, tape, means)
                parts = segments.weighted(term, tape, plan.steps, grads[term.value], along)
                _add_weighted(plan, node, term, found, pairs, parts.double().cpu() * scale, tape)
    return found


def _in_group(node: SumNode, group: int, weights: Tensor) -> Tensor:
    """Weights of the units of one group alone."""
    chosen = torch.zeros(node.size + 1, dtype=torch.bool)
    for term in node.terms:
        chosen[term.pairs[term.group == group][:, 0]] = True
    return weights * chosen[node.units].to(weights.device)


def _by_pair(plan: TracePlan, term: Term, pairs: Tensor, product: Tensor) -> Tensor:
    """Sum a product by the numbers of its elements, one sum per pair."""
    known, index = torch.unique(pairs[:, 1], return_inverse=True)
    numbers = plan.numbers(term.value)
    at = torch.searchsorted(known, numbers).clamp(max=len(known) - 1)
    at = torch.where(known[at] == numbers, at, -1)
    return segments.sum_by_index(product, at, len(known))[index]


def _parts(plan: TracePlan, node: SumNode, term: Term, product: Tensor) -> tuple[Tensor, Tensor]:
    """Pairs of units and numbers, and what they share of a pre-activation that only moves."""
    pairs = term.pairs
    both = torch.broadcast_tensors(node.units, plan.numbers(node.pre))  # type: ignore[no-untyped-call]
    limit = int(both[1].max()) + 1
    keys, known = both[0] * limit + both[1], pairs[:, 0] * limit + pairs[:, 1]
    order = known.argsort()
    indices = torch.searchsorted(known[order], keys).clamp(max=len(known) - 1)
    indices = torch.where(known[order][indices] == keys, indices, -1)
    return pairs[order], segments.sum_by_index(product, indices, len(known))


def _add(
    plan: TracePlan,
    node: SumNode,
    term: Term,
    found: dict[TableKey, Tensor],
    pairs: Tensor,
    values: Tensor,
    scale: float,
) -> None:
    for producer in plan.producers(term):
        columns = plan.units(pairs[:, 1], producer)
        some = columns >= 0
        index = torch.stack((pairs[some, 0], columns[some]))
        table = torch.sparse_coo_tensor(
            index, values[some] * scale, (node.size, producer.size), check_invariants=False
        )
        add_all(found, {key_of(node, producer, term): table.coalesce()})


def _add_weighted(
    plan: TracePlan,
    node: SumNode,
    term: Term,
    found: dict[TableKey, Tensor],
    pairs: Tensor,
    parts: Tensor,
    tape: Tape,
) -> None:
    rows = rows_of(plan, term, pairs, len(parts))
    numbers = plan.channels(term, tape.values[term.source])
    channels = segments.channels(term, tape, len(parts))
    some = rows >= 0
    for producer in plan.producers(term):
        columns = plan.units(numbers, producer)
        shape = (node.size, producer.size)
        if channels is None:
            table = _summed(_summed(parts, columns, 1, producer.size), rows, 0, node.size)
        else:
            where = columns[channels[some]]
            index = torch.stack((rows[some][:, None].expand(where.shape), where))
            inside = where >= 0
            table = torch.sparse_coo_tensor(
                index[:, inside], parts[some][inside], shape, check_invariants=False
            ).coalesce()
        add_all(found, {key_of(node, producer, term): table})


def _summed(parts: Tensor, indices: Tensor, axis: int, size: int) -> Tensor:
    """Sum rows or columns by index; those of index −1 are left out."""
    if torch.equal(indices, torch.arange(size)):
        return parts
    some = (indices >= 0).nonzero()[:, 0]
    shape = list(parts.shape)
    shape[axis] = size
    return parts.new_zeros(shape).index_add_(axis, indices[some], parts.index_select(axis, some))


def rows_of(plan: TracePlan, term: Term, pairs: Tensor, outs: int) -> Tensor:
    """Return the sum node's unit of each channel of a weighted sum, −1 for none."""
    first = int(plan.numbers(term.value).min())
    rows = torch.full((outs,), -1, dtype=torch.int64)
    rows[pairs[:, 1] - first] = pairs[:, 0]
    return rows


def key_of(node: SumNode, producer: SumNode, term: Term) -> TableKey:
    """Return the key of a term's influence table."""
    return TableKey(node.key, producer.key, path_kind(term) == IDENTITY)
