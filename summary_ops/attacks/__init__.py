"""Attacked copies of images: a few pixels, FGSM, PGD, or what any other library made.

Each returns an `Attack`, which a `ProbeSet` takes as it is.
"""

from summary_ops.attacks.attack import Attack, pairs
from summary_ops.attacks.few_pixels import one_pixel
from summary_ops.attacks.gradient import fgsm, pgd

__all__ = ["Attack", "fgsm", "one_pixel", "pairs", "pgd"]
