"""Projections: maps of the probe set by what each of its inputs activates in a layer."""

from summary_ops.projections.options import Projection

__all__ = ["Projection"]
