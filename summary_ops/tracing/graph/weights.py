"""Attribute a model's parameters to the recorded layers that they feed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from summary_ops.tracing.graph.tape import Tape, mark, opaque


def weights_by_layer(
    tape: Tape, parameters: Collection[str], inside: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    """Return the parameters on the way from the recorded layers before to each recorded layer.

    Args:
        tape: one forward pass.
        parameters: names of the model's parameters.
        inside: names of the parameters of each module that is not looked into, by its name.

    Returns:
        Names by layer, in the order of execution. A parameter that reaches several layers is the
        first one's only.
    """
    names = list(parameters)
    bit = {name: 1 << place for place, name in enumerate(names)}
    reaching = {value: bit.get(name, 0) for value, name in tape.constants.items()}
    taken = 0
    found: dict[str, int] = {}
    for op in tape.ops:
        passed = 0
        for value in op.refs():
            passed |= reaching.get(value, 0)
        if op.func is opaque:
            for name in inside.get(op.label, ()):
                passed |= bit[name]
        if op.func is mark:
            found[op.label] = found.get(op.label, 0) | (passed & ~taken)
            taken |= passed
            passed = 0
        for value in op.outputs:
            reaching[value] = passed
    return {
        layer: frozenset(name for name in names if bits & bit[name])
        for layer, bits in found.items()
    }
