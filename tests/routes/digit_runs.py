"""What layers make of handwritten digits, over the steps of a made-up training, and its records."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from sklearn.datasets import load_digits

from tb_plugin_neural.contract.records import Layer
from tests.logs import Log, probe, session
from tests.projection_logs import PROBE, neighbours, pivot_distances

DIGITS = load_digits()
SIZE = 60
PIVOTS = (3, 8, 14, 21, 27, 33, 46, 59)
LAYERS = ("first", "second", "third")
STEPS = (0, 10, 20)
RUN = {"run": "run", "model": "model"}


@functools.cache
def activations(seed: int, step: int) -> dict[str, np.ndarray]:
    """Rectified activations `[SIZE, units]` by layer, of weights that move with the steps."""
    random = np.random.default_rng(seed)
    values, found = DIGITS.data[:SIZE] / 16, {}
    for layer in LAYERS:
        begin, move = random.normal(size=(2, values.shape[1], 24)) / values.shape[1] ** 0.5
        values = np.maximum(0, values @ (begin + step / 20 * move))
        found[layer] = values
    return found


def begin(log: Log, layers=LAYERS, size=SIZE, **changes) -> None:
    """Write a session with a probe set."""
    shown = dataclasses.replace(probe(size), hash=changes.pop("probe", PROBE))
    about = tuple(Layer(layer, "ReLU", 24, "none") for layer in layers)
    log.write(0, [session(layers=about, probe=shown.hash, **changes), shown])


def write(path, run="run", seed=0, steps=STEPS, **changes) -> None:
    """Write a run with the distances and neighbours of every layer and step."""
    with Log(path / run) as log:
        begin(log, probe=changes.get("probe", PROBE))
        for step in steps:
            for layer, values in activations(seed, step).items():
                found = pivot_distances(values, PIVOTS, focus=range(0, SIZE, 5), **changes)
                log.write(step, {layer: [found, neighbours(values, 15)]})
