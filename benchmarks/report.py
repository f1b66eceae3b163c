"""Seconds, the machine, and figures with what they are to hold."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMES = "\N{MULTIPLICATION SIGN}"
PACKAGES = ("torch", "numpy", "tensorboard", "protobuf", "safetensors", "google-crc32c")


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        what: what was measured.
        value: the number.
        unit: its unit, `×` for a ratio.
        most: what it is to stay below, or None.
        least: what it is to reach, or None.
        note: what it is made of.
    """

    what: str
    value: float
    unit: str = TIMES
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return the target, and whether the value meets it."""
        if self.most is not None:
            held = self.value <= self.most
            return f"≤ {self.most:g} {self.unit}: {'held' if held else 'missed'}"
        if self.least is not None:
            held = self.value >= self.least
            return f"≥ {self.least:g} {self.unit}: {'held' if held else 'missed'}"
        return "-"


@dataclass(frozen=True)
class Section:
    """The figures of one benchmark, and how they were taken."""

    title: str
    command: str
    method: str
    figures: Sequence[Figure]

    def markdown(self) -> str:
        """Return the section as it stands in `docs/benchmarks.md`."""
        rows = [
            f"| {f.what} | {_digits(f.value)} {f.unit} | {f.verdict} | {f.note} |"
            for f in self.figures
        ]
        head = ["| measured | figure | to hold | made of |", "| --- | --- | --- | --- |"]
        parts = [f"## {self.title}", "", f"`{self.command}`", "", self.method, ""]
        return "\n".join([*parts, *head, *rows, ""])


class Stopwatch:
    """Processor seconds that this thread spends in the functions it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, timed."""

        def timed(*args: Any, **keywords: Any) -> Any:
            start = time.thread_time()
            try:
                return function(*args, **keywords)
            finally:
                self.seconds += time.thread_time() - start

        return timed


def seconds(action: Callable[[], Any], *, clock: Callable[[], float], repeats: int = 1) -> float:
    """Return the median time of an action."""
    taken = []
    for _ in range(repeats):
        start = clock()
        action()
        taken.append(clock() - start)
    return statistics.median(taken)


def machine() -> str:
    """Return what ran the benchmarks, without a date or a name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (
        f"{model or platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or float(value).is_integer() else f"{value:,.3f}"
