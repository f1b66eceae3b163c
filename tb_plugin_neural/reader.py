"""Make TensorBoard's Python reader of event files fast.

Where TensorBoard has no data server (Apple silicon, Windows, Arm) it reads event files in Python
and computes the checksum of every byte, CRC-32C, in a Python loop: 5 MB/s. The same checksum from
`google-crc32c` takes that away. The bytes read and the damage found stay the same.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = (b"123456789", 0xE3069283)
"""Check value of CRC-32C: RFC 3720, appendix B.4, and the usual test string."""


def accelerate() -> bool:
    """Replace CRC-32C in TensorBoard's reader for this process; safe to call again.

    Returns:
        Whether the reader is fast now. It is left alone when `google-crc32c` is absent or has no
        compiled part, or when TensorBoard has changed inside.
    """
    try:
        import google_crc32c  # noqa: PLC0415
        from tensorboard.compat.tensorflow_stub import pywrap_tensorflow as reader  # noqa: PLC0415
    except ImportError:
        return False
    slow = getattr(reader, "crc32c", None)
    if isinstance(slow, _Crc):
        return True
    data, expected = KNOWN
    if not callable(slow) or google_crc32c.implementation != "c" or slow(data) != expected:
        return False
    reader.crc32c = _Crc(google_crc32c.value, slow)
    return True


def restore() -> None:
    """Undo `accelerate`."""
    from tensorboard.compat.tensorflow_stub import pywrap_tensorflow as reader  # noqa: PLC0415

    if isinstance(reader.crc32c, _Crc):
        reader.crc32c = reader.crc32c.slow


class _Crc:
    """CRC-32C: of bytes by `fast`, of what else TensorBoard's function takes by `slow`."""

    def __init__(self, fast: Callable[[bytes], int], slow: Callable[[Any], int]) -> None:
        self.fast = fast
        self.slow = slow
        functools.update_wrapper(self, slow)

    def __call__(self, data: Any) -> int:
        return self.fast(data) if type(data) is bytes else self.slow(data)
