"""Define the objective: a unit's activation, on pictures that differ."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def objective(output: Tensor, units: Tensor, diversity: float) -> Tensor:
    """Return the activations of units on their pictures, minus what a unit's pictures share.

    A picture's activation is the unit's mean over positions. Of a positive one, the part
    `diversity · similarity` is taken off, similarity being the mean cosine between the Gram matrix
    of its activations over the layer's units and those of the unit's other pictures (Olah et al.
    2017, "Diversity"; in proportion to the activation, it pays no picture to give up its unit).

    Args:
        output: of the layer, for the pictures of one unit after those of another,
            `[units · facets, layer's units, positions]`.
        units: which unit of the layer, int64 `[units]`.
        diversity: from 0 to 1.
    """
    facets = len(output) // len(units)
    own = output[torch.arange(len(output)), units.repeat_interleave(facets)].mean(1)
    if facets == 1 or not diversity:
        return own.sum()
    shared = similarity(output.view(-1, facets, *output.shape[1:])).flatten()
    return (own - diversity * own.clamp(min=0) * shared).sum()


def similarity(outputs: Tensor) -> Tensor:
    """Mean cosine between a picture's Gram matrix and each other's of its group.

    Gradients flow to the picture, not to the others.

    Args:
        outputs: `[groups, pictures, units, positions]`.

    Returns:
        `[groups, pictures]`.
    """
    count, units, positions = outputs.shape[1:]
    if units <= positions:
        gram = torch.einsum("gaup,gavp->gauv", outputs, outputs).flatten(2)
        gram = F.normalize(gram, dim=2)
        cosine = gram @ gram.detach().mT
    else:  # ⟨AAᵀ, BBᵀ⟩ = |AᵀB|², by far the smaller to compute
        norm = torch.einsum("gaup,gauq->gapq", outputs, outputs).flatten(2).norm(dim=2)
        scaled = outputs / norm.clamp(min=1e-12).sqrt()[..., None, None]
        product = torch.einsum("gaup,gbuq->gabpq", scaled, scaled.detach())
        cosine = product.square().sum((3, 4))
    return (cosine.sum(2) - cosine.diagonal(dim1=1, dim2=2)) / (count - 1)
