"""Arrays in the number formats that JAX brings to NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from summary_ops.data.conversion import array

ml_dtypes = pytest.importorskip("ml_dtypes")
VALUES = np.random.default_rng(0).normal(size=(50, 4))


@pytest.mark.parametrize(
    "name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3b11fnuz", "int4", "uint4"]
)
def test_numbers_are_those_of_the_array(name: str) -> None:
    given = np.abs(3 * VALUES).astype(getattr(ml_dtypes, name))
    np.testing.assert_array_equal(array(given).double(), given.astype(np.float64))
