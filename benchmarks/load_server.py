"""Measure how many clients the server bears: 64 at once, on mixed routes."""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import opening
from benchmarks.report import Figure, Section
from tests import recording

COMMAND = "python -m benchmarks.load_server"
CLIENTS, EACH = 64, 12
MOST_RATIO = 4.0

Question = tuple[str, dict[str, Any]]


def questions(models: Sequence[dict[str, Any]]) -> Iterator[Question]:
    """Yield what pages ask: every view, at any step, of any class."""
    for model in models:
        named = {"run": model["run"], "model": model["model"]}
        layers = [layer["name"] for layer in model["layers"]]
        yield "index", {}
        yield from ((route, named) for route in ("metrics", "instances", "thumbnails", "names"))
        yield from ((route, named) for route in ("architecture", "strips"))
        yield "layer_series", {**named, "of": "separability"}
        for step in model["steps"]:
            at = {**named, "step": step}
            subjects = [
                json.dumps([model["run"], model["model"], step, subset])
                for subset in model["subsets"][:6]
            ]
            pairs = list(itertools.pairwise(subjects))
            yield from (("layers", {"s": pair}) for pair in pairs)
            yield from (("graph", {"s": one}) for one in subjects)
            for layer in layers:
                yield from (("distributions", {"layer": layer, "s": pair}) for pair in pairs)
                yield from (("divergence", {"layer": layer, "s": pair}) for pair in pairs)
            yield from ((route, at) for route in ("projection", "embedding", "predictions"))


def ask_all(address: str, mine: Sequence[Question], taken: list[float]) -> None:
    """Ask one question after the other, as one client."""
    for route, arguments in mine:
        taken.append(opening.ask(address, route, **arguments)[0])


def under_load(address: str) -> list[float]:
    """Milliseconds of all answers while all clients ask."""
    models = json.loads(opening.ask(address, "index")[1])["models"]
    known = list(questions(models))
    draw = random.Random(0)  # noqa: S311
    taken: list[float] = []
    clients = [
        threading.Thread(target=ask_all, args=(address, draw.choices(known, k=EACH), taken))
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return taken


def measure_server(logdir: Path, server: str, fast: str) -> list[Figure]:
    """Ask a TensorBoard that has just read everything."""
    with opening.serving(logdir, fast) as address:
        opening.wait_for_models(address)
        time.sleep(5)
        taken = sorted(under_load(address))
    middle, high = statistics.median(taken), taken[round(0.95 * (len(taken) - 1))]
    note = f"p50 {middle:.0f} ms, p95 {high:.0f} ms, longest {taken[-1]:.0f} ms"
    what = f"{server}: p95 over p50 of {len(taken)} answers to {CLIENTS} clients"
    return [Figure(what, high / middle, most=MOST_RATIO, note=note)]


def measure() -> Section:
    """Both of TensorBoard's servers."""
    logdir = recording.ensure() / "logs"
    figures = [
        figure
        for server, fast in opening.SERVERS.items()
        for figure in measure_server(logdir, server, fast)
    ]
    return Section(f"{CLIENTS} clients at once", COMMAND, METHOD, figures)


METHOD = (
    "Five runs of a small convolutional network with a probe set, graphs, projections and "
    f"what-ifs. {CLIENTS} clients each ask {EACH} questions one after another, drawn from all that "
    "a page asks of any run, step and class, of a TensorBoard that has answered only its index. "
    f"Wall time, clients and servers on the same {os.cpu_count()} cores."
)


if __name__ == "__main__":
    print(measure().markdown())
