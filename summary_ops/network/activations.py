"""Pooled activations of the recorded layers, one forward pass at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from summary_ops import axes
from summary_ops.architecture import Sizes
from summary_ops.network.hooks import LayerHooks, LayerOutput
from summary_ops.network.recorded import RecordedNetwork
from tb_plugin_neural.records import Layer


@dataclass
class ObservedLayers:
    """What is known of the layers that have run.

    Attributes:
        layers: in order of execution, by name.
        sizes: shapes of their outputs.
    """

    layers: dict[str, Layer] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)

    def see(self, output: LayerOutput, units: int, reduction: str) -> None:
        """Take note of an output.

        Raises:
            ValueError: the layer had another number of units before.
        """
        before = self.layers.get(output.layer)
        if before is not None and before.units != units:
            raise ValueError(f"{units} units, it had {before.units} before")
        self.sizes.see(output.layer, output.tensor, output.layout.batch)
        if before is None:
            how = "none" if output.tensor.ndim == 2 else reduction
            kind = type(output.module).__name__
            self.layers[output.layer] = Layer(output.layer, kind, units, how)


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """What the recorded layers and the model put out.

    Attributes:
        inputs: their number.
        pooled: float32 `[inputs, units]` by layer, in order of execution.
        prediction: the model's, a copy; an exception where there is none; None where the model
            itself was not called.
    """

    inputs: int
    pooled: Mapping[str, Tensor]
    prediction: Tensor | Exception | None


Deliver = Callable[[ForwardPass], object]


def _drop(_: ForwardPass) -> None:
    """Deliver to nobody."""


class Pooling:
    """Pools layers' outputs over positions, and delivers forward passes.

    A pass ends where the next one of the whole model begins, or with the collecting. One that
    fails midway is not delivered.

    Args:
        network: its layers are hooked.
        observed: takes note of them.
        also: called with each output and its pooled activations.

    Attributes:
        hooks: those that are used.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        observed: ObservedLayers,
        *,
        also: Callable[[LayerOutput, Tensor], object] | None = None,
    ) -> None:
        self._network, self._observed = network, observed
        self._also = also
        self._deliver: Deliver = _drop
        self.hooks = LayerHooks(network, self._pool, started=self._started, finished=self._finished)
        self._begin(inside=False)

    @contextmanager
    def collecting(
        self, deliver: Deliver = _drop, inputs: int | None = None, mask: Tensor | None = None
    ) -> Iterator[None]:
        """Deliver the forward passes made inside, see `LayerHooks.listening`."""
        self._deliver = deliver
        self._begin(inside=False)
        try:
            with self.hooks.listening(inputs, mask):
                yield
                self._end()
        finally:
            self._deliver = _drop
            self._begin(inside=False)

    def _begin(self, *, inside: bool) -> None:
        self._inside = inside
        self._pooled: dict[str, Tensor] = {}
        self._prediction: Tensor | Exception | None = None

    def _end(self) -> None:
        if self._inside or not self._pooled:
            return
        inputs = len(next(iter(self._pooled.values())))
        self._deliver(ForwardPass(inputs, self._pooled, self._prediction))

    def _started(self, _args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> None:
        try:
            self._end()
        finally:
            self._begin(inside=True)

    @torch.no_grad()
    def _finished(self, output: Any) -> None:
        self._inside = False
        try:
            self._prediction = self._network.prediction(output).clone()
        except Exception as error:  # noqa: BLE001 - reported where a prediction is wanted
            self._prediction = error

    @torch.no_grad()
    def _pool(self, output: LayerOutput) -> None:
        output.check()
        tensor, layout = output.tensor.detach(), output.layout
        how = self._network.reduction
        if tensor.is_nested:
            values = axes.pool_nested(tensor, how)
        else:
            values = axes.pool(tensor, layout.unit, how=how, mask=layout.mask, batch=layout.batch)
        self._observed.see(output, values.shape[1], how)
        if values.device.type == "mps":
            values = values.cpu()
        first = next(iter(self._pooled.values()), values)
        self._pooled[output.layer] = values = values.to(first.device)
        if self._also is not None:
            self._also(output, values)


def pooled(
    network: RecordedNetwork,
    forward: Callable[[], object],
    inputs: int | None = None,
    mask: Tensor | None = None,
) -> Mapping[str, Tensor]:
    """Pooled activations `[inputs, units]` by layer, of one call of the model."""
    found: list[ForwardPass] = []
    with Pooling(network, ObservedLayers()).collecting(found.append, inputs, mask):
        forward()
    return found[-1].pooled if found else {}
