"""Follow values through a program: what each is made from, and where sums join a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.kinds import (
    CLAMPS,
    NORMS,
    PRODUCTS,
    RECTIFIERS,
    SOFTMAX,
    elementwise,
)
from summary_ops.tracing.graph.tape import Op, Ref
from summary_ops.tracing.roles.program import Program

NONLINEAR = frozenset(
    {*RECTIFIERS, *CLAMPS, "tanh", "sigmoid", "erf", "hardsigmoid", "softsign", "selu", "sin"}
    | {"log_sigmoid_forward", "relu6"}
)
"""Activation functions."""

REARRANGING = frozenset(
    {"view", "_unsafe_view", "reshape", "_reshape_alias", "permute", "transpose", "t", "movedim"}
    | {"expand", "clone", "contiguous", "_to_copy", "alias", "detach", "lift_fresh", "copy"}
    | {"squeeze", "unsqueeze", "native_dropout", "rewritten"}
)
"""Operations that keep all elements and their values."""

REDUCING = frozenset(
    {"slice", "select", "split", "split_with_sizes", "unsafe_split", "chunk", "unbind", "narrow"}
    | {"index", "gather", "index_select", "roll", "flip", "repeat", "as_strided", "im2col"}
    | {"col2im", "unfold", "constant_pad_nd", "reflection_pad2d", "pixel_shuffle"}
    | {"pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "cumsum"}
    | {"mean", "sum", "amax", "max", "var", "var_mean", "linalg_vector_norm"}
    | {"max_pool1d", "max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool1d"}
    | {"avg_pool2d", "avg_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d"}
    | {"adaptive_max_pool2d", "upsample_bilinear2d", "upsample_nearest2d", "upsample_bicubic2d"}
)
"""Operations that choose, move or pool elements unit by unit."""

WEIGHTED = frozenset({"convolution", "embedding", "_embedding_bag", "baddbmm", "addbmm", *PRODUCTS})


@dataclass(frozen=True)
class Residual:
    """A sum by which a branch joins what it was computed from.

    Attributes:
        op: the addition.
        branch: the value that is added.
        source: the anchor of the value that it is added to, see `Dataflow.anchor`.
    """

    op: int
    branch: int
    source: int


class Dataflow:
    """The origins of a program's values.

    Args:
        program: a recorded forward pass.

    Attributes:
        anchor: by value, what it was before operations that keep units apart and mix them with
            nothing else: activation functions, normalization, pooling, rearranging.
        curved: values that an activation function lies before, since their anchor.
        weighted: operations that multiply data with parameters.
        residuals: sums by their value, in order.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.anchor: dict[int, int] = {}
        self.curved: set[int] = set()
        self.weighted: list[int] = []
        self._made: dict[int, int] = {}
        self._ancestors: dict[int, int] = {}
        for value in program.inputs:
            self.anchor[value], self._ancestors[value] = value, 1 << value
        for index, op in enumerate(program.ops):
            self._follow(index, op)
        self._is_weighted = set(self.weighted)
        self.residuals: dict[int, Residual] = {}
        for index, op in enumerate(program.ops):
            if op.name in ("add", "sub"):
                self._sum(index, op)

    def is_data(self, value: int) -> bool:
        """Return whether a value depends on the model's inputs."""
        return value in self.anchor

    def data(self, op: Op) -> list[int]:
        """Return the arguments of an operation that depend on the model's inputs."""
        return [value for value in op.refs() if value in self.anchor]

    def maker(self, value: int) -> int | None:
        """Return the operation that made a value; None for inputs and parameters."""
        return self._made.get(value)

    def is_weighted(self, index: int | None) -> bool:
        """Return whether an operation multiplies data with parameters."""
        return index in self._is_weighted

    def descends(self, value: int, ancestor: int) -> bool:
        """Return whether a value was computed from another one, or is the same."""
        return bool(self._ancestors.get(value, 0) >> ancestor & 1)

    def weights_between(self, value: int, ancestor: int) -> int:
        """Count the weighted operations on all paths from an ancestor to a value."""
        return sum(
            1
            for index in self.weighted
            for made in self.program.ops[index].outputs[:1]
            if made != ancestor and self.descends(value, made) and self.descends(made, ancestor)
        )

    def rearranged(self, value: int) -> Iterator[int]:
        """Yield a value, and what it was before operations that only rearrange it."""
        while True:
            yield value
            index = self.maker(value)
            if index is None:
                return
            op = self.program.ops[index]
            data = self.data(op)
            if op.name not in REARRANGING or len(data) != 1:
                return
            value = data[0]

    def terms(self, value: int, depth: int = 8) -> Iterator[int]:
        """Yield the operations that a value is a sum of, whether scaled or gated."""
        index = self.maker(self.anchor.get(value, value))
        if index is None or not depth:
            return
        op = self.program.ops[index]
        if op.name not in ("add", "sub", "mul", "cat", "stack"):
            yield index
            return
        shapes = self.program.tape.shapes
        whole = shapes[op.outputs[0]]
        parts = self.data(op)
        if op.name not in ("cat", "stack"):
            parts = [part for part in parts if shapes[part] == whole]
        if op.name == "mul" and len(parts) != 1:
            yield index
            return
        for part in parts:
            yield from self.terms(part, depth - 1)

    def _follow(self, index: int, op: Op) -> None:
        self._made |= dict.fromkeys(op.outputs, index)
        data = self.data(op)
        if not data:
            return
        ancestors = 0
        for value in data:
            ancestors |= self._ancestors[value]
        for value in op.outputs:
            self._ancestors[value] = ancestors | 1 << value
        carrier = self._carrier(index, op, data)
        for value in op.outputs:
            self.anchor[value] = value if carrier is None else self.anchor[carrier]
        if carrier is not None and (op.name in NONLINEAR or not self.curved.isdisjoint(data)):
            self.curved |= set(op.outputs)

    def _carrier(self, index: int, op: Op, data: list[int]) -> int | None:
        """Return the argument whose units an operation keeps; None where it makes new ones."""
        if op.func is tape_.opaque:
            return None
        if op.name in NORMS:
            return data[0]
        if op.name in WEIGHTED:
            if len(data) == 1:
                self.weighted.append(index)
            return None
        floating = [value for value in data if value in self.program.tape.floating] or data
        keeps = elementwise(op) or op.name in REARRANGING | REDUCING or op.name in SOFTMAX
        same = len({self.anchor[value] for value in floating}) == 1
        return floating[0] if keeps and same else None

    def _sum(self, index: int, op: Op) -> None:
        operands = [ref.value for ref in op.args[:2] if isinstance(ref, Ref)]
        (out, *_), shapes = op.outputs, self.program.tape.shapes
        alike = [v for v in operands if v in self.anchor and shapes[v] == shapes[out]]
        if len(alike) != 2 or len(shapes[out]) < 2 or out not in self.program.tape.floating:
            return
        first, second = alike
        if self.anchor[first] == self.anchor[second]:
            return
        for stream, branch in ((first, second), (second, first)):
            source = self._source(stream, branch)
            if source is not None:
                self.residuals[out] = Residual(index, branch, source)
                return

    def _source(self, stream: int, branch: int) -> int | None:
        """Return what a branch comes from: the stream, what it was before, or its projection.

        A stream is continued by a sum also where the branch leaves it earlier, as in blocks whose
        attention and MLP run in parallel.
        """
        start = self.anchor[stream]
        known = start
        while True:
            if self.weights_between(branch, known):
                return start
            if known not in self.residuals:
                break
            known = self.residuals[known].source
        index = self.maker(start)
        if index is None or not self.is_weighted(index):
            return None
        op = self.program.ops[index]
        if "embedding" in op.name:
            return None
        (given, *_) = self.data(op)
        before = self.anchor[given]
        shortcut = self.weights_between(stream, before)
        return before if shortcut < self.weights_between(branch, before) else None
