from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_plugin_neural.contract import codec, records
from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.records import COUNTS, KINDS
from tests.logs import activations, histograms
from tests.samples import any_record, assert_same


@given(any_record())
def test_a_record_is_read_as_it_was_packed(record):
    blobs = record.pack()
    assert_same(KINDS[record.kind].unpack(blobs[0]), record)
    assert tuple(blobs[1:]) == getattr(record, "pictures", ())


@given(any_record())
def test_counts_are_packed_in_the_narrowest_type(record):
    arrays, _ = codec.loads(codec.inflate(record.pack()[0]))
    for spec in dataclasses.fields(record):
        if spec.metadata.get("dtype") == COUNTS:
            high = int(arrays[spec.name].max(initial=0))
            assert arrays[spec.name].dtype == np.min_scalar_type(high)


ARRAYS = [
    (kind, spec.name)
    for kind, cls in KINDS.items()
    for spec in dataclasses.fields(cls)
    if "axes" in spec.metadata
]


@pytest.mark.parametrize(("kind", "name"), ARRAYS)
def test_an_array_of_another_type_or_rank_is_named(kind, name):
    @settings(max_examples=5)
    @given(any_record([kind]))
    def check(record):
        value = getattr(record, name)
        optional = next(s for s in dataclasses.fields(record) if s.name == name).default is None
        nothing = () if optional else (None,)
        for wrong in (value.astype("complex128"), value[None], value == 0, *nothing):
            with pytest.raises(DamagedRecord, match=f"{kind} record, {name}: "):
                dataclasses.replace(record, **{name: wrong})

    check()


@pytest.mark.parametrize("name", ["zero", "exponent", "inputs", "minimum"])
def test_axes_of_one_letter_have_one_length(name):
    record = histograms(activations(0))
    longer = np.concatenate([getattr(record, name)] * 2)
    with pytest.raises(DamagedRecord, match="histograms record"):
        dataclasses.replace(record, **{name: longer})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subsets": ("all",)}, "1 subsets named, 3 rows"),
        ({"total": (0, 3)}, "make no total"),
        ({"total": (-1,)}, "make no total"),
        ({"exponent": np.full(4, -32768, np.int16)}, "bin width beyond"),
        ({"exponent": np.full(4, 161, np.int16)}, "bin width beyond"),
        ({"counts": np.zeros((3, 4, 0), np.uint8)}, "0 bins"),
        ({"counts": np.zeros((3, 4, 2), np.uint64)}, "dtype uint64"),
    ],
)
def test_histograms_that_cannot_be_are_refused(changes, message):
    with pytest.raises(DamagedRecord, match=message):
        dataclasses.replace(histograms(activations(0)), **changes)


LATER = {
    "session": {"addition", "title", "data"},
    "probe": {"slices"},
    "probe_predictions": {"scale", "seen", "seen_in"},
    "contributions": {"baseline", "error"},
    "maximum_contributions": {"baseline", "error"},
    "importance": {"error"},
    "topology": {"weights"},
}
"""Fields that records had later than others; without one they are read as before."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_without_a_field_names_it(kind):
    @settings(max_examples=20)
    @given(any_record([kind]), st.data())
    def check(record, data):
        arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
        name = data.draw(st.sampled_from(sorted({*arrays, *meta} - LATER.get(kind, set()))))
        arrays.pop(name, None)
        meta.pop(name, None)
        with pytest.raises(DamagedRecord, match=name):
            KINDS[kind].unpack(codec.deflate(codec.dumps(arrays, meta)))

    check()


@pytest.mark.parametrize("kind", LATER)
@given(data=st.data())
def test_a_record_of_before_a_field_is_read(kind, data):
    record = data.draw(any_record([kind]))
    arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
    for name in LATER[kind]:
        arrays.pop(name, None)
        meta.pop(name, None)
    found = KINDS[kind].unpack(codec.deflate(codec.dumps(arrays, meta)))
    usual = {field.name: field.default for field in dataclasses.fields(found)}
    assert {name: getattr(found, name) for name in LATER[kind]} == {
        name: usual[name] for name in LATER[kind]
    }


def test_fields_of_a_later_version_are_passed_over():
    record = histograms(activations(0))
    arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
    arrays["later"] = np.zeros(3, np.float32)
    meta["also"] = {"later": True}
    blob = codec.deflate(codec.dumps(arrays, meta))
    assert_same(records.Histograms.unpack(blob), record)


def test_an_activation_of_exactly_zero_stays_zero():
    levels = np.array([[7, 0, 255], [8, 3, 254]], np.uint8)
    record = records.ProbeActivations(
        levels, np.array([7, 3, 0], np.uint8), np.array([0.5, 2.0, 0.1], np.float32)
    )
    values = record.values()
    assert values.dtype == np.float32
    assert values[0, 0] == values[1, 1] == 0
    np.testing.assert_allclose(values[1], [0.5, 0, 25.4], rtol=1e-6)
    assert np.isnan(values[0, 2])
    assert values[0, 1] == -6


def test_half_precision_activations_that_are_not_finite_are_nan():
    record = records.ProbeActivationsHalf(np.array([[1.5, np.inf], [np.nan, -2]], np.float16))
    np.testing.assert_array_equal(record.values(), [[1.5, np.nan], [np.nan, -2]])


def test_a_pair_refers_to_an_instance():
    with pytest.raises(DamagedRecord, match="does not exist"):
        records.Probe("h", ("a",), (0,), (1,), ("",), ("",), pictured=False, lossless=False)


def test_every_instance_has_its_slices():
    with pytest.raises(DamagedRecord, match="1 names but 2 slices"):
        records.Probe(
            "h", ("a",), (0,), (-1,), ("",), ("",), pictured=False, lossless=False, slices=((), ())
        )


def test_every_kind_is_known_by_its_name():
    assert {cls.kind for cls in KINDS.values()} == set(KINDS)
    assert all(cls.__doc__ for cls in KINDS.values())


def test_a_record_is_read_as_the_documentation_says():
    text = (Path(__file__).parents[1] / "docs" / "data_formats.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    record = histograms(activations(0))
    found = {"blob": record.pack()[0]}
    exec(code, found)  # noqa: S102
    np.testing.assert_array_equal(found["arrays"]["counts"], record.counts)
    assert found["fields"]["subsets"] == list(record.subsets)


def test_every_kind_and_field_is_documented():
    text = (Path(__file__).parents[1] / "docs" / "data_formats.md").read_text("utf-8")
    for kind, cls in KINDS.items():
        assert f"`{kind}`" in text
        for spec in dataclasses.fields(cls):
            assert spec.name == "pictures" or f"`{spec.name}`" in text, (kind, spec.name)
