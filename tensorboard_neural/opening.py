"""`tensorboard-neural open`: every view of a trained network on a folder of pictures."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder
from summary_ops.plan import FOCUS
from summary_ops.problems import RECOVERABLE
from tensorboard_neural import serving
from tensorboard_neural.jobs import STEP, jobs
from tensorboard_neural.mistake import Mistake
from tensorboard_neural.opened import Opened, prepare, probe_set
from tensorboard_neural.telling import say

MAX_BYTES = 2**29  # of statistics


def run(options: argparse.Namespace) -> None:
    """Record, then serve until ^C.

    Raises:
        Mistake: something that was given cannot be used.
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
        for title, job in jobs(recorder, opened, writer):
            say(title)
            try:
                job()
            except (*RECOVERABLE, ImportError) as error:
                say(f"  left out: {error}")
            writer.flush()
        say(f"Everything is recorded in {logdir}.")
        serving.wait(process, options.logdir)


def make_recorder(opened: Opened, probe: ProbeSet, layers: list[str]) -> Recorder:
    """A recorder that keeps most of the classes that the pictures are of, or are taken for."""
    focus = None
    if len(opened.classes) > FOCUS:
        found = np.array([label for label in opened.labels if label >= 0])
        if not len(found):
            found = opened.images.predict(opened.model, probe.inputs).numpy()
        often = np.bincount(found)
        focus = [int(label) for label in np.argsort(-often, kind="stable")[:FOCUS] if often[label]]
    try:
        return Recorder(
            opened.model,
            task=opened.task,
            classes=opened.classes or None,
            layers=layers,
            probe=probe,
            focus=focus,
            max_bytes=MAX_BYTES,
            predicted_histograms=opened.has_classes and not opened.is_labelled,
        )
    except ValueError as error:
        raise Mistake(f"--layers {' '.join(layers)}: {error}") from error


def record(recorder: Recorder, opened: Opened, writer: SummaryWriter) -> None:
    """Record the pictures: those of classes and without a folder, then each slice."""
    say("Recording the pictures")
    images, kinds, labels = opened.images, opened.images.folder.kinds, opened.labels
    plain = [row for row, kind in enumerate(kinds) if labels[row] >= 0 or not kind]
    if plain:
        recorder.run(images.loader(plain, labels))
    for name in opened.slices:
        rows = [row for row, kind in enumerate(kinds) if kind == name]
        recorder.run(images.loader(rows, labels), subset=name)
    images.tell_unreadable()
    recorder.write(writer, STEP)
    writer.flush()


def fresh(folder: Path) -> Path:
    """The folder, or the first with a number behind it that is not there."""
    found, number = folder, 1
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found
