"""Real images: crops of scikit-learn's two photographs."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_sample_images
from torch import Tensor
from torch.utils.data import TensorDataset


def crops(count: int, size: int, classes: int) -> TensorDataset:
    """Square crops, some mirrored, labelled by how bright they are.

    Args:
        count: number of crops.
        size: pixels a side after resizing.
        classes: number of equally frequent classes, darkest first.

    Returns:
        Images `[count, 3, size, size]` of mean 0 and deviation 1, and labels `[count]`.
    """
    random = np.random.default_rng(0)
    photographs = [
        torch.tensor(photograph).permute(2, 0, 1)[None].float()
        for photograph in load_sample_images().images
    ]
    images = torch.cat([_crop(photographs[random.integers(2)], size, random) for _ in range(count)])
    order = images.mean((1, 2, 3)).argsort().argsort()
    return TensorDataset((images - images.mean()) / images.std(), order * classes // count)


def _crop(photograph: Tensor, size: int, random: np.random.Generator) -> Tensor:
    height, width = photograph.shape[2:]
    side = int(random.integers(size, 1 + max(size, min(height, width) // 2)))
    top, left = (int(random.integers(length - side + 1)) for length in (height, width))
    cut = photograph[:, :, top : top + side, left : left + side]
    cut = F.interpolate(cut, (size, size), mode="bilinear", antialias=True)
    return cut.flip(3) if random.integers(2) else cut
