"""A few inputs of each class, and what the model says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from summary_ops.data import batches, sampling
from summary_ops.influence.reservoir import Reservoir
from summary_ops.network import calling
from summary_ops.network.establishing import explore

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

AT_ONCE = 32
"""Inputs of a batch; all are of one class."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of one class.

    Attributes:
        forward: calls the model with them.
        size: how many they are.
        mask: bool `[size, positions]`, which tokens count; None when all do.
    """

    forward: Callable[[], Any]
    size: int
    mask: Tensor | None


class Sample:
    """Up to `most` inputs of every class, drawn from a loader by a seed.

    Args:
        recorder: whose model and task are meant.
        device: where the model is.
        most: inputs a class.
        seed: of the draw.
    """

    def __init__(self, recorder: Recorder, device: torch.device, most: int, seed: int) -> None:
        self._recorder, self._device = recorder, device
        self._reservoir = Reservoir(most, seed, recorder.pipeline.accumulator.settings.max_bytes)

    def draw(
        self,
        loader: Iterable[Any],
        unpack: Callable[[Any], tuple[Any, Any]] | None,
        mask: Callable[[Any], Tensor] | None,
    ) -> None:
        """Draw from all batches of a loader.

        Raises:
            ValueError: they have no labels, or single inputs cannot be taken out of them.
        """
        network = self._recorder.pipeline.network
        for number, batch in enumerate(loader):
            inputs, labels = (unpack or sampling.split_batch)(batch)
            if labels is None:
                raise ValueError(
                    "a loader without labels: units are removed class by class; pass batches of "
                    "(inputs, labels), or unpack=lambda batch: (inputs, labels)"
                )
            known = network.labels(labels, None, torch.device("cpu")).numpy()
            members, own = _members(known)
            tokens = mask(batch) if mask is not None else None
            if not number:
                explore(network, inputs, len(known), self._device, tokens)
            axis = network.layouts.input_axis or 0
            held = batches.turned(inputs, axis, len(known)), tokens
            self._reservoir.offer(held, len(known), members, own)
        self._reservoir.settle()

    @property
    def classes(self) -> list[int]:
        """Classes of which inputs were drawn."""
        return sorted(_label(key) for key, drawn in self._reservoir.kept.items() if drawn)

    def batches(self, label: int) -> Iterator[Batch]:
        """Yield the inputs of a class."""
        for (inputs, mask), drawn in self._reservoir.batches(_key(label), AT_ONCE):
            given = calling.to_device(inputs, self._device)
            forward = partial(
                calling.call_afresh, self._recorder.pipeline.network.model, given, self._device
            )
            yield Batch(forward, len(drawn), mask)

    def logits(self, output: Any, size: int) -> Tensor:
        """Return logits `[batch, classes]`; a binary task's logit is that of the second class."""
        network = self._recorder.pipeline.network
        return network.task.class_logits(network.logits(output, size))

    def own(self, logits: Tensor, label: int) -> Tensor:
        """Return the logit of a class, `[batch]`.

        Raises:
            ValueError: the model has no such class.
        """
        if label >= logits.shape[1]:
            raise ValueError(f"inputs of class {label}, but the model has {logits.shape[1]}")
        return logits[:, label]

    def guess(self, logits: Tensor, label: int) -> Tensor:
        """Predicted classes `[batch]`.

        Of labels that do not exclude each other: this one, or the number of labels for none.
        """
        if self._recorder.pipeline.network.task.exclusive:
            return logits.argmax(1)
        return torch.where(logits[:, label] > 0, label, logits.shape[1])


def _key(label: int) -> str:
    """Return the key of the recorder's own sample, so that one seed draws the same inputs."""
    return f"class:{label}"


def _label(key: str) -> int:
    return int(key.partition(":")[2])


def _members(labels: np.ndarray[Any, Any]) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """Places by class, and a class of each input, from `[batch]` or `[batch, labels]`."""
    if labels.ndim == 2:
        rows, carried = (labels > 0).nonzero()
        own = np.full(len(labels), -1)
    else:
        rows, carried, own = np.arange(len(labels)), labels, labels
    return {_key(c): rows[carried == c] for c in np.unique(carried) if c >= 0}, own
