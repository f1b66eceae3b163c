"""Pictures that excite a unit: feature visualisation by optimisation (Olah et al. 2017)."""

from summary_ops.feature_visualization.optimise import feature_visualization

__all__ = ["feature_visualization"]
