"""Write what a job found beside a recorder's own records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from summary_ops.images.pixels import Channels
from summary_ops.network.isolation import sharding
from summary_ops.schedule import step_number
from summary_ops.session import events
from summary_ops.session.writer import SessionWriter
from summary_ops.streaming import processes
from tb_plugin_neural.contract.records import Record

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


Found = Iterable[tuple[int, str, Record]]
"""Records with their steps and layers; the layer is empty for the whole model."""


def normalization_of(
    recorder: Recorder, mean: Channels, std: Channels
) -> tuple[Channels, Channels]:
    """Return the mean and std of inputs: the given ones, else the probe set's."""
    if recorder.probe is not None and mean is None and std is None:
        return recorder.probe.mean, recorder.probe.std
    return mean, std


def write_job(writer: Any, recorder: Recorder, find: Callable[[], Found]) -> None:
    """Write records of a job, each as soon as it is found; process 0 alone computes and writes.

    They may be of any step, and hide nothing that the recorder has written.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: whose model the records are about.
        find: computes the records.

    Raises:
        WritesNoFile: the writer writes to no file.
        RuntimeError: the model is spread over processes.
    """
    if sharding.is_spread(recorder.model):
        raise RuntimeError(
            "the model is spread over processes (FSDP), each of which takes part in every forward "
            "pass, and jobs run on process 0 alone; run them on a copy that is not spread"
        )
    if processes.rank() != 0:
        return
    events.open_file(writer)
    session_writer = SessionWriter(recorder.problems, addition=True)
    for step, layer, record in find():
        session_writer.write(
            writer, [(layer, record)], step_number(step), about=recorder.pipeline.step_records.about
        )
