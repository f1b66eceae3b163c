"""Train a small network, with or without augmentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from tensorboard_neural.demo import data

STEPS = 400
BATCH = 128
SHIFT = 2  # pixels that augmentation moves an image by, at most


def tensors(images: data.Array, labels: data.Array) -> TensorDataset:
    """Images `[N, channels, height, width]` in [0, 1], and labels."""
    pixels = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
    return TensorDataset(pixels, torch.tensor(labels))


def augment(images: Tensor) -> Tensor:
    """Mirror half of the images, and move the batch by up to two pixels."""
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    images = torch.where(mirrored, images.flip(3), images)
    down, right = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    size = images.shape[2]
    padded = nn.functional.pad(images, (SHIFT,) * 4)
    return padded[:, :, SHIFT + down :, SHIFT + right :][:, :, :size, :size]


def fit(
    network: nn.Module,
    training: TensorDataset,
    change: Callable[[Tensor], Tensor],
    writer: SummaryWriter,
) -> Iterator[int]:
    """Train, giving the number of steps done: from 0, before the first, to `STEPS`."""
    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=STEPS)
    chosen = RandomSampler(training, replacement=True, num_samples=STEPS * BATCH)
    for step, (images, labels) in enumerate(DataLoader(training, BATCH, sampler=chosen)):
        yield step
        loss = nn.functional.cross_entropy(network(change(images)), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rate.step()
        writer.add_scalar("loss", loss.item(), step)
    yield STEPS
