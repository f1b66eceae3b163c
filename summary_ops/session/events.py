"""Records into event files; the only module that knows the event writers' insides."""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import google_crc32c
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.compat.proto import (
    event_pb2,
    summary_pb2,
    types_pb2,
)
from tensorboard.summary.writer.record_writer import RecordWriter

from summary_ops.session import writers
from summary_ops.session.writers import WritesNoFile
from tb_plugin_neural.contract.metadata import PLUGIN_NAME, Series
from tb_plugin_neural.contract.records import Record, Session

EVENT_LIMIT = 64 * 2**20
"""Larger records of one step are split over several events."""

FIRST = 4
"""Events among which a file says that it purges."""

_lock = threading.RLock()


def _new_lock() -> None:
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


class FastRecordWriter(RecordWriter):  # type: ignore[misc]
    """TensorBoard's record framing with the checksum in C; its own is a Python loop."""

    def write(self, data: bytes) -> None:
        """Write one record: length, masked CRC of the length, data, masked CRC of the data."""
        self._writer.write(framed(data))


def framed(data: bytes) -> bytes:
    """Frame a record as event files do."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, _masked_crc(length), data, _masked_crc(data)))


def _masked_crc(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


@dataclass(frozen=True)
class EventFile:
    """The event file that a writer writes now.

    Attributes:
        folder: it lies in.
        name: of the file.
        put: takes an event's bytes.
        flush: returns when they are handed over.
    """

    folder: str
    name: str
    put: Callable[[bytes], object]
    flush: Callable[[], object]

    def purges(self) -> bool:
        """Return whether the file makes TensorBoard drop earlier steps, by a `purge_step`."""
        with suppress(Exception):  # it may be of a store that has no such paths
            self.flush()
            events = LegacyEventFileLoader(str(Path(self.folder, self.name))).Load()
            return any(event.HasField("session_log") for event in islice(events, FIRST))
        return False


def write(
    writer: Any, records: Iterable[tuple[Series, Record]], step: int, at: float | None = None
) -> int:
    """Write records of one step through a user's writer.

    Works after `writer.close()` (the file is opened anew, as torch does), from several threads,
    and in a forked process, where the inherited writer's thread is gone and a new file is begun.
    So it is after an error, on a full disk say: what comes after half a record is not read.

    Args:
        writer: a `SummaryWriter`, or what holds one, see `writers.find`.
        records: and their series.
        step: of all of them.
        at: seconds since 1970; by default now.

    Returns:
        The bytes written; they are handed over to the file system.

    Raises:
        WritesNoFile: the writer writes to no file.
        Exception: whatever the file system raises; the records are not there.
    """
    parts = list(_events(records, int(step), time.time() if at is None else at))
    with _lock:
        file = open_file(writer)
        try:
            for part in parts:
                file.put(part)
            file.flush()
        except Exception:
            _leave(writers.find(writer))
            raise
    return sum(map(len, parts))


def open_file(writer: Any) -> EventFile:
    """Return the event file behind a writer, reopened if it was closed.

    Raises:
        WritesNoFile: there is none.
    """
    with _lock:
        owner = writers.find(writer)
        if _is_orphaned(getattr(owner, "file_writer", None)):
            owner.file_writer = owner.all_writers = None
        file_writer = owner._get_file_writer()  # noqa: SLF001
        event_writer = getattr(file_writer, "event_writer", None)
        for known in (_of_tensorboard, _of_tensorboardx):
            if (found := known(event_writer)) is not None:
                return found
    raise WritesNoFile(
        f"the writer's file is a {type(file_writer).__name__}; pass a {writers.TORCH}"
    )


def _of_tensorboard(event_writer: Any) -> EventFile | None:
    if getattr(event_writer, "_async_writer", None) is None:
        return None
    _accelerate(event_writer._async_writer)  # noqa: SLF001
    name = str(getattr(event_writer, "_file_name", ""))
    put = event_writer._async_writer.write  # noqa: SLF001
    return EventFile(event_writer.get_logdir(), Path(name).name, put, event_writer.flush)


def _of_tensorboardx(event_writer: Any) -> EventFile | None:
    """Its queue is passed by: its `flush` does not wait for that."""
    inner = getattr(event_writer, "_ev_writer", None)
    file = getattr(getattr(inner, "_py_recordio_writer", None), "_writer", None)
    if inner is None or file is None:
        return None

    def put(data: bytes) -> None:
        with inner._lock:  # noqa: SLF001
            file.write(framed(data))

    name = Path(str(inner._file_name)).name  # noqa: SLF001
    return EventFile(event_writer.get_logdir(), name, put, inner.flush)


def _is_orphaned(file_writer: Any) -> bool:
    """Return whether the thread that empties the queue is gone: after an error, or a fork."""
    event_writer = getattr(file_writer, "event_writer", None)
    holder = getattr(event_writer, "_async_writer", event_writer)
    worker = getattr(holder, "_worker", None)
    return worker is not None and not worker.is_alive()


def _leave(owner: Any) -> None:
    """Close a file that could not be written; the next one to write begins another."""
    with suppress(Exception):
        owner.file_writer.close()
    owner.file_writer = owner.all_writers = None


def _accelerate(queue: Any) -> None:
    """Swap in the fast checksum; a writer of another make is left as it is."""
    stock: Any = getattr(queue, "_writer", None)
    worker = getattr(queue, "_worker", None)
    if type(stock) is not RecordWriter or getattr(worker, "_record_writer", None) is not stock:
        return
    fast = FastRecordWriter(getattr(stock, "_writer", None))
    for holder, name in ((queue, "_writer"), (worker, "_record_writer")):
        setattr(holder, name, fast)


def names_in(event: bytes) -> set[str]:
    """Names of the recorders whose sessions an event begins, but for those that only add."""
    found: set[str] = set()
    if PLUGIN_NAME.encode() not in event:
        return found
    with suppress(Exception):  # of a foreign file
        for value in event_pb2.Event.FromString(event).summary.value:
            data = value.metadata.plugin_data
            if data.plugin_name == PLUGIN_NAME:
                found |= _name_of(Series.parse(data.content), value.tensor.string_val)
    return found


def _name_of(series: Series, blobs: Sequence[bytes]) -> set[str]:
    if series.kind != Session.kind:
        return set()
    session = Session.unpack(blobs[0])
    return set() if session.addition else {session.name}


def _events(records: Iterable[tuple[Series, Record]], step: int, at: float) -> Iterator[bytes]:
    """Events that hold the records, as bytes; one where they are not too large for it."""
    event, size = event_pb2.Event(step=step, wall_time=at), 0
    for series, record in records:
        blobs = record.pack()
        weight = sum(map(len, blobs))
        if event.summary.value and size + weight > EVENT_LIMIT:
            yield event.SerializeToString()
            event, size = event_pb2.Event(step=step, wall_time=at), 0
        _put(event.summary.value.add(), series, blobs)
        size += weight
    if event.summary.value:
        yield event.SerializeToString()


def _put(value: summary_pb2.Summary.Value, series: Series, blobs: Sequence[bytes]) -> None:
    """Fill a value in place: protobuf copies what is put together afterwards."""
    value.tag = series.tag
    value.metadata.CopyFrom(series.summary_metadata())
    value.tensor.dtype = types_pb2.DT_STRING
    value.tensor.tensor_shape.dim.add().size = len(blobs)
    value.tensor.string_val.extend(blobs)
