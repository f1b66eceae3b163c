"""Summit's influence on a sum node's units in one batch: the five strongest producers, counted."""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from summary_ops.statistics.summit_influence import single_channel_maxima, top_producers
from summary_ops.tracing.graph.sum_nodes import SumNode, Term
from summary_ops.tracing.graph.tape import Tape
from summary_ops.tracing.influence import segments
from summary_ops.tracing.influence.contributions import key_of, rows_of
from summary_ops.tracing.influence.measured import Measured, TableKey, add_all
from summary_ops.tracing.influence.plan import TracePlan


def count(
    plan: TracePlan, node: SumNode, tape: Tape, into: Measured, chosen: Collection[int] | None
) -> dict[str, set[int]]:
    """Add the counts of the producers of some of a sum node's units to what was measured.

    Args:
        plan: of the sequence of operations.
        node: one of its sum nodes.
        tape: holds the values that the plan needs for it.
        into: what is added to.
        chosen: units of the sum node; None for all.

    Returns:
        The units of the producing sum nodes that were counted, by the sum node's key.
    """
    units = torch.arange(node.size) if chosen is None else torch.tensor(sorted(chosen)).long()
    seen = torch.zeros(node.size, dtype=torch.int64)
    seen[units] = into.inputs
    add_all(into.seen, {node.key: seen})
    mask = tape.mask_of(node.key if node.layer else "")
    found: dict[TableKey, Tensor] = {}
    known: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
    for term in node.terms:
        pairs = term.pairs[torch.isin(term.pairs[:, 0], units)]
        if not len(pairs):
            continue
        if term.value not in known:
            known[term.value] = (
                (pairs[:, 0], pairs[:, 1], torch.full((len(pairs),), float(into.inputs)))
                if term.op is None
                else _weighted(plan, term, tape, pairs, into.inputs, mask)
            )
        rows, numbers, counts = known[term.value]
        for producer in plan.producers(term):
            columns = plan.units(numbers, producer)
            some = columns >= 0
            table = torch.zeros(node.size, producer.size, dtype=torch.float64)
            table.view(-1).scatter_reduce_(
                0, rows[some] * producer.size + columns[some], counts[some].double(), "amax"
            )
            key = key_of(node, producer, term)
            found[key] = torch.maximum(found[key], table) if key in found else table
    add_all(into.tables.setdefault("summit", {}), found)
    touched: dict[str, set[int]] = {}
    for key, table in found.items():
        touched.setdefault(key.producer, set()).update(table.any(0).nonzero()[:, 0].tolist())
    return touched


def _weighted(
    plan: TracePlan, term: Term, tape: Tape, pairs: Tensor, inputs: int, mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Units, numbers of producers, and how often these are among the strongest."""
    source = tape.values[term.source]
    size = int(plan.numbers(term.value).max() - plan.numbers(term.value).min()) + 1
    unit_of = rows_of(plan, term, pairs, size)
    elements = (unit_of >= 0).nonzero()[:, 0]
    numbers = plan.channels(term, source)
    if tape.ops[term.op or 0].name == "convolution":
        influence = _convolved(term, tape, elements)
        channels = segments.channels(term, tape, size)
        columns = (
            numbers.expand(len(elements), -1) if channels is None else numbers[channels[elements]]
        )
    else:
        influence, known = _dense(plan, term, tape, elements, (inputs, mask), numbers)
        columns = known.expand(len(elements), -1)
    counts = top_producers(influence).float().sum(0).cpu()
    rows = unit_of[elements][:, None].expand(counts.shape)
    return rows.flatten(), columns.flatten(), counts.flatten()


def _convolved(term: Term, tape: Tape, elements: Tensor) -> Tensor:
    args = tape.ops[term.op or 0].args
    source, weight = tape.values[term.source], tape.values[args[1].value]
    stride, padding, dilation, transposed, output_padding, groups = args[3:9]
    if not transposed:
        return single_channel_maxima(
            source,
            weight,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            outputs=elements.to(source.device),
        )
    each_out, each_in = weight.shape[1], len(weight) // groups
    found = []
    for out in elements.tolist():
        inside = slice(out // each_out * each_in, (out // each_out + 1) * each_in)
        kernel = weight[inside, out % each_out][:, None]
        maps = torch.ops.aten.convolution(
            *(source[:, inside], kernel, None, stride, padding, dilation, True),
            *(output_padding, each_in),
        )
        found.append(maps.flatten(2).amax(2))
    return torch.stack(found, 1)


def _dense(
    plan: TracePlan,
    term: Term,
    tape: Tape,
    elements: Tensor,
    batch: tuple[int, Tensor | None],
    numbers: Tensor,
) -> tuple[Tensor, Tensor]:
    """Influence `[batch, chosen, producers]`, and the producers' numbers."""
    inputs, mask = batch
    left, right = (tape.values[ref.value] for ref in tape.ops[term.op or 0].args[-2:])
    source, weight = left, right
    if tape.ops[term.op or 0].args[-2].value != term.source:
        source, weight = right.transpose(-2, -1), left.transpose(-2, -1)
    if weight.ndim > 2:
        weight = weight[0]
    rows = source.flatten(0, -2)
    if term.source in plan.interleaved:
        rows = rows.reshape(-1, inputs, rows.shape[-1]).transpose(0, 1)
    else:
        rows = rows.reshape(inputs, -1, rows.shape[-1])
    if mask is not None and mask.shape == rows.shape[:2]:
        rows = _unpadded(rows, mask.to(rows.device).bool())
    kernel = weight.T[elements.to(weight.device)]
    known, index = torch.unique(numbers, return_inverse=True)
    if len(known) == len(numbers):
        found = single_channel_maxima(rows.transpose(1, 2), kernel[:, :, None])
        return found, numbers
    index = index.to(rows.device)
    parts = []
    for row in kernel:
        sums = rows.new_zeros(*rows.shape[:2], len(known))
        parts.append(sums.index_add_(2, index, rows * row).amax(1))
    return torch.stack(parts, 1), known


def _unpadded(rows: Tensor, kept: Tensor) -> Tensor:
    """Each input's padded tokens made like its first other one, which no maximum notices."""
    first = rows[torch.arange(len(rows)), kept.int().argmax(1)]
    return torch.where(kept[..., None], rows, first[:, None])
