"""Writes the golden answers that the Python and the TypeScript tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tb_plugin_neural.contract import codec

HERE = Path(__file__).parent


def answer() -> bytes:
    """Every kind of array that travels, odd values and odd names."""
    arrays = {
        "counts": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "zero": np.array([0, 300], dtype=np.uint16),
        "unit": np.array([[0, 4294967295]], dtype=np.uint32),
        "mean": np.array([[1.5, np.nan], [-np.inf, 0.0]], dtype=np.float32),
        "empty": np.zeros((0, 4), dtype=np.float32),
    }
    return codec.dumps(arrays, {"layer": "שלום <img onerror=…>", "subjects": [{"few": True}]})


def nothing() -> bytes:
    """No arrays, only metadata."""
    return codec.dumps({}, {"steps": []})


FILES = {"answer.safetensors": answer, "nothing.safetensors": nothing}

if __name__ == "__main__":
    for name, make in FILES.items():
        (HERE / name).write_bytes(make())
