from __future__ import annotations

import itertools
import tempfile
import warnings
from collections import defaultdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.tensorboard import SummaryWriter
from written import events

from summary_ops.problems import Problems, RecordingWarning
from summary_ops.session.writer import SessionWriter
from tb_plugin_neural.contract import records
from tb_plugin_neural.contract.metadata import Series

ABOUT = records.Session("model", None, (), (), (), None, "", ())
FOUND = (records.Problem("layer", 1, "odd"),)
LAYERS = ("a", "b")
Calls = list[tuple[int, list[str]]]


def series_of(calls: Calls) -> list[tuple[int, Series]]:
    """Step and series of every value in the file after `calls` of `write`, in order."""
    session_writer = SessionWriter(Problems())
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        with SummaryWriter(folder) as writer:
            for step, layers in calls:
                rows = [(layer, records.Problems(FOUND)) for layer in layers]
                assert session_writer.write(writer, rows, step, about=ABOUT) > 0
        return [
            (event.step, Series.parse(value.metadata.plugin_data.content))
            for event in events(Path(folder))
            for value in event.summary.value
        ]


calls = st.lists(
    st.tuples(st.integers(-2, 9), st.lists(st.sampled_from(LAYERS), min_size=1, unique=True)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(calls)
def test_steps_rise_within_every_series_so_that_no_server_drops_one(calls: Calls) -> None:
    steps = defaultdict(list)
    for step, series in series_of(calls):
        if series.layer:
            steps[series].append(step)
    assert sum(map(len, steps.values())) == sum(len(layers) for _, layers in calls)
    for found in steps.values():
        assert all(a < b for a, b in itertools.pairwise(found))


@settings(max_examples=40)
@given(calls)
def test_every_session_says_what_it_is_about_before_anything_else(calls: Calls) -> None:
    told = set()
    for _, series in series_of(calls):
        if series.kind == records.Session.kind:
            told.add(series.session)
        assert series.session in told


@settings(max_examples=40)
@given(calls)
def test_rising_steps_stay_in_one_session(calls: Calls) -> None:
    rising = [(at, layers) for at, (_, layers) in enumerate(calls)]
    assert len({series.session for _, series in series_of(rising)}) == 1
