"""Maps of what each pixel of a picture adds to a logit."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

METHODS = ("occlusion", "integrated_gradients")
AT_ONCE = 32
"""Pictures that go through the model at once."""

Logits = Callable[[Tensor], Tensor]
"""From pictures `[batch, channels, height, width]` to logits `[batch, classes]`."""


def captum() -> Any:
    """Captum's attribution methods.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("captum.attr")
    except ImportError as error:
        raise ImportError(
            "saliency is measured by captum, which is not installed: "
            "pip install 'tensorboard-plugin-neural[saliency]'"
        ) from error


def occlusion(
    logits: Logits, picture: Tensor, target: int, baseline: Tensor, *, window: int, stride: int
) -> Tensor:
    """Return the fall of the logit, per covered pixel, when a square of the picture is covered.

    Squares are cut at the right and the lower border. Of the squares that a pixel lies in the mean
    is taken. Where squares tile the picture and the logit is linear in it, the map's sum is
    `logit(picture) − logit(baseline)`.

    Args:
        logits: of the model.
        picture: `[channels, height, width]`.
        target: the class.
        baseline: what covers, of the same shape.
        window: side of the square, in pixels.
        stride: from one square to the next.

    Returns:
        `[height, width]`.

    Source:
        Zeiler and Fergus (2014), section 4.2; Captum's `Occlusion`.
    """
    channels = len(picture) + 1  # the last one tells what is covered
    marked = torch.cat((picture, torch.zeros_like(picture[:1])))
    covers = torch.cat((baseline, torch.ones_like(picture[:1])))
    with torch.no_grad():
        whole = logits(picture[None])[0, target]

    def loss(pictures: Tensor) -> Tensor:
        pixels = pictures[:, -1].sum((1, 2)).clamp_min(1)
        return (logits(pictures[:, :-1])[:, target] - whole) / pixels

    found: Tensor = (
        captum()
        .Occlusion(loss)
        .attribute(
            marked[None],
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            baselines=covers[None],
            perturbations_per_eval=AT_ONCE,
        )
    )
    return found[0, 0].detach()


def integrated_gradients(
    logits: Logits, picture: Tensor, target: int, baseline: Tensor, *, steps: int
) -> Tensor:
    """Average the logit's gradient from a baseline to the picture; multiply by their difference.

    The map's sum is `logit(picture) − logit(baseline)`, as far as `steps` suffice. Channels are
    added up.

    Args:
        logits: of the model.
        picture: `[channels, height, width]`.
        target: the class.
        baseline: where the path begins, of the same shape.
        steps: of the integral, by Gauss-Legendre quadrature.

    Returns:
        `[height, width]`.

    Source:
        Sundararajan, Taly and Yan (2017), equation 1; Captum's `IntegratedGradients`.
    """
    found: Tensor = (
        captum()
        .IntegratedGradients(logits)
        .attribute(
            picture[None].detach().requires_grad_(),
            baselines=baseline[None],
            target=target,
            n_steps=steps,
            internal_batch_size=AT_ONCE,
        )
    )
    return found[0].detach().sum(0)


def shrink(values: Tensor, side: int) -> Tensor:
    """Shrink a map `[height, width]` to at most `side` rows and columns, of the same sum.

    Each pixel is shared out among the cells that it lies in, by area.

    Examples:
        >>> shrink(torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]), 2).tolist()
        [[4.0, 8.0]]
    """
    height, width = values.shape
    part = min(1.0, side / max(height, width))
    rows, columns = (_shares(size, max(1, round(size * part))) for size in (height, width))
    return torch.matmul(torch.matmul(rows, values.double()), columns.T).float()


def _shares(size: int, cells: int) -> Tensor:
    """Return the share of each pixel in each cell, `[cells, size]`."""
    ends = torch.arange(cells + 1, dtype=torch.float64) * size / cells
    pixel = torch.arange(size, dtype=torch.float64)
    low = torch.maximum(ends[:-1, None], pixel)
    high = torch.minimum(ends[1:, None], pixel + 1)
    return (high - low).clamp_min(0)


def levels(values: Tensor) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Quantize maps `[N, Y, X]` to 8 bits and a scale each; off by at most half of it."""
    array = values.nan_to_num().numpy()
    scale = (np.abs(array).max((1, 2)) / 127).astype(np.float32)
    step = np.maximum(scale, np.finfo(np.float32).tiny)[:, None, None]
    return np.clip(np.rint(array / step), -127, 127).astype(np.int8), scale
