"""Record what a neural network's neurons do, for Neural for TensorBoard."""

from summary_ops import attacks
from summary_ops.arrays.distributions import activation_distributions
from summary_ops.arrays.graphs import attribution_graph
from summary_ops.arrays.projections import projection
from summary_ops.arrays.unit_names import annotate_units
from summary_ops.attacks import Attack
from summary_ops.influence.class_embedding import class_embedding
from summary_ops.influence.options import Graph
from summary_ops.jobs.ablation import ablations, add_ablations
from summary_ops.jobs.attack_report import add_attack_report, attack_report
from summary_ops.jobs.class_maps import add_class_embedding
from summary_ops.jobs.feature_visualization import add_feature_visualizations, feature_visualization
from summary_ops.jobs.projection_maps import add_projection_maps, project, projection_maps
from summary_ops.jobs.saliency import add_saliency, saliency
from summary_ops.jobs.strips import (
    Strip,
    add_adversarial_strips,
    adversarial_strip,
    adversarial_strips,
)
from summary_ops.probe.probe_set import ProbeSet
from summary_ops.problems import RecordingWarning
from summary_ops.projections import Projection
from summary_ops.recorder import Recorder
from summary_ops.schedule import Schedule
from summary_ops.streaming.options import Statistics
from tb_plugin_neural.contract.graph_records import ClassEmbedding
from tb_plugin_neural.contract.projection_records import ProjectionMap
from tb_plugin_neural.contract.what_if_records import Ablations, AttackReport, Saliency

__all__ = [  # noqa: RUF022 - in the order in which they are needed
    # Record, in training or in an evaluation pass.
    "Recorder",
    "ProbeSet",
    "Statistics",
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
