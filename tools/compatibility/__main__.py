"""Make the tables of `docs/compatibility.md`: `python -m tools.compatibility`.

Libraries that are not installed keep the row that they had.
"""

from __future__ import annotations

import argparse
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import torch

from tools.compatibility import libraries, wrappers
from tools.compatibility.trying import PARTS, Result, attempt

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
LONGEST = 240
COLUMNS = (*PARTS, "right", "unchanged", "reported")
YES, NO, NONE = "✓", "**no**", ""


def row(name: str, result: Result) -> str:
    """Return a row of a table."""
    parts = [YES if result.parts.get(part) else NONE for part in PARTS]
    right = {True: YES, False: NO, None: NONE}[result.right]
    unchanged = YES if result.unchanged else NO
    told = "; ".join(re.sub(r"\s+", " ", text) for text in result.told).replace("|", "\\|")
    short = told if len(told) <= LONGEST else told[:LONGEST].rsplit(" ", 1)[0] + " …"
    return " | ".join((f"| {name}", *parts, right, unchanged, f"{short} |"))


def table(first: str, rows: Iterator[str]) -> str:
    """Return a table of Markdown."""
    head = f"| {first} | {' | '.join(COLUMNS)} |"
    return "\n".join((head, "|" + " --- |" * (1 + len(COLUMNS)), *rows))


def of_wrappers() -> Iterator[str]:
    """Yield one row per setup of PyTorch."""
    for name, make in wrappers.SETUPS.items():
        print(name, flush=True)
        yield row(name, attempt(make))


def of_libraries(before: str) -> Iterator[str]:
    """Yield one row per setup of another library."""
    for (library, name), make in libraries.SETUPS.items():
        version = libraries.version_of(library)
        print(library, name, version, flush=True)
        if version is not None:
            yield row(f"{library} {version}, {name}", attempt(make))
        else:
            kept = rf"^\| {re.escape(library)} \S+, {re.escape(name)} \|.*$"
            yield from re.findall(kept, before, re.MULTILINE)


def put(page: str, mark: str, text: str) -> str:
    """Replace the text between a mark and the end that follows it."""
    head, _, rest = page.partition(f"<!-- {mark} -->\n")
    return f"{head}<!-- {mark} -->\n{text}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"


def main() -> None:
    """Try everything and put the tables into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, default=PAGE)
    path = parser.parse_args().page
    page = path.read_text("utf-8")
    torch.set_num_threads(1)
    versions = f"torch {torch.__version__.partition('+')[0]}, Python {platform.python_version()}"
    page = put(page, "setups", table(versions, of_wrappers()))
    page = put(page, "libraries", table("library and version", of_libraries(page)))
    path.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
