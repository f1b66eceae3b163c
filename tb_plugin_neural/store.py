"""Typed, cached reads of what recorders wrote, over TensorBoard's data provider."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
import time
from bisect import bisect, bisect_left
from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from tensorboard import errors

from tb_plugin_neural import codec, sessions
from tb_plugin_neural.cache import Cache
from tb_plugin_neural.records import KINDS, Histograms, Layer, Problem, Record, Session
from tb_plugin_neural.sessions import Model, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tb_plugin_neural.source import Entry, Listing, Source

R = TypeVar("R", bound=Record)

A = TypeVar("A")
B = TypeVar("B")

MOST_PROBLEMS = 200
AT_ONCE = 16
STALE = 60.0
"""Seconds after which any request looks anew; the index does so always."""

UNTOLD = Session("", None, (), (), (), None, "", ())
"""What a session says of itself whose own record cannot be read."""


@dataclass(frozen=True)
class Snapshot:
    """What there is, at one time."""

    models: tuple[Model, ...]
    problems: tuple[Problem, ...]

    def model(self, run: str, name: str) -> Model | None:
        """The model of that name in a run."""
        return next((m for m in self.models if (m.run, m.name) == (run, name)), None)


@dataclass
class Memory:
    """What the requests of one server share.

    Attributes:
        records: decoded records, and what was computed from them, by bytes.
        limit: most bytes that one record may inflate to.
        snapshots: the newest two.
        damaged: records that could not be read, by name, with the run and the reason.
    """

    records: Cache
    limit: int = codec.INFLATE_LIMIT
    snapshots: Cache = field(default_factory=lambda: Cache(2))
    latest: dict[str, tuple[float, Snapshot]] = field(default_factory=dict)
    damaged: dict[str, tuple[str, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, entry: Entry, message: str) -> None:
        """Remember that a record could not be read."""
        with self.lock:
            if len(self.damaged) < MOST_PROBLEMS:
                self.damaged[str(entry)] = (entry.run, message)


class Store:
    """What one request sees: the same sessions and steps from its begin to its end."""

    def __init__(self, source: Source, memory: Memory) -> None:
        self.memory = memory
        self._source = source
        self._snapshot: Snapshot | None = None
        self._visible: dict[tuple[Model, str, str], tuple[Entry, ...]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """All models as they were when last looked at, at most a minute ago."""
        if self._snapshot is None:
            seen, latest = self.memory.latest.get(self._source.experiment, (0.0, None))
            if latest is None or time.monotonic() - seen > STALE:
                return self.look()
            self._snapshot = latest
        return self._snapshot

    def look(self) -> Snapshot:
        """All models as they are now; a burst of requests within a second looks once."""
        now = time.monotonic()
        key = self._source.experiment, int(now)
        snapshot = self.memory.snapshots.get(key, lambda: (self._look(), 1))
        self.memory.latest[self._source.experiment] = now, snapshot
        self._snapshot = snapshot
        return snapshot

    def ahead(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of every item, in order, while the next ones are under way.

        TensorBoard's data server takes 40 ms to answer one question, and hardly longer for many.
        """
        waiting: deque[Future[B]] = deque()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def warm(self, wanted: Iterable[tuple[Model, type[Record], str, int]]) -> None:
        """Read the records nearest to (model, kind, layer, step) at once, for the sake of time."""

        def read(one: tuple[Model, type[Record], str, int]) -> None:
            with contextlib.suppress(errors.NotFoundError):
                self.find(*one)

        deque(self.ahead(read, wanted), maxlen=0)

    def problems(self) -> list[Problem]:
        """What could not be read so far, of the runs that are there."""
        runs = {r.run for model in self.snapshot.models for r in model.recordings}
        with self.memory.lock:
            damaged = [
                Problem(what, 1, message)
                for what, (run, message) in self.memory.damaged.items()
                if run in runs
            ]
        return [*self.snapshot.problems, *damaged]

    def model(self, run: str, name: str) -> Model:
        """The model of that name in a run.

        Raises:
            NotFoundError: there is none.
        """
        model = self.snapshot.model(run, name) or self.look().model(run, name)
        if model is not None:
            return model
        there = ", ".join(sorted({model.run for model in self.snapshot.models})[:20])
        raise errors.NotFoundError(f"no model {name!r} in run {run!r}; there are runs: {there}")

    def entries(self, model: Model, kind: type[Record], layer: str = "") -> tuple[Entry, ...]:
        """The records of one kind and layer that no later session hides, the last one last."""
        key = model, kind.kind, layer
        if key not in self._visible:
            found = [
                entry
                for recording in model.recordings
                if (listing := recording.listings.get((kind.kind, layer)))
                for entry in self._entries(listing)
                if model.visible(entry, recording)
            ]
            self._visible[key] = tuple(sorted(found, key=lambda e: (e.step, e.wall_time)))
        return self._visible[key]

    def find(
        self,
        model: Model,
        kind: type[R],
        layer: str,
        step: int,
        accept: Callable[[R], bool] = lambda _: True,
    ) -> tuple[Entry, R]:
        """The record at a step; else the nearest earlier one, else the first one.

        Of several at one step the newest is taken. Records that cannot be read, and those that are
        not accepted, are passed over.

        Raises:
            NotFoundError: there is no such record.
        """
        entries = self.entries(model, kind, layer)
        nearest = sorted(entries, key=lambda e: (e.step > step, abs(e.step - step), -e.wall_time))
        others = self.ahead(lambda entry: self.record(entry, kind), nearest[1:])
        records = itertools.chain((self.record(entry, kind) for entry in nearest[:1]), others)
        for entry, record in zip(nearest, records, strict=True):
            if record is not None and accept(record):
                return entry, record
        of = f" of layer {layer!r}" if layer else ""
        raise errors.NotFoundError(
            f"no such {kind.kind}{of} recorded for {model.name!r} in run {model.run!r}"
        )

    def last(self, model: Model, kind: type[R], layer: str = "") -> R | None:
        """The newest readable record, or None."""
        for entry in reversed(self.entries(model, kind, layer)):
            if (record := self.record(entry, kind)) is not None:
                return record
        return None

    def at(
        self,
        model: Model,
        kind: type[R],
        layer: str,
        step: int,
        accept: Callable[[R], bool] = lambda _: True,
    ) -> R | None:
        """The record at exactly this step, chosen as by `find`, or None."""
        entries = self.entries(model, kind, layer)
        low, high = (side(entries, step, key=lambda e: e.step) for side in (bisect_left, bisect))
        read = (self.record(entry, kind) for entry in reversed(entries[low:high]))
        return next((record for record in read if record is not None and accept(record)), None)

    def over_steps(
        self,
        model: Model,
        kind: type[R],
        layer: str = "",
        accept: Callable[[R], bool] = lambda _: True,
    ) -> Iterator[tuple[int, R]]:
        """A record a step, in order, chosen as by `find`."""
        steps = self.steps(model, kind, layer)
        records = self.ahead(lambda step: self.at(model, kind, layer, step, accept), steps)
        return ((s, r) for s, r in zip(steps, records, strict=True) if r is not None)

    def steps(self, model: Model, kind: type[Record], layer: str = "") -> list[int]:
        """The steps with records of one kind and layer."""
        return list(dict.fromkeys(entry.step for entry in self.entries(model, kind, layer)))

    def record(self, entry: Entry, kind: type[R]) -> R | None:
        """One record, or None where it cannot be read, which is then among the problems."""
        if entry.series.kind != kind.kind:
            raise ValueError(f"{entry} is no {kind.kind}")
        record: R | None = self._read(entry)[0]
        return record

    def size(self, entry: Entry) -> int:
        """Bytes at rest of a record, without its pictures."""
        return self._read(entry)[1]

    def blob(self, entry: Entry, index: int = 0) -> bytes:
        """One blob of a record.

        Raises:
            NotFoundError: the record has fewer blobs, or is gone.
        """
        if not 0 <= index < len(entry.keys):
            raise errors.NotFoundError(f"blob {index} of {len(entry.keys)} of {entry}")
        return self._source.blob(entry.keys[index])

    def _read(self, entry: Entry) -> tuple[Any, int]:
        """A record and its bytes at rest; None, 0 where it is gone meanwhile."""
        try:
            return self.memory.records.get(
                (entry.keys[0], entry.wall_time), lambda: self._decode(entry)
            )
        except errors.NotFoundError:
            return None, 0

    def _decode(self, entry: Entry) -> tuple[tuple[Record | None, int], int]:
        blob = self.blob(entry)
        try:
            record = KINDS[entry.series.kind].unpack(blob, self.memory.limit)
        except codec.DamagedRecord as error:
            self.memory.note(entry, str(error))
            return (None, len(blob)), 100
        return (record, len(blob)), weight(record)

    def _entries(self, listing: Listing) -> tuple[Entry, ...]:
        def read() -> tuple[tuple[Entry, ...], int]:
            entries = self._source.entries([listing])[listing]
            return entries, 500 * (1 + len(entries))

        return self.memory.records.get(("entries", self._source.experiment, listing), read)

    def _look(self) -> Snapshot:
        listings, unreadable = self._source.listings()
        problems = Problems()
        for unread in unreadable:
            problems.add(f"run {unread.run}", unread.message)
        by_session: dict[tuple[str, str], dict[tuple[str, str], Listing]] = defaultdict(dict)
        for listing in listings:
            series = listing.series
            if series.kind in KINDS:
                by_session[listing.run, series.session][series.kind, series.layer] = listing
            else:
                problems.add(f"run {listing.run}", f"records of an unknown kind {series.kind!r}")
        recordings = self._recordings(by_session)
        models = tuple(sessions.join(recordings))
        for model in models:
            for recording in model.foreign:
                problems.add(
                    f"run {recording.run}, session {recording.session}",
                    "its classes are not those of the newest session; its records are not shown",
                )
        return Snapshot(models, problems.all())

    def _recordings(
        self, by_session: dict[tuple[str, str], dict[tuple[str, str], Listing]]
    ) -> list[Recording]:
        abouts = list(self.ahead(self._about, by_session.values()))
        chosen = [representatives(*one) for one in zip(by_session.values(), abouts, strict=True)]
        entries = self.ahead(self._entries, itertools.chain(*chosen))
        found = []
        for ((run, session), listings), about, group in zip(
            by_session.items(), abouts, chosen, strict=True
        ):
            read = {
                (one.series.kind, one.series.layer): records
                for one, records in [(one, next(entries)) for one in group]
                if records
            }
            if read:
                found.append(Recording(run, session, about, listings, read))
        return found

    def _about(self, listings: dict[tuple[str, str], Listing]) -> Session:
        """What a session says of itself, with the layers that it recorded but does not name."""
        said = [
            (entry.wall_time, session)
            for (kind, _), listing in listings.items()
            if kind == Session.kind
            for entry in self._entries(listing)
            if (session := self.record(entry, Session)) is not None
        ]
        about = max(said, key=lambda pair: pair[0])[1] if said else UNTOLD
        named = {layer.name for layer in about.layers}
        unnamed = [
            Layer(layer, "", self._units(listing), "")
            for (kind, layer), listing in listings.items()
            if kind == Histograms.kind and layer not in named
        ]
        return dataclasses.replace(about, layers=(*about.layers, *unnamed)) if unnamed else about

    def _units(self, listing: Listing) -> int:
        read = (self.record(entry, Histograms) for entry in reversed(self._entries(listing)))
        return next((record.counts.shape[1] for record in read if record is not None), 0)


class Problems:
    """Counts equal problems."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = defaultdict(int)

    def add(self, what: str, message: str) -> None:
        """Count one."""
        self._counts[what, message] += 1

    def all(self) -> tuple[Problem, ...]:
        """Every problem once, with its count."""
        return tuple(Problem(w, n, m) for (w, m), n in self._counts.items())[:MOST_PROBLEMS]


def weight(record: Record) -> int:
    """Bytes that a record holds in memory, roughly."""
    values = [getattr(record, spec.name) for spec in dataclasses.fields(record)]
    return 2000 + sum(
        value.nbytes if isinstance(value, np.ndarray) else 2 * len(str(value)) for value in values
    )


def representatives(listings: dict[tuple[str, str], Listing], about: Session) -> Sequence[Listing]:
    """Series whose steps stand for those of a session's other series.

    One `write` writes all layers, so that of the series of one kind that end alike only the layer
    with the most units is read.
    """
    units = {layer.name: layer.units for layer in about.layers}
    chosen: dict[Any, Listing] = {}
    for (kind, layer), listing in listings.items():
        rank = kind, listing.stamp
        if rank not in chosen or units.get(layer, 0) > units.get(chosen[rank].series.layer, 0):
            chosen[rank] = listing
    return list(chosen.values())
