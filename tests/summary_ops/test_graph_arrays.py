"""Graphs of arrays are a recorder's, bit for bit; what contradicts is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
from networks import digits
from numpy_counts import assert_same
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from written import session, written

from summary_ops import Graph, Recorder, attribution_graph
from summary_ops.influence import importance_tables
from summary_ops.influence.influence_tables import InfluenceTables
from summary_ops.tracing import Edges
from tb_plugin_neural.contract.graph_records import INFLUENCE

MEASURES = tuple(INFLUENCE)
CLASSES = [f"digit {n}" for n in range(10)]


def recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Record digits; returns the tables that were measured, as whole arrays."""
    found: dict[str, Any] = {"edges": {}, "importance": []}
    add, record = InfluenceTables.add, importance_tables.importance

    def adding(
        self: InfluenceTables,
        subset: str,
        inputs: int,
        edges: Mapping[str, Edges],
        **named: Any,
    ) -> None:
        found["edges"][subset] = inputs, dict(edges)
        add(self, subset, inputs, edges, **named)

    def recording(values: Mapping[str, Any]) -> Any:
        found["importance"].append(dict(values))
        return record(values)

    monkeypatch.setattr(InfluenceTables, "add", adding)
    monkeypatch.setattr(importance_tables, "importance", recording)
    model = networks.Vgg()
    graph = Graph(masses=(0.03, 0.5), influence=MEASURES, inputs=6)
    recorder = Recorder(
        model, classes=CLASSES, layers=nn.ReLU, graph=graph, verbose=False, strict=True
    )
    images, labels = (part[:150] for part in digits())
    recorder.run([(images, labels)], progress=False)
    with SummaryWriter(str(folder)) as writer:
        recorder.write(writer, 3)
    return found


def test_the_records_of_a_run_s_tables_are_those_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = recorded(tmp_path / "run", monkeypatch)
    theirs = written(tmp_path / "run")
    layers = {layer.name: layer.units for layer in session(tmp_path / "run").layers}
    counted = {key[1]: r for key, r in theirs.items() if key[0] == "activation_counts"}
    rows = [next(iter(counted.values())).subsets.index(f"class:{c}") for c in range(10)]
    parts = [found["edges"][f"class:{c}"] for c in range(10)]
    (topology,) = [r for key, r in theirs.items() if key[0] == "topology"]
    measured: dict[str, dict[tuple[str, str], Any]] = {measure: {} for measure in MEASURES}
    links = {}
    for consumer, first in parts[0][1].items():
        start = 0
        for producer, units, link in zip(first.producers, first.units, first.links, strict=True):
            links[producer, consumer] = link
            for measure in MEASURES:
                tables = [getattr(edges[consumer], measure) for _, edges in parts]
                part = np.stack([table[:, start : start + units] for table in tables])
                measured[measure][producer, consumer] = part
            start += units
    importance = {
        layer: np.stack([values[f"class:{c}"][1] for c in range(10)])
        for layer, values in zip(layers, found["importance"], strict=True)
    }
    with SummaryWriter(str(tmp_path / "arrays")) as writer:
        attribution_graph(
            writer,
            layers,
            {layer: record.counts[:, rows] for layer, record in counted.items()},
            measured,
            classes=CLASSES,
            step=3,
            inputs=next(iter(counted.values())).inputs[rows],
            sampled=[inputs for inputs, _ in parts],
            importance=importance,
            links=links,
            masses=(0.03, 0.5),
        )
    mine = written(tmp_path / "arrays")
    compared = [key for key in theirs if key[0] in {"importance", *(k.kind for k in KINDS)}]
    assert len(compared) == 3 + 3 * 2  # importance of three layers, three measures of two
    for key in compared:
        had = {"error": None} if hasattr(theirs[key], "error") else {}  # of arrays it is not known
        assert_same(mine[key], dataclasses.replace(theirs[key], **had))
    for layer, record in counted.items():
        own = mine["activation_counts", layer, 3]
        np.testing.assert_array_equal(own.counts, record.counts[:2, rows])
    pairs = [(link.producer, link.consumer, link.kind) for link in topology.links]
    assert [(k.producer, k.consumer, k.kind) for k in mine["topology", "", 3].links] == pairs


KINDS = tuple(INFLUENCE.values())

LAYERS = {"first": 3, "second": 2}
COUNTS = {"first": np.array([[4, 0, 1], [0, 5, 5]]), "second": np.array([[2, 3], [5, 0]])}
WEIGHTS = {("first", "second"): np.array([[[0.5, -1.0, 0.0]] * 2, [[0.25, 0.0, 0.125]] * 2])}


def graph(folder: Path, *args: Any, **options: Any) -> dict[Any, Any]:
    given = [LAYERS, COUNTS, WEIGHTS]
    given[: len(args)] = args
    with SummaryWriter(str(folder)) as writer:
        attribution_graph(writer, *given, **({"classes": ["cat", "dog"], "step": 7} | options))
    return written(folder)


def test_the_strongest_producers_are_those_of_the_arrays(tmp_path: Path) -> None:
    found = graph(tmp_path, inputs=[4, 6], sampled=[1, 3], output="second")
    record = found["contributions", "second", 7]
    assert record.subsets == ("all", "class:0", "class:1")
    assert record.inputs.tolist() == [4, 1, 3]
    rows = [
        (record.subsets[subset], int(unit))
        for subset, unit in zip(record.subset, record.unit, strict=True)
    ]
    assert rows == [
        *(("all", unit) for unit in (0, 1)),
        *(("class:0", unit) for unit in (0, 1)),
        ("class:1", 0),  # the other unit is in no input's top mass
    ]
    mean = (WEIGHTS["first", "second"] * np.array([1, 3])[:, None, None]).sum(0) / 4
    order = np.argsort(-np.abs(mean[0]))
    assert record.producer[0, :3].tolist() == order.tolist()
    np.testing.assert_allclose(record.weights()[0, :3], mean[0][order], rtol=5e-3)
    assert record.producer[2].tolist() == [1, 0, *[3] * 6][: record.producer.shape[1]]
    assert (record.kept == 255).all()
    assert [layer.output for layer in session(tmp_path).layers] == [False, True]
    assert found["activation_counts", "first", 7].inputs.tolist() == [4, 6]


def test_inputs_are_the_largest_count_unless_given(tmp_path: Path) -> None:
    found = graph(tmp_path, LAYERS, COUNTS, {"summit": {k: v > 0 for k, v in WEIGHTS.items()}})
    assert found["activation_counts", "second", 7].inputs.tolist() == [4, 5]
    assert found["summit_influence", "second", 7].inputs.tolist() == [9, 4, 5]


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        ((LAYERS, {"third": [[1]]}), {}, "counts: no layer 'third'; layers: first, second"),
        ((LAYERS, {"first": [[1, 2]]}), {}, r"counts of first of shape \[1, 1, 2\], expected"),
        ((LAYERS, {"first": [[-1] * 3] * 2}), {}, "holds -1, expected whole numbers from 0"),
        ((LAYERS, COUNTS, {("second", "first"): 0}), {}, "layers stand in the order of execution"),
        ((LAYERS, COUNTS, {("first", "second"): [[[1.0]]]}), {}, r"expected \[2, 2, 3\]"),
        ((LAYERS, COUNTS, {"weights": {}}), {}, "influence by 'weights', expected"),
        ((LAYERS, COUNTS, {"summit": {("first", "second"): [[[0.5] * 3] * 2] * 2}}), {}, "whole"),
        ((), {"inputs": [4, 3]}, r"counts of first exceed the inputs of a class, \[4, 3\]"),
        ((), {"sampled": [1]}, r"sampled of shape \[1\], expected \[2\]"),
        ((), {"links": {("first", "second"): "near"}}, "'near', expected one of"),
        ((), {"importance": {"first": [[1.0]]}}, r"importance of first of shape \[1, 1\]"),
        ((), {"importance": {"first": [[np.nan] * 3] * 2}}, "values that are not finite"),
        ((LAYERS, COUNTS, {"summit": {("first", "second"): [[[9] * 3] * 2] * 2}}), {}, "sampled"),
        ((), {"masses": (2,)}, r"shares in \(0, 1\]"),
        ((), {"step": 0.5}, "expected a whole number"),
    ],
    ids=str,
)
def test_what_contradicts_is_named_with_what_was_expected(
    tmp_path: Path, args: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        graph(tmp_path, *args, **options)
    assert not written(tmp_path)
