"""The recorded network again, in NumPy and by none of our code: what the page must show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Values = NDArray[np.float64]
Change = Callable[[str, Values], Values]
LAYERS = ("features.1", "features.4", "classifier.1", "classifier.3", "classifier.4")


class Truth:
    """Inputs, and the network's activations at every recorded moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = torch.load(folder / "data.pt")
        self.labels: NDArray[np.int64] = self.data["labels"].numpy()
        self.benign = [int(index) for index in self.data["benign"]]
        self.states = lru_cache(self._states)
        self.of_class = lru_cache(self._of_class)

    def _states(self, run: str) -> dict[int, dict[str, Values]]:
        recorded = torch.load(self.folder / f"{run}.pt")
        return {s: {k: v.double().numpy() for k, v in state.items()} for s, state in recorded}

    @cached_property
    def images(self) -> Values:
        return self.data["images"].double().numpy()

    @cached_property
    def probe(self) -> Values:
        return self.data["probe"].double().numpy()

    @property
    def attacked(self) -> list[int]:
        """Places of the attacked instances in the probe set, in the order of `benign`."""
        return list(range(len(self.probe) - len(self.benign), len(self.probe)))

    def _of_class(self, run: str, step: int, label: int) -> dict[str, Values]:
        """Activations `[inputs, units]` by layer of the inputs of a class."""
        return forward(self.states(run)[step], self.images[self.labels == label])

    def everything(self, run: str, step: int) -> dict[str, Values]:
        return forward(self.states(run)[step], self.images)

    def instances(self, run: str, step: int) -> dict[str, Values]:
        """Activations `[instances, units]` by layer of the probe set."""
        return forward(self.states(run)[step], self.probe)


def forward(state: Mapping[str, Values], images: Values) -> dict[str, Values]:
    """Activations by layer, the largest over positions where there are positions."""
    full = unpooled(state, images)
    return {name: x.max((2, 3)) if x.ndim == 4 else x for name, x in full.items()}


def unpooled(
    state: Mapping[str, Values], images: Values, change: Change = lambda _, values: values
) -> dict[str, Values]:
    """Activations by layer at all positions; what follows gets what `change` makes of them."""
    first = change(LAYERS[0], relu(convolution(images, state, "features.0")))
    halved = sliding_window_view(first, (2, 2), (2, 3))[:, :, ::2, ::2].max((-2, -1))
    second = change(LAYERS[1], relu(convolution(halved, state, "features.3")))
    third = change(LAYERS[2], relu(dense(second.reshape(len(second), -1), state, "classifier.0")))
    fourth = change(LAYERS[3], relu(dense(third, state, "classifier.2")))
    logits = dense(fourth, state, "classifier.4")
    return dict(zip(LAYERS, (first, second, third, fourth, logits), strict=True))


def convolution(images: Values, state: Mapping[str, Values], name: str) -> Values:
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), (2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True) + bias[:, None, None]


def dense(values: Values, state: Mapping[str, Values], name: str) -> Values:
    return values @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def relu(values: Values) -> Values:
    return np.maximum(values, 0)


def softmax(logits: Values) -> Values:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def quantization(instances: Values) -> Values:
    """Largest error `[units]` of activations kept in 8 bits over each unit's range with zero."""
    width = np.maximum(instances.max(0), 0) - np.minimum(instances.min(0), 0)
    return width / 253 / 2 + 1e-6


def drawn_edges(row: Any) -> tuple[NDArray[np.int64], Values]:
    """Bin numbers and exact values of all edges of the bars drawn in a row.

    Pixels may be rounded; edges are multiples of the bin width, which is a power of two.
    """
    scale = row["scale"]
    assert scale["kind"] == "linear"
    (low, high), (left, right) = scale["domain"], scale["range"]
    pixel = (high - low) / (right - left)
    bars = [mark for mark in row["marks"] if mark["kind"] == "bar"]
    ends = {bar["bins"][0]: bar["x"] for bar in bars}
    ends |= {bar["bins"][1]: bar["x"] + bar["width"] for bar in bars}
    if not ends:
        return np.zeros(0, np.int64), np.zeros(0)
    numbers = np.array(sorted(ends))
    drawn = low + (np.array([ends[number] for number in numbers]) - left) * pixel
    width = 2.0 ** np.round(np.log2((drawn[-1] - drawn[0]) / (numbers[-1] - numbers[0])))
    origin = np.round(drawn[0] / width - numbers[0])
    edges = (origin + numbers) * width
    assert np.abs(edges - drawn).max() <= pixel / 1000, f"unit {row['unit']}: bars are out of place"
    return numbers, edges


def bin_width(row: Any) -> float:
    """Width of a recorded bin of a row, in activations; 0 for a row without bars."""
    numbers, edges = drawn_edges(row)
    return 0.0 if len(numbers) < 2 else float((edges[-1] - edges[0]) / (numbers[-1] - numbers[0]))


def assert_order(order: list[int], values: Values, error: Values | float) -> None:
    """Units stand in descending order of values, each of which is known up to `error`."""
    placed = values[order]
    slack = np.broadcast_to(error, values.shape)[order]
    smallest_before = np.minimum.accumulate(placed + slack)[:-1]
    wrong = np.flatnonzero(smallest_before < (placed - slack)[1:])
    assert not len(wrong), f"units {[order[w + 1] for w in wrong]} stand too low in {order}"
    assert sorted(order) == list(range(len(values)))
