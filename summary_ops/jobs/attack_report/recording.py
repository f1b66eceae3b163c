"""Attack reports of a recorder's model, into an event file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from torch import Tensor

from summary_ops.attacks.attack_target import Classes
from summary_ops.jobs.attack_report.report import AttackReportOptions, attack_report
from summary_ops.jobs.job import write_job
from summary_ops.schedule import step_number

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def add_attack_report(
    writer: Any,
    recorder: Recorder,
    images: Tensor,
    labels: Classes,
    *,
    step: int,
    reference: Any,
    **options: Unpack[AttackReportOptions],
) -> None:
    """Write the result of `attack_report`.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, as it is now, and its layers are meant.
        images: what the model takes, `[N, channels, height, width]`, best not trained on; some 300
            or more, as half of them are attacked and areas are shown from 30 successes on.
        labels: true classes.
        step: of the record; where the run records the same step, call this after it has.
        reference: `(images, labels)`, or a loader of such batches: what the distributions of all
            classes are made of; none of it may be among `images`.
        options: of `attack_report`.

    Raises:
        ValueError: see `attack_report`.

    Example:
        >>> add_attack_report(
        ...     writer, recorder, images, labels, step=0, reference=(others, labels), progress=False
        ... )
    """
    step = step_number(step)
    write_job(
        writer,
        recorder,
        lambda: [
            (step, "", attack_report(recorder, images, labels, reference=reference, **options))
        ],
    )
