"""Collect problems: count them, warn once, never raise into a training loop."""

from __future__ import annotations

import contextlib
import warnings

from tb_plugin_neural.contract.records import Problem

LIMIT = 100
RECOVERABLE = (Exception,)
"""What a training loop never sees of us: odd models raise errors of any class in our code."""


class RecordingWarning(UserWarning):
    """The warning that something was not recorded; training goes on.

    Example:
        >>> import warnings
        >>> warnings.filterwarnings("ignore", category=RecordingWarning)
    """


class StrictError(RuntimeError):
    """A problem that is raised, as the recorder is strict."""


class Problems:
    """Problems by what they concern, each reported once.

    Args:
        strict: raise instead.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._found: dict[str, Problem] = {}

    def report(self, what: str, error: Exception | str) -> None:
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

    def guard(self, what: str, *passing: type[Exception]) -> Guard:
        """Report what is raised in a `with` block instead of raising it.

        Args:
            what: what it concerns.
            passing: kinds of exceptions that are raised all the same.

        Raises:
            RuntimeError: in strict mode.
        """
        return Guard(self, what, passing)

    def take(self) -> tuple[Problem, ...]:
        """Return all problems so far."""
        return self.found

    @property
    def found(self) -> tuple[Problem, ...]:
        """Return all problems so far."""
        return tuple(self._found.values())


class Guard:
    """See `Problems.guard`; a class, as hooks enter several in every call of a layer."""

    __slots__ = ("_passing", "_problems", "_what")

    def __init__(self, problems: Problems, what: str, passing: tuple[type[Exception], ...]) -> None:
        self._problems, self._what, self._passing = problems, what, passing

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Report an exception; whether it is not to be raised."""
        if error is None or isinstance(error, (StrictError, *self._passing)):
            return False
        if not isinstance(error, RECOVERABLE):
            return False
        with contextlib.suppress(RecursionError, MemoryError):
            self._problems.report(self._what, error)
        return True
