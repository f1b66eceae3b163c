"""Measure how long the server takes to open a view of a long run."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks import long_run
from benchmarks.report import Figure, Section

COMMAND = "python -m benchmarks.opening"
SERVERS = {"TensorBoard's data server": "true", "TensorBoard's Python loader": "false"}
DATA = "data/plugin/neural/"
START_SECONDS, LOAD_SECONDS = 60, 300
FIRST, CHANGED = 1000.0, 100.0
LAYERS = ("17", "19")


@contextmanager
def serving(logdir: Path, fast: str) -> Iterator[str]:
    """Yield the address of a TensorBoard in a process of its own."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--port", "0", "--load_fast", fast],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stderr or ():
            if found := re.search(r"http://\S+/", line):
                yield found[0]
                return
        raise RuntimeError(f"TensorBoard ended with {process.wait(START_SECONDS)} before serving")
    finally:
        process.terminate()
        process.wait()


def ask(address: str, route: str, **arguments: Any) -> tuple[float, bytes]:
    """Milliseconds that an answer takes, and the answer."""
    query = urllib.parse.urlencode(arguments, doseq=True)
    start = time.perf_counter()
    with urllib.request.urlopen(f"{address}{DATA}{route}?{query}") as response:  # noqa: S310
        answer = response.read()
    return 1e3 * (time.perf_counter() - start), answer


def wait_for_models(address: str) -> None:
    """Return when TensorBoard has read a model.

    Raises:
        TimeoutError: it has not within five minutes.
    """
    end = time.monotonic() + LOAD_SECONDS
    while not json.loads(ask(address, "index")[1])["models"]:
        if time.monotonic() > end:
            raise TimeoutError(f"TensorBoard has read no model within {LOAD_SECONDS} s")
        time.sleep(0.5)


def subject(step: int, label: int) -> str:
    """Return a class at a step, as a route takes it."""
    return json.dumps([long_run.RUN, "model", step, f"class:{label}"])


def loading_seconds(logdir: Path, fast: str) -> float:
    """Seconds from the start of a TensorBoard until it has all steps."""
    start = time.perf_counter()
    with serving(logdir, fast) as address:
        while time.perf_counter() - start < LOAD_SECONDS:
            models = json.loads(ask(address, "index")[1])["models"]
            if models and len(models[0]["steps"]) == long_run.STEPS:
                return time.perf_counter() - start
            time.sleep(0.5)
    raise TimeoutError(f"TensorBoard has not loaded {logdir} within {LOAD_SECONDS} s")


def view(address: str, one: str, two: str) -> dict[str, float]:
    """Milliseconds of each request that a changed pair of subjects makes."""
    pair = {"s": [one, two]}
    taken = {}
    for layer in LAYERS:
        for route in ("distributions", "divergence"):
            taken[f"{route} of {layer}"] = ask(address, route, layer=layer, **pair)[0]
    return taken


def measure_server(logdir: Path, server: str, fast: str) -> list[Figure]:
    """Open a view, then change a subject."""
    loading = loading_seconds(logdir, fast)
    last = long_run.STEPS - 1
    model = {"run": long_run.RUN, "model": "model"}
    with serving(logdir, fast) as address:
        time.sleep(2 * loading + 2)
        first = {"index": ask(address, "index")[0]}
        pair = {"s": [subject(last, 3), subject(last, 5)]}
        first.update(view(address, *pair["s"]))
        first["layers"] = ask(address, "layers", **pair)[0]
        for route in ("metrics", "instances"):
            first[route] = ask(address, route, **model)[0]
        label = [view(address, subject(last, a), subject(last, 5)) for a in (0, 1, 2, 4, 6)]
        step = [view(address, subject(s, 3), subject(last, 5)) for s in (0, 20, 40, 60, 80)]
        rank = [ask(address, "layers", s=[subject(s, 3), subject(last, 5)])[0] for s in (0, 10, 20)]
    said = ", ".join(f"{what} {taken:.0f}" for what, taken in first.items())
    both = " and ".join(LAYERS)
    return [
        Figure(f"{server}: loaded", loading, "s", note=_weight(logdir)),
        Figure(f"{server}: first picture, cold", sum(first.values()), "ms", most=FIRST, note=said),
        Figure(
            f"{server}: another class",
            statistics.median(sum(taken.values()) for taken in label),
            "ms",
            most=CHANGED,
            note=f"distributions and divergence of {both}",
        ),
        Figure(
            f"{server}: another step, not asked for before",
            statistics.median(sum(taken.values()) for taken in step),
            "ms",
            most=CHANGED,
            note=f"distributions and divergence of {both}",
        ),
        Figure(
            f"{server}: all layers ranked anew at another step",
            statistics.median(rank),
            "ms",
        ),
    ]


def _weight(logdir: Path) -> str:
    size = sum(path.stat().st_size for path in logdir.rglob("*tfevents*"))
    return f"{size / 1e6:.0f} MB of event files"


def measure() -> Section:
    """Open the long run on both of TensorBoard's servers."""
    torch.set_num_threads(1)
    logdir = long_run.ensure()
    figures = [
        figure
        for server, fast in SERVERS.items()
        for figure in measure_server(logdir, server, fast)
    ]
    return Section("Opening a view", COMMAND, METHOD, figures)


METHOD = (
    f"A dense network with {long_run.DEPTH} hidden layers of {long_run.WIDTH:,} units trained on "
    f"scikit-learn's digits, {long_run.CLASSES} classes and {long_run.STEPS} recorded steps with a "
    f"probe set of {long_run.PROBED}. Wall time of requests made one after another to a "
    "TensorBoard in its own process; *cold* is its first requests of all, after loading. A step "
    "not asked for before is fetched from TensorBoard and inflated, two records a layer; the data "
    "server, a process of its own, sends them over gRPC."
)


if __name__ == "__main__":
    print(measure().markdown())
