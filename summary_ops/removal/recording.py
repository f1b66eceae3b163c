"""Ablations of a recorder's model, into an event file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from summary_ops import distributed
from summary_ops.additions import adding
from summary_ops.removal.ablations import INPUTS, TOP, Units, ablations
from summary_ops.schedule import step_number

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def add_ablations(
    writer: Any,
    recorder: Recorder,
    loader: Iterable[Any],
    *,
    step: int,
    classes: int | str | Sequence[int | str] | None = None,
    units: Units | None = None,
    layers: str | Sequence[str] | None = None,
    replacement: str = "mean",
    top: int = TOP,
    inputs: int = INPUTS,
    **options: Any,
) -> None:
    """Write what removing units of a recorder's model, as it is now, does to each class.

    It costs a forward and a backward pass over the sample, and a forward pass over a class's part
    of it for every unit measured. Calls at one step add to each other; of a unit that several
    measure the last is shown.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model and layers are meant.
        loader: batches of inputs and labels, as `Recorder.run` takes them.
        step: of the record; where the run records the same step, call this after it has.
        classes: indices or names; by default all that have inputs.
        units: by layer, measured for every class beside the `top`.
        layers: that the `top` units are taken from, names or globs; by default all recorded ones.
        replacement: `mean` or `zero`.
        top: units measured a class: those with the largest prediction.
        inputs: most inputs a class, drawn from the loader.
        options: further arguments of `ablations`.

    Raises:
        ValueError: there are no labels, no such class, layer or unit, or the task has no classes.
    """
    step = step_number(step)
    if distributed.rank() != 0:
        return
    record = ablations(
        recorder,
        loader,
        classes=classes,
        units=units,
        layers=layers,
        replacement=replacement,
        top=top,
        inputs=inputs,
        **options,
    )
    adding(writer, recorder)([("", record)], step)
