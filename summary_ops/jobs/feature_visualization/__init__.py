"""Pictures that excite a unit: feature visualization by optimization (Olah et al. 2017)."""

from summary_ops.jobs.feature_visualization.optimize import feature_visualization
from summary_ops.jobs.feature_visualization.recording import add_feature_visualizations

__all__ = ["add_feature_visualizations", "feature_visualization"]
