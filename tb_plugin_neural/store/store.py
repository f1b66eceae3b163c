"""Typed reads of what recorders wrote: the records of a model, at a step or over all steps."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from bisect import bisect, bisect_left
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tensorboard import errors

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.records import Problem, Record
from tb_plugin_neural.store import snapshot
from tb_plugin_neural.store.cache import Cache
from tb_plugin_neural.store.decoder import Damage, Decoder, prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.snapshot import Snapshot
    from tb_plugin_neural.store.source import Entry, Source

R = TypeVar("R", bound=Record)

STALE = 60.0
"""Seconds after which any request looks anew; the index does so always."""


REQUESTS = 4
"""Requests that are computed at a time."""


@dataclass
class Memory:
    """The state that the requests of one server share.

    Attributes:
        cache: decoded records, and what was computed from them, by bytes.
        limit: most bytes that one record may inflate to.
        latest: the newest snapshot of an experiment, and when it was taken.
        answers: those under way: whoever asks the same meanwhile gets the same.
        gate: requests that are computed at a time; the others wait their turn, so that none waits
            for all.
    """

    cache: Cache
    limit: int = codec.INFLATE_LIMIT
    damage: Damage = field(default_factory=Damage)
    snapshots: Cache = field(default_factory=lambda: Cache(2))
    answers: Cache = field(default_factory=lambda: Cache(0))
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(REQUESTS))
    latest: dict[str, tuple[float, Snapshot]] = field(default_factory=dict)


class Store:
    """One request's view: the same sessions and steps from its beginning to its end."""

    def __init__(self, source: Source, memory: Memory) -> None:
        self.decoder = Decoder(source, memory.cache, memory.damage, memory.limit)
        self._experiment = source.experiment
        self._memory = memory
        self._snapshot: Snapshot | None = None
        self._visible: dict[tuple[Model, str, str], tuple[Entry, ...]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """Return all models as they were when last looked at, at most a minute ago."""
        if self._snapshot is None:
            taken, latest = self._memory.latest.get(self._experiment, (0.0, None))
            if latest is None or time.monotonic() - taken > STALE:
                return self.look()
            self._snapshot = latest
        return self._snapshot

    def look(self) -> Snapshot:
        """Return all models as they are now; a burst of requests within a second looks once."""
        now = time.monotonic()
        key = self._experiment, int(now)
        taken = self._memory.snapshots.get(key, lambda: (snapshot.take(self.decoder), 1))
        self._memory.latest[self._experiment] = now, taken
        self._snapshot = taken
        return taken

    def problems(self) -> list[Problem]:
        """Return what could not be read so far, of the present runs."""
        runs = {r.run for model in self.snapshot.models for r in model.recordings}
        return [*self.snapshot.problems, *self._memory.damage.within(runs)]

    def model(self, run: str, name: str) -> Model:
        """Return the model of that name in a run.

        Raises:
            NotFoundError: there is none.
        """
        model = self.snapshot.model(run, name) or self.look().model(run, name)
        if model is not None:
            return model
        there = ", ".join(sorted({model.run for model in self.snapshot.models})[:20])
        raise errors.NotFoundError(f"no model {name!r} in run {run!r}; there are runs: {there}")

    def entries(self, model: Model, kind: type[Record], layer: str = "") -> tuple[Entry, ...]:
        """Return the records of one kind and layer that no later session hides, in order."""
        key = model, kind.kind, layer
        if key not in self._visible:
            found = [
                entry
                for recording in model.recordings
                if (listing := recording.listings.get((kind.kind, layer)))
                for entry in self.decoder.entries(listing, recording.batches[listing])
                if model.visible(entry, recording)
            ]
            self._visible[key] = tuple(sorted(found, key=lambda e: (e.step, e.wall_time)))
        return self._visible[key]

    def entries_at(
        self, model: Model, kind: type[Record], layer: str, step: int
    ) -> tuple[Entry, ...]:
        """Return the records of exactly one step."""
        entries = self.entries(model, kind, layer)
        low, high = (side(entries, step, key=lambda e: e.step) for side in (bisect_left, bisect))
        return entries[low:high]

    def steps(self, model: Model, kind: type[Record], layer: str = "") -> list[int]:
        """Return the steps with records of one kind and layer."""
        return list(dict.fromkeys(entry.step for entry in self.entries(model, kind, layer)))

    def find(
        self,
        model: Model,
        kind: type[R],
        layer: str,
        step: int,
        accept: Callable[[R], bool] = lambda _: True,
    ) -> tuple[Entry, R]:
        """Find the record at a step; else the nearest earlier one, else the first one.

        Of several at one step the newest is taken. Records that cannot be read, and those that are
        not accepted, are passed over.

        Raises:
            NotFoundError: there is no such record.
        """
        entries = self.entries(model, kind, layer)
        nearest = sorted(entries, key=lambda entry: entry.distance(step))
        others = prefetch(lambda entry: self.record(model, entry, kind), nearest[1:])
        first = (self.record(model, entry, kind) for entry in nearest[:1])
        for entry, record in zip(nearest, itertools.chain(first, others), strict=True):
            if record is not None and accept(record):
                return entry, record
        of = f" of layer {layer!r}" if layer else ""
        raise errors.NotFoundError(
            f"no such {kind.kind}{of} recorded for {model.name!r} in run {model.run!r}"
        )

    def at(
        self,
        model: Model,
        kind: type[R],
        layer: str,
        step: int,
        accept: Callable[[R], bool] = lambda _: True,
    ) -> tuple[Entry, R] | None:
        """Return the record at exactly this step, chosen as by `find`, or None."""
        for entry in reversed(self.entries_at(model, kind, layer, step)):
            record = self.record(model, entry, kind)
            if record is not None and accept(record):
                return entry, record
        return None

    def over_steps(self, model: Model, kind: type[R], layer: str = "") -> Iterator[tuple[Entry, R]]:
        """Yield one record per step, in order, chosen as by `find`."""
        steps = self.steps(model, kind, layer)
        found = prefetch(lambda step: self.at(model, kind, layer, step), steps)
        return (one for one in found if one is not None)

    def newest(self, model: Model, kind: type[R], layer: str = "") -> R | None:
        """Return the last record that can be read, or None."""
        return self.last(model, self.entries(model, kind, layer), kind)

    def last(self, model: Model, entries: Iterable[Entry], kind: type[R]) -> R | None:
        """Return the last of some of a model's records that can be read, or None."""
        records = (self.record(model, entry, kind) for entry in reversed([*entries]))
        return next((record for record in records if record is not None), None)

    def record(self, model: Model, entry: Entry, kind: type[R]) -> R | None:
        """Return one record with the model's own keys, or None where it cannot be read."""
        record = self.decoder.record(entry, kind)
        return record if record is None else model.rekeyed(entry, record)

    def preload(self, queries: Iterable[tuple[Model, type[Record], str, int]]) -> None:
        """Read the records nearest to (model, kind, layer, step) at once, for the sake of time."""

        def read(one: tuple[Model, type[Record], str, int]) -> None:
            with contextlib.suppress(errors.NotFoundError):
                self.find(*one)

        deque(prefetch(read, queries), maxlen=0)
