"""Records into event files; the only module that knows TensorBoard's writer."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import google_crc32c
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

from tb_plugin_neural.metadata import Series
from tb_plugin_neural.records import Record

EVENT_LIMIT = 64 * 2**20
"""Larger records of one step are split over several events."""

_lock = threading.RLock()


def _new_lock() -> None:
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


class WritesNoFile(ValueError):
    """A writer from which no event file comes."""


class FastRecordWriter(RecordWriter):  # type: ignore[misc]
    """TensorBoard's record framing with the checksum in C; its own is a Python loop."""

    def write(self, data: bytes) -> None:
        """Write one record: length, masked CRC of the length, data, masked CRC of the data."""
        length = struct.pack("<Q", len(data))
        self._writer.write(b"".join((length, _masked_crc(length), data, _masked_crc(data))))


def _masked_crc(data: bytes) -> bytes:
    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def write(writer: Any, records: Iterable[tuple[Series, Record]], step: int) -> int:
    """Write records of one step through a user's `SummaryWriter`.

    Works after `writer.close()` (the file is opened anew, as torch does), from several threads,
    and in a forked process, where the inherited writer's thread is gone and a new file is begun.

    Returns:
        The bytes written.

    Raises:
        WritesNoFile: the writer writes to no file.
    """
    size = 0
    with _lock:
        file_writer, forked = _file_writer(writer)
        for values in _split(records):
            summary = summary_pb2.Summary(value=values)
            size += summary.ByteSize()
            file_writer.add_summary(summary, int(step))
        if forked:
            file_writer.flush()
    return size


def check(writer: Any) -> None:
    """Check that event files come from a writer, before something is computed for it.

    Raises:
        WritesNoFile: the writer writes to no file.
    """
    with _lock:
        _file_writer(writer)


def _split(records: Iterable[tuple[Series, Record]]) -> Iterator[list[summary_pb2.Summary.Value]]:
    values: list[summary_pb2.Summary.Value] = []
    size = 0
    for series, record in records:
        value = _value(series, record.pack())
        if values and size + value.ByteSize() > EVENT_LIMIT:
            yield values
            values, size = [], 0
        values.append(value)
        size += value.ByteSize()
    if values:
        yield values


def _value(series: Series, blobs: list[bytes]) -> summary_pb2.Summary.Value:
    shape = tensor_shape_pb2.TensorShapeProto(
        dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=len(blobs))]
    )
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=blobs, tensor_shape=shape)
    return summary_pb2.Summary.Value(
        tag=series.tag, metadata=series.summary_metadata(), tensor=tensor
    )


def _file_writer(writer: Any) -> tuple[Any, bool]:
    """The writer's file writer, with the fast checksum, and whether the writer is a fork's.

    Such a process may end without closing its files, so that each write has to be flushed.
    """
    get = getattr(writer, "_get_file_writer", None)
    if get is None:
        raise WritesNoFile(
            f"a {type(writer).__name__} writes to no file; pass a "
            "torch.utils.tensorboard.SummaryWriter"
        )
    forked = _orphaned(getattr(writer, "file_writer", None))
    if forked:
        writer.file_writer = writer.all_writers = None
    file_writer = get()
    if not hasattr(file_writer, "add_summary"):
        raise WritesNoFile(
            f"the writer's file is a {type(file_writer).__name__}; pass a "
            "torch.utils.tensorboard.SummaryWriter"
        )
    born = None if forked else getattr(writer, "_neural_pid", os.getpid())
    writer._neural_pid = born  # noqa: SLF001
    _accelerate(file_writer)
    return file_writer, born != os.getpid()


def _async_writer(file_writer: Any) -> Any:
    return getattr(getattr(file_writer, "event_writer", None), "_async_writer", None)


def _orphaned(file_writer: Any) -> bool:
    """Whether the thread that empties the queue did not survive a fork."""
    worker = getattr(_async_writer(file_writer), "_worker", None)
    return worker is not None and not worker.is_alive()


def _accelerate(file_writer: Any) -> None:
    """Swap in the fast checksum; a writer of another make is left as it is."""
    queue: Any = _async_writer(file_writer)
    stock: Any = getattr(queue, "_writer", None)
    worker = getattr(queue, "_worker", None)
    if type(stock) is not RecordWriter or getattr(worker, "_record_writer", None) is not stock:
        return
    fast = FastRecordWriter(getattr(stock, "_writer", None))
    for holder, name in ((queue, "_writer"), (worker, "_record_writer")):
        setattr(holder, name, fast)
