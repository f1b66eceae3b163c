"""What records should hold, counted by NumPy in float64 from plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from summary_ops.statistics.histogram import SPECIAL, Histogram
from tb_plugin_neural.contract import records

Array = np.ndarray[Any, Any]


def edges(exponent: int, offset: int, bins: int) -> Array:
    """Bin edges of one unit, exact in float64."""
    return np.ldexp(np.arange(offset, offset + bins + 1, dtype=np.float64), exponent)


def slots(values: Array, lower: float, upper: float, bin_edges: Array) -> Array:
    """Zeros, under, over, NaN, −inf, +inf, then the bins of one unit's values `[inputs]`."""
    x = values.astype(np.float64)
    finite = np.isfinite(x)
    binned = x[finite & (x >= lower) & (x <= upper) & (x != 0)]
    assert not len(binned) or bin_edges[0] <= binned.min() <= binned.max() < bin_edges[-1]
    special = (
        x == 0,
        finite & (x < lower),
        finite & (x > upper),
        np.isnan(x),
        x == -np.inf,
        x == np.inf,
    )
    return np.array([*(s.sum() for s in special), *np.histogram(binned, bin_edges)[0]])


def table(histogram: Histogram, values: torch.Tensor, rows: torch.Tensor) -> Array:
    """What the table of `histogram` should be, `[rows, units, 6 + bins]`, on its own edges."""
    w, out = histogram.window, np.zeros(tuple(histogram.table.shape), np.int64)
    for row in range(len(out)):
        for unit in range(out.shape[1]):
            lattice = (int(part[unit]) for part in histogram.lattice)
            out[row, unit] = slots(
                values[rows == row, unit].numpy(),
                float(w.lower[unit]),
                float(w.upper[unit]),
                edges(*lattice, histogram.bins),
            )
    return out


def rows_of(record: records.Histograms | records.Moments, subset: str) -> list[int]:
    """Rows that make a subset; `all` may be the sum of several."""
    if subset in record.subsets:
        return [record.subsets.index(subset)]
    assert subset == "all", f"{subset} is not among {record.subsets}"
    assert isinstance(record, records.Histograms)
    return list(record.total)


def assert_histograms(record: records.Histograms, subset: str, values: Any) -> None:
    """A subset's histograms are those of the pooled activations `[inputs, units]`."""
    x = np.asarray(values, np.float32)
    at = rows_of(record, subset)
    assert record.inputs[at].sum() == len(x), subset
    special = (
        record.zero, record.under, record.over,
        record.nan, record.negative_infinite, record.positive_infinite,
    )  # fmt: skip
    found = np.concatenate([*(s[..., None] for s in special), record.counts], axis=2, dtype=int)
    bins = found.shape[2] - SPECIAL
    for unit in range(found.shape[1]):
        own = edges(int(record.exponent[unit]), int(record.offset[unit]), bins)
        want = slots(x[:, unit], record.lower[unit], record.upper[unit], own)
        np.testing.assert_array_equal(found[at, unit].sum(0), want, f"{subset}, unit {unit}")


def assert_moments(record: records.Moments, subset: str, values: Any) -> None:
    """A subset's moments are those of the pooled activations `[inputs, units]`."""
    x = np.asarray(values, np.float64)
    (row,) = rows_of(record, subset)
    assert record.inputs[row] == len(x), subset
    np.testing.assert_array_equal(record.missing[row], (~np.isfinite(x)).sum(0))
    x = np.where(np.isfinite(x), x, np.nan)
    for unit in range(x.shape[1]):
        known = x[~np.isnan(x[:, unit]), unit]
        mean, std = (known.mean(), known.std()) if len(known) else (np.nan, np.nan)
        size = np.abs(known).max(initial=0)
        np.testing.assert_allclose(record.mean[row, unit], mean, rtol=1e-6, atol=1e-6 * size)
        np.testing.assert_allclose(record.std[row, unit], std, rtol=1e-5, atol=1e-6 * size)


def assert_same(mine: records.Record, other: records.Record, *, rtol: float = 0.0) -> None:
    """Two records agree: counts bit for bit, floats to `rtol`."""
    assert type(mine) is type(other)
    for name, value in vars(mine).items():
        theirs = getattr(other, name)
        if not isinstance(value, np.ndarray):
            assert value == theirs, name
        elif value.dtype.kind == "f" and rtol:
            np.testing.assert_allclose(value, theirs, rtol=rtol, err_msg=name)
        else:
            np.testing.assert_array_equal(value, theirs, name)
