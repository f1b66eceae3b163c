"""Influence between layers: what units get from units, as shares, and along paths."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from tb_plugin_neural.contract.graph_records import Contributions, SummitInfluence

    Product = Callable[["_Table", "_Table"], "_Table"]

COMPOSED = "composed"

MOST_PRODUCERS = 64
"""Producers that a composed path carries on for each unit: the strongest."""


@dataclass(frozen=True, eq=False)
class Influence:
    """The influence of one layer's units on those of another.

    Attributes:
        kind: how the producer feeds the consumer, see `graph_records.Link`.
        share: `[units of the consumer, units of the producer]`, of all absolute influence on the
            consumer's unit the share that is the producer's, with its sign; or of all inputs those
            in which the producer is among the strongest.
        variance: likewise, of the share, by the inputs sampled, NaN where it is not known; None
            where it is known nowhere.
    """

    producer: str
    consumer: str
    kind: str
    share: sparse.csr_array
    variance: sparse.csr_array | None = None

    @property
    def table(self) -> _Table:
        """Shares and variances."""
        return _unknown(self.share) if self.variance is None else _Table(self.share, self.variance)


class _Table(NamedTuple):
    """Shares and their variances, in the same places."""

    share: sparse.csr_array
    variance: sparse.csr_array


def of_subset(
    record: Contributions | SummitInfluence,
    consumer: str,
    subset: str,
    units: Mapping[str, int],
    *,
    relative: bool,
) -> list[Influence]:
    """Return a record's influence on one subset, producer by producer.

    Numbers that are not finite, and units that layers do not have, are passed over.

    Args:
        record: of one layer.
        consumer: the layer that the record is of.
        subset: its key.
        units: of the layers to take.
        relative: whether weights are divided by all absolute influence on the unit, as
            contributions are to be.
    """
    if subset not in record.subsets or consumer not in units:
        return []
    at = np.flatnonzero(record.subset == record.subsets.index(subset))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        weights = record.weights()[at].astype(np.float64)
        if relative:
            total = np.abs(weights).sum(axis=1) / np.maximum(record.kept[at] / 255, 1 / 510)
            weights = weights / total[:, None]
        variance = _variance(record, subset, at, weights)
    node = record.producer[at].astype(np.int64)
    row = np.broadcast_to(record.unit[at].astype(np.int64)[:, None], node.shape)
    sound = np.isfinite(weights) & (weights != 0) & (row < units[consumer])
    found, first = [], 0
    counted = [min(count, 2**32) for count in record.units]
    for producer, count, kind in zip(record.producers, counted, record.links, strict=True):
        if producer in units:
            here = sound & (node >= first) & (node < first + min(count, units[producer]))
            shape = units[consumer], units[producer]
            entries = weights[here], (row[here], node[here] - first)
            share = sparse.csr_array(entries, shape=shape)
            if share.nnz:
                noise = sparse.csr_array((variance[here], entries[1]), shape=shape)
                found.append(Influence(producer, consumer, kind, share, noise))
        first += count
    return found


def _variance(
    record: Contributions | SummitInfluence, subset: str, at: NDArray[Any], weights: NDArray[Any]
) -> NDArray[Any]:
    """Variances of the weights of some rows: of counts binomial, else as recorded or NaN."""
    if not hasattr(record, "error"):
        inputs = max(int(record.inputs[record.subsets.index(subset)]), 1)
        return np.asarray(weights * (1 - weights) / inputs)
    if record.error is None:
        return np.full(weights.shape, np.nan)
    error = np.asarray(record.error[at], np.float64)
    found: NDArray[Any] = np.broadcast_to((error**2)[:, None], weights.shape)
    return found


def between(
    found: Iterable[Influence], order: Sequence[str], shown: Collection[str], *, widest: bool
) -> list[Influence]:
    """Influence between the shown layers, composed along the paths through the others.

    Along a path shares are multiplied, and paths are added up; or the widest path counts: the
    largest over paths of the smallest share on them (Hohman et al. 2019, section 6.3).

    Args:
        found: between recorded layers.
        order: layers in the order of execution; what feeds an earlier or the same layer is left.
        shown: the layers of interest.
        widest: whether the widest path counts.
    """
    rank = {name: at for at, name in enumerate(order)}
    feeding: dict[str, list[Influence]] = defaultdict(list)
    for one in found:
        if rank[one.producer] < rank[one.consumer]:
            feeding[one.consumer].append(one)
    product, union = (_widest, _maximum) if widest else (_multiply, _add)
    result = []
    for consumer in (name for name in order if name in shown):
        result += [one for one in feeding[consumer] if one.producer in shown]
        hidden = _by_producer(
            (one for one in feeding[consumer] if one.producer not in shown), union
        )
        composed: dict[str, _Table] = {}
        while hidden:
            via = max(hidden, key=rank.__getitem__)
            through = hidden.pop(via)
            for one in feeding[via]:
                reached = composed if one.producer in shown else hidden
                step = _strongest(product(through, one.table))
                before = reached.get(one.producer)
                reached[one.producer] = step if before is None else union(before, step)
        result += [
            Influence(producer, consumer, COMPOSED, *table)
            for producer, table in composed.items()
            if table.share.nnz
        ]
    return result


def _by_producer(found: Iterable[Influence], union: Product) -> dict[str, _Table]:
    joined: dict[str, _Table] = {}
    for one in found:
        before, table = joined.get(one.producer), one.table
        joined[one.producer] = table if before is None else union(before, table)
    return joined


def _multiply(a: _Table, b: _Table) -> _Table:
    """Products of shares; their variances to first order, as if errors were independent."""
    with np.errstate(over="ignore", invalid="ignore"):
        variance = a.variance @ b.share.power(2) + a.share.power(2) @ b.variance
    return _Table(sparse.csr_array(a.share @ b.share), sparse.csr_array(variance))


def _add(a: _Table, b: _Table) -> _Table:
    return _Table(sparse.csr_array(a.share + b.share), sparse.csr_array(a.variance + b.variance))


def _maximum(a: _Table, b: _Table) -> _Table:
    return _unknown(sparse.csr_array(a.share.maximum(b.share)))


def _unknown(share: sparse.csr_array) -> _Table:
    """Return a table whose variances are not known."""
    parts = np.full(share.nnz, np.nan), share.indices, share.indptr
    return _Table(share, sparse.csr_array(parts, shape=share.shape))


def _widest(first: _Table, second: _Table) -> _Table:
    """Multiply two matrices in the max–min semiring."""
    a, b = first.share, second.share
    one = a.tocoo()
    lengths = np.diff(b.indptr)[one.col]
    left = np.repeat(np.arange(one.nnz), lengths)
    starts = np.repeat(b.indptr[one.col] - np.cumsum(lengths) + lengths, lengths)
    right = starts + np.arange(len(left))
    width = np.minimum(one.data[left], b.data[right])
    row, col = one.row[left].astype(np.int64), b.indices[right].astype(np.int64)
    order = np.lexsort((-width, col, row))
    row, col, width = row[order], col[order], width[order]
    leads = np.ones(len(row), bool)
    leads[1:] = (row[1:] != row[:-1]) | (col[1:] != col[:-1])
    shape = a.shape[0], b.shape[1]
    return _unknown(sparse.csr_array((width[leads], (row[leads], col[leads])), shape=shape))


def _strongest(table: _Table, most: int = MOST_PRODUCERS) -> _Table:
    """Return the table with only the largest absolute shares of every row."""
    matrix = table.share
    lengths = np.diff(matrix.indptr)
    if lengths.max(initial=0) <= most:
        return table
    row = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((matrix.indices, -np.abs(matrix.data), row))
    rank: NDArray[Any] = np.arange(len(row)) - np.repeat(matrix.indptr[:-1], lengths)
    chosen = order[rank < most]
    entries = matrix.data[chosen], (row[chosen], matrix.indices[chosen])
    return _Table(sparse.csr_array(entries, shape=matrix.shape), table.variance)
