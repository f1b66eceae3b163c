"""A recorder's projections: full activations of the probe set, compared while they pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from summary_ops import evaluation
from summary_ops.network import isolation
from summary_ops.problems import RECOVERABLE
from summary_ops.projections import pivots
from summary_ops.projections.comparing import Comparison
from summary_ops.projections.options import Projection
from summary_ops.projections.records import to_records
from tb_plugin_neural.record import Record

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


class Projections:
    """Compares the instances of the probe set, layer by layer.

    Args:
        recorder: whose probe set and layers are meant.
        options: what is recorded; None for nothing.

    Attributes:
        left_out: what is not, and which argument changes that.
    """

    def __init__(self, recorder: Recorder, options: Projection | None) -> None:
        self._recorder = recorder
        self._options = options
        self._pivots: tuple[int, ...] = ()
        self._comparison: Comparison | None = None
        self.left_out: tuple[str, ...] = ()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at what goes through the model: first at all of the probe set, in order."""
        options, probe = self._options, self._recorder.probe
        if options is None or probe is None:
            yield
            return
        self._comparison = Comparison(
            len(probe),
            options.metric,
            self._recorder.accumulator.settings.max_bytes,
            tell=self._recorder.problems.tell,
            every=options.neighbours > 0,
        )
        try:
            with self._recorder.taps.watching(self._comparison.see):
                yield
        finally:
            self._comparison = None

    def at(self, place: int) -> None:
        """Say which instance of the pass is the next."""
        if self._comparison is not None:
            self._comparison.place = place

    def finish(self, device: torch.device) -> Iterator[tuple[str, Record]]:
        """Make what further passes are needed; the records."""
        options, probe, comparison = self._options, self._recorder.probe, self._comparison
        if options is None or probe is None or comparison is None:
            return
        if not self._pivots:
            self._pivots = pivots.choose(probe, options.pivots, options.seed)
        front = tuple(dict.fromkeys((*self._pivots, *probe.focus)))

        def forward(chosen: Sequence[int]) -> None:
            with evaluation.seeing(self._recorder, probe.at(chosen), device):
                pass

        for layer, found in comparison.finish(forward, front):
            try:
                with isolation.without_autocast_or_grad():
                    records = list(
                        to_records(probe.hash, options, self._pivots, probe.focus, found)
                    )
            except RECOVERABLE as error:
                self._recorder.problems.tell(f"projection of layer {layer}", error)
            else:
                yield from ((layer, record) for record in records)
        self.left_out = comparison.left_out
