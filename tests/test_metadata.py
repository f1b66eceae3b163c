from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import summary_pb2

from tb_plugin_neural.contract import metadata, plugin_data_pb2
from tb_plugin_neural.contract.metadata import NewerFormat, Series

NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SERIES = st.builds(Series, st.from_regex(r"[0-9a-f]{8}", fullmatch=True), NAME, st.just("") | NAME)


@given(SERIES)
def test_a_series_is_read_as_it_was_written(series):
    made = series.summary_metadata()
    assert Series.parse(made.plugin_data.content) == series
    assert made.plugin_data.plugin_name == metadata.PLUGIN_NAME
    assert made.data_class == summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    assert series.tag.startswith(f"neural/{series.session}/")


@given(SERIES)
def test_metadata_is_small_and_constant(series):
    content = series.summary_metadata().plugin_data.content
    assert content == series.summary_metadata().plugin_data.content
    assert len(content) < 20 + 4 * len(series.tag)


@given(SERIES, SERIES)
def test_tags_are_unique_and_need_no_escapes_in_json(one, other):
    assert json.dumps(one.tag, ensure_ascii=False) == f'"{one.tag}"'
    assert (one.tag == other.tag) is ("/".join(astuple(one)) == "/".join(astuple(other)))


@given(st.binary(max_size=200))
def test_foreign_metadata_is_a_value_error_or_a_series(content):
    try:
        series = Series.parse(content)
    except ValueError:
        return
    assert series.session
    assert series.kind


@given(st.integers(metadata.FORMAT_VERSION + 1, 2**32 - 1))
def test_a_newer_format_says_what_to_upgrade(version):
    content = plugin_data_pb2.PluginData(version=version, session="s", kind="k")
    with pytest.raises(NewerFormat, match="upgrade"):
        Series.parse(content.SerializeToString())


@pytest.mark.parametrize("missing", ["version", "session", "kind"])
def test_metadata_without_its_fields_is_refused(missing):
    fields = {"version": 1, "session": "s", "kind": "k"}
    del fields[missing]
    with pytest.raises(ValueError, match="without version, session or kind"):
        Series.parse(plugin_data_pb2.PluginData(**fields).SerializeToString())


def test_the_contract_is_read_without_torch():
    code = "import sys, tb_plugin_neural.contract.records; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
