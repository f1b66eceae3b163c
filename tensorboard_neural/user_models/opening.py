"""`tensorboard-neural open`: every view of a trained network on a folder of pictures."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    ProbeSet,
    Recorder,
    Statistics,
    add_class_embedding,
    add_feature_visualizations,
)
from summary_ops.influence.activation_counts import strongest
from summary_ops.influence.class_embedding import FEWEST_CLASSES, FEWEST_INPUTS
from summary_ops.problems import RECOVERABLE
from summary_ops.streaming.budget import FOCUS
from tensorboard_neural import serving
from tensorboard_neural.jobs import Job, Questions, do, jobs
from tensorboard_neural.progress import announce
from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models.opened import Opened, prepare, probe_set

MAX_BYTES = 2**29  # of statistics
STEP = 0
LAYERS = 8  # whose units are visualized
UNITS = 3  # of each
PICTURE = 96  # height and width of what excites a unit, where the network takes it
INSTANCES = 4  # that are asked about singly
STRENGTHS = (1 / 255, 4 / 255, 16 / 255)
PGD_STEPS = 10
ABLATED = {"top": 10, "inputs": 16}


def run(options: argparse.Namespace) -> None:
    """Record, then serve until ^C.

    Raises:
        UsageError: something that was given cannot be used.
    """
    opened = prepare(options)
    probe = probe_set(opened, options.probe)
    recorder = make_recorder(opened, probe, options.layers)
    logdir = fresh(options.logdir / opened.name)
    with ExitStack() as stack:
        writer = stack.enter_context(SummaryWriter(str(logdir)))
        stack.enter_context(recorder)
        record(recorder, opened, writer)
        process = None
        if options.serve:
            process = stack.enter_context(serving.tensorboard(options.logdir, options.port))
        chosen_questions = questions(opened, probe)
        do(writer, jobs(writer, recorder, chosen_questions, STEP))
        do(writer, drawings(writer, recorder, opened))
        announce(f"Everything is recorded in {logdir}.")
        serving.wait(process, options.logdir)


def make_recorder(opened: Opened, probe: ProbeSet, layers: list[str]) -> Recorder:
    """Make a recorder that keeps most of the classes that the pictures have or are predicted as."""
    focus = None
    if len(opened.classes) > FOCUS:
        found = np.array([label for label in opened.labels if label >= 0])
        if not len(found):
            predicted = opened.images.predict(opened.model, opened.task, probe.inputs)
            found = predicted[predicted >= 0].numpy()
        often = np.bincount(found)
        focus = [int(label) for label in np.argsort(-often, kind="stable")[:FOCUS] if often[label]]
    try:
        return Recorder(
            opened.model,
            task=opened.task.name,
            classes=opened.classes or None,
            layers=layers,
            probe=probe,
            statistics=Statistics(
                focus=focus,
                max_bytes=MAX_BYTES,
                predicted_histograms=opened.has_classes and not opened.is_labelled,
            ),
        )
    except ValueError as error:
        raise UsageError(f"--layers {' '.join(layers)}: {error}") from error


def record(recorder: Recorder, opened: Opened, writer: SummaryWriter) -> None:
    """Record the pictures: those of classes and without a folder, then each slice."""
    announce("Recording the pictures")
    images, kinds, labels = opened.images, opened.images.folder.kinds, opened.labels
    plain = [row for row, kind in enumerate(kinds) if labels[row] >= 0 or not kind]
    if plain:
        recorder.run(images.loader(plain, labels))
    for name in opened.slices:
        rows = [row for row, kind in enumerate(kinds) if kind == name]
        recorder.run(images.loader(rows, labels), subset=name)
    for _ in images.unreadable:
        recorder.problems.report("pictures that cannot be read", images.unreadable_note)
    recorder.write(writer, STEP)
    writer.flush()


def questions(opened: Opened, probe: ProbeSet) -> Questions:
    """Choose the pictures to examine singly, with some mispredicted ones, if any."""
    inputs: Any = probe.inputs
    labels = torch.tensor(probe.labels)
    chosen: list[int] = []
    if opened.has_classes:
        predicted = opened.images.predict(opened.model, opened.task, inputs)
        mistaken = ((labels >= 0) & (labels != predicted)).nonzero()[:, 0].tolist()
        chosen = [*mistaken, *(row for row in range(len(labels)) if row not in set(mistaken))]
        labels = labels if opened.is_labelled else predicted
    known = labels >= 0
    return Questions(
        instances=chosen[:INSTANCES],
        images=inputs[known],
        labels=labels[known],
        strengths=STRENGTHS if opened.is_labelled else (),
        ablated=ABLATED,
        steps=PGD_STEPS,
        batch=opened.images.size,
    )


def drawings(writer: SummaryWriter, recorder: Recorder, opened: Opened) -> Iterator[Job]:
    """Yield the jobs of class maps, where there are enough classes, and feature visualizations."""
    by_class = np.bincount([label for label in opened.labels if label >= 0], minlength=1)
    if (by_class >= FEWEST_INPUTS).sum() >= FEWEST_CLASSES:
        yield "Mapping the classes", partial(add_class_embedding, writer, recorder, step=STEP)
    names = list(recorder.pipeline.step_records.counts)
    spread = np.linspace(0, len(names) - 1, LAYERS if names else 0).round().astype(int)
    layers = dict.fromkeys(names[index] for index in spread)
    units = {
        layer: strongest(recorder.pipeline.step_records.counts[layer], UNITS)[:UNITS]
        for layer in layers
    }
    yield (
        "Drawing what excites some units",
        lambda: add_feature_visualizations(
            writer,
            recorder,
            units,
            step=STEP,
            input_shape=picture_shape(opened),
            facets=1,
            steps=64,
        ),
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


def fresh(folder: Path) -> Path:
    """Return the folder, or the first with a number appended that does not exist."""
    found, number = folder, 1
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found
