"""What a recorder would write of known values, made one unit and subset at a time."""

import numpy as np

from tb_plugin_neural.analysis.histogram import from_record
from tb_plugin_neural.contract.records import Histograms

FINEST = -10


def lattice(values, bins):
    """Smallest exponent, and its offset, for which the bins hold all values."""
    for exponent in range(FINEST, 130):
        places = np.floor(values / 2.0**exponent)
        if not len(places) or places.max() - places.min() < bins:
            return exponent, places.min() if len(places) else 0
    raise AssertionError("values beyond float32")


def record(*subsets, bins=64, window=(-np.inf, np.inf)):
    """A record of `subsets`, each an array `[values, units]`."""
    subsets = [np.asarray(x, np.float64) for x in subsets]
    units = subsets[0].shape[1]
    shape = (len(subsets), units)
    names = ("zero", "under", "over", "nan", "negative_infinite", "positive_infinite")
    number = {name: np.zeros(shape, np.uint32) for name in names}
    total = {name: np.zeros(shape, np.float32) for name in ("under_sum", "over_sum")}
    counts = np.zeros((*shape, bins), np.uint32)
    exponent, offset = np.zeros(units, np.int16), np.zeros(units, np.int32)
    extremes = np.full((2, units), np.nan, np.float32)
    lower, upper = window
    for u in range(units):
        together = np.concatenate([x[:, u] for x in subsets])
        finite = together[np.isfinite(together)]
        binned = finite[(finite != 0) & (finite >= lower) & (finite <= upper)]
        exponent[u], offset[u] = lattice(binned, bins)
        if len(finite):
            extremes[:, u] = finite.min(), finite.max()
        for s, x in enumerate(x[:, u] for x in subsets):
            finite = x[np.isfinite(x)]
            below, above = finite[finite < lower], finite[finite > upper]
            inside = finite[(finite != 0) & (finite >= lower) & (finite <= upper)]
            places = np.floor(inside / 2.0 ** exponent[u]) - offset[u]
            counts[s, u] = np.bincount(places.astype(int), minlength=bins)
            total["under_sum"][s, u], total["over_sum"][s, u] = below.sum(), above.sum()
            number["under"][s, u], number["over"][s, u] = len(below), len(above)
            number["zero"][s, u] = (finite == 0).sum()
            number["nan"][s, u] = np.isnan(x).sum()
            number["negative_infinite"][s, u] = (x == -np.inf).sum()
            number["positive_infinite"][s, u] = (x == np.inf).sum()
    return Histograms(
        mode="eval",
        subsets=tuple(f"class:{s}" for s in range(len(subsets))),
        total=tuple(range(len(subsets))),
        inputs=np.array([len(x) for x in subsets], np.uint32),
        counts=counts,
        exponent=exponent,
        offset=offset,
        lower=np.full(units, lower, np.float32),
        upper=np.full(units, upper, np.float32),
        finest=np.full(units, FINEST, np.int16),
        minimum=extremes[0],
        maximum=extremes[1],
        **number,
        **total,
    )


def histogram(values, **options):
    """A histogram of one subject with the values `[values, units]`."""
    return from_record(record(values, **options), [0])
