"""Maps of a recorder's classes: when its schedule ends, and on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summary_ops import counted, distributed
from summary_ops.class_embedding import FEWEST_CLASSES, FEWEST_INPUTS, SEED, class_embedding
from summary_ops.jobs.job import write_job
from summary_ops.journal import Rows
from summary_ops.network.generators import preserved_rng
from summary_ops.schedule import step_number

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def add_class_embedding(writer: Any, recorder: Recorder, *, step: int, seed: int = SEED) -> None:
    """Write a map of the classes a layer, of a recorder's last record.

    A recorder with a schedule does so by itself at the last step of it.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter` into the run's folder.
        recorder: that has written a record.
        step: of the record.
        seed: of UMAP.

    Raises:
        ImportError: the package umap-learn is missing.
        ValueError: nothing is recorded, or fewer than 15 classes have 20 inputs.
    """
    step, counts = step_number(step), counted.latest(recorder)
    write_job(writer, recorder, lambda: [(step, *row) for row in rows(counts, seed)])


def at_the_end(recorder: Recorder, step: int) -> Rows:
    """The maps that belong to the last step of a recorder's schedule; at others none."""
    schedule = recorder.schedule
    if schedule is None or not schedule.ends(step) or distributed.rank() != 0:
        return ()
    enough = [
        record
        for record in recorder.counts.values()
        if (record.inputs[counted.classes(record)] >= FEWEST_INPUTS).sum() >= FEWEST_CLASSES
    ]
    try:
        return rows(recorder.counts) if enough else ()
    except ImportError as error:
        recorder.problems.tell("a map of classes", error)
        return ()


def rows(counts: counted.Counts, seed: int = SEED) -> Rows:
    """A map a layer, by the first way of counting."""
    first = next(iter(counts.values()))
    chosen = counted.classes(first)
    with preserved_rng():
        found = class_embedding(
            {
                layer: record.counts[0, chosen]
                for layer, record in counts.items()
                if record.subsets == first.subsets
            },
            first.inputs[chosen],
            subsets=[first.subsets[row] for row in chosen],
            seed=seed,
        )
    return list(found.items())
