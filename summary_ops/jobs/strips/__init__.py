"""Inputs that are changed step by step towards a class, or a unit's activation."""

from summary_ops.jobs.strips.making import adversarial_strip, adversarial_strips
from summary_ops.jobs.strips.recording import add_adversarial_strips
from summary_ops.jobs.strips.strip import Strip

__all__ = ["Strip", "add_adversarial_strips", "adversarial_strip", "adversarial_strips"]
