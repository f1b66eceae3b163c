"""Ablations of a recorder's model, into an event file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Unpack

from summary_ops.jobs.ablation.ablations import AblationOptions, ablations
from summary_ops.jobs.job import write_job
from summary_ops.schedule import step_number

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def add_ablations(
    writer: Any,
    recorder: Recorder,
    loader: Iterable[Any],
    *,
    step: int,
    **options: Unpack[AblationOptions],
) -> None:
    """Write what `ablations` finds: what each class loses without a unit.

    Calls at one step add to each other; of a unit that several measure the last is shown.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, as it is now, and its layers are meant.
        loader: batches of inputs and labels, as `Recorder.run` takes them.
        step: of the record; where the run records the same step, call this after it has.
        options: of `ablations`.

    Raises:
        ValueError: see `ablations`.

    Example:
        >>> add_ablations(writer, recorder, loader, step=0, top=1, progress=False)
    """
    step = step_number(step)
    write_job(writer, recorder, lambda: [(step, "", ablations(recorder, loader, **options))])
