"""Small networks whose layers hold their inputs in different ways."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

WIDTH, CLASSES, WORDS = 6, 3, 40


class Block(nn.Module):
    """Attention over tokens and a dense layer, without a declared batch axis."""

    def __init__(self, width: int = WIDTH, *, time_first: bool = False) -> None:
        super().__init__()
        self.query, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.norm, self.act = nn.LayerNorm(width), nn.GELU()
        self.time_first = time_first

    def forward(self, h: Tensor, mask: Tensor | None = None) -> Tensor:
        x = h.transpose(0, 1) if self.time_first else h
        scores = self.query(x) @ x.transpose(1, 2)
        if mask is not None:
            scores = scores.masked_fill(~mask[:, None, :], -1e9)
        x = self.act(self.norm(x + scores.softmax(2) @ self.value(x)))
        return x.transpose(0, 1) if self.time_first else x


class Words(nn.Module):
    """An encoder with learned positions `[1, tokens, width]`, or `[tokens, width]`."""

    def __init__(self, tokens: int, *, batched_positions: bool = True) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(WORDS, WIDTH), nn.Embedding(tokens, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.head = nn.Linear(WIDTH, CLASSES)
        self.batched_positions = batched_positions

    def forward(self, ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        h = self.words(ids) + self.positions(places[None] if self.batched_positions else places)
        for block in self.blocks:
            h = block(h, attention_mask)
        return self.head(h.mean(1))


class TimeFirst(nn.Module):
    """Tokens `[time, batch, width]` through blocks of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.block, self.head = Block(time_first=True), nn.Linear(WIDTH, CLASSES)

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.block(self.words(ids).transpose(0, 1)).mean(0))


class Windows(nn.Module):
    """Tokens in windows that are folded into the batch, window by window or input by input."""

    def __init__(self, window: int, *, strided: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.block, self.head = Block(), nn.Linear(WIDTH, CLASSES)
        self.window, self.strided = window, strided

    def forward(self, ids: Tensor) -> Tensor:
        size, tokens = ids.shape
        h = self.words(ids).view(size, tokens // self.window, self.window, WIDTH)
        h = h.transpose(0, 1) if self.strided else h
        shape = h.shape
        h = self.block(h.flatten(0, 1)).view(shape)
        return self.head(h.mean((0 if self.strided else 1, 2)))


class Experts(nn.Module):
    """Each token goes to one of two dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU()) for _ in range(2)
        )
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        flat = tokens.flatten(0, 1)
        to, out = (flat[:, 0] > 0).long(), torch.zeros_like(flat)
        for index, expert in enumerate(self.experts):
            out[to == index] = expert(flat[to == index])
        return self.head(out.view_as(tokens).mean(1))


class Regions(nn.Module):
    """The same number of regions of every image, best ones first, through convolutions."""

    def __init__(self, regions: int) -> None:
        super().__init__()
        self.stem, self.act = nn.Conv2d(1, WIDTH, 3, padding=1), nn.ReLU()
        self.region, self.head = nn.Conv2d(WIDTH, WIDTH, 3), nn.Linear(WIDTH, CLASSES)
        self.regions = regions

    def forward(self, images: Tensor) -> Tensor:
        maps = self.act(self.stem(images))
        parts = maps.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
        best = parts.amax((1, 2, 3)).topk(self.regions * len(images)).indices
        found = self.region(parts[best]).mean((0, 2, 3))
        return self.head(maps.mean((2, 3)) + found)


class Nodes(nn.Module):
    """Graphs as nodes and the graph that each is of."""

    def __init__(self) -> None:
        super().__init__()
        self.lin, self.act, self.head = nn.Linear(4, WIDTH), nn.ReLU(), nn.Linear(WIDTH, CLASSES)

    def forward(self, nodes: Tensor, graph: Tensor) -> Tensor:
        h = self.act(self.lin(nodes))
        sums = h.new_zeros(int(graph.max()) + 1, WIDTH).index_add(0, graph, h)
        return self.head(sums)


class Tagger(nn.Module):
    """An LSTM with PyTorch's default axes, and a dense layer on all of its steps."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.lstm = nn.Linear(5, 5), nn.LSTM(5, WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, steps: Tensor) -> Tensor:
        return self.head(self.lstm(self.first(steps))[0])


class Packed(nn.Module):
    """An LSTM on sequences of their own lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.lstm = nn.Embedding(WORDS, 5), nn.LSTM(5, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.words(ids), lengths, batch_first=True, enforce_sorted=False
        )
        return self.head(self.lstm(packed)[1][0][-1])


class Translator(nn.Module):
    """An encoder and a decoder; both have tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.encoder, self.decoder, self.cross = Block(), Block(), nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, source: Tensor, output: Tensor) -> Tensor:
        memory = self.encoder(self.words(source))
        h = self.decoder(self.words(output)) + self.cross(memory.mean(1, keepdim=True))
        return self.head(self.decoder(h).mean(1))


class Contrast(nn.Module):
    """Similarities between the inputs of a batch, `[batch, batch]`."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.similar = nn.Linear(4, WIDTH), nn.Identity()
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(x)
        similar = self.similar(h @ h.T)
        return self.head(similar.softmax(1) @ h)
