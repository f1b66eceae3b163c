"""Log directories are untrusted: nothing in a record crashes the reader or takes its memory."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tb_plugin_neural import codec
from tb_plugin_neural.codec import DamagedRecord
from tb_plugin_neural.metadata import Series
from tb_plugin_neural.records import KINDS, Layer
from tests import graph_logs
from tests.logs import (
    Log,
    activations,
    class_metrics,
    histograms,
    moments,
    probe,
    session,
    subject,
    value,
)
from tests.routes.probed import png
from tests.samples import any_record, assert_same
from tests.servers import Page, start_python

KIND = st.sampled_from(sorted(KINDS))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=10,
)


def read(kind, blob, limit=2**20):
    """The record, or None when the blob is told to be damaged; anything else fails the test."""
    try:
        return KINDS[kind].unpack(blob, limit)
    except DamagedRecord:
        return None


@given(KIND, st.binary(max_size=300))
def test_random_bytes_are_damaged(kind, data):
    assert read(kind, data) is None
    assert read(kind, zlib.compress(data)) is None


@given(any_record(), st.data())
def test_a_flipped_bit_is_told_or_changes_nothing(record, data):
    blob = bytearray(record.pack()[0])
    bit = data.draw(st.integers(0, 8 * len(blob) - 1))
    blob[bit // 8] ^= 1 << bit % 8
    found = read(record.kind, bytes(blob))
    if found is not None:
        assert_same(found, record)


@given(any_record(), st.data())
def test_flipped_bits_behind_the_checksum_are_told_or_make_another_record(record, data):
    plain = bytearray(codec.inflate(record.pack()[0]))
    for _ in range(data.draw(st.integers(1, 4))):
        bit = data.draw(st.integers(0, 8 * len(plain) - 1))
        plain[bit // 8] ^= 1 << bit % 8
    read(record.kind, zlib.compress(bytes(plain)))


@given(any_record(), st.data())
def test_a_truncated_record_is_told(record, data):
    blob = record.pack()[0]
    assert read(record.kind, blob[: data.draw(st.integers(0, len(blob) - 1))]) is None


@given(any_record(), KIND)
def test_a_record_of_another_kind_is_told_or_read(record, kind):
    read(kind, record.pack()[0])


@given(any_record(), st.data())
def test_any_json_in_a_field_is_told_or_read(record, data):
    arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
    name = data.draw(st.sampled_from([*meta, "other"]))
    meta[name] = data.draw(JSON)
    read(record.kind, codec.deflate(codec.dumps(arrays, meta)))


DTYPES = ["U8", "F32", "F64", "BF16", "I16", "I32", "U64", "BOOL", "F8_E4M3", "C64", "F4", "X", 3]
SIZES = st.one_of(st.integers(-2, 9), st.sampled_from([2**31, 2**40, 2**63, 2**64, 10**30, 0.5]))
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(DTYPES),
        "shape": st.lists(SIZES, max_size=4) | JSON,
        "data_offsets": st.lists(SIZES, min_size=2, max_size=2) | JSON,
    },
)
HEADER = st.dictionaries(st.sampled_from(["counts", "zero", "levels", "x"]), ENTRY | JSON)


@given(KIND, HEADER, st.binary(max_size=64), st.integers(-9, 9))
def test_a_header_that_claims_anything_is_told(kind, header, buffers, off):
    header["__metadata__"] = {"neural": "{}"}
    text = json.dumps(header).encode()
    length = max(0, len(text) + off).to_bytes(8, "little")
    read(kind, zlib.compress(length + text + buffers))


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**40, 10**8])
def test_a_header_of_any_length_is_told(length):
    assert read("moments", zlib.compress(length.to_bytes(8, "little") + b"{}")) is None


def packed(meta):
    header = json.dumps({"__metadata__": {"neural": meta}}).encode()
    header += b" " * (-len(header) % 8)
    return zlib.compress(len(header).to_bytes(8, "little") + header, 9)


@pytest.mark.parametrize(
    "meta",
    [
        "[" * 500_000,
        '{"layers":' * 100_000,
        '{"a":' + "9" * 500_000 + "}",
        json.dumps({"name": "x" * 900_000}),
        "{" + ",".join(f'"{n}":[]' for n in range(50_000)) + "}",
    ],
    ids=["deep lists", "deep objects", "a long number", "a long name", "many fields"],
)
def test_hostile_json_takes_memory_in_proportion_to_the_limit(meta):
    blob = packed(meta)
    tracemalloc.start()
    try:
        for kind in ("session", "histograms"):
            assert read(kind, blob) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * 2**20


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_takes_no_more_than_the_limit(kind):
    bomb = zlib.compress(bytes(100 * 2**20), 9)
    tracemalloc.start()
    try:
        assert read(kind, bomb) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


ROUTES = {
    "distributions": lambda s, layer: {"layer": layer, "s": s},
    "divergence": lambda s, layer: {"layer": layer, "s": s},
    "layers": lambda s, _: {"s": s},
    "history": lambda _, layer: {"layer": layer, "unit": 0, "subset": "all", **RUN},
    "metrics": lambda *_: RUN,
    "instances": lambda *_: RUN,
    "thumbnail": lambda *_: {**RUN, "instance": 0},
    "predictions": lambda *_: {**RUN, "step": 0},
    "activations": lambda s, layer: {"layer": layer, "s": s[0], "i": 0},
    "neural_divergence": lambda *_: {**RUN, "step": 0, "i": 0},
    "graph": lambda s, layer: {"s": s, "open": layer},
    "similarity": lambda s, layer: {"layer": layer, "s": s[0]},
    "embedding": lambda *_: {**RUN, "step": 0},
    "influence": lambda s, layer: {"layer": layer, "unit": 0, "s": s[0]},
    "serves": lambda s, layer: {**RUN, "step": 1, "layer": layer, "unit": 0, "s": s[0]},
    "names": lambda *_: RUN,
    "examples": lambda _, layer: {**RUN, "step": 0, "layer": layer, "unit": 0},
    "facets": lambda *_: {**RUN, "step": 0},
    "facet_atlas": lambda _, layer: {**RUN, "layer": layer, "id": "00000001-0"},
    "thumbnails": lambda *_: RUN,
}
RUN = {"run": "run", "model": "model"}
FEW = settings(max_examples=12, suppress_health_check=list(HealthCheck))


def ask_everything(page, layers):
    """Every answer is one, or says in plain text what is missing."""
    assert page.get("index").status_code == 200
    for layer in layers:
        for subsets in (["all", "class:0"], ["class:0", "class:1"]):
            s = [subject("run", step, subset) for step, subset in zip((0, 1), subsets, strict=True)]
            for route, arguments in ROUTES.items():
                response = page.get(route, **arguments(s, layer))
                assert response.status_code in (200, 404), (route, response.text)


@FEW
@given(st.lists(any_record(), max_size=30), st.integers(0, 2**32 - 1))
def test_any_records_are_served_or_missing(tmp_path_factory, found, seed):
    logdir = tmp_path_factory.mktemp("logs")
    names = [f"layer{at}" for at in range(3)]
    random = np.random.default_rng(seed)
    with Log(logdir / "run") as log:
        log.write(0, [session(layers=tuple(Layer(name, "", 2, "") for name in names))])
        for record in found:
            series = Series(log.session, record.kind, str(random.choice(["", *names])))
            log.values(int(random.integers(3)), [value(series, record.pack())])
    ask_everything(Page(start_python(logdir)), names)


@st.composite
def hostile_histograms(draw):
    """Histograms with valid axes and anything in them."""
    record = histograms(activations(0))
    shape = {"U": 4, "S": 3}
    changes = {
        "exponent": st.integers(-160, 160),
        "offset": st.integers(-(2**31), 2**31 - 1),
        "minimum": st.floats(width=32),
        "maximum": st.floats(width=32),
        "under_sum": st.floats(width=32),
        "over_sum": st.floats(width=32),
        "under": st.integers(0, 2**32 - 1),
        "zero": st.integers(0, 2**32 - 1),
    }
    for name in draw(st.sets(st.sampled_from(sorted(changes)))):
        old = getattr(record, name)
        drawn = draw(st.lists(changes[name], min_size=old.size, max_size=old.size))
        changed = np.array(drawn, dtype=old.dtype).reshape(old.shape)
        record = dataclasses.replace(record, **{name: changed})
    assert record.counts.shape[:2] == (shape["S"], shape["U"])
    return record


@FEW
@given(st.lists(hostile_histograms(), min_size=4, max_size=8))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_histograms_of_any_numbers_are_served(tmp_path_factory, found):
    logdir = tmp_path_factory.mktemp("logs")
    names = [f"layer{at}" for at in range(len(found) // 2)]
    with Log(logdir / "run") as log:
        log.write(0, [session(layers=tuple(Layer(name, "", 4, "") for name in names))])
        for step in range(2):
            layers = zip(names, found[step::2], strict=False)
            rows = {name: [record, moments(activations(step))] for name, record in layers}
            log.write(step, rows | {"": class_metrics([[5, 1], [1, 5]])})
    ask_everything(Page(start_python(logdir)), names)


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
    "masses": st.floats(),
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


@FEW
@given(st.lists(st.tuples(st.binary(max_size=60), st.lists(st.binary(max_size=60), max_size=3))))
def test_any_metadata_and_blobs_cost_themselves_only(tmp_path_factory, found):
    logdir = tmp_path_factory.mktemp("logs")
    with Log(logdir / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": histograms(activations(0))})
        for at, (content, blobs) in enumerate(found):
            made = value(Series("ffffffff", "moments", f"x{at}"), blobs)
            made.metadata.plugin_data.content = content
            log.values(0, [made])
    page = Page(start_python(logdir))
    ask_everything(page, ["fc"])
    assert page.get("distributions", layer="fc", s=subject("run", 0)).status_code == 200


def test_a_damaged_value_of_every_kind_is_named(tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": histograms(activations(0))})
        for kind in KINDS:
            log.blobs(kind, "fc", 1, [b"damaged"])
            log.blobs(kind, "", 1, [b"damaged"])
    page = Page(start_python(tmp_path))
    ask_everything(page, ["fc"])
    named = " ".join(problem["what"] for problem in page.json("index")["problems"])
    assert {kind for kind in KINDS if f"{kind} of fc at" in named or f"{kind} at" in named} == {
        *KINDS
    }
