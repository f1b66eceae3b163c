"""What has been written under one name: the sessions, and what they have been told already."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from summary_ops import events
from summary_ops.problems import RECOVERABLE, Problems
from tb_plugin_neural import records
from tb_plugin_neural.metadata import Series

Rows = Sequence[tuple[str, records.Record]]
"""Records, each with the layer it is about; empty for the whole model."""

Key = tuple[str, str]

_newest: dict[Key, str] = {}
"""The journal that was begun last, by folder and recorder's name."""


@dataclass
class _Session:
    """A session in an event file: static records once, then records of rising steps.

    Attributes:
        addition: whether it repeats steps of the session before, and hides nothing else of it.
        last: the last step written, by kind and layer.
        told: what it has said of itself.
        architecture: what it has said of the model.
        sample: what it has said of the inputs that influence is measured on.
    """

    addition: bool = False
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    last: dict[Key, int] = field(default_factory=dict)
    told: records.Session | None = None
    architecture: records.Record | None = None
    sample: records.Record | None = None
    probe_told: bool = False

    def latest(self, keys: Iterable[Key]) -> float:
        """The last step at which any of these was written."""
        return max((self.last[key] for key in keys if key in self.last), default=-float("inf"))


class Journal:
    """The sessions of one recorder, in every folder that it writes into.

    Args:
        problems: told of steps that go back or repeat; its news are written along.
        addition: whether it adds to what others write under that name, and hides none of it; then
            steps may come in any order.
    """

    def __init__(self, problems: Problems, *, addition: bool = False) -> None:
        self.problems = problems
        self.addition = addition
        self.started = False
        self._mark = secrets.token_hex(8)
        self._sessions: dict[str, list[_Session]] = {}

    def write(
        self,
        writer: Any,
        rows: Rows,
        step: int,
        *,
        about: records.Session,
        architecture: records.Record | None = None,
        probe: Callable[[], records.Probe] | None = None,
        sample: records.Record | None = None,
    ) -> int:
        """Write the records of one step, and before them what the session has not told yet.

        A step below the last one of the same record begins anew, as a training resumed from a
        checkpoint does. One that repeats it goes into a session beside, as the data servers
        differ in which of two records of one session and step they keep.

        Returns:
            The bytes written.

        Raises:
            WritesNoFile: the writer writes to no file.
        """
        keys = [(record.kind, layer) for layer, record in rows]
        session = self._session(str(getattr(writer, "log_dir", "")), about.name, keys, step)
        about = replace(about, addition=session.addition)
        static: list[tuple[str, records.Record]] = []
        if about != session.told:
            static.append(("", about))
        if architecture is not None and architecture != session.architecture:
            static.append(("", architecture))
        if sample is not None and sample is not session.sample:
            static.append(("", sample))
        if probe is not None and not (session.probe_told or session.addition):
            try:
                static.append(("", probe()))
            except RECOVERABLE as error:  # of the user's own rendering
                self.problems.tell("the probe set's instances", error)
        if found := self.problems.take():
            static.append(("", records.Problems(found)))
        series = [(Series(session.name, r.kind, layer), r) for layer, r in (*static, *rows)]
        try:
            size = events.write(writer, series, step)
        except events.WritesNoFile:
            raise
        except (OSError, *RECOVERABLE) as error:
            self.problems.tell(f"records of step {step}", error)
            return 0
        session.told, session.sample = about, sample
        session.architecture = architecture
        session.probe_told = session.probe_told or probe is not None
        session.last.update(dict.fromkeys(keys, step))
        self.started = True
        return size

    def _session(self, folder: str, name: str, keys: Sequence[Key], step: int) -> _Session:
        """The session that a step belongs to."""
        sessions = self._sessions.setdefault(folder, [])
        if not self.addition:
            self._check_order(folder, name, keys, step)
        free = (session for session in sessions if session.latest(keys) < step)
        session = next(free, None)
        if session is None:
            session = _Session(addition=self.addition or bool(sessions))
            sessions.append(session)
        return session

    def _check_order(self, folder: str, name: str, keys: Sequence[Key], step: int) -> None:
        """Tell of another recorder, and of steps that go back or repeat; begin anew after these."""
        sessions = self._sessions[folder]
        if not sessions:
            _newest[folder, name] = self._mark
        elif _newest.get((folder, name)) != self._mark:
            self.problems.tell(
                f"records of {name!r}",
                f"two recorders named {name!r} write into one run, and the one that began later "
                "hides what the other writes; give each of them a name=",
            )
        last = max((session.latest(keys) for session in sessions), default=-float("inf"))
        if step < last:
            self.problems.tell(
                f"steps from {step} on",
                f"step {step} is written after step {last}: taken as a resumed training, whose "
                "records replace the earlier ones from this step on",
            )
            sessions.clear()
        if step == last:
            self.problems.tell(
                "steps written twice",
                f"step {step} is written twice: where both say something of the same subset the "
                "later one is shown; write once a step, or use two recorders and give each a name=",
            )
