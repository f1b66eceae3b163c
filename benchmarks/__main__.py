"""Run all benchmarks and write `docs/benchmarks.md`."""

from __future__ import annotations

from pathlib import Path

from benchmarks import (
    animation,
    attack_report,
    counts,
    demo,
    findings,
    hostile,
    importance,
    influence,
    inputs,
    load,
    load_server,
    maps,
    opening,
    page,
    pagerank,
    peers,
    pivot_mds,
    python_loader,
    recording,
    report,
    truth,
    whole_step,
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
    recorded = (recording, whole_step, peers, demo, counts, influence, importance, inputs, writing)
    shown = (opening, page, animation, python_loader, pagerank, pivot_mds, maps)
    judged = (load, load_server, hostile, attack_report, truth, findings)
    for benchmark in (*recorded, *shown, *judged):
        sections.append(benchmark.measure().markdown())
        print(sections[-1], flush=True)
    parts = [f"{HEAD}Machine: {report.machine()}.\n", *sections]
    TARGET.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
