"""What could not be recorded: counted, told once, never raised into a training loop."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

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
            with contextlib.suppress(*RECOVERABLE):  # filters can make errors of warnings
                warnings.warn(f"not recorded: {what}: {message}", RecordingWarning, stacklevel=3)

    @contextlib.contextmanager
    def guard(self, what: str, *passing: type[Exception]) -> Iterator[None]:
        """Report what is raised inside instead of raising it.

        Args:
            what: what it concerns.
            passing: kinds of exceptions that are raised all the same.

        Raises:
            RuntimeError: in strict mode.
        """
        try:
            yield
        except RECOVERABLE as error:
            if isinstance(error, (StrictError, *passing)):
                raise
            with contextlib.suppress(RecursionError, MemoryError):
                self.tell(what, error)

    def take(self) -> tuple[Problem, ...]:
        """All problems so far."""
        return self.found

    @property
    def found(self) -> tuple[Problem, ...]:
        """All problems so far."""
        return tuple(self._found.values())
