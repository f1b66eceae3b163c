"""No number in what graphs are made of crashes the reader or takes its memory."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import tracemalloc

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tb_plugin_neural.contract.codec import DamagedRecord
from tests import graph_logs
from tests.everything import ask_everything
from tests.logs import Log, probe, session, subject
from tests.routes.probed import png
from tests.servers import Page, start_python

FEW = settings(max_examples=12, suppress_health_check=list(HealthCheck))

LARGE = st.integers(0, 2**32 - 1) | st.integers(0, 9)
WHOLE = st.integers(-(2**53), 2**53) | st.integers(-9, 9)
CHANGES = {
    "inputs": LARGE,
    "counts": LARGE,
    "unit": LARGE,
    "level": st.floats(width=16) | st.integers(-128, 127),
    "scale": st.floats(width=32),
    "count": LARGE,
    "kept": st.integers(0, 255),
    "instance": LARGE,
    "position": LARGE,
    "units": LARGE,
    "masses": st.floats(allow_nan=False, allow_infinity=False),  # JSON has no others
    "stride": WHOLE,
    "extent": WHOLE,
    "start": WHOLE,
    "input_shape": WHOLE,
    "xy": st.floats(width=32),
    "producers": st.sampled_from([layer.name for layer in graph_logs.LAYERS]),
    "tile": WHOLE,
    "columns": WHOLE,
}


HOSTILE = st.fixed_dictionaries(
    {},
    optional={name: st.lists(values, min_size=1, max_size=4) for name, values in CHANGES.items()},
)


def hostile(seed, changes):
    """What graphs are made of, with valid axes and subsets, and anything in them."""
    found = graph_logs.step_of(seed)
    found["conv"] += [graph_logs.examples([[1, 2]] * 5, [[[0, 1], [7, 7]]] * 5)]
    found["conv"] += [graph_logs.facets([0, 1], png(0)[0])]
    found["fc"] += [graph_logs.embedding(np.zeros((3, 2)), graph_logs.SUBSETS[1:4])]
    return {layer: [changed(one, changes) for one in group] for layer, group in found.items()}


def changed(record, changes):
    for name, values in changes.items():
        old = getattr(record, name, None)
        if isinstance(old, np.ndarray):
            with np.errstate(all="ignore"):
                new = np.resize(np.array(values), old.shape).astype(old.dtype)
        elif isinstance(old, tuple):
            new = tuple(itertools.islice(itertools.cycle(values), len(old)))
        else:
            new = values[0]
        if old is not None:
            with contextlib.suppress(DamagedRecord):  # what is refused when it is read
                record = dataclasses.replace(record, **{name: new})
    return record


@FEW
@given(HOSTILE, HOSTILE)
def test_graphs_of_any_numbers_are_served(tmp_path_factory, one, two):
    logdir = tmp_path_factory.mktemp("logs")
    with Log(logdir / "run") as log:
        log.write(0, [session(layers=graph_logs.LAYERS, probe="probe-1"), probe(6)])
        log.write(0, [graph_logs.topology()])
        for step, change in enumerate((one, two)):
            log.write(step, hostile(step, change))
    page = Page(start_python(logdir))
    ask_everything(page, ["conv", "mid", "fc", "logits"])
    for pair in (["all", "slice:x"], ["predicted:0", "class:2"]):
        s = [subject("run", step, subset) for step, subset in enumerate(pair)]
        for asked in ({}, {"measure": "summit", "lift": 1}, {"rows": 2, "directed": 1, "keep": 1}):
            response = page.get("graph", s=s, **asked)
            assert response.status_code in (200, 404), response.text


def test_layers_of_any_claimed_size_take_no_memory(tmp_path):
    layers = tuple(dataclasses.replace(one, units=2**53) for one in graph_logs.LAYERS)
    rows = graph_logs.step_of(0)
    for group in rows.values():
        group[2:] = [dataclasses.replace(r, units=(2**53,) * len(r.units)) for r in group[2:]]
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=layers)])
        log.write(0, rows)
    page = Page(start_python(tmp_path))
    tracemalloc.start()
    try:
        for asked in ({}, {"rows": 2}, {"lift": 1}):
            assert page.get("graph", s=subject("run", 0), **asked).status_code == 200
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * 2**20
