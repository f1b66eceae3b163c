"""Record what a neural network's neurons do, for Neural for TensorBoard."""

from summary_ops import attacks
from summary_ops.functional import activation_distributions
from summary_ops.graph import Graph
from summary_ops.probe import ProbeSet
from summary_ops.problems import RecordingWarning
from summary_ops.recorder import Recorder
from summary_ops.schedule import Schedule

__all__ = [
    "Graph",
    "ProbeSet",
    "Recorder",
    "RecordingWarning",
    "Schedule",
    "activation_distributions",
    "attacks",
]
