"""A network, the pictures to show it, and whether they fit each other."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from summary_ops import ProbeSet, tasks
from summary_ops.data.sampling import balanced
from summary_ops.probe.probe_set import LARGEST
from summary_ops.problems import RECOVERABLE
from tensorboard_neural.progress import announce
from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models import factory, pictures, weights
from tensorboard_neural.user_models.batches import Batches

MAX_BYTES = 2**29  # of the pictures that are followed singly


@dataclass(frozen=True)
class Opened:
    """A network and what to show it.

    Attributes:
        model: in evaluation mode.
        name: of the run.
        task: what the network's outputs mean.
        images: how pictures are read, batch by batch.
        labels: of each picture, -1 where none is known.
        classes: names by index; none where the task has no classes.
        slices: names of folders that are no classes.
    """

    model: nn.Module
    name: str
    task: tasks.Task
    images: Batches
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    slices: tuple[str, ...]

    @property
    def has_classes(self) -> bool:
        """Return whether the network chooses one of several classes."""
        return self.task.exclusive

    @property
    def is_labelled(self) -> bool:
        """Return whether any picture's class is known."""
        return max(self.labels) >= 0


def prepare(options: argparse.Namespace) -> Opened:
    """Build the network, find the pictures, and see that they fit each other."""
    name, model = factory.build(options.factory)
    announce(f"Network: {name}, {sum(part.numel() for part in model.parameters()):,} parameters")
    if options.weights is not None:
        announce(f"Weights: {weights.load(model, options.weights, options.key)}")
    device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model.to(device).eval()
    folder = pictures.find(options.images)
    preparation = pictures.Preparation.of(
        options.size, options.crop, options.mean, options.std, _channels(model)
    )
    images = Batches(folder, preparation, options.batch, device)
    task = tasks.of({"none": None}.get(options.task, options.task))
    classes = _classes(task, images, model, options.classes)
    is_class = task.exclusive
    labels = pictures.labels_of(folder.kinds, classes if is_class else ())
    rows = zip(folder.kinds, labels, strict=True)
    slices = tuple(dict.fromkeys(kind for kind, label in rows if kind and label < 0))
    if is_class and max(labels) < 0 and folder.splits:
        *_, last = folder.splits
        raise UsageError(
            f"{folder.root} holds {', '.join(split.name for split in folder.splits)}, which are no "
            f"classes but hold a folder for each; expected one of them: --images {last}"
        )
    announce(_about(folder, labels, slices))
    if folder.empty:
        announce(f"Folders without pictures: {', '.join(folder.empty)}")
    title = re.sub(r"[^\w.-]+", "-", options.weights.stem if options.weights else name)
    if is_class and max(labels) < 0:
        title += ", classes as predicted"
    return Opened(model, title, task, images, tuple(labels), tuple(classes), slices)


def _about(folder: pictures.Folder, labels: list[int], slices: tuple[str, ...]) -> str:
    known = len({label for label in labels if label >= 0})
    parts = [f"Pictures: {len(folder.paths):,} in {folder.root}"]
    if known:
        parts.append(f"of {known} classes")
    if slices:
        named = ", ".join(slices[:5]) + (", …" if len(slices) > 5 else "")
        parts.append(f"folders that are no class, recorded as slices: {named}")
    if not known and not slices:
        parts.append("without labels")
    return "; ".join(parts)


def _channels(model: nn.Module) -> int:
    """Return the number of channels that the network's first convolution takes."""
    found = (part.in_channels for part in model.modules() if isinstance(part, nn.Conv2d))
    return next(found, 3)


def _classes(task: tasks.Task, images: Batches, model: nn.Module, given: list[str]) -> list[str]:
    """Return names of the network's classes; this is also its first forward pass."""
    first = images.first()
    try:
        with torch.inference_mode():
            output = model(first)
    except (*RECOVERABLE, NotImplementedError) as error:
        raise UsageError(
            f"the network does not take an input of shape {list(first.shape)}: "
            f"{str(error).splitlines()[0]}\nExpected pictures of the size that it was trained "
            "with; pass another --size"
        ) from error
    if task.name is None:
        return []
    try:
        logits = task.check_output(tasks.prediction(output, None, task), len(first))
    except ValueError as error:
        raise UsageError(f"{error}; see --task") from error
    if not task.has_classes:
        return []
    count = task.known_classes or logits.shape[1]
    names = pictures.class_names(given) if given else []
    if not names and len(images.folder.labels) == count:
        names = list(images.folder.labels)
    if names and len(names) != count:
        raise UsageError(f"--classes gives {len(names)} names, the network has {count} outputs")
    return names or [str(index) for index in range(count)]


def probe_set(opened: Opened, size: int | None) -> ProbeSet:
    """Choose the pictures to follow singly: all, or as evenly many of each folder as possible."""
    folder, preparation = opened.images.folder, opened.images.preparation
    each = 4 * len(preparation.mean) * preparation.size**2
    most = min(LARGEST, max(1, MAX_BYTES // each) if size is None else size)
    codes = np.unique(np.array(folder.kinds), return_inverse=True)[1]
    if most < len(codes):
        announce(f"{most:,} of {len(codes):,} pictures are followed singly; --probe N changes it")
    rows, images = opened.images.read(balanced(codes, most, seed=0).tolist())
    return ProbeSet(
        images,
        [opened.labels[row] for row in rows],
        names=[folder.names[row] for row in rows],
        slices={name: [folder.kinds[row] == name for row in rows] for name in opened.slices},
        mean=preparation.mean,
        std=preparation.std,
    )
