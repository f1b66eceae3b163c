"""What the command says while it works."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Tell of a stage."""
    print(line, file=sys.stderr, flush=True)
