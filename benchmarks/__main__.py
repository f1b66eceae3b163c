"""Run all benchmarks and write `docs/benchmarks.md`."""

from __future__ import annotations

from pathlib import Path

from benchmarks import (
    counts,
    importance,
    influence,
    opening,
    pagerank,
    python_loader,
    recording,
    report,
    writing,
)

TARGET = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\n"
    "Every figure compares two things measured in the same run, or stands beside the bound it is "
    "to hold. `python -m benchmarks` makes this page anew; each section has its own command. "
    "Other work on the machine moves the figures by tens of per cent.\n\n"
)


def main() -> None:
    sections = []
    recorded = (recording, counts, influence, importance, writing)
    for benchmark in (*recorded, opening, python_loader, pagerank):
        sections.append(benchmark.measure().markdown())
        print(sections[-1], flush=True)
    parts = [f"{HEAD}Machine: {report.machine()}.\n", *sections]
    TARGET.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
