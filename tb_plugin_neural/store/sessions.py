"""Join the sessions of a run into one model.

Every recorder begins a session of its own. The sessions of a run whose recorders have one name are
joined in the order of their wall time: training that is resumed from a checkpoint repeats steps, so
a later session hides what earlier ones recorded at its first step and after. A job that adds to
steps already recorded writes into a sub-run `<run>/neural-<job>`; it is joined to its parent and
hides nothing, unless it records the same again. So does a session that says it is an addition: a
recorder begins one for what it writes at a step for the second time.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from tb_plugin_neural.contract.records import Layer, Record, Session
    from tb_plugin_neural.store.source import Entry, Listing

R = TypeVar("R", bound="Record")

_JOB = re.compile(r"(?:(?P<parent>.*)[/\\])?neural-[^/\\]+", re.DOTALL)
_BIN = re.compile(r"(?P<kind>target|error):\d{1,6}")
TOGETHER = 32
"""Series whose records are asked for in one question."""

ROOT = "."
DEFAULT_NAME = "model"


@dataclass(frozen=True, eq=False)
class Recording:
    """One session in one run.

    Attributes:
        entries: records of some of its series: of all kinds, of the layers that stand for the rest.
        addition: whether it hides nothing: it adds to the sessions of a parent run, says that it
            is an addition, or does not say what it is.
    """

    run: str
    session: str
    about: Session
    listings: Mapping[tuple[str, str], Listing]
    entries: Mapping[tuple[str, str], tuple[Entry, ...]]
    addition: bool = False

    @cached_property
    def first_step(self) -> int:
        """The step it begins with."""
        return min(entry.step for entries in self.entries.values() for entry in entries)

    @cached_property
    def wall_time(self) -> float:
        """Start of the session, in seconds since 1970."""
        return min(entry.wall_time for entries in self.entries.values() for entry in entries)

    @cached_property
    def last_step(self) -> int:
        """The step it ends with, so far."""
        return max(entry.step for entries in self.entries.values() for entry in entries)

    @cached_property
    def batches(self) -> Mapping[Listing, tuple[Listing, ...]]:
        """The series of the same kind that are asked for together with a series."""
        found: dict[Listing, tuple[Listing, ...]] = {}
        by_kind: dict[str, list[Listing]] = defaultdict(list)
        for listing in self.listings.values():
            by_kind[listing.series.kind].append(listing)
        for group in by_kind.values():
            for first in range(0, len(group), TOGETHER):
                batch = tuple(group[first : first + TOGETHER])
                found.update(dict.fromkeys(batch, batch))
        return found

    @cached_property
    def age(self) -> tuple[float, str]:
        """Sorts sessions from the oldest to the newest."""
        return self.wall_time, self.session


@dataclass(frozen=True, eq=False)
class Model:
    """The sessions of a run that belong together, oldest first.

    Attributes:
        keys: by run and session, the model's own keys of quantile bins where the session's differ.
    """

    run: str
    about: Session
    recordings: tuple[Recording, ...]
    keys: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The recorder's name."""
        return self.about.name

    @property
    def first(self) -> Recording:
        """The session the others go on from."""
        return next((r for r in self.recordings if not r.addition), self.recordings[0])

    @cached_property
    def foreign(self) -> list[Recording]:
        """Sessions with other classes than the newest: what they say of class 3 is of another.

        A class list that extends another one is treated as the same list.
        """
        known = self.about.classes
        return [
            recording
            for recording in self.recordings
            if any(a != b for a, b in zip(recording.about.classes, known, strict=False))
        ]

    def rekeyed(self, entry: Entry, record: R) -> R:
        """Return a record of one of the sessions, with the model's keys of quantile bins."""
        keys = self.keys.get((entry.run, entry.series.session))
        for name in ("subsets", "rows") if keys else ():
            if keys and hasattr(record, name):
                own = tuple(keys.get(key, key) for key in getattr(record, name))
                record = dataclasses.replace(record, **{name: own})
        return record

    def visible(self, entry: Entry, recording: Recording) -> bool:
        """Return whether no later session hides a record of `recording`."""
        if recording in self._foreign:
            return False
        if entry.series.kind.startswith("probe") and recording.about.probe != self.about.probe:
            return False
        if recording.addition:
            times, first_steps = self._later
            return entry.step < first_steps[bisect(times, entry.wall_time)]
        return entry.step < self._hidden_from[recording]

    @cached_property
    def recorded(self) -> Mapping[str, Mapping[int, float]]:
        """Return, by kind, the steps with visible records and their first wall time."""
        found: dict[str, dict[int, float]] = defaultdict(dict)
        for recording in self.recordings:
            for (kind, _), entries in recording.entries.items():
                steps = found[kind]
                for entry in entries:
                    if self.visible(entry, recording):
                        first = steps.get(entry.step, math.inf)
                        steps[entry.step] = min(entry.wall_time, first)
        return {kind: dict(sorted(steps.items())) for kind, steps in found.items() if steps}

    @cached_property
    def overtaken(self) -> list[tuple[Recording, Recording]]:
        """Sessions of which nothing is left to see, each with the one that hides it.

        Where it began at a later step than the one that hides it, that may be a training that was
        resumed while the clock was behind.
        """
        found: list[tuple[Recording, Recording]] = []
        hider = None
        for one in reversed([r for r in self.recordings if not r.addition]):
            if hider is not None and hider.first_step < one.first_step:
                found.append((one, hider))
            else:
                hider = one
        return found[::-1]

    @cached_property
    def _foreign(self) -> frozenset[Recording]:
        return frozenset(self.foreign)

    @cached_property
    def _hidden_from(self) -> dict[Recording, float]:
        """The step from which later sessions hide a session, by session."""
        found, first = {}, math.inf
        for recording in reversed([r for r in self.recordings if not r.addition]):
            found[recording] = first
            first = min(first, recording.first_step)
        return found

    @cached_property
    def _later(self) -> tuple[list[float], list[float]]:
        """Wall times at which sessions begin, and the first step of any that begins then or later.

        Of the steps there is one more than of the times: none.
        """
        mains = sorted((r.wall_time, r.first_step) for r in self.recordings if not r.addition)
        steps = [step for _, step in mains]
        first = list(itertools.accumulate(reversed(steps), min, initial=math.inf))
        return [time for time, _ in mains], first[::-1]


def parent_of(run: str) -> str | None:
    """Return the run that a job's sub-run adds to, or None if `run` is no sub-run."""
    job = _JOB.fullmatch(run)
    return (job["parent"] or ROOT) if job else None


def join(recordings: Iterable[Recording]) -> list[Model]:
    """Join sessions to models, ordered by run and name."""
    recordings = sorted(recordings, key=lambda recording: recording.age)
    runs = {recording.run for recording in recordings}
    homes = [_home(recording.run, runs) for recording in recordings]
    names = {home: r.about.name for home, r in zip(homes, recordings, strict=True) if r.about.name}
    groups = defaultdict(list)
    for home, recording in zip(homes, recordings, strict=True):
        name = recording.about.name
        addition = home != recording.run or not name or recording.about.addition
        joined = dataclasses.replace(recording, addition=addition)
        groups[home, name or names.get(home, DEFAULT_NAME)].append(joined)
    return [_model(run, name, group) for (run, name), group in sorted(groups.items())]


def _home(run: str, runs: Container[str]) -> str:
    """Return the run whose model a session belongs to."""
    parent = parent_of(run)
    return parent if parent is not None and parent in runs else run


def _model(run: str, name: str, recordings: Sequence[Recording]) -> Model:
    main = [r for r in recordings if not r.addition] or recordings
    newest_first = [r.about for r in reversed(main)]
    newest_first += [r.about for r in reversed(recordings) if r.about not in newest_first]
    names, keys = _quantile_bins(recordings)
    about = dataclasses.replace(
        newest_first[0],
        name=name,
        subset_names=names,
        layers=_layers(newest_first),
        probe=next((about.probe for about in newest_first if about.probe), None),
        weights=main[0].about.weights,
    )
    return Model(run, about, tuple(recordings), keys)


def _quantile_bins(
    recordings: Sequence[Recording],
) -> tuple[tuple[str, ...], dict[tuple[str, str], dict[str, str]]]:
    """Readable names of all sessions' quantile bins, and the keys by which a session's are known.

    The first inputs of a session make the bounds of its bins. A bin with bounds, hence a name, that
    no earlier session has is another bin: it gets the next free number.
    """
    named: dict[str, str] = {}
    key_of: dict[tuple[str, str, int], str] = {}
    free, changed = Counter[str](), {}
    for recording in recordings:
        flat = recording.about.subset_names
        keys, seen = {}, Counter[tuple[str, str]]()
        for key, name in zip(flat[::2], flat[1::2], strict=False):
            found = _BIN.fullmatch(key)
            if not found:
                named.setdefault(key, name)
                continue
            kind = found["kind"]
            identity = kind, name, seen[kind, name]
            seen[kind, name] += 1
            if identity not in key_of:
                key_of[identity] = own = f"{kind}:{free[kind]}" if key in named else key
                named[own] = name
                free[kind] = max(free[kind], 1 + int(own.partition(":")[2]))
            if key_of[identity] != key:
                keys[key] = key_of[identity]
        if keys:
            changed[recording.run, recording.session] = keys
    return tuple(text for pair in named.items() for text in pair), changed


def _layers(sessions: Sequence[Session]) -> tuple[Layer, ...]:
    by_name: dict[str, Layer] = {}
    for session in sessions:
        for layer in session.layers:
            by_name.setdefault(layer.name, layer)
    return tuple(by_name.values())
