"""Make records (`tb_plugin_neural.contract.records`) of statistics on the device."""

from __future__ import annotations

from collections.abc import Iterator

from summary_ops.streaming.accumulator import Accumulator
from tb_plugin_neural.contract import records


def to_records(accumulator: Accumulator) -> Iterator[tuple[str, records.Record]]:
    """Yield the records of everything counted, each with its layer (empty: the model)."""
    accumulator.flush()
    mode = next(iter(accumulator.modes)) if len(accumulator.modes) == 1 else "mixed"
    yield from accumulator.tables.records(mode)
    metrics = accumulator.metrics
    if metrics is not None and bool(metrics.inputs.any()):
        task = accumulator.settings.task
        yield "", metrics.record(mode, errors=task.quantiles)
