"""Read pictures batch by batch, past those that cannot be read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from summary_ops import tasks
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.tasks import Facts
from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models.pictures import UNREADABLE, Folder, Preparation

SHOWN = 3


@dataclass(frozen=True)
class Batches:
    """The pictures of a folder as a network takes them.

    Attributes:
        folder: which.
        preparation: how they are read.
        size: pictures in a batch.
        device: where the network is.
        unreadable: pictures that could not be read so far, and why.
    """

    folder: Folder
    preparation: Preparation
    size: int
    device: torch.device
    unreadable: dict[Path, str] = field(default_factory=dict)

    def of(self, rows: Sequence[int]) -> Iterator[tuple[list[int], Tensor]]:
        """Batches `[batch, channels, size, size]` of these pictures, with their rows."""
        with ThreadPoolExecutor() as pool:
            for start in range(0, len(rows), self.size):
                chosen = rows[start : start + self.size]
                found = dict(zip(chosen, pool.map(self._read, chosen), strict=True))
                images = {row: image for row, image in found.items() if image is not None}
                if images:
                    yield list(images), torch.stack(list(images.values()))

    def _read(self, row: int) -> Tensor | None:
        path = self.folder.paths[row]
        try:
            return self.preparation.read(path)
        except UNREADABLE as error:
            self.unreadable[path] = str(error) or type(error).__name__
            return None

    def first(self) -> Tensor:
        """Return the first readable picture as a batch of one, on the network's device.

        Raises:
            UsageError: there is none.
        """
        for row in range(len(self.folder.paths)):
            image = self._read(row)
            if image is not None:
                return image[None].to(self.device)
        path, reason = next(iter(self.unreadable.items()))
        raise UsageError(f"no picture in {self.folder.root} can be read; {path.name}: {reason}")

    def read(self, rows: Sequence[int]) -> tuple[list[int], Tensor]:
        """Read pictures; return the rows of those that can be read, and their inputs."""
        with tqdm(total=len(rows), desc="reading", leave=False) as bar:
            parts = []
            for part in self.of(rows):
                parts.append(part)
                bar.update(self.size)
        return [row for own, _ in parts for row in own], torch.cat([images for _, images in parts])

    def predict(self, model: nn.Module, task: tasks.Task, images: Any) -> Tensor:
        """Predict the class of each image, `[N]`; -1 for none."""
        network, parts = RecordedNetwork(model, {}, task=task), []
        with torch.inference_mode():
            for part in tqdm(torch.split(images, self.size), "predicting", leave=False):
                with network.scale.tracking(training=model.training):
                    parts.append(network.logits(model(part.to(self.device)), len(part)).cpu())
        logits = torch.cat(parts)
        guess = task.guess(logits, None, Facts(task.known_classes or logits.shape[-1], {}))
        return guess.index if guess is not None else torch.full((len(images),), -1)

    def loader(self, rows: Sequence[int], labels: Sequence[int]) -> Loader:
        """Return the loader for `Recorder.run`."""
        return Loader(self, rows, labels)

    @property
    def unreadable_note(self) -> str:
        """Describe which pictures were left out, and why; of many the first."""
        shown = [f"{path.name}: {why}" for path, why in list(self.unreadable.items())[:SHOWN]]
        more = f"; and {len(self.unreadable) - SHOWN} more" if len(self.unreadable) > SHOWN else ""
        return f"{'; '.join(shown)}{more}"


@dataclass(frozen=True)
class Loader:
    """Batches of `(images, labels)`, as many as there are."""

    batches: Batches
    rows: Sequence[int]
    labels: Sequence[int]

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / self.batches.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for rows, images in self.batches.of(self.rows):
            yield images, torch.tensor([self.labels[row] for row in rows])
