"""Predict what a network does without each unit, and measure it for a few."""

from summary_ops.jobs.ablation.ablations import ablations
from summary_ops.jobs.ablation.recording import add_ablations

__all__ = ["ablations", "add_ablations"]
