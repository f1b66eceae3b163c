"""Record what a neural network's neurons do, for Neural for TensorBoard."""

from summary_ops import attacks
from summary_ops.class_embedding import class_embedding
from summary_ops.class_maps import add_class_embedding
from summary_ops.detection import add_attack_report, attack_report
from summary_ops.feature_visualization import add_feature_visualizations, feature_visualization
from summary_ops.functional import activation_distributions
from summary_ops.graph import Graph
from summary_ops.graph_arrays import attribution_graph
from summary_ops.probe import ProbeSet
from summary_ops.problems import RecordingWarning
from summary_ops.projections import Projection
from summary_ops.projections.arrays import projection
from summary_ops.projections.jobs import project
from summary_ops.recorder import Recorder
from summary_ops.removal import ablations, add_ablations
from summary_ops.saliency import add_saliency
from summary_ops.schedule import Schedule
from summary_ops.strips import add_adversarial_strips, adversarial_strip, adversarial_strips
from summary_ops.unit_names import annotate_units

__all__ = [
    "Graph",
    "ProbeSet",
    "Projection",
    "Recorder",
    "RecordingWarning",
    "Schedule",
    "ablations",
    "activation_distributions",
    "add_ablations",
    "add_adversarial_strips",
    "add_attack_report",
    "add_class_embedding",
    "add_feature_visualizations",
    "add_saliency",
    "adversarial_strip",
    "adversarial_strips",
    "annotate_units",
    "attack_report",
    "attacks",
    "attribution_graph",
    "class_embedding",
    "feature_visualization",
    "project",
    "projection",
]
