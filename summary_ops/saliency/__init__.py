"""Which pixels a prediction rests on."""

from summary_ops.saliency.recording import add_saliency

__all__ = ["add_saliency"]
