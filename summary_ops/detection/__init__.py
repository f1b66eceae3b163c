"""Whether attacks can be told from benign inputs by what the neurons do."""

from summary_ops.detection.recording import add_attack_report
from summary_ops.detection.report import attack_report

__all__ = ["add_attack_report", "attack_report"]
