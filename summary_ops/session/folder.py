"""Find out what else lies in a run's folder: later events, and files of other writers."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOST_EVENTS = 200_000
"""Events of a file that are looked at."""

LARGEST = 2**31
"""Bytes that no event has."""

WALL_TIME = 0x09
"""The first byte of an event: its first field, of eight bytes."""


class RunFolder:
    """The folder that a recorder writes into, and a clock that never runs behind what lies there.

    The sessions of a run are ordered by time. Where a training is resumed on a machine whose clock
    is behind, its clock is moved on, so that it does come later.

    Args:
        path: of the folder; one that is no folder of this machine is taken as empty.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._began = time.time()
        self._own: set[str] = set()
        self._read: dict[str, int] = {}
        homes = [self.path]
        if self.path.name.startswith("neural-"):
            homes.append(self.path.parent)
        times = [_last_time(path) for home in homes for _, path in _event_files(home)]
        self._ahead = max(0.0, max(times, default=0.0) + 1e-3 - self._began)

    def now(self) -> float:
        """Seconds since 1970, later than all that lay in the folder before."""
        return time.time() + self._ahead

    def foreign(self, own: str) -> Iterator[tuple[str, bytes]]:
        """Events that others have written while this recorder writes, each once.

        Args:
            own: name of the file that this recorder writes.

        Yields:
            The file's name and the event.
        """
        self._own.add(own)
        for name, path in _event_files(self.path):
            if name in self._own or _is_ours(name) or _changed(path) <= self._began + 1:
                continue
            with suppress(OSError):
                for end, event in _events(path, self._read.get(name, 0)):
                    self._read[name] = end
                    yield name, event


def _event_files(folder: Path) -> list[tuple[str, Path]]:
    try:
        return [(path.name, path) for path in folder.iterdir() if "tfevents" in path.name]
    except OSError:
        return []


def _is_ours(name: str) -> bool:
    """Return whether this process began a file, by torch's file names."""
    return f".{socket.gethostname()}.{os.getpid()}." in name


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _last_time(path: Path) -> float:
    """Return the latest time of an event in a file; 0 where it has none."""
    try:
        return max(_times(path), default=0.0)
    except OSError:
        return 0.0


def _times(path: Path) -> Iterator[float]:
    """Yield times of events, by their framing alone: a length, its checksum, event, checksum."""
    with path.open("rb") as file:
        for _ in range(MOST_EVENTS):
            head = file.read(21)
            if len(head) < 21:
                return
            (length,) = struct.unpack_from("<Q", head)
            if head[12] == WALL_TIME:
                yield struct.unpack_from("<d", head, 13)[0]
            file.seek(length + 16 - 21, os.SEEK_CUR)


def _events(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """Whole events from a place on, each with the place where it ends."""
    with path.open("rb") as file:
        file.seek(start)
        for _ in range(MOST_EVENTS):
            head = file.read(12)
            length = struct.unpack_from("<Q", head)[0] if len(head) == 12 else LARGEST
            if length >= LARGEST or len(event := file.read(length + 4)) < length + 4:
                return
            yield file.tell(), event[:-4]
