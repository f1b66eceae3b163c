"""What could not be recorded: counted, told once, never raised into a training loop."""

from __future__ import annotations

import warnings

from tb_plugin_neural.records import Problem

LIMIT = 100
RECOVERABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
"""What odd models and labels raise in our own code, and what a training loop never sees."""


class RecordingWarning(UserWarning):
    """Something was not recorded; training goes on."""


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
            raise RuntimeError(f"{what}: {message}") from cause
        before = self._found.get(what)
        if before is None and len(self._found) >= LIMIT:
            return
        self._found[what] = Problem(what, before.count + 1 if before else 1, message)
        if before is None:
            warnings.warn(f"not recorded: {what}: {message}", RecordingWarning, stacklevel=3)

    @property
    def found(self) -> tuple[Problem, ...]:
        """All problems so far."""
        return tuple(self._found.values())
