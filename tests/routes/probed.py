"""The probe set of the runs that the routes are asked about."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tests import graph_logs

CONFUSION = [[30, 9, 1], [8, 31, 1], [0, 2, 38]]
LABELS = (0, 1, 2, 0, 1, 2)
PROBABILITIES = [
    [0.8, 0.1, 0.1],
    [0.6, 0.3, 0.1],
    [0.1, 0.2, 0.7],
    [0.2, 0.7, 0.1],
    [0.3, 0.4, 0.3],
    [0.1, 0.1, 0.8],
]


def instances_of(seed):
    values = np.random.default_rng(seed).gamma(1.0, 1.0, (len(LABELS), 4))
    return values.astype(np.float16).astype(np.float32)


def graph_step(seed):
    """What graphs are made of, for the layers of the runs."""
    found = graph_logs.step_of(seed)
    instance = np.random.default_rng(seed).integers(0, len(LABELS), (4, 3))
    fields = {"shape": (), "input_shape": (), "stride": (), "extent": (), "start": ()}
    found["fc"].append(graph_logs.examples(instance, np.zeros((4, 3, 0)), **fields))
    return {layer: found[layer] for layer in ("fc", "logits")}


def png(seed, size=5):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue(), pixels
