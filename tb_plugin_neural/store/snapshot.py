"""List what is recorded at one time."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tb_plugin_neural.contract.projection_records import PivotDistances
from tb_plugin_neural.contract.records import KINDS, Histograms, Layer, Problem, Session
from tb_plugin_neural.store import sessions
from tb_plugin_neural.store.decoder import MOST_PROBLEMS, prefetch
from tb_plugin_neural.store.sessions import TOGETHER, Model, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tb_plugin_neural.store.decoder import Decoder
    from tb_plugin_neural.store.source import Listing

    Listings = Mapping[tuple[str, str], Listing]

UNKNOWN_SESSION = Session("", None, (), (), (), None, "", ())
"""What a session says of itself whose own record cannot be read."""


@dataclass(frozen=True)
class Snapshot:
    """All models, and what cannot be read of the series."""

    models: tuple[Model, ...]
    problems: tuple[Problem, ...]

    def model(self, run: str, name: str) -> Model | None:
        """Return the model of that name in a run."""
        return next((m for m in self.models if (m.run, m.name) == (run, name)), None)


def take(decoder: Decoder) -> Snapshot:
    """Look at everything there is."""
    listings, unreadable = decoder.source.listings()
    problems = [(str(one), one.message) for one in unreadable]
    by_session: dict[tuple[str, str], dict[tuple[str, str], Listing]] = defaultdict(dict)
    for listing in listings:
        series = listing.series
        if series.kind in KINDS:
            by_session[listing.run, series.session][series.kind, series.layer] = listing
        else:
            problems.append((f"run {listing.run}", f"records of an unknown kind {series.kind!r}"))
    models = tuple(sessions.join(_recordings(decoder, by_session)))
    problems += [
        (
            f"run {recording.run}, session {recording.session}",
            "its classes are not those of the newest session; its records are not shown",
        )
        for model in models
        for recording in model.foreign
    ]
    problems += [
        (f"run {one.run}, session {one.session}", _overtaken(one, other))
        for model in models
        for one, other in model.overtaken
    ]
    counted = Counter(problems).most_common(MOST_PROBLEMS)
    return Snapshot(models, tuple(Problem(what, count, why) for (what, why), count in counted))


def _overtaken(one: Recording, other: Recording) -> str:
    return (
        f"its steps {one.first_step} to {one.last_step} are hidden by session {other.session}, "
        f"which begins at step {other.first_step} and, by the clock, later; if this one resumed "
        "that one, the clock was behind: give its event file a folder of its own"
    )


def _recordings(
    decoder: Decoder, by_session: Mapping[tuple[str, str], Listings]
) -> list[Recording]:
    abouts = list(prefetch(lambda listings: _about(decoder, listings), by_session.values()))
    chosen = [_representatives(*one) for one in zip(by_session.values(), abouts, strict=True)]
    entries = prefetch(
        lambda pair: decoder.entries(*pair),
        [(one, batch) for group in chosen for batch in _batches(group) for one in batch],
    )
    found = []
    for (run, session), about, group in zip(by_session, abouts, chosen, strict=True):
        read = {(one.series.kind, one.series.layer): next(entries) for one in group}
        filled = {key: records for key, records in read.items() if records}
        if filled:
            listings = by_session[run, session]
            found.append(Recording(run, session, about, listings, filled))
    return found


def _batches(group: Sequence[Listing]) -> Iterator[tuple[Listing, ...]]:
    for first in range(0, len(group), TOGETHER):
        yield tuple(group[first : first + TOGETHER])


def _about(decoder: Decoder, listings: Listings) -> Session:
    """Return a session's own record, with the layers that it recorded but does not name."""
    said = [
        (entry.wall_time, session)
        for (kind, _), listing in listings.items()
        if kind == Session.kind
        for entry in decoder.entries(listing)
        if (session := decoder.record(entry, Session)) is not None
    ]
    about = max(said, key=lambda pair: pair[0])[1] if said else UNKNOWN_SESSION
    named = {layer.name for layer in about.layers}
    recorded = (Histograms.kind, PivotDistances.kind)
    layers = dict.fromkeys(layer for kind, layer in listings if kind in recorded)
    unnamed = [
        Layer(layer, "", _units(decoder, listings.get((Histograms.kind, layer))), "")
        for layer in layers
        if layer not in named
    ]
    return dataclasses.replace(about, layers=(*about.layers, *unnamed)) if unnamed else about


def _units(decoder: Decoder, listing: Listing | None) -> int:
    record = decoder.newest(decoder.entries(listing), Histograms) if listing else None
    return record.counts.shape[1] if record is not None else 0


def _representatives(listings: Listings, about: Session) -> Sequence[Listing]:
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
