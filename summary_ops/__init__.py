"""Record what a neural network's neurons do, for Neural for TensorBoard."""

from summary_ops import attacks
from summary_ops.attacks import Attack
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
from summary_ops.projections.jobs import add_projection_maps, project, projection_maps
from summary_ops.recorder import Recorder
from summary_ops.removal import ablations, add_ablations
from summary_ops.saliency import add_saliency, saliency
from summary_ops.schedule import Schedule
from summary_ops.strips import (
    Strip,
    add_adversarial_strips,
    adversarial_strip,
    adversarial_strips,
)
from summary_ops.unit_names import annotate_units
from tb_plugin_neural.graph_records import ClassEmbedding
from tb_plugin_neural.projection_records import ProjectionMap
from tb_plugin_neural.what_if_records import Ablations, AttackReport, Saliency

__all__ = [  # noqa: RUF022 - in the order in which they are needed
    # Record, in training or in an evaluation pass.
    "Recorder",
    "ProbeSet",
    "Graph",
    "Projection",
    "Schedule",
    "RecordingWarning",
    "annotate_units",
    # Jobs after training: `x` computes and returns, `add_x` writes what `x` returns.
    "ablations",
    "add_ablations",
    "Ablations",
    "attacks",
    "Attack",
    "attack_report",
    "add_attack_report",
    "AttackReport",
    "adversarial_strip",
    "adversarial_strips",
    "add_adversarial_strips",
    "Strip",
    "saliency",
    "add_saliency",
    "Saliency",
    "feature_visualization",
    "add_feature_visualizations",
    "class_embedding",
    "add_class_embedding",
    "ClassEmbedding",
    "projection_maps",
    "add_projection_maps",
    "project",
    "ProjectionMap",
    # Arrays of any framework: each call writes.
    "activation_distributions",
    "attribution_graph",
    "projection",
]
