"""What is added to a recorder's records afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from summary_ops.description import describe
from summary_ops.journal import Journal, Rows

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def adding(writer: Any, recorder: Recorder) -> Callable[[Rows, int], int]:
    """A function that writes records at a step, in any order, and hides none of the recorder's."""
    journal = Journal(recorder.problems, addition=True)
    return lambda rows, step: journal.write(writer, rows, step, about=describe(recorder))
