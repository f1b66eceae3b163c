from __future__ import annotations

import json
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.codec import DamagedRecord

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
META = st.dictionaries(st.text(max_size=9), JSON, max_size=4)
DTYPES = ["uint8", "uint16", "uint32", "int16", "int32", "float16", "float32", "float64"]
ARRAY = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays_of.arrays(
        dtype, arrays_of.array_shapes(min_dims=0, min_side=0, max_side=4)
    )
)
ARRAYS = st.dictionaries(st.text("abc", min_size=1, max_size=3), ARRAY, max_size=4)


@given(ARRAYS, META, st.booleans())
def test_what_is_packed_is_read(arrays, meta, shuffled):
    data = codec.dumps(arrays, meta, shuffled=shuffled)
    found, said = codec.loads(codec.inflate(codec.deflate(data)))
    assert said == meta
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_the_layout_is_a_length_a_json_header_and_aligned_buffers():
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7], np.uint8)}
    data = codec.dumps(arrays, {"step": 3})
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert (8 + length) % 8 == 0
    assert json.loads(header.pop("__metadata__")["neural"]) == {"step": 3}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        buffer = data[8 + length + begin : 8 + length + end]
        read = np.frombuffer(buffer, arrays[name].dtype).reshape(entry["shape"])
        np.testing.assert_array_equal(read, arrays[name])
    assert header["a"]["dtype"] == "F32"


def test_shuffled_numbers_lie_byte_by_byte():
    data = codec.dumps({"a": np.array([[1, 2], [0x0304, 0x0506]], np.uint16)}, {}, shuffled=True)
    assert data.endswith(bytes([1, 2, 4, 6, 0, 0, 3, 5]))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_metadata_that_no_browser_reads_is_refused(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        codec.dumps({}, {"x": number})


@given(arrays_of.arrays("int64", st.integers(0, 20), elements=st.integers(0, 2**32 - 1)))
def test_counts_are_kept_in_the_narrowest_type(counts):
    narrow = codec.narrowest(counts)
    np.testing.assert_array_equal(narrow, counts)
    high = int(counts.max(initial=0))
    assert narrow.dtype == (np.uint8 if high < 256 else np.uint16 if high < 65536 else np.uint32)


@pytest.mark.parametrize("counts", [[-1, 5], [2**32]])
def test_counts_that_do_not_fit_are_refused(counts):
    with pytest.raises(ValueError, match="do not fit"):
        codec.narrowest(np.array(counts))


def test_an_inflated_record_may_have_exactly_the_limit():
    data = bytes(1000)
    assert codec.inflate(codec.deflate(data), 1000) == data
    with pytest.raises(DamagedRecord, match="inflate beyond 999"):
        codec.inflate(codec.deflate(data), 999)


@pytest.mark.parametrize("times", [1, 2])
def test_a_bomb_takes_no_more_memory_than_the_limit(times):
    bomb = bytes(64 * 2**20)
    for _ in range(times):
        bomb = zlib.compress(bomb, 9)
    tracemalloc.start()
    try:
        with pytest.raises(DamagedRecord):
            codec.loads(codec.inflate(bomb, 2**20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


@given(st.data())
def test_a_truncated_record_is_told(data):
    whole = codec.deflate(codec.dumps({"a": np.arange(50.0)}, {"x": "y" * 20}))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DamagedRecord):
        codec.inflate(whole[:cut])


@pytest.mark.parametrize("meta", ["[]", '"text"', "3", "null", "{", "[" * 10**5, ""])
def test_metadata_that_is_no_object_is_refused(meta):
    header = json.dumps({"__metadata__": {"neural": meta}}).encode()
    header += b" " * (-len(header) % 8)
    with pytest.raises(DamagedRecord):
        codec.loads(len(header).to_bytes(8, "little") + header)


def test_safetensors_of_others_are_refused():
    header = b'{"__metadata__":{"format":"pt"}}'
    with pytest.raises(DamagedRecord, match="neural"):
        codec.loads(len(header).to_bytes(8, "little") + header)
