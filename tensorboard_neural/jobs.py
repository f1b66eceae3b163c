"""What is recorded of a trained network beyond its statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder, add_class_embedding, add_feature_visualizations
from summary_ops.class_embedding import FEWEST_CLASSES, FEWEST_INPUTS
from summary_ops.counted import strongest
from summary_ops.problems import RECOVERABLE
from tensorboard_neural.opened import Opened

STEP = 0
LAYERS = 8  # whose units are visualised
UNITS = 3  # of each
PICTURE = 96  # height and width of what excites a unit, where the network takes it

Job = tuple[str, Callable[[], None]]


def jobs(recorder: Recorder, opened: Opened, writer: SummaryWriter) -> Iterator[Job]:
    """What is to be done after the statistics are written, each with a line to show."""
    by_class = np.bincount([label for label in opened.labels if label >= 0], minlength=1)
    if (by_class >= FEWEST_INPUTS).sum() >= FEWEST_CLASSES:
        yield "Mapping the classes", lambda: add_class_embedding(writer, recorder, step=STEP)
    yield "Drawing what excites some units", lambda: visualise(recorder, opened, writer)


def visualise(recorder: Recorder, opened: Opened, writer: SummaryWriter) -> None:
    """Pictures that excite a few units of layers that are spread over the network."""
    names = list(recorder.counts)
    places = np.linspace(0, len(names) - 1, LAYERS).round().astype(int)
    layers = dict.fromkeys(names[place] for place in places)
    units = {layer: strongest(recorder.counts[layer], UNITS)[:UNITS] for layer in layers}
    shape = picture_shape(opened)
    add_feature_visualizations(
        writer, recorder, units, step=STEP, input_shape=shape, facets=1, steps=64
    )


def picture_shape(opened: Opened) -> tuple[int, int, int]:
    """Channels, height and width of a small picture, if the network takes one, else of its own."""
    preparation = opened.images.preparation
    channels, size = len(preparation.mean), min(preparation.size, PICTURE)
    try:
        with torch.inference_mode():
            opened.model(torch.zeros(1, channels, size, size, device=opened.images.device))
    except (*RECOVERABLE, AssertionError):
        size = preparation.size
    return channels, size, size
