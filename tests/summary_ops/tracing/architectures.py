"""Small networks whose wiring is known by heart."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Shortcut(nn.Module):
    """A residual block with a projection beside it, its ReLU in place and used twice."""

    def __init__(self, *, inplace: bool = True) -> None:
        super().__init__()
        self.stem, self.relu = nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace)
        self.conv1, self.bn1 = nn.Conv2d(4, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6)
        self.project = nn.Conv2d(4, 6, 1, 2)
        self.last, self.fc = nn.ReLU(inplace), nn.Linear(6, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.relu(self.stem(images))
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += self.project(x)
        return self.fc(self.last(y).mean((2, 3)))


class Branches(nn.Module):
    """An inception block: branches side by side, the pooled input among them."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.one = nn.Conv2d(width, 3, 1)
        self.reduce, self.three = nn.Conv2d(width, 2, 1), nn.Conv2d(2, 5, 3, padding=1)
        self.pool = nn.MaxPool2d(3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        deep = self.three(F.relu(self.reduce(x)))
        return torch.cat((F.relu(self.one(x)), F.relu(deep), self.pool(x)), 1)


class Inception(nn.Module):
    """Two such blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.relu = nn.Conv2d(1, 4, 3), nn.ReLU()
        self.a, self.b = Branches(), Branches(12)
        self.fc = nn.Linear(20, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.b(self.a(self.relu(self.stem(images)))).mean((2, 3)))


class SqueezeExcite(nn.Module):
    """A depthwise convolution whose channels are weighted by a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.act = nn.Conv2d(1, 6, 3, padding=1), nn.SiLU()
        self.depthwise = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.squeeze, self.excite = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1)
        self.gate, self.scaled = nn.Sigmoid(), nn.Identity()
        self.project = nn.Conv2d(6, 4, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.depthwise(self.act(self.stem(images))))
        gate = self.gate(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))
        return self.project(self.scaled(x * gate))


class Reused(nn.Module):
    """One dense layer and one ReLU, used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.dense, self.relu = nn.Linear(64, 8), nn.Linear(8, 8), nn.ReLU()
        self.head = nn.Linear(8, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.inside(images.flatten(1))
        for _ in range(2):
            x = self.relu(self.dense(x))
        return self.head(x)


class Dynamic(nn.Module):
    """Takes one of two ways, by its data."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.relu = nn.Linear(64, 8), nn.ReLU()
        self.dark, self.bright = nn.Linear(8, 8), nn.Linear(8, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.relu(self.inside(images.flatten(1)))
        x = self.bright(x) if images.mean() > 0.3 else self.dark(x)
        return self.head(F.relu(x))


class Attention(nn.Module):
    """Rows of a digit through `nn.MultiheadAttention`, its weights asked for or not."""

    def __init__(self, *, weights: bool) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 12), nn.Linear(12, 10)
        self.attention = nn.MultiheadAttention(12, 3, batch_first=True)
        self.weights = weights

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0])
        return self.head(self.attention(x, x, x, need_weights=self.weights)[0].mean(1))


class Chunks(nn.Module):
    """Channels split, each half with a convolution of its own, grouped, shuffled, joined."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.relu = nn.Conv2d(1, 6, 3), nn.ReLU()
        self.left, self.right = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)
        self.grouped = nn.Conv2d(8, 4, 3, groups=2)
        self.shuffle, self.joined = nn.ChannelShuffle(2), nn.Identity()
        self.fc = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        a, b = self.relu(self.stem(images)).chunk(2, 1)
        x = self.joined(torch.cat((F.relu(self.left(a)), F.relu(self.right(b))), 1))
        return self.fc(self.shuffle(F.relu(self.grouped(x))).flatten(1))


class Recurring(nn.Module):
    """Rows of a digit through a dense layer, an LSTM and a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 6), nn.Linear(5, 10)
        self.lstm = nn.LSTM(6, 5, batch_first=True)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(F.relu(self.lstm(torch.tanh(self.embed(images[:, 0])))[0][:, -1]))


class Parts(nn.Module):
    """A block that returns a tuple, of which the second part is recorded."""

    class Inner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(8, 6), nn.Linear(6, 4)

        def forward(self, x: Tensor) -> Any:
            first = F.relu(self.first(x))
            return first, F.relu(self.second(first))

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.inner, self.head = nn.Linear(64, 8), self.Inner(), nn.Linear(4, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.inner(F.relu(self.embed(images.flatten(1))))[1])


class Glu(nn.Module):
    """A gated linear unit, and a swish written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.wide = nn.Linear(64, 8), nn.Linear(8, 12)
        self.glu, self.swish, self.head = nn.GLU(), nn.Identity(), nn.Linear(6, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images.flatten(1))
        return self.head(self.glu(self.wide(self.swish(x * torch.sigmoid(x)))))


class Masked(nn.Module):
    """Rows of a digit attend to one another, but for those that a mask leaves out."""

    def __init__(self, mask: str, *, fused: bool = True) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 12), nn.Linear(12, 10)
        self.norm, self.keys, self.joined = nn.LayerNorm(12), nn.Linear(12, 36), nn.Linear(12, 12)
        self.fused, self.block = fused, nn.Identity()
        kept = torch.arange(8) < 5
        low = {"infinite": float("-inf"), "lowest": torch.finfo(torch.float32).min}
        made = kept if mask == "boolean" else torch.where(kept, 0.0, low[mask])
        self.register_buffer("mask", made)

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0])
        parts = self.keys(self.norm(x)).unflatten(-1, (3, 2, 6)).permute(2, 0, 3, 1, 4)
        mask = self.mask.expand(len(x), 1, 8, 8)
        if self.fused:
            mixed = F.scaled_dot_product_attention(*parts, attn_mask=mask)
        else:
            scores = parts[0] @ parts[1].transpose(-2, -1) / 6**0.5
            shut = scores.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else None
            mixed = (scores + mask if shut is None else shut).softmax(-1) @ parts[2]
        x = self.block(x + self.joined(mixed.transpose(1, 2).flatten(2)))
        return self.head(x.mean(1))


class Experts(nn.Module):
    """Each row of a digit goes through one of two dense layers, that a third one chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.route, self.head = nn.Linear(8, 6), nn.Linear(6, 2), nn.Linear(6, 10)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(6, 9), nn.SiLU(), nn.Linear(9, 6)) for _ in range(2)
        )
        self.block = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0])
        rows = x.flatten(0, 1)
        share, chosen = self.route(rows).softmax(1).max(1)
        added = torch.zeros_like(rows)
        for place, expert in enumerate(self.experts):
            mine = (chosen == place).nonzero()[:, 0]
            added.index_add_(0, mine, expert(rows[mine]) * share[mine, None])
        return self.head(self.block(x + added.view_as(x)).mean(1))


class TimeMixing(nn.Module):
    """Rows of a digit, each a moving average of those before it, gated, beside a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 6), nn.Linear(6, 10)
        self.key, self.value, self.gate = (nn.Linear(6, 6) for _ in range(3))
        self.output, self.block = nn.Linear(6, 6), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0])
        key, value = self.key(x).exp(), self.value(x)
        above, below, rows = torch.zeros_like(x[:, 0]), torch.zeros_like(x[:, 0]), []
        for row in range(x.shape[1]):
            above = 0.9 * above + key[:, row] * value[:, row]
            below = 0.9 * below + key[:, row]
            rows.append(above / below)
        mixed = torch.sigmoid(self.gate(x)) * torch.stack(rows, 1)
        return self.head(self.block(x + self.output(mixed)).mean(1))


class Beside(nn.Module):
    """An LSTM beside a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(8, 6), nn.Linear(6, 10)
        self.lstm, self.block = nn.LSTM(6, 6, batch_first=True), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0])
        return self.head(self.block(x + self.lstm(x)[0]).mean(1))
