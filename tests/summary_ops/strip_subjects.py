"""Models whose strips and saliency are known, or can be computed another way."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from tests.recording import RUNS, Network, train


class Linear(nn.Module):
    """Two classes; the log-odds of the second are `w · pixels + bias`, of normalized images."""

    def __init__(self, *, mean: float = 0.0, std: float = 1.0, bias: float = 0.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = nn.Parameter(torch.randn(3, 5, 4, generator=generator))
        self.mean, self.std, self.bias = mean, std, bias

    def forward(self, images: Tensor) -> Tensor:
        pixels = images * self.std + self.mean
        margin = (pixels * self.weight).flatten(1).sum(1) + self.bias
        return torch.stack((torch.zeros_like(margin), margin), 1)

    def images(self, count: int = 2, low: float = 0.4, high: float = 0.6) -> Tensor:
        """Images with pixels from `low` to `high`, as it takes them."""
        generator = torch.Generator().manual_seed(1)
        pixels = low + (high - low) * torch.rand(count, 3, 5, 4, generator=generator)
        return (pixels - self.mean) / self.std


@functools.cache
def trained() -> Network:
    """A network that reads digits."""
    network = Network()
    for _, found in train(*RUNS["plain"]):
        network = found
    return network.eval()
