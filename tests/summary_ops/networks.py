"""Small networks of the kinds that people train, and real images for them."""

from __future__ import annotations

import functools
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn


@functools.cache
def digits() -> tuple[Tensor, Tensor]:
    """1,797 handwritten digits `[N, 1, 8, 8]` in [0, 1] and their labels."""
    found = load_digits()
    return torch.tensor(found.images, dtype=torch.float32)[:, None] / 16, torch.tensor(found.target)


class Vgg(nn.Module):
    """Convolutions and dense layers, every activation a module."""

    def __init__(self, *, inplace: bool = False) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(inplace), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(inplace), nn.Flatten(),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Linear(128, 16), nn.ReLU(inplace), nn.Dropout(), nn.Linear(16, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images))


class Block(nn.Module):
    """A residual block that uses one ReLU twice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(x + self.conv2(self.relu(self.bn1(self.conv1(x)))))


class Residual(nn.Module):
    """A stem, two stages of blocks, a head."""

    def __init__(self, width: int = 6, blocks: int = 2) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.layer2 = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.fc = nn.Linear(width, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.layer2(self.layer1(self.relu(self.stem(images))))
        return self.fc(x.mean((2, 3)))


class FunctionalCnn(nn.Module):
    """Its non-linearities are functions."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 5, 3), nn.Conv2d(5, 7, 3)
        self.fc1, self.fc2 = nn.Linear(7 * 16, 12), nn.Linear(12, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(images))))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Encoder(nn.Module):
    """Rows of a digit as tokens through a transformer."""

    def __init__(self, *, batch_first: bool = True, width: int = 12) -> None:
        super().__init__()
        self.embed = nn.Linear(8, width)
        layer = nn.TransformerEncoderLayer(width, 2, 20, batch_first=batch_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)
        self.batch_first = batch_first

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.embed(images[:, 0])
        tokens = tokens if self.batch_first else tokens.transpose(0, 1)
        return self.head(self.encoder(tokens).mean(1 if self.batch_first else 0))


class ConvNextBlock(nn.Module):
    """Depthwise convolution, then a token MLP over channels put last."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.pwconv1, self.act = nn.Linear(width, 4 * width), nn.GELU()
        self.pwconv2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.pwconv2(self.act(self.pwconv1(y)))
        return x + y.permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    """Two such blocks."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 2, stride=2)
        self.stages = nn.Sequential(ConvNextBlock(width), ConvNextBlock(width))
        self.head = nn.Linear(width, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.stages(self.stem(images)).mean((2, 3)))


@dataclass
class Output:
    """What models of some libraries return."""

    last_hidden_state: Tensor
    logits: Tensor
    loss: Tensor | None = None


class Opaque:
    """Holds tensors where nobody looks for them."""

    def __init__(self, hidden: Tensor) -> None:
        self.last_hidden_state = hidden


class Enclosed(nn.Module):
    """An encoder inside that returns a dict, dataclass or object, and a head."""

    def __init__(self, *, kind: str = "dict") -> None:
        super().__init__()
        self.enc = Enclosing(kind)
        self.head = nn.Linear(8, 10)
        self.kind = kind

    def forward(self, images: Tensor) -> Any:
        found = self.enc(images)
        hidden = found["last_hidden_state"] if self.kind == "dict" else found.last_hidden_state
        logits = self.head(hidden.mean(1))
        if self.kind == "dict":
            return OrderedDict(loss=logits.sum(), logits=logits, hidden=hidden)
        return Output(hidden, logits)


class Enclosing(nn.Module):
    """Returns token ids first, hidden states second."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.dense = nn.Linear(8, 8)
        self.kind = kind

    def forward(self, images: Tensor) -> Any:
        hidden = self.dense(images[:, 0])
        if self.kind == "dict":
            return {"ids": hidden.argmax(-1), "last_hidden_state": hidden}
        return Opaque(hidden) if self.kind == "object" else Output(hidden, hidden.mean(1))


class Recurrent(nn.Module):
    """Rows of a digit through an LSTM or GRU."""

    def __init__(self, kind: type[nn.RNNBase], *, batch_first: bool = True) -> None:
        super().__init__()
        self.rnn = kind(8, 7, num_layers=2, batch_first=batch_first)
        self.head = nn.Linear(7, 10)
        self.batch_first = batch_first

    def forward(self, images: Tensor) -> Tensor:
        rows = images[:, 0]
        out, _ = self.rnn(rows if self.batch_first else rows.transpose(0, 1))
        return self.head(out[:, -1] if self.batch_first else out[-1])
