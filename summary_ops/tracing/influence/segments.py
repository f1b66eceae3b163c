"""Propagate from the terms of a sum node to its pre-activation and back, by autograd."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.statistics.contributions import (
    convolution_contributions,
    dense_contributions,
    exact,
)
from summary_ops.tracing.graph.kinds import ATTENTION, NORMS, frozen_norm
from summary_ops.tracing.graph.steps import Step
from summary_ops.tracing.graph.sum_nodes import SumNode, Term
from summary_ops.tracing.graph.tape import Op, Tape, decode, mark

SAME = frozenset({"detach", "alias"})
"""Operations that stop gradients, which a change does not stop at."""


def gradients(
    node: SumNode, tape: Tape, steps: dict[int, Step], weights: Tensor
) -> dict[int, Tensor]:
    """Gradient of `(weights · pre-activation).sum()` in every term's value."""
    if not node.ops:
        return {term.value: weights for term in node.terms}
    if len(node.ops) == 1 and frozen_norm(tape.ops[node.ops[0]]):
        scale = _slope(tape.ops[node.ops[0]], tape)
        return {node.terms[0].value: weights * scale.view(1, -1, *[1] * (weights.ndim - 2))}
    with torch.enable_grad():
        given = {
            term.value: tape.values[term.value].detach().requires_grad_() for term in node.terms
        }
        found = dict(given)
        for index in node.ops:
            _replay(tape.ops[index], tape, steps, found)
        grads = torch.autograd.grad(
            found[node.pre], list(given.values()), weights, allow_unused=True
        )
    return {
        value: torch.zeros_like(given[value]) if grad is None else grad
        for value, grad in zip(given, grads, strict=True)
    }


def _slope(op: Op, tape: Tape) -> Tensor:
    """Return the factor that a batch norm with running statistics applies to each channel."""
    weight, variance = (decode(op.args[index], tape.values.__getitem__) for index in (1, 4))
    slope: Tensor = (variance + op.args[-1 if op.name.endswith("no_training") else 7]).rsqrt()
    return slope if weight is None else slope * weight


def _replay(op: Op, tape: Tape, steps: dict[int, Step], found: dict[int, Tensor]) -> None:
    open_ = {operand.value for out in op.outputs if out in steps for operand in steps[out].operands}

    def get(value: int) -> Tensor:
        tensor = found.get(value)
        if tensor is None:
            return tape.values[value]
        return tensor if value in open_ else tensor.detach()

    if op.name in NORMS and not frozen_norm(op):
        results = [_normalized(op, tape, get(op.args[0].value))]
    else:
        result = op.call(get)
        results = [result] if isinstance(result, Tensor) else list(result)
    found |= {
        value: tensor
        for value, tensor in zip(op.outputs, results, strict=False)
        if tensor.is_floating_point()
    }


def _normalized(op: Op, tape: Tape, inputs: Tensor) -> Tensor:
    """Apply a norm with the statistics that it had."""

    def get(value: int) -> Tensor:
        return tape.values[value]

    args = [None, *(decode(item, get) for item in op.args[1:])]
    statistics = [get(value) for value in op.outputs[1:3]]
    if op.name == "_fused_rms_norm":
        return inputs * statistics[0] * (1.0 if args[2] is None else args[2])
    if op.name == "native_layer_norm":
        affine = args[2:4]
    else:
        affine = [_by_channel(part, inputs) for part in args[1:3]]
        statistics = [_spread(part, inputs) for part in statistics]
    out = (inputs - statistics[0]) * statistics[1]
    out = out if affine[0] is None else out * affine[0]
    return out if affine[1] is None else out + affine[1]


def _spread(statistic: Tensor, inputs: Tensor) -> Tensor:
    """Broadcast one number per channel, or per group of channels, to the inputs."""
    if statistic.ndim == 1:
        return statistic.view(1, -1, *[1] * (inputs.ndim - 2))
    each = statistic.repeat_interleave(inputs.shape[1] // statistic.shape[1], 1)
    return each.view(*each.shape, *[1] * (inputs.ndim - 2))


def _by_channel(values: Tensor | None, inputs: Tensor) -> Tensor | None:
    return None if values is None else values.view(1, -1, *[1] * (inputs.ndim - 2))


def replayed(op: Op, tape: Tape, found: dict[int, Tensor]) -> None:
    """Compute an operation again from what was found, else from what the tape holds."""

    def get(value: int) -> Tensor:
        tensor = found.get(value)
        return tape.values[value].detach() if tensor is None else tensor

    if op.func is mark or op.name in SAME:
        results = [get(op.refs()[0])]
    else:
        result = op.call(get)
        results = [result] if isinstance(result, Tensor) else list(result)
    found |= dict(zip(op.outputs, results, strict=False))


def change_by_term(term: Term, along: Tensor, tape: Tape, steps: dict[int, Step]) -> Tensor:
    """Return the change of a weighted sum's source when the term's summand changes.

    The operations between are linear in the term, or made so by what the input chose, so that this
    is what the term gives the source.

    Args:
        term: with a term.
        along: the term's change.
        tape: holds the values that the operations read.
        steps: how values were made.
    """
    found = {term.given: along}
    for index in term.ops:
        _push(tape.ops[index], tape, steps, found)
    return found[term.source]


def _push(op: Op, tape: Tape, steps: dict[int, Step], found: dict[int, Tensor]) -> None:
    """Add what an operation makes of changes to these: its derivative along them.

    It is that of the derivative's transpose, which autograd gives, by the weights it is taken with.
    Fused attention has no second derivatives, but is linear in its values.
    """
    if op.name.startswith(ATTENTION):
        args = [decode(item, tape.values.__getitem__) for item in op.args]
        args[2] = found[op.args[2].value]
        named = {key: decode(item, tape.values.__getitem__) for key, item in op.kwargs.items()}
        found[op.outputs[0]] = op.func(*args, **named)[0]
        return
    given = {value: found[value] for value in op.refs() if value in found}
    if not given:  # it belongs to another summand: a branch that joins this one further on
        return
    with torch.enable_grad():
        terms = {value: tape.values[value].detach().requires_grad_() for value in given}
        made = dict(terms)
        _replay(op, tape, steps, made)
        for out in op.outputs:
            if out not in made or not made[out].requires_grad:
                continue
            weights = torch.zeros_like(made[out], requires_grad=True)
            backs = torch.autograd.grad(
                made[out], list(terms.values()), weights, create_graph=True, materialize_grads=True
            )
            parts = zip(backs, given.values(), strict=True)
            total = torch.stack([(back * change).sum() for back, change in parts]).sum()
            (found[out],) = torch.autograd.grad(total, weights, retain_graph=True)


def slope(ops: tuple[int, ...], tape: Tape, pre: int, value: int) -> Tensor:
    """Return the slope of every element of a non-linearity's result in its input.

    Args:
        ops: places of the operations that it is made of; none where it is the input itself.
        tape: holds the values that the operations read.
        pre: value of its input.
        value: of its result.
    """
    given = tape.values[pre].detach()
    if not ops:
        return torch.ones_like(given)
    with torch.enable_grad():
        found = {pre: given.requires_grad_()}
        for index in ops:
            replayed(tape.ops[index], tape, found)
        (grown,) = torch.autograd.grad(found[value].sum(), found[pre], materialize_grads=True)
    return grown


def weighted(
    term: Term, tape: Tape, steps: dict[int, Step], gradient: Tensor, along: Tensor
) -> Tensor:
    """Contributions of the input's channels to those of a weighted sum.

    Args:
        term: the weighted sum.
        tape: holds the values that it reads.
        steps: how values were made.
        gradient: weights of the sum's elements.
        along: what its producers give, of the shape of the term's `given`.

    Returns:
        `[out, in]`; of a grouped convolution `[out, in / groups]`.
    """
    op = tape.ops[_op_index(term)]
    source = along if term.summand is None else change_by_term(term, along, tape, steps)
    if op.name == "convolution":
        weight = tape.values[op.args[1].value]
        names = ("stride", "padding", "dilation", "transposed", "output_padding", "groups")
        keywords = dict(zip(names, op.args[3:9], strict=True))
        return convolution_contributions(source, weight, gradient, **keywords)
    left, right = (
        source if ref.value == term.source else tape.values[ref.value] for ref in op.args[-2:]
    )
    if op.args[-2].value == term.source:
        return dense_contributions(left, right, gradient).T
    turned = (part.transpose(-2, -1) for part in (right, left, gradient))
    return dense_contributions(*turned).T


def channels(term: Term, tape: Tape, outs: int) -> Tensor | None:
    """Input channel of every entry that `weighted` returns, where that is not its column."""
    op = tape.ops[_op_index(term)]
    groups = op.args[8] if op.name == "convolution" else 1
    if groups == 1:
        return None
    each = tape.values[term.source].shape[1] // groups
    group = torch.arange(outs) // (outs // groups)
    return group[:, None] * each + torch.arange(each)


def _op_index(term: Term) -> int:
    if term.op is None:
        raise ValueError("an identity is no weighted sum")
    return term.op


def mask(node: SumNode, pre: Tensor) -> Tensor:
    """Weight of every element of a recorded layer's pre-activation in a contribution."""
    return (pre > 0).to(pre.dtype) if node.mask == "rectified" else torch.ones_like(pre)


def tokens(node: SumNode, pre: Tensor, mask: Tensor | None) -> Tensor | None:
    """Broadcast a token mask to a recorded layer's pre-activation, where it has its positions.

    Args:
        node: a recorded layer.
        pre: its pre-activation.
        mask: `[batch, positions]`, not 0 where a position counts; None when all do.

    Returns:
        bool, broadcasts to the pre-activation; None where every position counts.
    """
    if mask is None or pre.ndim != 3:
        return None
    unit, batch = (axis % 3 for axis in node.axes)
    if mask.shape != (pre.shape[batch], pre.shape[3 - unit - batch]):
        return None
    laid = mask if batch < 3 - unit - batch else mask.T
    return laid.to(pre.device).bool().unsqueeze(unit)


def shares(node: SumNode, kept: Tensor) -> Tensor:
    """Weights of an input's positions, of mean 1: 0 where they do not count, else alike."""
    axis = 3 - sum(axis % 3 for axis in node.axes)
    weights = kept.float()
    return weights / weights.mean(axis, keepdim=True).clamp(min=1 / kept.shape[axis])


def at_maximum(node: SumNode, pre: Tensor) -> Tensor:
    """1 at the position of each input's and unit's maximum, else 0."""
    unit, batch = (axis % pre.ndim for axis in node.axes)
    rest = [axis for axis in range(pre.ndim) if axis not in (unit, batch)]
    order = [batch, unit, *rest]
    flat = pre.permute(order).flatten(2) if rest else pre.permute(order)[..., None]
    hot = torch.zeros_like(flat).scatter_(2, flat.argmax(2, keepdim=True), 1.0)
    shaped = hot.view([pre.shape[axis] for axis in order])
    back = [order.index(axis) for axis in range(pre.ndim)]
    return shaped.permute(back)


def sum_by_index(values: Tensor, indices: Tensor, size: int) -> Tensor:
    """Sum a tensor's elements by index, float64 `[size]`; index −1 counts nowhere.

    Args:
        values: any shape.
        indices: int64, broadcasts to it.
        size: number of places.
    """
    shared = [axis for axis, n in enumerate(indices.shape) if n == 1]
    summed = exact(values).sum(shared, keepdim=True) if shared else exact(values)
    flat = indices.expand(summed.shape).flatten()
    some = flat >= 0
    total = torch.zeros(size, dtype=torch.float64)
    return total.index_add_(0, flat[some], summed.flatten().cpu()[some].double())
