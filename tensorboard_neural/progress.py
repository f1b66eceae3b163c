"""Report the command's progress."""

from __future__ import annotations

import sys


def announce(line: str) -> None:
    """Print a line to stderr at once."""
    print(line, file=sys.stderr, flush=True)
