"""Distances are those of SciPy in float64, near and far, large and small."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from torch import Tensor

from summary_ops.projections import distances as module
from summary_ops.projections.distances import distances
from summary_ops.projections.tables import Table
from tests.summary_ops.networks import digits

NEAREST = 1e-4
"""Relative error that a distance may have."""


def rows(kind: str, size: int = 40, numbers: int = 3000) -> Tensor:
    random = torch.Generator().manual_seed(0)
    values = torch.randn(size, numbers, generator=random)
    if kind == "rectified":
        return values.relu()
    if kind == "far from zero":
        return values + 1000
    if kind == "one large":
        values[0] *= 1e4
    return values


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("kind", ["normal", "rectified", "far from zero", "one large"])
def test_distances_are_those_of_scipy_in_float64(metric: str, kind: str) -> None:
    values = rows(kind)
    found = distances(values[:25], values, metric).numpy()
    expected = cdist(values[:25].double(), values.double(), metric)
    np.testing.assert_allclose(found, expected, rtol=NEAREST, atol=1e-14)


def test_a_row_far_from_all_others_leaves_their_products_right(monkeypatch) -> None:
    monkeypatch.setattr(module, "NEAR", 0.0)
    values = rows("one large")
    found = distances(values, values).numpy()
    expected = cdist(values.double(), values.double())
    np.testing.assert_allclose(found, expected, rtol=NEAREST)


def test_two_images_that_differ_in_one_pixel_are_as_far_apart_as_they_are() -> None:
    images = digits()[0][:60].flatten(1) + 100
    for place, change in enumerate((1.0, 1e-1, 1e-2, 1e-3), start=10):
        images[place] = images[0]
        images[place, 20] += change
    found = distances(images, images).numpy()
    expected = cdist(images.double(), images.double())
    assert 0 < expected[0, 13] < 1.1e-3
    np.testing.assert_allclose(found, expected, rtol=NEAREST)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_equal_rows_are_at_distance_zero(metric: str) -> None:
    values = rows("far from zero", 5)[[0, 1, 0, 2, 1]]
    found = distances(values, values.clone(), metric)
    assert torch.equal(
        found == 0, torch.tensor([[0, 1, 0, 2, 1]]) == torch.tensor([0, 1, 0, 2, 1])[:, None]
    )


def test_a_zero_is_as_far_as_can_be_from_what_has_a_direction() -> None:
    values = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
    assert distances(values, values, "cosine").tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("precision", ["high", "medium"])
def test_shortened_products_make_no_difference(precision: str) -> None:
    values = rows("rectified")
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        found = distances(values, values)
        assert torch.get_float32_matmul_precision() == precision
    finally:
        torch.set_float32_matmul_precision(before)
    np.testing.assert_allclose(found, cdist(values.double(), values.double()), rtol=NEAREST)


def table(values: Tensor, pieces: list[tuple[int, int]], batch: int, count: int) -> Table:
    found = Table.of(count, len(values), "euclidean", values)
    for first, last in pieces:
        found.begin(first, last)
        for place in range(0, len(values), batch):
            found.add(place, values[place : place + batch])
        found.end()
    return found


@given(
    batch=st.integers(1, 9),
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    whole=st.booleans(),
)
def test_pieces_and_batches_make_no_difference(
    batch: int, lengths: list[int], *, whole: bool
) -> None:
    ends = np.minimum(np.cumsum(lengths), 12)
    pieces = [(int(a), int(b)) for a, b in zip([0, *ends], ends, strict=False) if a < b]
    count = 12 if whole else int(ends[-1])
    if whole and ends[-1] < 12:
        pieces.append((int(ends[-1]), 12))
    values = rows("normal", 12, 50)
    found = table(values, pieces, batch, count)
    expected = cdist(values[:count].double(), values.double())
    np.testing.assert_allclose(found.found.numpy() * found.unit, expected, rtol=NEAREST)


@pytest.mark.parametrize("size", [1e-30, 1e-6, 1.0, 1e6, 1e30])
def test_the_size_of_activations_makes_no_difference(size: float) -> None:
    values = rows("rectified", 12, 500) * size
    values[7] = values[3]
    values[7, 5] += 1e-3 * size
    found = table(values, [(0, 12)], 5, 12)
    expected = cdist(values.double(), values.double())
    np.testing.assert_allclose(found.found.numpy() * np.float64(found.unit), expected, rtol=NEAREST)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_activations_that_are_not_finite_have_no_distance(value: float) -> None:
    values = rows("normal", 4, 10)
    values[2, 3] = value
    with pytest.raises(ValueError, match="not finite"):
        table(values, [(0, 4)], 4, 4)


def test_instances_of_different_sizes_have_no_distance() -> None:
    found = Table.of(4, 4, "euclidean", torch.zeros(1))
    found.begin(0, 4)
    found.add(0, rows("normal", 2, 10))
    with pytest.raises(ValueError, match="12 activations an instance where others have 10"):
        found.add(2, rows("normal", 2, 12))
