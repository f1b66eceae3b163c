from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from summary_ops.statistics.histogram import OVER, UNDER, Histogram
from summary_ops.statistics.histogram_range import LARGEST, HistogramRange

samples = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(2)),
    elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, np.nan, np.inf, -np.inf]),
)


@given(samples)
def test_a_window_is_the_median_and_four_spreads_either_side_and_contains_zero(
    sample: np.ndarray[Any, Any],
) -> None:
    found = HistogramRange.of(torch.from_numpy(sample))
    for unit in range(sample.shape[1]):
        x = sample[np.isfinite(sample[:, unit]), unit].astype(np.float64)
        nonzero = x[x != 0]
        lower, upper = -LARGEST, LARGEST
        if len(np.unique(x)) >= 8 and np.ptp(np.quantile(nonzero, [0.01, 0.99])):
            low, median, high = np.quantile(nonzero, [0.01, 0.5, 0.99])
            lower = min(0.0, median - 4 * (high - low))
            upper = max(0.0, median + 4 * (high - low))
        size = 1e-6 * np.abs(nonzero).max(initial=0)
        np.testing.assert_allclose(found.lower[unit], lower, rtol=1e-6, atol=size)
        np.testing.assert_allclose(found.upper[unit], upper, rtol=1e-6, atol=size)
        assert found.lower[unit] <= 0 <= found.upper[unit]


@pytest.mark.parametrize("first", [torch.zeros(300, 1), torch.full((300, 1), torch.nan)])
def test_a_first_batch_without_values_sends_nothing_outside(first: torch.Tensor) -> None:
    histogram = Histogram.empty(2, HistogramRange.of(first))
    later = torch.linspace(-1e5, 1e5, 100)[:, None]
    histogram.update(later, torch.ones(100, dtype=torch.long))
    assert not histogram.table[:, :, [UNDER, OVER]].any()


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="lower bound lies above"):
        HistogramRange.bounded(torch.tensor([1.0]), torch.tensor([0.0]))
    with pytest.raises(ValueError, match="or is NaN"):
        HistogramRange.bounded(torch.tensor([torch.nan]), torch.tensor([0.0]))


def test_no_inputs_place_no_bounds() -> None:
    found = HistogramRange.of(torch.empty(0, 3))
    assert not found.differs(HistogramRange.unbounded(3)).any()
