"""Receptive fields: what part of the input each position of a value sees."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch

from summary_ops.problems import RECOVERABLE
from summary_ops.tracing.fields.spans import Kernel, Span, Spans, common, each, line
from summary_ops.tracing.graph import tape as tape_
from summary_ops.tracing.graph.edges import ReceptiveField
from summary_ops.tracing.graph.kinds import (
    ATTENTION,
    NORMS,
    PRODUCTS,
    SOFTMAX,
    elementwise,
    frozen_norm,
)
from summary_ops.tracing.graph.tape import Op, Ref, Tape
from summary_ops.tracing.graph.unit_ids import moved

FOLDING = ("view", "_unsafe_view")
ROWWISE = (*PRODUCTS, "native_layer_norm", "_fused_rms_norm")
WINDOWS = ("max_pool", "avg_pool", "adaptive", "_adaptive", "upsample", "convolution")


class Fields:
    """Receptive fields of the values of a tape that kept all of them.

    Through upsampling and transposed convolutions they are bounds, elsewhere exact.

    Args:
        tape: what was computed.
        given: value of the model's input.
    """

    def __init__(self, tape: Tape, given: int) -> None:
        self._tape = tape
        self._input = tuple(tape.values[given].shape)
        whole = Fraction(1)
        self.spans: dict[int, Spans] = {
            given: {
                axis: Span(axis, whole, whole, Fraction(0)) for axis in range(1, len(self._input))
            }
        }
        self._folded: dict[int, tuple[tuple[int, ...], Spans]] = {}
        # A rule that fails loses only the field of what follows: it is then not claimed, while a
        # field that is too small would crop the wrong part of an image.
        for op in tape.ops:
            self._fold(op)
            seen = [value for value in op.refs() if value in self.spans]
            if seen:
                try:
                    found = self._unfolded(op, seen) or self._through(op, seen)
                except RECOVERABLE:
                    found = {}
                self.spans |= dict.fromkeys(op.outputs, found)

    def of(self, value: int, axes: tuple[int, int]) -> ReceptiveField | None:
        """Return a value's field; None if positions see the whole input, or it has none.

        Args:
            value: of the tape.
            axes: its unit axis and batch axis.
        """
        shape = self._tape.values[value].shape
        by_axis = {span.axis: (given, span) for given, span in self.spans.get(value, {}).items()}
        dims = [axis for axis in range(len(shape)) if axis not in [a % len(shape) for a in axes]]
        # An axis without a span sees all of the input (attention, global pooling), and a stride
        # that is no whole number has no grid in pixels: in both cases no crop would be true.
        if not dims or any(axis not in by_axis for axis in dims):
            return None
        found = [by_axis[axis] for axis in dims]
        if any(span.stride.denominator != 1 for _, span in found):
            return None
        starts = [math.floor(span.start) for _, span in found]
        return ReceptiveField(
            tuple(int(span.stride) for _, span in found),
            tuple(
                math.ceil(span.start + span.extent) - start
                for start, (_, span) in zip(starts, found, strict=True)
            ),
            tuple(starts),
            tuple(self._input[given] for given, _ in found),
            tuple(shape[axis] for axis in dims),
        )

    def _fold(self, op: Op) -> None:
        """Follow positions that are laid out as rows of a matrix, for a dense layer."""
        held, first = self._tape.values, next(iter(op.refs()), -1)
        if not op.outputs or first not in held:
            return
        # PyTorch folds `[batch, positions, features]` into rows for a matrix product and unfolds
        # it afterwards; in between, rows have no axis of positions that a span could lie along.
        out, size = held[op.outputs[0]].shape, held[first].shape
        spans = self.spans.get(first, {})
        if op.name in FOLDING and len(size) > len(out) == 2 and size[-1] == out[-1] and spans:
            kept = {given: s for given, s in spans.items() if s.axis < len(size) - 1}
            self._folded[op.outputs[0]] = tuple(size[:-1]), kept
        elif len(out) == 2 and (op.name in ROWWISE or elementwise(op)):
            refs = op.args[-2:-1] if op.name in PRODUCTS else op.args
            values = [ref.value for ref in refs if isinstance(ref, Ref)]
            rows = [self._folded[value] for value in values if value in self._folded]
            if len(rows) == 1 and out[0] == math.prod(rows[0][0]):
                self._folded[op.outputs[0]] = rows[0]

    def _unfolded(self, op: Op, seen: list[int]) -> Spans | None:
        """Return the spans of positions that were rows of a matrix."""
        shape, spans = self._folded.get(seen[0], ((), {}))
        back = op.name in FOLDING and tuple(self._tape.values[op.outputs[0]].shape[:-1]) == shape
        return spans if back and shape else None

    def _through(self, op: Op, seen: list[int]) -> Spans:
        name, first = op.name, seen[0]
        if op.func is tape_.opaque or name.startswith(ATTENTION):
            return {}
        if op.func is tape_.mark or name == "embedding":
            return self.spans[first]
        if name in NORMS or name in SOFTMAX:
            return self._normed(op, first)
        if name in PRODUCTS:
            return self._product(op)
        if elementwise(op):
            return self._union(seen, op.outputs[0])
        rule = self._windows if name.startswith(WINDOWS) else self._moved
        return rule(op, seen)

    def _normed(self, op: Op, value: int) -> Spans:
        """Statistics over an axis see all of it."""
        ndim = self._tape.values[value].ndim
        if frozen_norm(op):
            return self.spans[value]
        if op.name in {"native_layer_norm", "_fused_rms_norm"}:
            lost = set(range(ndim - len(op.args[1]), ndim))
        elif op.name in SOFTMAX:
            lost = {op.args[1] % ndim}
        else:
            lost = set(range(1, ndim))
        return {given: s for given, s in self.spans[value].items() if s.axis not in lost}

    def _product(self, op: Op) -> Spans:
        left, right = (self.spans.get(factor.value) for factor in op.args[-2:])
        last = self._tape.values[op.outputs[0]].ndim - 1
        kept = [
            {given: s for given, s in spans.items() if s.axis != lost}
            for spans, lost in ((left, last), (right, last - 1))
            if spans is not None
        ]
        return common(kept)

    def _union(self, values: list[int], out: int) -> Spans:
        """Join the spans of several tensors that are combined elementwise."""
        held = self._tape.values
        shape, parts = held[out].shape, []
        for value in values:
            shift = len(shape) - held[value].ndim
            spans = {g: replace(s, axis=s.axis + shift) for g, s in self.spans[value].items()}
            size = held[value].shape
            parts.append({g: s for g, s in spans.items() if size[s.axis - shift] == shape[s.axis]})
        return common(parts)

    def _windows(self, op: Op, seen: list[int]) -> Spans:
        """Convolutions, pooling, upsampling."""
        held, args, name, value = self._tape.values, op.args, op.name, seen[0]
        before, after = held[value].shape, held[op.outputs[0]].shape
        spans = self.spans[value]
        if args[0] != Ref(value):
            return {}
        if "adaptive" in name or name.startswith("upsample"):
            sized = (
                (g, s, s.resized(before[s.axis], after[s.axis], name)) for g, s in spans.items()
            )
            return {given: found for given, _, found in sized if found is not None}
        if name == "convolution":
            kernel: Any = held[args[1].value].shape[2:]
            plain, reverse = args[3:6], args[6]
        else:
            kernel, reverse = args[1], False
            dilation = args[4] if name.startswith("max") and len(args) > 4 else 1
            plain = (
                args[2] if len(args) > 2 else kernel,
                args[3] if len(args) > 3 else 0,
                dilation,
            )
        axes = len(before) - 2 if name == "convolution" else int(name.split("d")[0][-1])
        sizes = [each(part or kernel, axes) for part in (kernel, *plain[:1])]
        sizes += [each(part, axes) for part in plain[1:]]
        windows = [Kernel(*window) for window in zip(*sizes, strict=True)]
        found = {}
        for given, span in spans.items():
            window_axis = span.axis - (len(before) - axes)
            if window_axis >= 0:
                window = windows[window_axis]
                found[given] = span.unwindowed(window) if reverse else span.windowed(window)
            elif name != "convolution":
                found[given] = span
        return found

    def _moved(self, op: Op, values: list[int]) -> Spans:
        """Move the spans as an operation moves elements."""
        held = self._tape.values
        found: Spans = {}
        # As with units, the operation is done on the positions' own numbers, so that shuffles,
        # shifts and crops need no rules; what is no arithmetic sequence afterwards has no span.
        for given, span in common([self.spans[value] for value in values]).items():
            numbers = {}
            for value in values:
                view = [1] * held[value].ndim
                view[span.axis] = -1
                size = held[value].shape[span.axis]
                numbers[value] = torch.arange(1, size + 1, device=held[value].device).view(view)
            try:
                after = line(moved(op, held, numbers)[0], span)
            except RECOVERABLE:
                continue
            if after is not None:
                found[given] = after
        return found
