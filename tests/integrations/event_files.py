"""What a recorder wrote, read straight from its event files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from tb_plugin_neural.contract.metadata import PLUGIN_NAME, Series
from tb_plugin_neural.contract.records import KINDS


def records_in(logdir: Path) -> dict[tuple[int, str, str], Any]:
    """The records by step, kind and layer."""
    found = {}
    for path in sorted(logdir.rglob("*tfevents*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                data = value.metadata.plugin_data
                if data.plugin_name == PLUGIN_NAME:
                    series = Series.parse(data.content)
                    record = KINDS[series.kind].unpack(value.tensor.string_val[0])
                    found[event.step, series.kind, series.layer] = record
    return found
