"""Attribute predictions to pixels."""

from summary_ops.jobs.saliency.recording import add_saliency, saliency

__all__ = ["add_saliency", "saliency"]
