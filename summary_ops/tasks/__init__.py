"""Interpret outputs and labels: one class per task, and the prediction in an output."""

from summary_ops.tasks.classification import Binary, Multiclass
from summary_ops.tasks.labels import size_of
from summary_ops.tasks.multilabel import Multilabel
from summary_ops.tasks.outputs import Output, prediction
from summary_ops.tasks.regression import Regression
from summary_ops.tasks.task import Facts, Grouping, Scores, Task
from summary_ops.tasks.unsupervised import Unsupervised

__all__ = [
    "NAMES",
    "Facts",
    "Grouping",
    "Multiclass",
    "Output",
    "Scores",
    "Task",
    "of",
    "prediction",
    "size_of",
]

_TASKS: dict[str | None, type[Task]] = {
    kind.name: kind for kind in (Multiclass, Binary, Multilabel, Regression, Unsupervised)
}
NAMES = tuple(_TASKS)
"""The values of the argument `task`."""


def of(name: str | None, classes: tuple[str, ...] = ()) -> Task:
    """Return the task of a name.

    Args:
        name: one of `NAMES`.
        classes: class names by index; empty where they are unknown.

    Raises:
        ValueError: there is no such task, or it has another number of classes.
    """
    if name not in _TASKS:
        raise ValueError(f"task={name!r}, expected one of {', '.join(map(repr, NAMES))}")
    task = _TASKS[name](classes)
    if classes and task.known_classes not in (0, len(classes)):
        raise ValueError(f"task {name!r} has {task.known_classes} classes, not {len(classes)}")
    return task
