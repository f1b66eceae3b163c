"""Name a recorder: for readers, and among other recorders."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """The names of a recorder.

    Attributes:
        name: among the recorders of a run.
        title: what its model is called on the page; empty for nothing.
        data: what its inputs are called there; empty for nothing.

    Raises:
        TypeError: one is no text.
    """

    name: str
    title: str = ""
    data: str = ""

    def __post_init__(self) -> None:
        """Check that they are texts."""
        for what in ("name", "title", "data"):
            if not isinstance(given := getattr(self, what), str):
                raise TypeError(f"{what}={given!r}, expected a text")
