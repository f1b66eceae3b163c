"""What has been observed up to a step: gathered into records, and written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from summary_ops import class_maps, counted, distributed, evaluation, writing
from summary_ops.description import announce, describe
from summary_ops.journal import Rows
from summary_ops.network import isolation
from tb_plugin_neural import records

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def write(recorder: Recorder, writer: Any, step: int) -> bool:
    """See `Recorder.write`."""
    accumulator = recorder.accumulator
    several = distributed.active()
    with isolation.without_autocast_or_grad():
        if several:
            distributed.share_edges(accumulator)
        recorder.attempt("a batch", accumulator.flush)
        if several:
            distributed.merge(accumulator, recorder.taps.layers, recorder.taps.sizes)
        if not accumulator.inputs and not recorder.probe_rows:
            _must_have_fired(recorder, several=several)
            return False
        if recorder.probe is not None and not recorder.probe_seen:
            recorder.problems.tell(
                "probe set",
                "observing() sees your own batches only; call recorder.run(…), or "
                "recorder.write_probe(writer, step) at the steps to record it",
            )
        rows: list[tuple[str, records.Record]] = []
        what = f"records of step {step}"
        recorder.attempt(what, lambda: rows.extend(writing.to_records(accumulator)))
        recorder.counts = counted.among(rows) or recorder.counts
        recorder.attempt(
            "a map of classes", lambda: rows.extend(class_maps.at_the_end(recorder, step))
        )
        recorder.attempt(what, lambda: rows.extend(_graph_rows(recorder)))
        recorder.second_pass.start_next()
        rows += recorder.probe_rows
        recorder.probe_rows = ()
        _write(recorder, writer, rows, step)
        accumulator.start_next(keep_windows=several)
    return True


def write_probe(recorder: Recorder, writer: Any, step: int) -> bool:
    """See `Recorder.write_probe`."""
    if recorder.probe is None:
        raise ValueError("write_probe: this recorder has no probe set; pass probe=ProbeSet(…)")
    evaluation.see_probe(recorder)
    rows, recorder.probe_rows = [*recorder.probe_rows, *_examples(recorder)], ()
    _write(recorder, writer, rows, step)
    return True


def _graph_rows(recorder: Recorder) -> Iterator[tuple[str, records.Record]]:
    """What attribution graphs are made of, beside activation counts."""
    yield from _examples(recorder)
    yield from recorder.second_pass.rows()


def _examples(recorder: Recorder) -> Iterator[tuple[str, records.Record]]:
    examples, recorder.examples = recorder.examples, None
    if examples is not None:
        yield from examples.rows(recorder.second_pass.fields)


def _must_have_fired(recorder: Recorder, *, several: bool) -> None:
    if recorder.observed and not (several or recorder.taps.fired or recorder.journal.started):
        raise RuntimeError(
            "no hook ever fired: the model that was called is not the recorded one (a copy, or "
            "one compiled before the recorder was made), or none of the layers ran"
        )


def _write(recorder: Recorder, writer: Any, rows: Rows, step: int) -> None:
    first = not recorder.journal.started
    if distributed.rank() != 0:
        recorder.journal.started = True
        return
    size = recorder.journal.write(
        writer,
        rows,
        step,
        about=describe(recorder),
        architecture=recorder.taps.sizes.record(recorder.model, recorder.chosen),
        probe=recorder.probe.record if recorder.probe is not None else None,
        sample=recorder.second_pass.reservoir.record,
    )
    if first and recorder.verbose:
        announce(recorder, size, len(rows), step)
