"""What a network would do without a unit: predicted for all units, measured for a few."""

from summary_ops.jobs.ablation.ablations import ablations
from summary_ops.jobs.ablation.recording import add_ablations

__all__ = ["ablations", "add_ablations"]
