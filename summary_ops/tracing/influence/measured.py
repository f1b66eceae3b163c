"""Add up influence between sum nodes over inputs; compose it between recorded layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from summary_ops.tracing.graph.edges import Edges
from summary_ops.tracing.graph.links import Layered, Path

Tables = dict[Layered, Tensor]
K = TypeVar("K")

AT_ONCE = 2**22
"""Numbers that are compared at once, at most, where a row has no more."""


PARTS = "parts"
"""The tables of hidden sum nodes: contributions, whatever measure is composed through them."""


class TableKey(NamedTuple):
    """The identity of a table of influence.

    Attributes:
        consumer, producer: keys of sum nodes.
        identity: unit to unit, without weights.
    """

    consumer: str
    producer: str
    identity: bool


@dataclass(frozen=True)
class MeasuredNode:
    """A sum node in the order of execution.

    Attributes:
        layer: whether it is a recorded layer.
        units: their number.
    """

    layer: bool
    units: int


@dataclass
class Measured:
    """Sums over inputs, which add up with those of other inputs.

    Attributes:
        inputs: how many.
        places: the sum nodes by key, in order of execution.
        links: see `summary_ops.tracing.graph.links.links`.
        tables: float64 `[units, units of the producer]` by measure, dense or sparse.
        totals: of a hidden sum node's units, what their contributions and the bias sum to.
        seen: in how many inputs Summit's measure was taken, a unit of a sum node.
    """

    inputs: int = 0
    nodes: dict[str, MeasuredNode] = field(default_factory=dict)
    links: dict[str, dict[Layered, Path]] = field(default_factory=dict)
    tables: dict[str, dict[TableKey, Tensor]] = field(default_factory=dict)
    totals: dict[str, Tensor] = field(default_factory=dict)
    seen: dict[str, Tensor] = field(default_factory=dict)

    def merge(self, other: Measured) -> Measured:
        """Both."""
        links = {name: dict(found) for name, found in self.links.items()}
        for name, found in other.links.items():
            mine = links.setdefault(name, {})
            mine |= {key: path.in_parallel(mine.get(key)) for key, path in found.items()}
        tables = {name: dict(found) for name, found in self.tables.items()}
        for name, more in other.tables.items():
            add_all(tables.setdefault(name, {}), more)
        merged = Measured(
            self.inputs + other.inputs,
            _in_order(self.nodes, other.nodes),
            links,
            tables,
            dict(self.totals),
            dict(self.seen),
        )
        add_all(merged.totals, other.totals)
        add_all(merged.seen, other.seen)
        return merged

    def compose(self) -> dict[str, Edges]:
        """Return the influence between recorded layers, by consumer, in order of execution.

        Between two of them, through hidden sum nodes, the contribution of a path is the product of
        the producer's share in each hidden unit: its contribution over the unit's total. The shares
        of a hidden unit and that of its bias sum to 1, so that what reaches a consumer from
        recorded layers falls short of its total by the biases on the path. Summit's influence is
        that of the widest path: the largest, over paths, of the smallest share of inputs on it.

        Raises:
            ValueError: no input was measured.
        """
        if not self.inputs:
            raise ValueError("no input was measured")
        found = {name: self._influence(name) for name in self.tables if name != PARTS}
        edges = {}
        for name in (key for key, node in self.nodes.items() if node.layer):
            paths = self.links.get(name, {})
            if not paths:
                continue
            order = {layer: node for node, layer in enumerate(self.nodes)}
            columns = sorted(paths, key=lambda key: (order[key[0]], not key[1]))
            units = tuple(self.nodes[layer].units for layer, _ in columns)
            tables = {
                measure: torch.cat(
                    [
                        _dense(tables[name].get(column), self.nodes[name].units, size)
                        for column, size in zip(columns, units, strict=True)
                    ],
                    1,
                )
                for measure, tables in found.items()
            }
            summit = tables.get("summit")
            edges[name] = Edges(
                tuple(layer for layer, _ in columns),
                units,
                tuple(paths[column].kind for column in columns),
                _mean(tables.get("contribution"), self.inputs),
                _mean(tables.get("maximum"), self.inputs),
                None if summit is None else (summit * self.inputs).round().long(),
            )
        return edges

    def _influence(self, measure: str) -> dict[str, Tables]:
        """Tables from recorded layers, by the consumer."""
        hidden = {} if measure == "summit" else self.tables.get(PARTS, {})
        feeding: dict[str, list[tuple[TableKey, Tensor]]] = {name: [] for name in self.nodes}
        for key, table in (*self.tables[measure].items(), *hidden.items()):
            feeding[key.consumer].append((key, table))
        found: dict[str, Tables] = {}
        for name, node in self.nodes.items():
            found[name] = {}
            for key, table in feeding[name]:
                whole = node.layer and measure != "summit"
                shares = table if whole else self._shares(name, table, measure)
                self._extend(found[name], key, shares, found, measure)
        return found

    def _shares(self, name: str, table: Tensor, measure: str) -> Tensor:
        total = self.seen[name] if measure == "summit" else self.totals[name]
        total = total.double()
        inverse = torch.where(total != 0, 1 / torch.where(total != 0, total, 1.0), 0.0)
        return _scaled(table, inverse)

    def _extend(
        self, into: Tables, key: TableKey, shares: Tensor, found: Mapping[str, Tables], measure: str
    ) -> None:
        if self.nodes[key.producer].layer:
            paths = {(key.producer, True): shares}
        elif measure == "summit":
            paths = {path: _widest(shares, table) for path, table in found[key.producer].items()}
        else:
            paths = {path: _product(shares, table) for path, table in found[key.producer].items()}
        for (layer, identity), table in paths.items():
            path = layer, identity and key.identity
            before = into.get(path)
            if before is None:
                into[path] = table
            elif measure == "summit":
                into[path] = torch.maximum(_full(before), _full(table))
            else:
                into[path] = _sum(before, table)


def add_all(into: dict[K, Tensor], more: Mapping[K, Tensor]) -> None:
    """Add tables to those that are there."""
    for key, table in more.items():
        into[key] = _sum(into[key], table) if key in into else table


def _in_order(
    first: Mapping[str, MeasuredNode], second: Mapping[str, MeasuredNode]
) -> dict[str, MeasuredNode]:
    """Both, each in its order; what only the second has stands before what follows it there."""
    if list(first) == list(second):
        return dict(first)
    order: dict[str, MeasuredNode] = {}
    waiting: Iterable[str] = list(second)
    rest = list(waiting)
    for name, node in first.items():
        if name in second:
            while rest and rest[0] != name:
                ahead = rest.pop(0)
                if ahead not in first:
                    order[ahead] = second[ahead]
            rest = rest[1:] if rest else rest
        order[name] = node
    order |= {name: second[name] for name in rest if name not in order}
    return order


def _sum(a: Tensor, b: Tensor) -> Tensor:
    return b + a if a.is_sparse and not b.is_sparse else a + b


def _full(table: Tensor) -> Tensor:
    return table.to_dense() if table.is_sparse else table


def _dense(table: Tensor | None, rows: int, columns: int) -> Tensor:
    return torch.zeros(rows, columns, dtype=torch.float64) if table is None else _full(table)


def _mean(table: Tensor | None, inputs: int) -> Tensor | None:
    return None if table is None else table / inputs


def _scaled(table: Tensor, rows: Tensor) -> Tensor:
    if not table.is_sparse:
        return table * rows[:, None]
    table = table.coalesce()
    values = table.values() * rows[table.indices()[0]]
    return torch.sparse_coo_tensor(table.indices(), values, table.shape, check_invariants=False)


def _product(left: Tensor, right: Tensor) -> Tensor:
    if not right.is_sparse:
        return left @ right
    return _sparse_product(left, right) if left.is_sparse else (right.T @ left.T).T


def _sparse_product(left: Tensor, right: Tensor) -> Tensor:
    left, right = left.coalesce(), right.coalesce()
    (rows, middle), (starts, columns) = left.indices(), right.indices()
    first, last = (torch.searchsorted(starts, middle, right=after) for after in (False, True))
    count = last - first
    entry = torch.arange(len(rows)).repeat_interleave(count)
    begin = (count.cumsum(0) - count)[entry]
    match = first[entry] + torch.arange(len(entry)) - begin
    values = left.values()[entry] * right.values()[match]
    index = torch.stack((rows[entry], columns[match]))
    shape = (left.shape[0], right.shape[1])
    return torch.sparse_coo_tensor(index, values, shape, check_invariants=False).coalesce()


def _widest(left: Tensor, right: Tensor) -> Tensor:
    """Max–min product: over the middle, the largest of the smaller of both."""
    left, right = _full(left), _full(right)
    widest = right.new_zeros(len(left), right.shape[1])
    some = left.any(1).nonzero()[:, 0]
    for rows in torch.split(some, max(1, AT_ONCE // max(right.numel(), 1))):
        row, middle = left[rows].nonzero(as_tuple=True)
        narrow = torch.minimum(left[rows[row], middle][:, None], right[middle])
        first = torch.searchsorted(row, torch.arange(len(rows)))
        largest = np.maximum.reduceat(narrow.numpy(), first.numpy(), 0)
        widest[rows] = torch.from_numpy(largest)
    return widest
