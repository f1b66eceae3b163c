"""Named arrays and a little JSON as bytes: safetensors, shuffled and deflated at rest."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy

INFLATE_LIMIT = 256 * 2**20
"""Most bytes that one record may inflate to."""

SMALL = 4
"""A record may inflate to this part of the limit whatever it weighs: a layer that is dead weighs
nothing. A larger one may inflate to `RATIO` times its size."""
RATIO = 64

MOST_JSON = 8 * 2**20
"""Most bytes of JSON in a record."""
MOST_VALUES = 2**19
"""Most values in it: an empty list takes 2 bytes there, and 64 in memory."""

LONGEST_MESSAGE = 300

_META = "neural"
_SHUFFLED = "shuffled"
_MEMORY = 9  # the most that zlib knows
_NARROWER = (np.uint8, np.uint16, np.uint32)


_DTYPES = {
    "BOOL": "?",
    **{f"U{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"I{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class DamagedRecord(ValueError):
    """Bytes that are not a record of ours: truncated, altered, or foreign."""

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message))


def shortened(message: str) -> str:
    """Shorten a message: what it quotes may be as long as a record."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    half = LONGEST_MESSAGE // 2
    return f"{message[:half]} … {message[-half:]}"


def narrowest(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return `counts` in the smallest unsigned integer type that holds its maximum.

    Raises:
        ValueError: a count is negative or does not fit 32 bits.
    """
    low, high = (int(counts.min()), int(counts.max())) if counts.size else (0, 0)
    if low < 0 or high > np.iinfo(np.uint32).max:
        raise ValueError(f"counts from {low} to {high} do not fit unsigned 32-bit integers")
    kind = next(kind for kind in _NARROWER if high <= np.iinfo(kind).max)
    return np.ascontiguousarray(counts, dtype=kind)


def dumps(
    arrays: Mapping[str, np.ndarray[Any, Any]], meta: Mapping[str, Any], *, shuffled: bool = False
) -> bytes:
    """Arrays and JSON-able `meta` in the safetensors layout, as sent to the browser.

    Args:
        arrays: by name.
        meta: the JSON object.
        shuffled: at rest: of each array the first bytes of all numbers, then the second ones, and
            so on. Those of high order, being alike, deflate well.
    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    metadata = {_META: json.dumps(meta, separators=(",", ":"), allow_nan=False)}
    if shuffled:
        contiguous = {name: _shuffle(array) for name, array in contiguous.items()}
        metadata[_SHUFFLED] = "bytes"
    return safetensors.numpy.save(contiguous, metadata=metadata)


def _shuffle(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    numbers = array.reshape(-1).view(np.uint8).reshape(-1, array.itemsize)
    return _like(array, numbers.T.copy().reshape(-1))


def _unshuffle(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    planes = array.reshape(-1).view(np.uint8).reshape(array.itemsize, -1)
    return _like(array, planes.T.copy().reshape(-1))


def _like(array: np.ndarray[Any, Any], data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    shaped: np.ndarray[Any, Any] = data.view(array.dtype).reshape(array.shape)
    return shaped


def loads(data: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """Read what `dumps` wrote; bounds are checked before anything is allocated.

    The arrays are views of `data` where they are not shuffled: what is read takes no memory twice.

    Raises:
        DamagedRecord: the bytes are not safetensors with our metadata.
    """
    try:
        begin = 8 + int.from_bytes(data[:8], "little")
        header = _json(data[8:begin])
        metadata = header.pop("__metadata__")
        meta = _json(metadata[_META].encode())
        buffers = memoryview(data)[begin:]
        arrays = _arrays(header, buffers, shuffled=_SHUFFLED in metadata)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRecord(f"{len(data)} bytes are no record: {error}") from error
    if not isinstance(meta, dict):
        raise DamagedRecord(f"metadata is a JSON {type(meta).__name__}, expected an object")
    return arrays, meta


def _json(text: bytes) -> Any:
    """Parse JSON of bounded length and number of values."""
    if len(text) > MOST_JSON:
        raise ValueError(f"{len(text)} bytes of JSON, expected at most {MOST_JSON}")
    values = _values(text)
    if values > MOST_VALUES and (values := _values(_STRING.sub(b"", text))) > MOST_VALUES:
        raise ValueError(f"about {values} values in JSON, expected at most {MOST_VALUES}")
    return json.loads(text)


def _values(text: bytes) -> int:
    return sum(map(text.count, (b",", b"[", b"{", b":")))


def _arrays(
    header: Mapping[str, Any], buffers: memoryview, *, shuffled: bool
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays that a header describes; each begins where the one before ends."""
    found, end = {}, 0
    entries = sorted(header.items(), key=lambda pair: pair[1]["data_offsets"])
    for name, entry in entries:
        begin, stop = entry["data_offsets"]
        dtype = np.dtype(_DTYPES[entry["dtype"]])
        shape = [_length(length) for length in entry["shape"]]
        if begin != end or stop - begin != math.prod(shape) * dtype.itemsize:
            raise ValueError(f"the array {name} does not fill the bytes {begin} to {stop}")
        array = np.frombuffer(buffers[begin:stop], dtype).reshape(shape)
        found[name] = _unshuffle(array) if shuffled and dtype.itemsize > 1 else array
        end = stop
    if end != len(buffers):
        raise ValueError(f"{len(buffers)} bytes of arrays, expected {end}")
    return found


def _length(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("an axis whose length is no natural number")
    return value


def deflate(data: bytes, level: int = 6) -> bytes:
    """Compress a record for the event file; the strategy is the one for small noisy numbers."""
    stream = zlib.compressobj(level, memLevel=_MEMORY, strategy=zlib.Z_FILTERED)
    return stream.compress(data) + stream.flush()


def inflate(data: bytes, limit: int = INFLATE_LIMIT) -> bytes:
    """Undo `deflate`, never allocating more for the result than a record of its size may claim.

    Raises:
        DamagedRecord: the data are truncated, altered, or inflate beyond what `limit`, `SMALL` and
            `RATIO` allow.
    """
    most = min(limit, max(limit // SMALL, RATIO * len(data)))
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise DamagedRecord(f"{len(data)} bytes cannot be inflated: {error}") from error
    if len(out) > most:
        raise DamagedRecord(
            f"{len(data)} bytes inflate beyond {most}; raise --neural_record_limit if you trust it"
        )
    if not stream.eof:
        raise DamagedRecord(f"{len(data)} bytes are a truncated record")
    return out
