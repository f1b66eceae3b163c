"""Log directories are untrusted: nothing in a record crashes the reader or takes its memory."""

from __future__ import annotations

import dataclasses
import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import KINDS, Layer
from tests.everything import ask_everything
from tests.logs import (
    Log,
    activations,
    class_metrics,
    histograms,
    moments,
    session,
    subject,
    value,
)
from tests.samples import any_record, assert_same
from tests.servers import Page, start_python

KIND = st.sampled_from(sorted(KINDS))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
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


FEW = settings(max_examples=12, suppress_health_check=list(HealthCheck))


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
