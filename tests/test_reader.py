"""TensorBoard's Python reader with our checksum: the same bytes, the same damage found."""

from __future__ import annotations

import struct

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat import tf
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from tb_plugin_neural import reader
from tests.logs import Log, session, step_of


@pytest.fixture(params=["stock", "fast"])
def crc(request):
    """TensorBoard as it is, and accelerated."""
    reader.restore()
    if request.param == "fast":
        assert reader.accelerate()
    yield request.param
    reader.accelerate()


def records_of(path):
    """The records that TensorBoard's loader reads, and the error that stops it, if any."""
    read = tf.pywrap_tensorflow.PyRecordReader_New(str(path).encode(), 0, b"", None)
    found = []
    try:
        while True:
            read.GetNext()
            found.append(read.record())
    except tf.errors.OpError as error:
        assert list(RawEventFileLoader(str(path)).Load()) == found
        return found, type(error).__name__, error.message


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    with Log(path) as log:
        log.write(0, [session()])
        for step in range(5):
            log.write(step, step_of(step))
    (file,) = path.glob("*tfevents*")
    return file.read_bytes()


@given(st.binary(max_size=3000))
def test_checksums_are_tensorboards_own(data):
    reader.restore()
    slow = pywrap_tensorflow.masked_crc32c(data), pywrap_tensorflow.crc32c(data)
    assert reader.accelerate()
    assert (pywrap_tensorflow.masked_crc32c(data), pywrap_tensorflow.crc32c(data)) == slow


@pytest.mark.parametrize("kind", [bytearray, memoryview, list, tuple])
def test_checksums_of_what_is_not_bytes_are_tensorboards_own(kind):
    assert pywrap_tensorflow.crc32c(kind(b"123456789")) == 0xE3069283


@pytest.mark.usefixtures("crc")
def test_reads_every_record(events, tmp_path):
    path = tmp_path / "events"
    path.write_bytes(events)
    found, kind, _ = records_of(path)
    assert (len(found), kind) == (7, "OutOfRangeError")


@pytest.mark.parametrize("keep", [4, 10, 100, -3, -20])
def test_a_truncated_file_stops_at_the_same_record(events, tmp_path, keep):
    path = tmp_path / "events"
    path.write_bytes(events[:keep])
    assert both(path)[1] == "DataLossError"


@pytest.mark.parametrize("at", [0, 5, 9, 13, 200, 2000, -1, -5, -100])
def test_a_flipped_bit_is_told_in_the_same_words(events, tmp_path, at):
    damaged = bytearray(events)
    damaged[at] ^= 0x10
    path = tmp_path / "events"
    path.write_bytes(damaged)
    _, kind, message = both(path)
    assert kind == "DataLossError"
    assert "failed" in message


def both(path):
    reader.restore()
    slow = records_of(path)
    assert reader.accelerate()
    assert records_of(path) == slow
    return slow


@pytest.mark.usefixtures("crc")
def test_a_record_of_a_wrong_checksum_is_not_read(tmp_path):
    length = struct.pack("<Q", 3)
    masked = pywrap_tensorflow.masked_crc32c(length)
    path = tmp_path / "events"
    path.write_bytes(length + struct.pack("<I", masked) + b"abc" + struct.pack("<I", 1))
    assert records_of(path)[:2] == ([], "DataLossError")


class TestAcceleration:
    @pytest.fixture(autouse=True)
    def _again(self):
        yield
        reader.accelerate()

    def test_may_be_asked_for_twice_and_undone(self):
        assert reader.accelerate()
        assert reader.accelerate()
        reader.restore()
        assert not isinstance(pywrap_tensorflow.crc32c, reader._Crc)
        reader.restore()

    def test_is_left_out_without_the_compiled_part(self, monkeypatch):
        reader.restore()
        stock = pywrap_tensorflow.crc32c
        monkeypatch.setattr(google_crc32c, "implementation", "python")
        assert not reader.accelerate()
        assert pywrap_tensorflow.crc32c is stock

    def test_is_left_out_where_tensorboard_has_changed_inside(self, monkeypatch):
        reader.restore()
        monkeypatch.delattr(pywrap_tensorflow, "crc32c")
        assert not reader.accelerate()

    def test_is_left_out_where_the_checksum_is_another(self, monkeypatch):
        reader.restore()
        monkeypatch.setattr(pywrap_tensorflow, "crc32c", len)
        assert not reader.accelerate()

    def test_is_left_out_without_the_package(self, monkeypatch):
        reader.restore()
        monkeypatch.setitem(__import__("sys").modules, "google_crc32c", None)
        assert not reader.accelerate()
