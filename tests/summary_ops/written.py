"""Records, as they are before and after they were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.context import RequestContext

from summary_ops import Recorder
from summary_ops.streaming import writing
from tb_plugin_neural.contract.metadata import PLUGIN_NAME, Series
from tb_plugin_neural.contract.records import KINDS, Problems, Record, Session
from tb_plugin_neural.store.cache import Cache
from tb_plugin_neural.store.source import Source
from tb_plugin_neural.store.store import Memory, Store

R = TypeVar("R", bound=Record)


def counted(recorder: Recorder) -> dict[tuple[str, str], Any]:
    """What a recorder has counted since its last record, by kind and layer."""
    found = writing.to_records(recorder.pipeline.accumulator)
    return {(record.kind, layer): record for layer, record in found}


def events(folder: Path) -> Iterator[Any]:
    """All events of a run with our values, file by file, as TensorBoard's own reader gives them."""
    for path in sorted(folder.glob("*tfevents*")):
        loader = event_file_loader.LegacyEventFileLoader(str(path))
        for event in loader.Load():
            if any(_is_ours(value) for value in event.summary.value):
                yield event


def _is_ours(value: Any) -> bool:
    return bool(value.metadata.plugin_data.plugin_name == PLUGIN_NAME)


def written(folder: Path) -> dict[tuple[str, str, int], Any]:
    """All records in a run's event files, by kind, layer and step."""
    found = {}
    for event in events(folder):
        for value in filter(_is_ours, event.summary.value):
            series = Series.parse(value.metadata.plugin_data.content)
            record = KINDS[series.kind].unpack(value.tensor.string_val[0])
            found[series.kind, series.layer, event.step] = record
    return found


def last(folder: Path, kind: type[R], layer: str = "") -> R:
    """The record of the last step of one kind and layer."""
    found = {
        key: record for key, record in written(folder).items() if key[:2] == (kind.kind, layer)
    }
    return found[max(found, key=lambda key: key[2])]


def session(folder: Path) -> Session:
    """What the last session in a run says of itself."""
    return last(folder, Session)


def problems(folder: Path) -> dict[str, str]:
    """Messages of the problems told in a run, by what they concern."""
    keys = [key for key in written(folder) if key[0] == Problems.kind]
    return {p.what: p.message for p in last(folder, Problems).problems} if keys else {}


def store_of(provider: Any) -> Store:
    """What the backend sees of a log directory through one of TensorBoard's data servers."""
    return Store(Source(provider, RequestContext(), ""), Memory(Cache(2**28)))
