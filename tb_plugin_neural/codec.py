"""Named arrays and a little JSON as bytes: safetensors, shuffled and deflated at rest."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

INFLATE_LIMIT = 256 * 2**20
"""Most bytes that one record may inflate to."""

_META = "neural"
_SHUFFLED = "shuffled"
_MEMORY = 9  # the most that zlib knows
_NARROWER = (np.uint8, np.uint16, np.uint32)


class DamagedRecord(ValueError):
    """Bytes that are not a record of ours: truncated, altered, or foreign."""


def narrowest(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`counts` in the smallest unsigned integer type that holds its maximum.

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
    """Read what `dumps` wrote; bounds and alignment are checked before anything is allocated.

    Raises:
        DamagedRecord: the bytes are not safetensors with our metadata.
    """
    try:
        arrays = safetensors.numpy.load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        meta = json.loads(header["__metadata__"][_META])
        if _SHUFFLED in header["__metadata__"]:
            arrays = {name: _unshuffle(array) for name, array in arrays.items()}
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedRecord(f"{len(data)} bytes are no record: {error}") from error
    if not isinstance(meta, dict):
        raise DamagedRecord(f"metadata is a JSON {type(meta).__name__}, expected an object")
    return arrays, meta


def deflate(data: bytes, level: int = 6) -> bytes:
    """Compress a record for the event file; the strategy is the one for small noisy numbers."""
    stream = zlib.compressobj(level, memLevel=_MEMORY, strategy=zlib.Z_FILTERED)
    return stream.compress(data) + stream.flush()


def inflate(data: bytes, limit: int = INFLATE_LIMIT) -> bytes:
    """Undo `deflate`, never allocating more than `limit` bytes for the result.

    Raises:
        DamagedRecord: the data are truncated, altered, or inflate beyond `limit`.
    """
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise DamagedRecord(f"{len(data)} bytes cannot be inflated: {error}") from error
    if len(out) > limit:
        raise DamagedRecord(
            f"{len(data)} bytes inflate beyond {limit}; raise --neural_record_limit if you trust it"
        )
    if not stream.eof:
        raise DamagedRecord(f"{len(data)} bytes are a truncated record")
    return out
