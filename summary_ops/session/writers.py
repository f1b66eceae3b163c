"""Find the `SummaryWriter` behind what libraries of training hand out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DEEPEST = 4
INNER = ("experiment", "writer", "tb_writer")
"""Where loggers (Lightning), trackers (Accelerate, Ignite) and callbacks (transformers) keep it."""

TORCH = "torch.utils.tensorboard.SummaryWriter"


class WritesNoFile(ValueError):
    """A writer from which no event file comes."""


def find(writer: Any) -> Any:
    """Find the `SummaryWriter` of torch or tensorboardX in a logger, tracker or callback.

    Raises:
        WritesNoFile: there is none; the message has the line that helps.
    """
    found = writer
    for _ in range(DEEPEST):
        if callable(_part(found, "_get_file_writer")):
            return found
        inner = (_part(found, name) for name in INNER) if _is_tensorboards(found) else ()
        found = next((part for part in inner if part is not None), None)
        if found is None:
            break
    raise WritesNoFile(f"a {type(writer).__name__} writes to no file; {_advice(writer)}")


def _part(owner: Any, name: str) -> Any:
    """Return an attribute of a class or object, but none that `__getattr__` makes up."""
    known = hasattr(type(owner), name) or name in getattr(owner, "__dict__", ())
    return getattr(owner, name) if known else None


def _is_tensorboards(value: Any) -> bool:
    return any("tensorboard" in kind.__name__.lower() for kind in type(value).__mro__)


LINES = {
    "get_tracker": 'pass accelerator.get_tracker("tensorboard"), of '
    'Accelerator(log_with="tensorboard")',
    "callback_handler": "make a TensorBoardCallback(writer) of your own writer, give it to the "
    "Trainer, and pass the writer",
    "loggers": "pass trainer.logger, of Trainer(logger=TensorBoardLogger(folder))",
    "log_hyperparams": "pass a TensorBoardLogger(folder), which may stand beside it: "
    "Trainer(logger=[…, TensorBoardLogger(folder)])",
}
"""What to do with a thing that has such an attribute: an Accelerator, trainers, other loggers."""


def _advice(writer: Any) -> str:
    """Advise what to pass instead."""
    if isinstance(writer, (str, Path)):
        return f"pass {TORCH}({str(writer)!r})"
    if isinstance(writer, (list, tuple)):
        return "pass the one of them that writes for TensorBoard"
    if _is_tensorboards(writer):
        return "its own writer is not there yet: pass it when the training has begun"
    names = {*dir(type(writer)), *getattr(writer, "__dict__", ())}
    return next((line for name, line in LINES.items() if name in names), f"pass a {TORCH}")
