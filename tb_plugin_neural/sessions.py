"""How the sessions of a run make one model.

Every recorder begins a session of its own. The sessions of a run whose recorders have one name are
joined in the order of their wall time: training that is resumed from a checkpoint repeats steps, so
a later session hides what earlier ones recorded at its first step and after. A job that adds to
steps already recorded writes into a sub-run `<run>/neural-<job>`; it is joined to its parent and
hides nothing, unless it records the same again.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from tb_plugin_neural.records import Layer, Session
    from tb_plugin_neural.source import Entry, Listing

_JOB = re.compile(r"(?:(?P<parent>.*)[/\\])?neural-[^/\\]+", re.DOTALL)
ROOT = "."
DEFAULT_NAME = "model"


@dataclass(frozen=True, eq=False)
class Recording:
    """One session as it lies in one run.

    Attributes:
        entries: records of some of its series: of all kinds, of the layers that stand for the rest.
        addition: whether it hides nothing: it adds to the sessions of a parent run, or does not
            say what it is.
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
        """When it began, in seconds since 1970."""
        return min(entry.wall_time for entries in self.entries.values() for entry in entries)

    @cached_property
    def age(self) -> tuple[float, str]:
        """Sorts sessions from the oldest to the newest."""
        return self.wall_time, self.session


@dataclass(frozen=True, eq=False)
class Model:
    """The sessions of a run that belong together, oldest first."""

    run: str
    about: Session
    recordings: tuple[Recording, ...]

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

        A list of classes that goes on where the other ends is none other.
        """
        known = self.about.classes
        return [
            recording
            for recording in self.recordings
            if any(a != b for a, b in zip(recording.about.classes, known, strict=False))
        ]

    def visible(self, entry: Entry, recording: Recording) -> bool:
        """Whether no later session hides a record of `recording`."""
        if recording in self.foreign:
            return False
        if entry.series.kind.startswith("probe") and recording.about.probe != self.about.probe:
            return False
        later = (r for r in self.recordings if not r.addition and r.first_step <= entry.step)
        if recording.addition:
            return all(r.wall_time <= entry.wall_time for r in later)
        return all(r.age <= recording.age for r in later)


def parent_of(run: str) -> str | None:
    """The run that a job's sub-run adds to, or None if `run` is no such sub-run."""
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
        addition = home != recording.run or not name
        joined = dataclasses.replace(recording, addition=addition)
        groups[home, name or names.get(home, DEFAULT_NAME)].append(joined)
    return [_model(run, name, group) for (run, name), group in sorted(groups.items())]


def _home(run: str, runs: Container[str]) -> str:
    """The run whose model a session belongs to."""
    parent = parent_of(run)
    return parent if parent is not None and parent in runs else run


def _model(run: str, name: str, recordings: Sequence[Recording]) -> Model:
    main = [r for r in recordings if not r.addition] or recordings
    newest_first = [r.about for r in reversed(main)]
    newest_first += [r.about for r in reversed(recordings) if r.about not in newest_first]
    about = dataclasses.replace(
        newest_first[0],
        name=name,
        layers=_layers(newest_first),
        probe=next((about.probe for about in newest_first if about.probe), None),
        weights=main[0].about.weights,
    )
    return Model(run, about, tuple(recordings))


def _layers(sessions: Sequence[Session]) -> tuple[Layer, ...]:
    by_name: dict[str, Layer] = {}
    for session in sessions:
        for layer in session.layers:
            by_name.setdefault(layer.name, layer)
    return tuple(by_name.values())
