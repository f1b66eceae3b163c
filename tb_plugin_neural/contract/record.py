"""Declare the fields of records, check them, and pack them.

Array fields declare their axes by letters; the same letter means the same length within a record.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.codec import DamagedRecord

Array = np.ndarray[Any, Any]
T = TypeVar("T")

COUNTS = "counts"  # an unsigned integer type, stored in the narrowest
COUNTERS = tuple(np.dtype(name) for name in ("uint8", "uint16", "uint32"))
LARGEST = 2**53
"""Largest integer in JSON that a browser reads exactly."""

LONGEST_TEXT = 2**16
"""Most characters of one text."""

LONGEST_AXES = {"U": 2**19, "N": 2**16}
LONGEST_AXIS = 2**22
"""Most that an axis may claim, units and instances less than others: what is computed of some takes
a hundred times its bytes in a record."""

MOST_EMPTY = 2**16
"""Most that the other axes of an array without numbers may claim: nothing in a file backs them."""


def array(axes: str, dtype: str, *, optional: bool = False) -> Any:
    """Declare an array field: axis letters separated by blanks, and a dtype or `COUNTS`.

    An optional one is None where it is not known, and may be missing in what is read.
    """
    default = None if optional else dataclasses.MISSING
    return field(metadata={"axes": axes.split(), "dtype": dtype}, default=default)


def json_field(check: Callable[[Any], Any], default: Any = dataclasses.MISSING) -> Any:
    """Declare a JSON field; `check` converts it or raises TypeError or ValueError.

    One with a default may be missing in what is read: records had it later than others.
    """
    return field(metadata={"check": check}, default=default)


def text(value: Any) -> str:
    """Check a JSON string."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"a text of {len(value)} characters, expected at most {LONGEST_TEXT}")
    return value


def maybe_text(value: Any) -> str | None:
    """Check a JSON string or null."""
    return None if value is None else text(value)


def items(value: Any) -> list[Any]:
    """Check a JSON list."""
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return list(value)


def entries(value: Any, what: str) -> dict[str, Any]:
    """Check a JSON object; errors name `what` it stands for."""
    if not isinstance(value, dict):
        raise TypeError(f"expected {what}, got {type(value).__name__}")
    return value


def integer(value: Any) -> int:
    """Check a JSON integer that a browser reads exactly."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected an integer, got {type(value).__name__}")
    if abs(value) > LARGEST:
        raise ValueError(f"an integer of {value.bit_length()} bits, expected at most 53")
    return value


def number(value: Any) -> float:
    """Check a finite JSON number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    if not abs(value) <= sys.float_info.max:
        raise ValueError("a number that is not finite in 64 bits")
    return float(value)


def maybe_number(value: Any) -> float | None:
    """Check a JSON number or null."""
    return None if value is None else number(value)


def several(check: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """Check a JSON list; `check` converts its items."""
    return lambda value: tuple(check(item) for item in items(value))


texts, integers, numbers = several(text), several(integer), several(number)


def check_named(what: str, names: Sized, rows: int) -> None:
    """Check that each row has a name.

    Raises:
        DamagedRecord: there are more rows than names, or fewer.
    """
    if len(names) != rows:
        raise DamagedRecord(f"{len(names)} {what} named, {rows} rows")


def check_indices(what: str, indices: Array, size: int) -> None:
    """Check that numbers refer to one of `size` things.

    Raises:
        DamagedRecord: one does not.
    """
    if indices.size and int(indices.max()) >= size:
        raise DamagedRecord(f"{what} {int(indices.max())} of {size}")


@dataclass(frozen=True)
class Record:
    """Base of all kinds: packing, and the checks that follow from the declared axes.

    A field that is declared neither by `array` nor by `json_field` is not packed; the encoded
    `pictures` of a kind that has some are the value's further blobs, in order.
    """

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        """Check dtypes and axes.

        Raises:
            DamagedRecord: an array has another type or shape than declared.
        """
        lengths: dict[str, int] = {}
        for spec in dataclasses.fields(self):
            value = getattr(self, spec.name)
            if "axes" in spec.metadata and not (value is None and spec.default is None):
                _check_array(self.kind, spec, value, lengths)
        self._check(lengths)

    def _check(self, lengths: Mapping[str, int]) -> None:
        """Check more than shapes; `lengths` maps axis letters to lengths."""

    def pack(self) -> list[bytes]:
        """Return the blobs of one value in an event file: the record, then its pictures."""
        arrays, meta = {}, {}
        for spec in dataclasses.fields(self):
            value = getattr(self, spec.name)
            if "axes" in spec.metadata and value is not None:
                counts = spec.metadata["dtype"] == COUNTS
                arrays[spec.name] = codec.narrowest(value) if counts else value
            elif "check" in spec.metadata:
                meta[spec.name] = _plain(value)
        blob = codec.deflate(codec.dumps(arrays, meta, shuffled=True))
        return [blob, *getattr(self, "pictures", ())]

    @classmethod
    def unpack(cls, blob: bytes, limit: int = codec.INFLATE_LIMIT) -> Self:
        """Read the first blob of a value; pictures are fetched one by one.

        Raises:
            DamagedRecord: the blob is truncated, altered, foreign, or inflates beyond `limit`.
        """
        arrays, meta = codec.loads(codec.inflate(blob, limit))
        values: dict[str, Any] = {}
        for spec in dataclasses.fields(cls):
            if not spec.metadata:
                continue
            source = arrays if "axes" in spec.metadata else meta
            if spec.name not in source:
                if spec.default is not dataclasses.MISSING:
                    continue
                raise DamagedRecord(f"{cls.kind} record without {spec.name}")
            value = source[spec.name]
            if "check" in spec.metadata:
                try:
                    value = spec.metadata["check"](value)
                except (TypeError, ValueError, KeyError) as error:
                    raise DamagedRecord(f"{cls.kind} record, {spec.name}: {error}") from error
            values[spec.name] = value
        return cls(**values)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _check_array(
    kind: str, spec: dataclasses.Field[Any], value: Any, lengths: dict[str, int]
) -> None:
    axes, dtype = spec.metadata["axes"], spec.metadata["dtype"]
    if not isinstance(value, np.ndarray):
        raise DamagedRecord(f"{kind} record, {spec.name}: {type(value).__name__} is no array")
    right = value.dtype in COUNTERS if dtype == COUNTS else value.dtype == np.dtype(dtype)
    if not right:
        raise DamagedRecord(f"{kind} record, {spec.name}: dtype {value.dtype}, expected {dtype}")
    expected = tuple(lengths.get(axis, "any") for axis in axes)
    if value.ndim != len(axes) or any(
        want not in ("any", got) for want, got in zip(expected, value.shape, strict=True)
    ):
        raise DamagedRecord(
            f"{kind} record, {spec.name}: shape {list(value.shape)}, "
            f"expected [{', '.join(axes)}] = {list(expected)}"
        )
    for axis, length in zip(axes, value.shape, strict=True):
        if length > (most := LONGEST_AXES.get(axis, LONGEST_AXIS)):
            raise DamagedRecord(
                f"{kind} record, {spec.name}: an axis {axis} of {length}, expected at most {most}"
            )
    if not value.size and math.prod(filter(None, value.shape)) > MOST_EMPTY:
        raise DamagedRecord(f"{kind} record, {spec.name}: an empty array of {list(value.shape)}")
    lengths.update(zip(axes, value.shape, strict=True))
