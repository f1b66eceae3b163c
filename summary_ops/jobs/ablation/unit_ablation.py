"""Replace one unit of a layer by a number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from torch import Tensor

from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.problems import Problems


class UnitAblation:
    """Puts a number in the place of a unit, at all positions, for what follows.

    The layer's own output stays as it is: what follows gets a copy.

    Args:
        network: whose units are replaced.
    """

    def __init__(self, network: RecordedNetwork) -> None:
        self._hooks = LayerHooks(replace(network, problems=Problems(strict=True)), self._ablate)
        self._unit, self._value = -1, 0.0

    @contextmanager
    def without(self, layer: str, unit: int, value: float, batch: int) -> Iterator[None]:
        """Run the model on batches of `batch` inputs with a unit replaced by a number.

        Raises:
            RuntimeError: the layer's output cannot be copied, or its units are not known.
        """
        self._unit, self._value = unit, value
        with self._hooks.listening(batch, only=(layer,)):
            yield

    def _ablate(self, output: LayerOutput) -> Tensor:
        changed = output.tensor.clone()
        changed.select(output.layout.unit, self._unit).fill_(self._value)
        return changed
