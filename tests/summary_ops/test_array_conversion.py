"""Arrays of any framework and number format, read as the numbers that they hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter
from written import written

from summary_ops import activation_distributions
from summary_ops.data.conversion import array

VALUES = np.random.default_rng(0).normal(size=(300, 4))

TENSORS = [
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e4m3fn,
    torch.float8_e5m2, torch.int8, torch.uint8, torch.int64, torch.uint16, torch.bool,
]  # fmt: skip
ARRAYS = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "g", "i1", "<i4", ">i8", ">u2", "u8", "?"]


@pytest.mark.parametrize("dtype", TENSORS, ids=str)
def test_tensors_of_every_real_type_keep_their_numbers(dtype: torch.dtype) -> None:
    given = (3 * torch.tensor(VALUES).abs()).to(dtype)
    found = array(given)
    assert found.dtype in (torch.float32, torch.float64, torch.int64, torch.bool)
    assert torch.equal(found.double(), given.double())


@pytest.mark.parametrize("dtype", ARRAYS)
def test_arrays_of_every_real_type_and_byte_order_keep_their_numbers(dtype: str) -> None:
    given = (3 * np.abs(VALUES)).astype(dtype)
    found = array(given)
    assert found.dtype in (torch.float32, torch.float64, torch.int64, torch.bool)
    np.testing.assert_array_equal(found.double(), given.astype(np.float64))


class Foreign:
    """An array of a framework that NumPy knows through its protocol alone."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        del copy
        return self.values if dtype is None else self.values.astype(dtype)


class OnAccelerator:
    """One that gives its memory to other frameworks, and nothing to NumPy."""

    def __init__(self, values: torch.Tensor) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("implicit conversion is not allowed")

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


@pytest.mark.parametrize(
    "given",
    [
        VALUES.tolist(),
        Foreign(VALUES),
        OnAccelerator(torch.tensor(VALUES)),
        torch.tensor(VALUES, requires_grad=True),
        torch.tensor(VALUES).to_sparse(),
    ],
    ids=lambda given: type(given).__name__,
)
def test_lists_and_arrays_of_other_frameworks_are_taken(given: Any) -> None:
    np.testing.assert_array_equal(array(given), VALUES)


@pytest.mark.parametrize(
    "given",
    [VALUES * 1j, torch.tensor(VALUES * 1j), np.array(["a", "b"]), np.array(["2020"], "M8[D]")],
    ids=["complex array", "complex tensor", "text", "dates"],
)
def test_what_is_no_real_number_is_refused_with_its_type(given: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"{given.dtype}, expected real numbers")):
        array(given)


@pytest.mark.parametrize("dtype", [">f4", "g", "<f2"])
def test_distributions_have_the_moments_of_the_numbers_given(tmp_path: Path, dtype: str) -> None:
    given = VALUES.astype(dtype)
    with SummaryWriter(str(tmp_path)) as writer:
        activation_distributions(writer, "fc", given, step=0, task=None)
    record = written(tmp_path)["moments", "fc", 0]
    exact = given.astype(np.float32).astype(np.float64)
    np.testing.assert_allclose(record.mean[0], exact.mean(0), rtol=1e-6)
    np.testing.assert_allclose(record.std[0], exact.std(0), rtol=1e-6)


@pytest.mark.parametrize(
    ("mean", "std"), [(1e4, 0.01), (1e6, 1.0), (1e7, 2.0), (3e7, 4.0), (1e8, 16.0)]
)
def test_deviations_far_from_zero_are_those_of_numpy(
    tmp_path: Path, mean: float, std: float
) -> None:
    given = (mean + std * np.random.default_rng(1).normal(size=(5000, 2))).astype(np.float32)
    labels = np.arange(5000) % 3
    with SummaryWriter(str(tmp_path)) as writer:
        activation_distributions(writer, "fc", given, labels, step=0)
    record = written(tmp_path)["moments", "fc", 0]
    for label in range(3):
        row = record.subsets.index(f"class:{label}")
        expected = given[labels == label].astype(np.float64).std(0)
        np.testing.assert_allclose(record.std[row], expected, rtol=1e-6)
