"""Pass over a loader in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset
from tqdm import tqdm

from summary_ops import tasks
from summary_ops.data import sampling
from summary_ops.network import calling
from summary_ops.network.establishing import Comparison
from summary_ops.network.hooks.activations import ForwardPass, ObservedLayers, Pooling
from summary_ops.network.isolation import sharding
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.passes.lockstep import Lockstep
from summary_ops.passes.repeating import check_repeats
from summary_ops.probe.seen import SeenInstances
from summary_ops.streaming import processes
from summary_ops.streaming.accumulator import FIRST_INPUTS, Accumulator
from summary_ops.streaming.intake import BatchInfo
from summary_ops.streaming.subsets.batch import Batch


@dataclass(frozen=True)
class Reading:
    """The reading of a loader's batches.

    Attributes:
        device: where inputs are sent.
        unpack: from a batch to `(inputs, labels)`; None for `sampling.split_batch`.
        mask: from a batch to the token mask; None for none.
        progress: whether a progress bar is shown.
        groups: the input that each row belongs to, or from a batch to that; None for none.
    """

    device: torch.device
    unpack: Callable[[Any], tuple[Any, Any]] | None = None
    mask: Callable[[Any], Tensor] | None = None
    progress: bool = False
    groups: Tensor | Callable[[Any], Tensor] | None = None

    def split(self, batch: Any) -> tuple[Any, Any]:
        """Split a batch into inputs and labels."""
        return (self.unpack or sampling.split_batch)(batch)


class EvaluationPass:
    """Counts the batches of a loader, and samples them for what is measured afterwards.

    Args:
        network: what is recorded.
        observed: takes note of the layers.
        accumulator: what is counted in.
        attribution: samples.
        count: counts a forward pass, see `Intake.count`.
        seen: looks for instances of the probe set; None without one.
    """

    def __init__(
        self,
        network: RecordedNetwork,
        observed: ObservedLayers,
        accumulator: Accumulator,
        attribution: AttributionPass,
        count: Callable[[BatchInfo, ForwardPass], Batch],
        seen: SeenInstances | None = None,
    ) -> None:
        self._network, self._count, self._seen = network, count, seen
        self._accumulator, self._attribution = accumulator, attribution
        self._pooling = Pooling(network, observed)
        self._comparison = Comparison(network)
        self._repeated = False

    @property
    def fired(self) -> bool:
        """Return whether any layer ever ran."""
        return self._pooling.hooks.fired

    def run(self, loader: Iterable[Any], context: BatchInfo, reading: Reading) -> None:
        """Make the pass.

        Raises:
            ValueError: labels or outputs contradict the task.
        """
        self._attribution.begin()
        batches: Iterator[Any] = iter(
            tqdm(
                loader,
                desc="Neural: recording",
                disable=not reading.progress or processes.rank() != 0,
                leave=False,
            )
        )
        with self._pooling.hooks.attached():
            if sharding.is_spread(self._network.model):
                self._run_in_lockstep(batches, context, reading)
            else:
                if processes.active():
                    self._place_windows(batches, context, reading)
                for batch in batches:
                    self._run_batch(batch, context, reading)
        self._attribution.run(reading.device, progress=reading.progress)

    def _place_windows(self, batches: Iterator[Any], context: BatchInfo, reading: Reading) -> None:
        """Let process 0 count until its windows are known, and share them."""
        accumulator = self._accumulator
        if processes.rank() == 0 and not accumulator.spans:
            for batch in batches:
                self._run_batch(batch, context, reading)
                if accumulator.spans or accumulator.inputs >= FIRST_INPUTS:
                    break
        processes.share_windows(accumulator)

    def _run_in_lockstep(
        self, batches: Iterator[Any], context: BatchInfo, reading: Reading
    ) -> None:
        """Run like `run`, where every process takes part in each forward pass."""
        accumulator, lockstep = self._accumulator, Lockstep(batches)

        def has_no_windows() -> bool:
            placed = accumulator.spans or accumulator.inputs >= FIRST_INPUTS
            return processes.rank() == 0 and not placed

        for wants in (has_no_windows, lambda: True):
            for batch, counts in lockstep.rounds(wants):
                if counts:
                    self._run_batch(batch, context, reading)
                else:
                    inputs, _ = (reading.unpack or sampling.split_batch)(batch)
                    with torch.no_grad():
                        calling.call_afresh(self._network.model, inputs, reading.device)
            if wants is has_no_windows:
                processes.share_windows(accumulator)

    def _run_batch(self, batch: Any, context: BatchInfo, reading: Reading) -> None:
        inputs, labels = reading.split(batch)
        count = tasks.size_of(labels)
        mask = reading.mask(batch) if reading.mask is not None else None
        groups = reading.groups(batch) if callable(reading.groups) else reading.groups
        before = calling.versions(inputs)

        def forward() -> ForwardPass | None:
            passes: list[ForwardPass] = []
            with (
                self._pooling.collecting(passes.append, count, mask, groups),
                torch.no_grad(),
                self._network.scale.tracking(training=False),
            ):
                calling.call(self._network.model, inputs, reading.device)
            return passes[-1] if passes else None

        with self._comparison.watching():
            found = forward()
        while found is not None and self._comparison.settles(inputs, found, reading.device):
            found = forward()
        if found is None or not found.pooled:
            if count is not None and self.fired:
                raise ValueError(f"labels of {count} inputs, but no recorded layer saw so many")
            return
        seen = self._count(replace(context, labels=labels), found)
        if calling.versions(inputs) == before:
            if not self._repeated and found.inputs:
                self._repeated = True
                check_repeats(self._network, inputs, found.inputs, reading.device)
            self._attribution.offer(inputs, seen, mask)
            if self._seen is not None:
                with self._network.problems.guard("the probe set's inputs among others"):
                    self._seen.add(inputs, seen)
            return
        self._network.problems.report(
            "the inputs that influence is measured on",
            "the model writes into its inputs, which are no longer what it was given; let it write "
            "into a copy (x = x.clone())",
        )


def check_batches(loader: object) -> None:
    """Check that what was given can be iterated, batch by batch.

    Raises:
        TypeError: it is one batch, single inputs, or none of them.
    """
    given = f"run({type(loader).__name__})"
    if isinstance(loader, (Tensor, np.ndarray, Mapping)) or _is_pair(loader):
        raise TypeError(f"{given} is one batch; pass a list of batches: run([(inputs, labels)])")
    if isinstance(loader, Dataset) and not isinstance(loader, IterableDataset):
        raise TypeError(
            f"{given} yields single inputs; pass batches: run(DataLoader(dataset, batch_size=64))"
        )
    if isinstance(loader, (str, bytes)) or not hasattr(loader, "__iter__"):
        raise TypeError(f"{given}: expected a DataLoader, or any iterable of batches")


def _is_pair(loader: object) -> bool:
    """Return whether a tuple is one batch `(inputs, labels)`, not two batches of inputs."""
    if not isinstance(loader, tuple) or len(loader) != 2:
        return False
    inputs, labels = loader
    if not isinstance(inputs, Tensor) or not isinstance(labels, Tensor):
        return False
    return labels.ndim < inputs.ndim and labels.shape[:1] == inputs.shape[:1]
