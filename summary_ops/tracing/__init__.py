"""Trace which recorded layer feeds which, by how much, and what part of the input each sees.

One real batch goes through the model under a dispatch mode that writes down every operation (the
tape). Units are followed through the operations by their numbers, so that whatever moves data
about (flatten, concatenate, split, shuffle, pool) needs no rule of its own. Places where units can
be told apart are *sum nodes*; a sum node's pre-activation is a sum over the weighted operations and
the sum nodes before it, and autograd, replaying the few operations between, says what each gives.
"""

from __future__ import annotations

from summary_ops.tracing.graph.edges import Edges, ReceptiveField
from summary_ops.tracing.influence.measured import Measured
from summary_ops.tracing.tracer import Tracer

__all__ = ["Edges", "Measured", "ReceptiveField", "Tracer"]
