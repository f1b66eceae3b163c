"""What could not be recorded: counted, told once, never raised into a training loop."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tb_plugin_neural.records import Problem

LIMIT = 100
RECOVERABLE = (Exception,)
"""What a training loop never sees of us: odd models raise errors of any class in our code."""


class RecordingWarning(UserWarning):
    """Something was not recorded; training goes on."""


class StrictError(RuntimeError):
    """A problem that is raised, as the recorder is strict."""


class Problems:
    """Problems by what they concern, each told once.

    Args:
        strict: raise instead.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._found: dict[str, Problem] = {}

    def tell(self, what: str, error: Exception | str) -> None:
        """Note that something could not be recorded.

        Raises:
            RuntimeError: in strict mode.
        """
        message = str(error) or type(error).__name__
        if self.strict:
            cause = error if isinstance(error, Exception) else None
            raise StrictError(f"{what}: {message}") from cause
        before = self._found.get(what)
        if before is None and len(self._found) >= LIMIT:
            return
        self._found[what] = Problem(what, before.count + 1 if before else 1, message)
        if before is None:
            try:
                warnings.warn(f"not recorded: {what}: {message}", RecordingWarning, stacklevel=3)
            except RecordingWarning:  # a filter makes errors of warnings
                print(f"Neural: not recorded: {what}: {message}", file=sys.stderr)  # noqa: T201

    @contextmanager
    def guard(self, what: str) -> Iterator[None]:
        """Report what is raised inside instead of raising it.

        Raises:
            RuntimeError: in strict mode.
        """
        try:
            yield
        except StrictError:
            raise
        except RECOVERABLE as error:
            self.tell(what, error)

    @property
    def found(self) -> tuple[Problem, ...]:
        """All problems so far."""
        return tuple(self._found.values())
