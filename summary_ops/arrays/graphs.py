"""Attribution graphs from arrays of any framework, equal to what a `Recorder` would write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from summary_ops.arrays import distributions
from summary_ops.data.conversion import array
from summary_ops.influence.importance_tables import importance as importance_record
from summary_ops.influence.influence_tables import InfluenceTables
from summary_ops.influence.options import Graph
from summary_ops.schedule import step_number
from summary_ops.tasks.class_names import class_names
from summary_ops.tracing import Edges
from tb_plugin_neural.contract import graph_records as records
from tb_plugin_neural.contract.record import Array, Record
from tb_plugin_neural.contract.records import Layer, Session

Pair = tuple[str, str]
"""A producing layer and a consuming one."""


def attribution_graph(
    writer: Any,
    layers: Mapping[str, int],
    counts: Mapping[str, Any],
    influence: Mapping[Any, Any],
    *,
    classes: Sequence[str] | Mapping[int, str],
    step: int,
    inputs: Any = None,
    sampled: Any = None,
    importance: Mapping[str, Any] | None = None,
    links: Mapping[Pair, str] | None = None,
    output: str | None = None,
    masses: Sequence[float] = (0.03,),
    name: str = "model",
) -> None:
    """Write what the attribution graphs of all classes are made of.

    `all` is the sum over the classes, each by its number of inputs.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`.
        layers: number of units by the layer's name, in the order of execution.
        counts: by layer, whole numbers `[classes, units]`: in how many inputs of the class the unit
            is among the fewest that hold the share `masses` of the layer's activation;
            `[masses, classes, units]` where there are several shares. See
            `summary_ops.statistics.activation_counts.top_mass`.
        influence: by (producer, consumer), `[classes, units of the consumer, units of the
            producer]`: the mean contribution to the consumer's pre-activation, where it is
            positive. Or by measure such a mapping each: `contribution`, `maximum` (contributions at
            the position of the consumer's maximum), and `summit` (whole numbers: in how many inputs
            the producer is among the consumer's five strongest).
        classes: names by index.
        step: the training step.
        inputs: `[classes]`, how many were counted; by default the largest count of the class.
        sampled: `[classes]`, how many influence and importance are means over; by default `inputs`.
        importance: by layer, `[classes, units]`: gradient × (activation − mean), the mean over the
            class's inputs.
        links: by (producer, consumer) how one feeds the other, see
            `tb_plugin_neural.contract.graph_records.Link`; by default `direct`.
        output: the layer that makes the prediction.
        masses: the shares that `counts` are of.
        name: the model's name, as of a `Recorder`.

    Raises:
        ValueError: arrays contradict each other or `layers`, a layer, measure or kind of link is
            not known, or the step is no whole number.

    Example:
        >>> attribution_graph(
        ...     writer,
        ...     {"conv": 2, "dense": 3},
        ...     {"conv": np.array([[4, 0], [1, 4]]), "dense": np.array([[4, 2, 0], [0, 1, 4]])},
        ...     {("conv", "dense"): np.ones((2, 3, 2))},
        ...     classes=["cat", "dog"],
        ...     step=0,
        ...     name="arrays",
        ... )
    """
    step = step_number(step)
    names = class_names(classes)
    shares = Graph(masses=tuple(masses)).masses
    given = _Given(dict(layers), len(names))
    tables = given.counts(counts, len(shares))
    totals = given.inputs("inputs", inputs, _largest(tables, len(names)))
    for layer, table in tables.items():
        if (table > totals[:, None]).any():
            raise ValueError(f"counts of {layer} exceed the inputs of a class, {totals.tolist()}")
    measured = given.inputs("sampled", sampled, totals)
    kinds = given.links(influence, links or {})
    rows: list[tuple[str, Record]] = [("", _topology(kinds))] if kinds else []
    rows += [(layer, _counts(table, shares, totals)) for layer, table in tables.items()]
    rows += given.influence(influence, kinds, measured, tables)
    rows += given.importance(importance or {}, measured)
    model = distributions.model_of(writer, name)
    for layer, units in layers.items():
        model.layers[layer] = Layer(layer, "array", units, "none", output=layer == output)
    about = Session(
        name=name,
        task="multiclass",
        classes=names,
        subset_names=(),
        layers=(),
        probe=None,
        weights="",
        left_out=(),
    )
    model.write(writer, rows, step, about)


@dataclass(frozen=True)
class _Given:
    """The caller's arrays, checked against the layers and the number of classes."""

    layers: Mapping[str, int]
    classes: int

    def units(self, what: str, layer: Any) -> int:
        if layer not in self.layers:
            raise ValueError(f"{what}: no layer {layer!r}; layers: {', '.join(self.layers)}")
        return self.layers[layer]

    def counts(self, counts: Mapping[str, Any], masses: int) -> dict[str, Array]:
        """Return counts `[masses, classes, units]` by layer, in the order of execution."""
        found = {}
        for layer, given in counts.items():
            units = self.units("counts", layer)
            table = _whole(f"counts of {layer}", given)
            table = table[None] if table.ndim == 2 else table
            _check_shape(f"counts of {layer}", table, (masses, self.classes, units))
            found[layer] = table
        return {layer: found[layer] for layer in self.layers if layer in found}

    def inputs(self, what: str, given: Any, default: Array) -> Array:
        """Numbers of inputs `[classes]`."""
        table = default if given is None else _whole(what, given)
        _check_shape(what, table, (self.classes,))
        return table

    def links(self, influence: Mapping[Any, Any], links: Mapping[Pair, str]) -> dict[Pair, str]:
        """Kinds of link, in the order of execution of consumers and then of producers."""
        order = list(self.layers)
        pairs = {pair for tables in _by_measure(influence).values() for pair in tables} | set(links)
        for pair in pairs:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise ValueError(f"influence by {pair!r}, expected (producer, consumer)")
            for layer in pair:
                self.units("influence", layer)
            if order.index(pair[0]) >= order.index(pair[1]):
                raise ValueError(
                    f"{pair[0]} cannot feed {pair[1]}: layers stand in the order of execution"
                )
        for pair, kind in links.items():
            if kind not in records.LINKS:
                raise ValueError(f"link {pair}: {kind!r}, expected one of {records.LINKS}")
        ordered = sorted(pairs, key=lambda pair: (order.index(pair[1]), order.index(pair[0])))
        return {pair: links.get(pair, "direct") for pair in ordered}

    def influence(
        self,
        influence: Mapping[Any, Any],
        kinds: Mapping[Pair, str],
        sampled: Array,
        counts: Mapping[str, Array],
    ) -> Iterator[tuple[str, Record]]:
        """Yield the records; each class's counted units, and all units of `all`, have a row."""
        tables = InfluenceTables()
        found = {
            measure: {
                pair: self._table(measure, pair, table, sampled) for pair, table in pairs.items()
            }
            for measure, pairs in _by_measure(influence).items()
        }
        for label in range(self.classes):
            if sampled[label]:
                edges = dict(self._edges(found, kinds, label))
                tables.add(f"class:{label}", int(sampled[label]), edges, part=True)

        def chosen(layer: str, subset: str) -> Array | None:
            if subset == "all" or layer not in counts:
                return None
            label = int(subset.removeprefix("class:"))
            return np.asarray((counts[layer][:, label] > 0).any(0))

        return tables.rows(chosen)

    def _table(self, measure: str, pair: Pair, given: Any, sampled: Array) -> Array:
        what = f"{measure} of {pair[0]} to {pair[1]}"
        table = _whole(what, given) if measure == "summit" else _array(given).astype(np.float64)
        shape = self.classes, self.layers[pair[1]], self.layers[pair[0]]
        _check_shape(what, table, shape)
        beyond = np.flatnonzero((table > sampled[:, None, None]).any((1, 2)))
        if measure == "summit" and len(beyond):
            label = int(beyond[0])
            raise ValueError(
                f"{what} counts {table[label].max()} inputs of class {label}, of which "
                f"{sampled[label]} were sampled; pass sampled=[…]"
            )
        return table

    def _edges(
        self, found: Mapping[str, Mapping[Pair, Array]], kinds: Mapping[Pair, str], label: int
    ) -> Iterator[tuple[str, Edges]]:
        for consumer, units in self.layers.items():
            layout = {producer: kind for (producer, to), kind in kinds.items() if to == consumer}
            if not layout:
                continue
            sizes = [self.layers[producer] for producer in layout]
            tables = {}
            for measure, pairs in found.items():
                none = np.int64 if measure == "summit" else np.float64
                parts = [
                    pairs[producer, consumer][label]
                    if (producer, consumer) in pairs
                    else np.zeros((units, size), none)
                    for producer, size in zip(layout, sizes, strict=True)
                ]
                tables[measure] = torch.from_numpy(np.concatenate(parts, axis=1))
            yield consumer, Edges(tuple(layout), tuple(sizes), tuple(layout.values()), **tables)

    def importance(
        self, importance: Mapping[str, Any], sampled: Array
    ) -> Iterator[tuple[str, Record]]:
        """Yield the records; `all` is the mean over the classes' inputs."""
        for layer, given in importance.items():
            units = self.units("importance", layer)
            table = _array(given).astype(np.float64)
            _check_shape(f"importance of {layer}", table, (self.classes, units))
            if not np.isfinite(table).all():
                raise ValueError(f"importance of {layer} holds values that are not finite")
            seen = sampled.nonzero()[0]
            if not len(seen):
                continue
            every = (table[seen] * sampled[seen, None]).sum(0) / sampled.sum()
            values = {"all": (int(sampled.sum()), every)}
            values |= {f"class:{label}": (int(sampled[label]), table[label]) for label in seen}
            yield layer, importance_record({key: (*one, None) for key, one in values.items()})


def _by_measure(influence: Mapping[Any, Any]) -> Mapping[str, Mapping[Pair, Any]]:
    if not all(isinstance(key, str) for key in influence):
        return {"contribution": influence}
    for measure in influence:
        if measure not in records.INFLUENCE:
            raise ValueError(
                f"influence by {measure!r}, expected (producer, consumer), or one of "
                f"{', '.join(records.INFLUENCE)}"
            )
    return influence


def _largest(tables: Mapping[str, Array], classes: int) -> Array:
    largest = [table.max((0, 2), initial=0) for table in tables.values()]
    return np.max(largest, axis=0) if largest else np.zeros(classes, np.int64)


def _counts(table: Array, masses: tuple[float, ...], inputs: Array) -> records.ActivationCounts:
    return records.ActivationCounts(
        mode="eval",
        subsets=tuple(f"class:{label}" for label in range(len(inputs))),
        masses=masses,
        of=("activation",) * len(masses),
        negative=0.0,
        inputs=inputs.astype(np.uint32),
        counts=np.ascontiguousarray(table.astype(np.uint32)),
        center=np.zeros(table.shape[2], np.float32),
    )


def _topology(kinds: Mapping[Pair, str]) -> records.Topology:
    links = [records.Link(*pair, kind) for pair, kind in kinds.items()]
    return records.Topology(tuple(links), ())


def _array(given: Any) -> Array:
    return array(given).numpy()


def _whole(what: str, given: Any) -> Array:
    table = _array(given)
    if table.size and ((table < 0).any() or (table != np.floor(table)).any()):
        raise ValueError(f"{what} holds {table.min()}, expected whole numbers from 0")
    return table.astype(np.int64)


def _check_shape(what: str, table: Array, shape: tuple[int, ...]) -> None:
    if table.shape != shape:
        raise ValueError(f"{what} of shape {list(table.shape)}, expected {list(shape)}")
