"""Trace a small network on digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers
from summary_ops.problems import Problems
from summary_ops.tracing import Measured, Tracer

Edge = tuple[str, str, str]


def tracer_of(
    model: nn.Module,
    chosen: layers.Layers = "auto",
    *,
    layouts: KnownLayouts | None = None,
    **options: Any,
) -> Tracer:
    """A tracer of a model put into evaluation mode, which raises what would be told."""
    found = layers.choose(model.eval(), chosen)
    known = KnownLayouts(input_axis=0) if layouts is None else layouts
    network = RecordedNetwork(model, found, problems=Problems(strict=True), layouts=known)
    return Tracer(network, **options)


def edges_of(model: nn.Module, images: Tensor, chosen: layers.Layers = "auto") -> set[Edge]:
    """Producer, consumer and kind of all links that three images show."""
    tracer = tracer_of(model, chosen)
    tracer.trace(lambda: model(images[:3]))
    return {(link.producer, link.consumer, link.kind) for link in tracer.topology().links}


def measured(
    model: nn.Module,
    images: Tensor,
    chosen: layers.Layers = "auto",
    measures: Sequence[str] = ("contribution", "maximum"),
    top: Mapping[str, Sequence[int]] | None = None,
    **options: Any,
) -> Measured:
    """What one batch of images shows, after a trace of three."""
    tracer = tracer_of(model, chosen, **options)
    tracer.trace(lambda: model(images[:3]))
    return tracer.measure(lambda: model(images), measures, inputs=len(images), top=top)


def outputs(model: nn.Module, images: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """What modules return, or the first part of it, as it was when they returned it."""
    found: dict[str, Tensor] = {}

    def see(name: str, out: Any) -> None:
        found[name] = (out if isinstance(out, Tensor) else out[0]).clone()

    handles = [
        model.get_submodule(name).register_forward_hook(
            lambda _m, _i, out, name=name: see(name, out)
        )
        for name in names
    ]
    with torch.no_grad():
        model.eval()(images)
    for handle in handles:
        handle.remove()
    return found
