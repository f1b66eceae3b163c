"""Transformer blocks of the ways in which people write them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTH = 8


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, -1)
        return self.proj(F.scaled_dot_product_attention(q, k, v))


class Mlp(nn.Module):
    """Two dense layers with an activation module between."""

    def __init__(self, act: nn.Module | None = None) -> None:
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, 16)
        self.act = act or nn.GELU()
        self.drop = nn.Dropout()
        self.fc2 = nn.Linear(16, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.drop(self.act(self.fc1(x))))


class Gated(nn.Module):
    """A gated MLP, whose hidden units no module puts out."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.up = nn.Linear(WIDTH, 16), nn.Linear(WIDTH, 16)
        self.down = nn.Linear(16, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Chunked(nn.Module):
    """A gated MLP whose halves come from one product, as in Phi-3 and ModernBERT."""

    def __init__(self) -> None:
        super().__init__()
        self.both, self.down = nn.Linear(WIDTH, 32), nn.Linear(16, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        up, gate = self.both(x).chunk(2, -1)
        return self.down(up * F.gelu(gate))


class PreNorm(nn.Module):
    def __init__(self, mlp: nn.Module) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn, self.mlp = Attention(), mlp

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Parallel(PreNorm):
    """Attention and MLP of the same input, added one after the other."""

    def forward(self, x: Tensor) -> Tensor:
        given = self.norm1(x)
        return x + self.attn(given) + self.mlp(given)


class Tail(nn.Module):
    """The end of a half-block that is given branch and stream, as in BERT."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense, self.norm = nn.Linear(width, WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, branch: Tensor, stream: Tensor) -> Tensor:
        return self.norm(self.dense(branch) + stream)


class PostNormAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn, self.output = Attention(), Tail(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.attn(x), x)


class PostNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.dense, self.output = (
            PostNormAttention(),
            nn.Linear(WIDTH, 16),
            Tail(16),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(x)
        return self.output(F.gelu(self.dense(x)), x)


class RmsNorm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class Transformer(nn.Module):
    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.head = RmsNorm(), nn.Linear(WIDTH, 3)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))
