"""Track a recorder's sessions and the static records that each already contains."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from summary_ops.problems import Problems
from summary_ops.session import events
from summary_ops.session.folder import RunFolder
from summary_ops.session.writers import WritesNoFile
from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.metadata import Series

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
        written: static records that it holds, by kind; None for the probe set, whose pictures
            are not kept.
        file: the event file that it wrote into last.
    """

    addition: bool = False
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    last: dict[Key, int] = field(default_factory=dict)
    written: dict[str, records.Record | None] = field(default_factory=dict)
    file: str = ""

    def latest(self, keys: Iterable[Key]) -> float:
        """Return the last step at which any of these was written."""
        return max((self.last[key] for key in keys if key in self.last), default=-float("inf"))


class SessionWriter:
    """The sessions of one recorder, in every folder that it writes into.

    Args:
        problems: receives steps that go back or repeat; its news are written along.
        addition: whether it adds to what others write under that name, and hides none of it; then
            steps may come in any order.
    """

    def __init__(self, problems: Problems, *, addition: bool = False) -> None:
        self.problems = problems
        self.addition = addition
        self.started = False
        self._mark = secrets.token_hex(8)
        self._sessions: dict[str, list[_Session]] = {}
        self._folders: dict[str, RunFolder] = {}
        self._can_be_drawn = True

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
        """Write the records of one step, and before them what the session does not hold yet.

        A step below the last one of the same record begins anew, as a training resumed from a
        checkpoint does. One that repeats it goes into a session beside, as the data servers
        differ in which of two records of one session and step they keep.

        Returns:
            The bytes written; 0 where nothing could be, which is reported.

        Raises:
            WritesNoFile: the writer writes to no file.
        """
        try:
            file = events.open_file(writer)
        except WritesNoFile:
            raise
        except Exception as error:  # noqa: BLE001 - of a file system of any make
            self.problems.report(f"records of step {step}", error)
            return 0
        keys = [(record.kind, layer) for layer, record in rows]
        folder = self._folder(file, about.name)
        session = self._session(file, about.name, keys, step)
        about = replace(about, addition=session.addition)
        new = self._news(session, [about, architecture], probe, sample)
        every = [*(("", record) for record in new), *rows]
        series = [(Series(session.name, r.kind, layer), r) for layer, r in every]
        try:
            size = events.write(writer, series, step, folder.now())
        except Exception as error:  # noqa: BLE001 - of a file system of any make
            self.problems.report(f"records of step {step}", error)
            return 0
        session.written |= {r.kind: None if isinstance(r, records.Probe) else r for r in new}
        session.last.update(dict.fromkeys(keys, step))
        session.file = file.name
        self.started = True
        return size

    def _news(
        self,
        session: _Session,
        compared: Iterable[records.Record | None],
        probe: Callable[[], records.Probe] | None,
        sample: records.Record | None,
    ) -> list[records.Record]:
        """Return the static records that the session does not hold yet."""
        new = [r for r in compared if r is not None and r != session.written.get(r.kind)]
        if sample is not None and sample is not session.written.get(sample.kind):
            new.append(sample)
        needs_probe = not session.addition and records.Probe.kind not in session.written
        if probe is not None and needs_probe and self._can_be_drawn:
            try:
                new.append(probe())
            except Exception as error:  # noqa: BLE001 - of the user's own rendering
                self._can_be_drawn = False
                self.problems.report("the probe set's instances", error)
        if found := self.problems.found:
            problems = records.Problems(found)
            new += [problems] if problems != session.written.get(problems.kind) else []
        return new

    def _folder(self, file: events.EventFile, name: str) -> RunFolder:
        """Return the folder of a file; warn others that write into it at the same time."""
        path = _path(file)
        if path not in self._folders:
            self._folders[path] = RunFolder(path)
        elif not self.addition:
            for other, event in self._folders[path].foreign(file.name):
                if name in events.names_in(event):
                    self.problems.report(
                        f"records of {name!r}",
                        f"another process records under the name {name!r} into the same folder "
                        f"({other}), and the one that began later hides what the other "
                        "writes; give each of them a name=, or a folder of its own",
                    )
        return self._folders[path]

    def _session(
        self, file: events.EventFile, name: str, keys: Sequence[Key], step: int
    ) -> _Session:
        """Return the session that a step belongs to."""
        folder = _path(file)
        sessions = self._sessions.setdefault(folder, [])
        if not self.addition:
            self._check_order(folder, name, keys, step)
        free = (session for session in sessions if session.latest(keys) < step)
        session = next(free, None)
        if session is None:
            session = _Session(addition=self.addition or bool(sessions))
            sessions.append(session)
        if session.file not in ("", file.name) and file.purges():
            session.written.clear()  # TensorBoard may drop what an earlier file holds
        return session

    def _check_order(self, folder: str, name: str, keys: Sequence[Key], step: int) -> None:
        """Report another recorder, and steps that go back or repeat; begin anew after these."""
        sessions = self._sessions[folder]
        if not sessions:
            _newest[folder, name] = self._mark
        elif _newest.get((folder, name)) != self._mark:
            self.problems.report(
                f"records of {name!r}",
                f"two recorders named {name!r} write into one run, and the one that began later "
                "hides what the other writes; give each of them a name=",
            )
        last = max((session.latest(keys) for session in sessions), default=-float("inf"))
        if step < last:
            self.problems.report(
                f"steps from {step} on",
                f"step {step} is written after step {last}: taken as a resumed training, whose "
                "records replace the earlier ones from this step on",
            )
            sessions.clear()
        if step == last:
            self.problems.report(
                "steps written twice",
                f"step {step} is written twice: where both say something of the same subset the "
                "later one is shown; write once a step, or use two recorders and give each a name=",
            )


def _path(file: events.EventFile) -> str:
    """Return the canonical name of a folder; addresses of other stores are unchanged."""
    return file.folder if "://" in file.folder else os.path.realpath(file.folder)
