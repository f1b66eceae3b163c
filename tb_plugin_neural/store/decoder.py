"""Records out of event files, decoded once and kept while there is room."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from tensorboard import errors

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.records import KINDS, Problem, Record
from tb_plugin_neural.store.source import Undelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from tb_plugin_neural.store.cache import Cache
    from tb_plugin_neural.store.source import Entry, Listing, Source

A = TypeVar("A")
B = TypeVar("B")
R = TypeVar("R", bound=Record)

MOST_PROBLEMS = 200
AT_ONCE = 16

_DECODING = threading.BoundedSemaphore(4)  # times the limit is the memory they take together
_WORKERS = ThreadPoolExecutor(AT_ONCE, "neural")  # of the whole process, however many requests


def prefetch(function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Apply `function` to every item, in order, while the next ones are being computed.

    TensorBoard's data server takes 40 ms to answer one question, and hardly longer for many. What
    nobody waits for any more is not begun.
    """
    waiting: deque[tuple[A, Future[B]]] = deque()
    try:
        for item in items:
            waiting.append((item, _WORKERS.submit(function, item)))
            if len(waiting) > AT_ONCE:
                yield _result(function, *waiting.popleft())
        while waiting:
            yield _result(function, *waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()


def _result(function: Callable[[A], B], item: A, future: Future[B]) -> B:
    """Return a worker's result; compute it here if none has begun."""
    return function(item) if future.cancel() else future.result()


@dataclass
class Damage:
    """The records that could not be read so far, with the run and the reason."""

    found: dict[str, tuple[str, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, entry: Entry, message: str) -> None:
        """Remember a record that could not be read."""
        with self.lock:
            if len(self.found) < MOST_PROBLEMS:
                self.found[str(entry)] = entry.run, message

    def within(self, runs: Container[str]) -> list[Problem]:
        """Return the problems of some runs."""
        with self.lock:
            return [
                Problem(what, 1, message)
                for what, (run, message) in self.found.items()
                if run in runs
            ]


class Decoder:
    """Reads records of one data provider; what it has read is shared by all requests.

    Args:
        limit: most bytes that one record may inflate to.
    """

    def __init__(self, source: Source, cache: Cache, damage: Damage, limit: int) -> None:
        self.source = source
        self.cache = cache
        self.damage = damage
        self._limit = limit

    def entries(self, listing: Listing, batch: tuple[Listing, ...] = ()) -> tuple[Entry, ...]:
        """Return the records of a series in the order of their steps, undecoded.

        Args:
            listing: the series.
            batch: series that are asked for with it, in one question: it among them, or none.
        """
        batch = batch or (listing,)

        def read() -> tuple[dict[Listing, tuple[Entry, ...]], int]:
            found = self.source.entries(batch)
            keys = sum(len(entry.keys) for entries in found.values() for entry in entries)
            return found, 500 * (len(batch) + sum(map(len, found.values()))) + 200 * keys

        found = self.cache.get(("entries", self.source.experiment, batch), read)
        return found[listing]

    def record(self, entry: Entry, kind: type[R]) -> R | None:
        """Return one record, or None where it cannot be read, which is then among the problems."""
        if entry.series.kind != kind.kind:
            raise ValueError(f"{entry} is no {kind.kind}")
        record: R | None = self._read(entry)[0]
        return record

    def newest(self, entries: Iterable[Entry], kind: type[R]) -> R | None:
        """Return the last of the records that can be read."""
        records = (self.record(entry, kind) for entry in reversed([*entries]))
        return next((record for record in records if record is not None), None)

    def size(self, entry: Entry) -> int:
        """Bytes at rest of a record; of its pictures one is weighed."""
        return self._read(entry)[1]

    def blob(self, entry: Entry, index: int = 0) -> bytes:
        """Return one blob of a record.

        Raises:
            NotFoundError: the record has fewer blobs, or is gone.
        """
        if not 0 <= index < len(entry.keys):
            raise errors.NotFoundError(f"blob {index} of {len(entry.keys)} of {entry}")
        return self.source.blob(entry.keys[index])

    def _read(self, entry: Entry) -> tuple[Any, int]:
        """Return a record and its bytes at rest; None, 0 where it has disappeared."""
        try:
            return self.cache.get((entry.keys[0], entry.wall_time), lambda: self._decode(entry))
        except Undelivered as error:
            self.damage.note(entry, str(error))
            return None, 0
        except errors.NotFoundError:
            return None, 0

    def _decode(self, entry: Entry) -> tuple[tuple[Record | None, int], int]:
        blob = self.blob(entry)
        try:
            with _DECODING:
                record = KINDS[entry.series.kind].unpack(blob, self._limit)
        except codec.DamagedRecord as error:
            self.damage.note(entry, str(error))
            return (None, len(blob)), 100
        pictures = len(entry.keys) - 1
        size = len(blob) + (pictures * len(self.blob(entry, 1)) if pictures else 0)
        return (record, size), _weight(record)


def _weight(record: Record) -> int:
    """Bytes that a record holds in memory, roughly."""
    values = [getattr(record, spec.name) for spec in dataclasses.fields(record)]
    return 2000 + sum(
        value.nbytes if isinstance(value, np.ndarray) else 2 * len(str(value)) for value in values
    )
