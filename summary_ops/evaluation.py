"""Whole passes in evaluation mode: over a loader, and over the probe set."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from tqdm import tqdm

from summary_ops import distributed, probe, sampling, tasks
from summary_ops.accumulator import FIRST_INPUTS
from summary_ops.examples import Examples
from summary_ops.network import calling, isolation
from summary_ops.reading import Context
from tb_plugin_neural import records

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def run(
    recorder: Recorder,
    loader: Iterable[Any],
    *,
    context: Context,
    unpack: Callable[[Any], tuple[Any, Any]] | None,
    mask: Callable[[Any], Tensor] | None,
    device: torch.device | str | None,
    progress: bool,
) -> None:
    """See `Recorder.run`."""
    accumulator = recorder.accumulator
    where = device_of(recorder, device)
    with isolation.isolated(recorder.model, loader):
        if not accumulator.spans and not accumulator.waiting:
            accumulator.windows.clear()
            if recorder.probe is not None and not recorder.probe_rows:
                accumulator.place(see_probe(recorder, where))
        recorder.second_pass.begin()
        batches: Iterator[Any] = iter(
            tqdm(
                loader,
                desc="Neural: recording",
                disable=not progress or distributed.rank() != 0,
                leave=False,
            )
        )

        def see(chosen: Iterable[Any]) -> None:
            for batch in chosen:
                _see_batch(recorder, batch, context, unpack, mask, where)

        if distributed.active():
            if distributed.rank() == 0 and not accumulator.spans:
                for batch in batches:
                    see([batch])
                    if accumulator.spans or accumulator.inputs >= FIRST_INPUTS:
                        break
            distributed.share_windows(accumulator)
        see(batches)
        recorder.second_pass.run(where, progress=progress)


def _see_batch(
    recorder: Recorder,
    batch: Any,
    context: Context,
    unpack: Callable[[Any], tuple[Any, Any]] | None,
    mask: Callable[[Any], Tensor] | None,
    device: torch.device,
) -> None:
    inputs, labels = (unpack or unpack_batch)(batch)
    count = tasks.size_of(labels)
    positions = mask(batch) if mask is not None else None
    recorder.see(replace(context, labels=labels), count, positions)
    before = calling.versions(inputs)
    try:
        with torch.no_grad():
            calling.call(recorder.model, inputs, device)
        if count is not None and recorder.taps.fired and not recorder.taps.pooled:
            raise ValueError(f"labels of {count} inputs, but no recorded layer saw so many")
        seen = recorder.collect(raising=True)
    finally:
        recorder.unsee()
    if calling.versions(inputs) != before:
        recorder.problems.tell(
            "the inputs that influence is measured on",
            "the model writes into its inputs, which are no longer what it was given; let it write "
            "into a copy (x = x.clone())",
        )
    elif seen is not None:
        recorder.second_pass.offer(inputs, seen, positions)


def unpack_batch(batch: Any) -> tuple[Any, Any]:
    """`(inputs, labels)` of a loader's batch; labels are None where there are none.

    Raises:
        ValueError: the batch has another shape.
    """
    return sampling.split_batch(batch)


def device_of(recorder: Recorder, device: torch.device | str | None) -> torch.device:
    """Where inputs are sent: as asked, by default where the model's parameters are."""
    if device is not None:
        return torch.device(device)
    tensors = itertools.chain(recorder.model.parameters(), recorder.model.buffers())
    first = next((tensor for tensor in tensors if not tensor.is_meta), None)
    return first.device if first is not None else torch.device("cpu")


def see_probe(recorder: Recorder, device: torch.device | None = None) -> dict[str, Tensor]:
    """Put the probe set through the model; its records wait in `recorder.probe_rows`.

    Returns:
        Pooled activations `[instances, units]` by layer.
    """
    chosen = recorder.probe
    if chosen is None:
        return {}
    device = device or device_of(recorder, None)
    pooled: dict[str, list[Tensor]] = {}
    logits: list[Tensor] = []
    projected: list[tuple[str, records.Record]] = []
    best = Examples.among(chosen, recorder.graph.examples if recorder.graph is not None else 0)
    with isolation.isolated(recorder.model), recorder.projections.watching():
        with recorder.taps.locating(best.most):
            for inputs in chosen.batches():
                place = sum(map(len, logits))
                recorder.projections.at(place)
                with seeing(recorder, inputs, device) as output:
                    for name, values in recorder.taps.pooled.items():
                        pooled.setdefault(name, []).append(values)
                    best.see(place, recorder.taps)
                    logits.append(_prediction(recorder, output))
        recorder.attempt(
            "projections", lambda: projected.extend(recorder.projections.finish(device))
        )
        if best.most:
            recorder.second_pass.learn(next(chosen.batches(2)), device)
    sample = {name: torch.cat(parts) for name, parts in pooled.items()}
    complete = {name: part for name, part in sample.items() if len(part) == len(chosen)}
    store = probe.quantise if recorder.probe_dtype == "uint8" else probe.half
    rows: list[tuple[str, records.Record]] = [
        (name, store(part.float().cpu())) for name, part in complete.items()
    ]
    predictions = probe.predictions(torch.cat(logits).cpu(), chosen.labels, recorder.task)
    recorder.probe_rows = [*rows, ("", predictions), *projected]
    recorder.probe_seen = True
    recorder.examples = best
    return complete


@contextmanager
def seeing(recorder: Recorder, inputs: Any, device: torch.device) -> Iterator[Any]:
    """What the model returns of inputs that count nowhere, while the hooks have seen them."""
    recorder.see(Context(None, None, only=False), None)
    try:
        with torch.no_grad():
            output = calling.call_afresh(recorder.model, inputs, device)
        yield output
    finally:
        recorder.unsee()


def _prediction(recorder: Recorder, output: Any) -> Tensor:
    logits = recorder.network.prediction(output).float()
    return recorder.network.task.check_output(logits, len(logits))
