"""Whether attacks can be told from benign inputs by what the neurons do."""

from summary_ops.jobs.attack_report.recording import add_attack_report
from summary_ops.jobs.attack_report.report import attack_report

__all__ = ["add_attack_report", "attack_report"]
