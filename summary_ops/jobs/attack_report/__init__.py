"""Report how well attacks can be detected by the neurons' activations."""

from summary_ops.jobs.attack_report.recording import add_attack_report
from summary_ops.jobs.attack_report.report import attack_report

__all__ = ["add_attack_report", "attack_report"]
