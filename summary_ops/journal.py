"""What has been written under one name: the session, and what it has been told already."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from summary_ops import events
from summary_ops.problems import RECOVERABLE, Problems
from tb_plugin_neural import records
from tb_plugin_neural.metadata import Series

Rows = Sequence[tuple[str, records.Record]]
"""Records, each with the layer it is about; empty for the whole model."""


class Journal:
    """A session in an event file: static records once, then records of rising steps.

    Args:
        problems: told when steps go back; its news are written along.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.started = False
        self._begin()

    def _begin(self) -> None:
        self.session = secrets.token_hex(4)
        self._last: dict[tuple[str, str], int] = {}
        self._told: records.Session | None = None
        self._probe_written = False

    def write(
        self,
        writer: Any,
        rows: Rows,
        step: int,
        *,
        about: records.Session,
        probe: Callable[[], records.Probe] | None = None,
    ) -> int:
        """Write the records of one step, and before them what the session has not told yet.

        A step that is not above the last one of the same record begins a new session, as a
        training resumed from a checkpoint does.

        Returns:
            The bytes written.

        Raises:
            ValueError: the writer writes to no file.
        """
        keys = [(record.kind, layer) for layer, record in rows]
        last = max((self._last[key] for key in keys if key in self._last), default=None)
        if last is not None and step <= last:
            self.problems.tell(
                f"steps from {step} on",
                f"step {step} is written after step {last}: taken as a resumed training, whose "
                "records replace the earlier ones from this step on",
            )
            self._begin()
        static: list[tuple[str, records.Record]] = []
        if about != self._told:
            static.append(("", about))
        if probe is not None and not self._probe_written:
            try:
                static.append(("", probe()))
            except RECOVERABLE as error:  # of the user's own rendering
                self.problems.tell("the probe set's instances", error)
        if found := self.problems.take():
            static.append(("", records.Problems(found)))
        everything = [*static, *rows]
        series = [(Series(self.session, r.kind, layer), r) for layer, r in everything]
        try:
            size = events.write(writer, series, step)
        except OSError as error:
            self.problems.tell(f"records of step {step}", error)
            return 0
        self._told = about
        self._probe_written = self._probe_written or probe is not None
        self._last.update(dict.fromkeys(keys, step))
        self.started = True
        return size
