"""Six small networks of the usual kinds, each trained in seconds on real images or text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pydoc_data.topics import topics

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

CLASSES = 10
TRAINED_ON = 1200
CONTEXT, VOCABULARY = 24, 64


@dataclass(frozen=True)
class Data:
    """Inputs of ten classes: those a network is trained on, and others."""

    seen: Tensor
    seen_labels: Tensor
    unseen: Tensor
    labels: Tensor


def digits() -> Data:
    """Scikit-learn's handwritten digits, `[images, 1, 8, 8]` from 0 to 1."""
    found = load_digits()
    images = torch.tensor(found.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(found.target)
    rest = slice(TRAINED_ON, None)
    return Data(images[:TRAINED_ON], labels[:TRAINED_ON], images[rest], labels[rest])


def text() -> Data:
    """Windows of Python's help texts, as characters; the class is the one that comes next.

    The classes are the ten most frequent characters, in equal numbers.
    """
    characters = "".join(topics[name] for name in sorted(topics))
    alphabet = [one for one, _ in Counter(characters).most_common(VOCABULARY - 1)]
    code = {one: at for at, one in enumerate(alphabet)}
    coded = torch.tensor([code.get(one, VOCABULARY - 1) for one in characters])
    generator = torch.Generator().manual_seed(0)
    starts = torch.randperm(len(coded) - CONTEXT, generator=generator)
    following = coded[starts + CONTEXT]
    each = (TRAINED_ON * 4, 60)
    chosen = [starts[following == label][: sum(each)] for label in range(CLASSES)]
    parts = []
    for span in (slice(0, each[0]), slice(each[0], sum(each))):
        at = torch.cat([own[span] for own in chosen])
        at = at[torch.randperm(len(at), generator=generator)]
        parts += [coded[at[:, None] + torch.arange(CONTEXT)], coded[at + CONTEXT]]
    return Data(*parts)


def convolution(width: int, channels: int, stride: int = 1) -> list[nn.Module]:
    """Return a 3×3 convolution, its norm and its non-linearity."""
    return [
        nn.Conv2d(width, channels, 3, stride, 1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    ]


def plain_cnn() -> nn.Module:
    """Convolutions, each normalized before its ReLU."""
    return nn.Sequential(
        *convolution(1, 16),
        *convolution(16, 16),
        nn.MaxPool2d(2),
        *convolution(16, 32),
        nn.Flatten(),
        *(nn.Linear(512, 48), nn.ReLU(), nn.Linear(48, CLASSES)),
    )


def norm_after_relu() -> nn.Module:
    """Convolutions, each rectified before its norm."""
    modules: list[nn.Module] = []
    for width, channels in ((1, 16), (16, 16), (16, 32), (32, 32)):
        modules += [nn.Conv2d(width, channels, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(channels)]
        modules += [nn.MaxPool2d(2)] if width == channels else []
    return nn.Sequential(*modules, nn.Flatten(), nn.Linear(128, CLASSES))


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        stride = 1 if width == channels else 2
        self.branch = nn.Sequential(
            *convolution(width, channels, stride), *convolution(channels, channels)[:2]
        )
        self.shortcut = (
            nn.Identity() if stride == 1 else nn.Conv2d(width, channels, 1, stride, bias=False)
        )
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        return self.act(self.branch(x) + self.shortcut(x))


def resnet() -> nn.Module:
    """Residual blocks of two convolutions."""
    return nn.Sequential(
        *convolution(1, 16),
        *(Residual(16, 16), Residual(16, 32), Residual(32, 32), Residual(32, 32)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, CLASSES)),
    )


class Fire(nn.Module):
    """A narrow 1×1 convolution, then two wider ones side by side (Iandola et al. 2016)."""

    def __init__(self, width: int, narrow: int, wide: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, narrow, 1)
        self.one, self.three = nn.Conv2d(narrow, wide, 1), nn.Conv2d(narrow, wide, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        x = F.relu(self.squeeze(x))
        return self.act(torch.cat((self.one(x), self.three(x)), 1))


def squeezenet() -> nn.Module:
    """Fire modules between a convolution and a pooled 1×1 convolution."""
    return nn.Sequential(
        *(nn.Conv2d(1, 24, 3, padding=1), nn.ReLU()),
        *(Fire(24, 8, 16), Fire(32, 8, 16), nn.MaxPool2d(2), Fire(32, 12, 24), Fire(48, 12, 24)),
        *(nn.Conv2d(48, CLASSES, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


class Block(nn.Module):
    """Attention and a dense branch, each after a norm."""

    def __init__(self, width: int, heads: int, *, causal: bool) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.heads, self.causal = heads, causal
        self.keys, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.back = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[batch, positions, width]` through the block."""
        parts = self.keys(self.norm1(x)).unflatten(-1, (3, self.heads, -1))
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        x = x + self.joined(mixed.transpose(1, 2).flatten(2))
        return x + self.back(F.gelu(self.wide(self.norm2(x))))


class Transformer(nn.Module):
    """Blocks over patches of an image with a class token; or over characters, the last one read."""

    def __init__(self, width: int = 48, heads: int = 4, depth: int = 3, *, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.embed = nn.Embedding(VOCABULARY, width) if causal else nn.Linear(4, width)
        self.first = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(0.02 * torch.randn(CONTEXT if causal else 17, width))
        self.blocks = nn.ModuleList(Block(width, heads, causal=causal) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Images or characters to logits."""
        if not self.causal:
            x = F.unfold(x, 2, stride=2).transpose(1, 2)
        x = self.embed(x)
        if not self.causal:
            x = torch.cat((self.first.expand(len(x), -1, -1), x), 1)
        x = x + self.place
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, -1 if self.causal else 0])


@dataclass(frozen=True)
class Kind:
    """How a network is made and trained.

    Attributes:
        make: the untrained network.
        data: what it is trained and measured on.
        layers: what is recorded: rectified layers, whole blocks, and the logits.
        steps: of the optimizer.
    """

    make: Callable[[], nn.Module]
    data: Callable[[], Data]
    layers: tuple[str, ...]
    steps: int = 400


BLOCKS = tuple(f"blocks.{place}" for place in range(3))

KINDS: Mapping[str, Kind] = {
    "plain CNN": Kind(plain_cnn, digits, ("2", "5", "9", "12", "13")),
    "ReLU before batch norm": Kind(norm_after_relu, digits, ("1", "4", "8", "11", "15")),
    "ResNet": Kind(resnet, digits, ("2", "3", "4", "5", "6", "9")),
    "SqueezeNet-like": Kind(squeezenet, digits, ("1", "2", "3", "5", "6", "7"), 800),
    "ViT": Kind(lambda: Transformer(causal=False), digits, ("embed", *BLOCKS, "head"), 800),
    "causal transformer": Kind(lambda: Transformer(causal=True), text, (*BLOCKS, "head"), 1200),
}


def trained(name: str, seed: int = 0) -> tuple[nn.Module, Data]:
    """Return a network in evaluation mode, and its data."""
    kind = KINDS[name]
    torch.manual_seed(seed)
    model, data = kind.make(), kind.data()
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, kind.steps)
    for _ in range(kind.steps):
        chosen = torch.randint(len(data.seen), (64,))
        loss = F.cross_entropy(model(data.seen[chosen]), data.seen_labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval(), data
