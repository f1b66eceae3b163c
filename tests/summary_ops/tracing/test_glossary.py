"""The glossary of tracing is true: its example runs, and its modules exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import summary_ops.tracing

FOLDER = Path(summary_ops.tracing.__file__).parent
README = FOLDER / "README.md"


def test_the_worked_example_gives_what_it_shows() -> None:
    found = doctest.testfile(str(README), module_relative=False)
    assert found.attempted > 10
    assert found.failed == 0


def test_every_word_is_defined_in_a_module_that_exists() -> None:
    names = re.findall(r"\| `([\w/]+\.py|\w+/)` \|$", README.read_text("utf-8"), re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if not (FOLDER / name).exists()] == []
