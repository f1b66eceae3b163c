"""Ask TensorBoard's data provider; no other module does.

Both of its servers are served alike: their differences and raw errors end here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from tensorboard import errors
from tensorboard.data import provider as tensorboard_provider

from tb_plugin_neural.contract.codec import shortened
from tb_plugin_neural.contract.metadata import PLUGIN_NAME, Series
from tb_plugin_neural.contract.records import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_STEP = 2**31 - 1  # to the provider 0 would mean none
MOST_BLOBS = 4097
"""Most blobs of one value, a record and its pictures; a damaged one may claim any number."""

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_UNDELIVERED = (
    "TensorBoard's data server lists, but does not deliver, records of a run or layer with a "
    "quotation mark, a backslash or a control character in its name: start TensorBoard with "
    "--load_fast=false, or give the run's folder another name"
)


@dataclass(frozen=True)
class Listing:
    """One series of records in one run, as it is now.

    Attributes:
        stamp: last step and wall time; what was read of the series holds until it changes.
    """

    run: str
    tag: str
    series: Series
    stamp: tuple[int, float]


@dataclass(frozen=True)
class Entry:
    """One record in an event file, and the keys by which its blobs are fetched."""

    run: str
    series: Series
    step: int
    wall_time: float
    keys: tuple[str, ...]

    def distance(self, step: int) -> tuple[bool, int, float]:
        """Sorts records by how well they stand for a step: it, earlier ones, later ones, newest."""
        return self.step > step, abs(self.step - step), -self.wall_time

    def __str__(self) -> str:
        of = f" of {self.series.layer}" if self.series.layer else ""
        return (
            f"run {self.run}, session {self.series.session}, "
            f"{self.series.kind}{of} at step {self.step}"
        )


@dataclass(frozen=True)
class Unreadable:
    """A run, or one layer in it, that cannot be read, and why."""

    run: str
    layer: str
    message: str

    def __str__(self) -> str:
        return f"run {self.run}, layer {self.layer}" if self.layer else f"run {self.run}"


class Undelivered(errors.NotFoundError):
    """TensorBoard's data server does not deliver what it listed."""


class Unavailable(errors.PublicError):
    """TensorBoard's data server does not answer."""

    http_code = 503


class Source:
    """The data provider as one request sees it."""

    def __init__(self, provider: Any, context: Any, experiment: str) -> None:
        self.experiment = experiment
        self._provider = provider
        self._context = context

    def listings(self) -> tuple[list[Listing], list[Unreadable]]:
        """Return all our series that have records, and those that cannot be read."""
        listings: list[Listing] = []
        unreadable: list[Unreadable] = []
        for run, tags in sorted(self._listed(unreadable).items()):
            for tag, listed in sorted(tags.items()):
                if listed.max_step is None:  # all its records were purged
                    continue
                try:
                    series = _series(listed)
                except ValueError as error:
                    unreadable.append(Unreadable(run, "", shortened(str(error))))
                else:
                    stamp = (listed.max_step, listed.max_wall_time)
                    listings.append(Listing(run, tag, series, stamp))
        return self._delivered(listings, unreadable), unreadable

    def _delivered(self, listings: list[Listing], unreadable: list[Unreadable]) -> list[Listing]:
        """Drop the series that TensorBoard's server refuses, though it listed them."""
        escaped = [one for one in listings if _ESCAPED.search(one.run + one.tag)]
        if not escaped or self._delivers(escaped[0]):
            return listings
        for one in escaped:
            layer = one.series.layer if not _ESCAPED.search(one.run) else ""
            unreadable.append(Unreadable(one.run, layer, _UNDELIVERED))
        return [one for one in listings if one not in {*escaped}]

    def _delivers(self, listing: Listing) -> bool:
        try:
            for entry in self.entries([listing])[listing][-1:]:
                self.blob(entry.keys[0])
        except errors.NotFoundError:
            return False
        return True

    def _listed(self, unreadable: list[Unreadable]) -> dict[str, Any]:
        """Return what the provider lists; run by run where a damaged one spoils the whole."""
        try:
            return self._list(None)
        except errors.NotFoundError:
            found: dict[str, Any] = {}
        runs = _ask(lambda: self._provider.list_runs(self._context, experiment_id=self.experiment))
        for run in (run.run_name for run in runs):
            try:
                found |= self._list(tensorboard_provider.RunTagFilter(runs=[run]))
            except errors.NotFoundError:
                message = (
                    "TensorBoard cannot list its series: a value in it has no content, or is of a "
                    "type that TensorBoard does not know"
                )
                unreadable.append(Unreadable(run, "", message))
        return found

    def _list(self, only: Any) -> dict[str, Any]:
        found: dict[str, Any] = _ask(
            lambda: self._provider.list_blob_sequences(
                self._context,
                experiment_id=self.experiment,
                plugin_name=PLUGIN_NAME,
                run_tag_filter=only,
            )
        )
        return found

    def entries(self, listings: Sequence[Listing]) -> dict[Listing, tuple[Entry, ...]]:
        """Return the records of some series in the order of their steps, in one question."""
        if not listings:
            return {}
        found = _ask(
            lambda: self._provider.read_blob_sequences(
                self._context,
                experiment_id=self.experiment,
                plugin_name=PLUGIN_NAME,
                downsample=EVERY_STEP,
                run_tag_filter=tensorboard_provider.RunTagFilter(
                    runs=sorted({listing.run for listing in listings}),
                    tags=sorted({listing.tag for listing in listings}),
                ),
            )
        )
        return {
            listing: _entries(listing, found.get(listing.run, {}).get(listing.tag, ()))
            for listing in listings
        }

    def blob(self, key: str) -> bytes:
        """Return one blob.

        Raises:
            NotFoundError: it is gone, or was never one of a blob sequence.
        """
        data = _ask(lambda: self._provider.read_blob(self._context, blob_key=key))
        if not isinstance(data, bytes):
            raise errors.NotFoundError(f"a blob, not a {type(data).__name__}")
        return data


def _series(listed: Any) -> Series:
    series = Series.parse(listed.plugin_content)
    most = MOST_BLOBS if hasattr(KINDS.get(series.kind), "pictures") else 1
    if listed.max_length > most:
        raise ValueError(f"a {series.kind} of {listed.max_length} blobs, expected at most {most}")
    return series


def _entries(listing: Listing, data: Sequence[Any]) -> tuple[Entry, ...]:
    by_step = {}
    for datum in sorted(data, key=lambda datum: (datum.step, datum.wall_time)):
        keys = tuple(value.blob_key for value in datum.values)
        if keys:
            wall_time = datum.wall_time if math.isfinite(datum.wall_time) else 0.0
            by_step[datum.step] = Entry(listing.run, listing.series, datum.step, wall_time, keys)
    return tuple(by_step.values())


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except grpc.RpcError as error:
        code = error.code() if hasattr(error, "code") else error
        raise Unavailable(
            f"TensorBoard's data server answered {code}; if it does not recover, start TensorBoard "
            "again, or with --load_fast=false"
        ) from error
    except errors.InvalidArgumentError as error:  # of a key that it gave out itself
        raise Undelivered(_UNDELIVERED) from error
    except (KeyError, IndexError, ValueError, TypeError, OverflowError) as error:
        # the Python provider's own, of what it cannot convert or no longer has
        raise errors.NotFoundError("what was listed is not there any more") from error
