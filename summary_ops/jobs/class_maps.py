"""Maps of a recorder's classes, on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summary_ops.influence import activation_counts
from summary_ops.influence.class_embedding import SEED, embeddings
from summary_ops.jobs.job import write_job
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

    Example:
        With enough classes this writes a map; a recorder of two raises.

        >>> add_class_embedding(writer, recorder, step=0)
        Traceback (most recent call last):
        ValueError: …
    """
    step, counts = (
        step_number(step),
        activation_counts.required(recorder.pipeline.step_records.counts),
    )
    write_job(writer, recorder, lambda: [(step, *row) for row in embeddings(counts, seed)])
