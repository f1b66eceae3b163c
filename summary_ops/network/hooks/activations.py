"""Pooled activations of the recorded layers, one forward pass at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from summary_ops.network.hooks.layer_hooks import LayerHooks, LayerOutput
from summary_ops.network.hooks.placing import Question
from summary_ops.network.layouts.known import LeftOut
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.sizes import Sizes
from tb_plugin_neural.contract.records import Layer


@dataclass
class ObservedLayers:
    """The layers that have run, with what is known of each.

    Attributes:
        layers: in order of execution, by name.
        sizes: shapes of their outputs.
    """

    layers: dict[str, Layer] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)

    def add(
        self, output: LayerOutput, units: int, reduction: str, after: str | None = None
    ) -> None:
        """Take note of an output.

        Args:
            output: of a layer.
            units: their number.
            reduction: of positions.
            after: the layer that ran before.

        Raises:
            ValueError: the layer had another number of units before.
        """
        before = self.layers.get(output.layer)
        if before is not None and before.units != units:
            raise ValueError(f"{units} units, it had {before.units} before")
        view = output.view
        self.sizes.add(output.layer, view.tensor, view.batch)
        if before is None:
            how = "none" if view.tensor.ndim == 2 else reduction
            self._insert(Layer(output.layer, output.kind, units, how), after)

    def _insert(self, layer: Layer, after: str | None) -> None:
        """Add a layer that is seen for the first time, maybe not in the first pass."""
        names = list(self.layers)
        later = names[names.index(after) + 1 if after in self.layers else 0 :]
        self.layers[layer.name] = layer
        for name in later:
            self.layers[name] = self.layers.pop(name)

    def forget(self, layers: Iterable[str]) -> None:
        """Drop layers that nothing is known of after all."""
        for layer in layers:
            self.layers.pop(layer, None)
            self.sizes.shapes.pop(layer, None)


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """The outputs of the recorded layers and of the model in one forward pass.

    Attributes:
        inputs: their number.
        pooled: float32 `[inputs, units]` by layer, in order of execution.
        prediction: the model's, a copy; an exception where there is none; None where the model
            itself was not called.
        questions: layers whose axes are open, and why.
        excluded: layers that have contradicted their axes, of which nothing counts any more.
    """

    inputs: int
    pooled: Mapping[str, Tensor]
    prediction: Tensor | Exception | None
    questions: Mapping[str, Question] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


Deliver = Callable[[ForwardPass], object]


def _drop(_: ForwardPass) -> None:
    """Discard a forward pass."""


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
        self.hooks = LayerHooks(
            network,
            self._pool,
            started=self._started,
            finished=self._finished,
            asked=self._ask,
        )
        self._mask: Tensor | None = None
        self._begin(inside=False)

    @contextmanager
    def collecting(
        self,
        deliver: Deliver = _drop,
        inputs: int | None = None,
        mask: Tensor | None = None,
        groups: Tensor | None = None,
    ) -> Iterator[None]:
        """Deliver the forward passes made inside, see `LayerHooks.listening`."""
        self._deliver, self._mask = deliver, mask
        self._begin(inside=False)
        try:
            with self.hooks.listening(inputs, mask, groups):
                yield
                self._end()
        finally:
            self._deliver = _drop
            self._begin(inside=False)

    def _begin(self, *, inside: bool) -> None:
        self._inside = inside
        self._pooled: dict[str, Tensor] = {}
        self._prediction: Tensor | Exception | None = None
        self._questions: dict[str, Question] = {}
        self._excluded: frozenset[str] | None = None
        self._inputs = 0
        self._unmasked: bool | None = None

    def _ask(self, layer: str, question: Question) -> None:
        self._questions[layer] = question

    def _settle(self) -> None:
        """Let the layouts judge the pass, while they know it.

        Raises:
            LeftOut: the layers contradict each other.
        """
        if self._excluded is not None:
            return
        self._excluded, self._inputs = frozenset(), self.hooks.layouts.inputs or 0
        try:
            self._excluded = self.hooks.layouts.end()
        except LeftOut:
            self._begin(inside=self._inside)
            raise

    def _end(self) -> None:
        if self._inside:
            return
        with self._network.problems.guard("a batch"):
            self._settle()
        if self._pooled or self._questions:
            pooled, questions = self._pooled, self._questions
            excluded = self._excluded or frozenset()
            self._deliver(ForwardPass(self._inputs, pooled, self._prediction, questions, excluded))

    def _started(self, _args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> None:
        try:
            self._end()
        finally:
            self._begin(inside=True)

    @torch.no_grad()
    def _finished(self, output: Any) -> None:
        self._inside = False
        if isinstance(self._mask, Tensor) and self._unmasked and not self._questions:
            self._network.problems.report(
                "mask",
                f"mask of shape {list(self._mask.shape)}, [inputs, tokens]: no recorded layer has "
                "these tokens, and all positions of all layers count",
            )
        self._settle()
        try:
            prediction = self._network.prediction(output).clone()
            single = self.hooks.layouts.single and prediction.ndim < 2
            self._prediction = prediction[None] if single else prediction
        except Exception as error:  # noqa: BLE001 - reported where a prediction is wanted
            self._prediction = error

    @torch.no_grad()
    def _pool(self, output: LayerOutput) -> None:
        how = self._network.reduction_of(output.name)
        values = output.layout.pool(output.tensor.detach(), how)
        if output.tensor.ndim == 3 and self._unmasked is not False:
            self._unmasked = output.layout.mask is None
        self._observed.add(output, values.shape[1], how, next(reversed(self._pooled), None))
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
